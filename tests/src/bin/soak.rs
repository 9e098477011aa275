//! Weeks of a busy installation in minutes, and whether anything grows that should not; `--help` says how.
//!
//! Prints a table per measuring point. Ends with status 1 and a line on standard error where a limit is
//! passed. Runs and logs are kept for 90 days: more days show that they go.

use std::process::ExitCode;
use std::time::Instant;

use attendee_sync_tests::soak::{SoakFault, SoakSettings, soak};
use clap::Parser;

/// Weeks of a busy installation in minutes, and whether anything grows that should not.
#[derive(Debug, Parser)]
#[command(name = "soak")]
struct SoakArguments {
    /// Days that pass
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// Events
    #[arg(long, default_value_t = 200)]
    events: usize,
    /// Those of them that sync hourly, the others daily; a fifth if it is left out
    #[arg(long)]
    hourly: Option<usize>,
    /// People of an event, about
    #[arg(long)]
    people: Option<usize>,
    /// The same seed takes the same course
    #[arg(long)]
    seed: Option<u64>,
    /// Something that goes wrong on purpose, and has to be noticed
    #[arg(long, value_parser = fault)]
    fault: Option<SoakFault>,
}

fn fault(name: &str) -> Result<SoakFault, String> {
    let found = SoakFault::ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, fault)| *fault).ok_or_else(|| {
        let names: Vec<&str> = SoakFault::ALL.iter().map(|(name, _)| *name).collect();
        format!("there are the faults {}", names.join(", "))
    })
}

fn main() -> ExitCode {
    let arguments = SoakArguments::parse();
    let default = SoakSettings::new(arguments.days, arguments.events);
    let settings = SoakSettings {
        hourly: arguments.hourly.unwrap_or(default.hourly),
        people: arguments.people.unwrap_or(default.people),
        seed: arguments.seed.unwrap_or(default.seed),
        fault: arguments.fault,
        ..default
    };
    println!("{settings:?}");
    let begun = Instant::now();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("soak: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(soak(&settings, |point| {
        println!("{:>5} s  {}", begun.elapsed().as_secs(), point.in_words());
    }));
    match outcome {
        Ok(report) => {
            println!("{report}");
            println!("{} days in {} s", settings.days, begun.elapsed().as_secs());
            ExitCode::SUCCESS
        }
        Err(broken) => {
            eprintln!("soak: {broken} (seed {})", settings.seed);
            ExitCode::FAILURE
        }
    }
}
