//! Weeks of a busy installation in minutes, and whether anything grows that should not.
//!
//!     soak [--days 90] [--events 200] [--hourly 40] [--people 40] [--seed 1] [--fault NAME]
//!
//! Prints a table per measuring point. Ends with status 1 and a line on standard error where a limit is
//! passed. Runs and logs are kept for 90 days: more days show that they go.

use std::process::ExitCode;
use std::time::Instant;

use attendee_sync_tests::soak::{Fault, Settings, soak};

fn main() -> ExitCode {
    let settings = match settings(std::env::args().skip(1)) {
        Ok(settings) => settings,
        Err(problem) => {
            eprintln!("soak: {problem}");
            return ExitCode::from(2);
        }
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

fn settings(arguments: impl Iterator<Item = String>) -> Result<Settings, String> {
    let mut arguments = arguments;
    let (mut days, mut events) = (90, 200);
    let (mut hourly, mut people, mut seed, mut fault) = (None, None, None, None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} wants a value"))?;
        let number = || value.parse().map_err(|_| format!("{name} wants a number"));
        match name.as_str() {
            "--days" => days = u32::try_from(number()?).map_err(|_| "too many days".to_owned())?,
            "--events" => events = number()?,
            "--hourly" => hourly = Some(number()?),
            "--people" => people = Some(number()?),
            "--seed" => seed = Some(number()? as u64),
            "--fault" => fault = Some(named(&value)?),
            _ => return Err(format!("{name} is no option")),
        }
    }
    let default = Settings::new(days, events);
    Ok(Settings {
        hourly: hourly.unwrap_or(default.hourly),
        people: people.unwrap_or(default.people),
        seed: seed.unwrap_or(default.seed),
        fault,
        ..default
    })
}

fn named(name: &str) -> Result<Fault, String> {
    let found = Fault::ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, fault)| *fault).ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.iter().map(|(name, _)| *name).collect();
        format!("there are the faults {}", names.join(", "))
    })
}
