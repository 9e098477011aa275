//! Plays faults; `tests/faults --help` says how.

use std::process::ExitCode;
use std::time::Instant;

use attendee_sync_tests::faults::{Edition, FaultHarness, FaultSchedule, Memory};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

/// Plays a sync in which things go wrong, and looks whether what must hold does.
#[derive(Debug, Parser)]
#[command(name = "tests/faults", arg_required_else_help = true)]
struct FaultsArguments {
    /// Every call, every kind of fault, one in a play
    #[arg(long)]
    single: bool,
    /// Every pair of crashes at calls by which something changes
    #[arg(long)]
    pairs: bool,
    /// So many drawn schedules of one to five faults
    #[arg(long, value_name = "COUNT")]
    seeds: Option<u64>,
    /// The first of these
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// One of them
    #[arg(long)]
    seed: Option<u64>,
    /// Those of this edition only
    #[arg(long, value_parser = edition)]
    edition: Option<Edition>,
    /// This kind of fault at this call, as a failure names them; may be given again
    #[arg(long, value_name = "CALL:KIND", value_parser = fault, requires = "edition")]
    fault: Vec<(usize, u64)>,
    /// Fingerprints may get lost
    #[arg(long, requires = "fault")]
    forgetful: bool,
    /// Leaves out so many of all that at first
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    after: usize,
    /// Then plays so many
    #[arg(long, value_name = "COUNT", default_value_t = usize::MAX)]
    at_most: usize,
    /// So many at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    threads: usize,
}

fn edition(name: &str) -> Result<Edition, String> {
    let known = |edition: &Edition| edition.name() == name;
    let found = Edition::ALL.into_iter().find(known);
    found.ok_or_else(|| format!("there are {}", Edition::ALL.map(Edition::name).join(", ")))
}

fn fault(text: &str) -> Result<(usize, u64), String> {
    let parts = text.split_once(':');
    parts
        .and_then(|(call, kind)| Some((call.parse().ok()?, kind.parse().ok()?)))
        .ok_or_else(|| "two numbers are wanted, as 12:3".to_owned())
}

fn wanted(arguments: &FaultsArguments, harness: &FaultHarness) -> Vec<(String, FaultSchedule)> {
    let mut all = Vec::new();
    if arguments.single {
        all.extend(harness.singles(|_, _| true));
    }
    if arguments.pairs {
        all.extend(harness.pairs());
    }
    all.extend(arguments.seed.map(|seed| harness.drawn(seed)));
    if let Some(count) = arguments.seeds {
        let seeds = arguments.from..arguments.from.saturating_add(count);
        all.extend(seeds.map(|seed| harness.drawn(seed)));
    }
    if let Some(edition) = arguments.edition {
        all.retain(|(_, schedule)| schedule.edition == edition);
        if !arguments.fault.is_empty() {
            let memory = if arguments.forgetful {
                Memory::Fails
            } else {
                Memory::Whole
            };
            all.push(FaultHarness::chosen(edition, memory, &arguments.fault));
        }
    }
    all
}

fn main() -> ExitCode {
    let arguments = FaultsArguments::parse();
    let begun = Instant::now();
    let harness = FaultHarness::open();
    for edition in Edition::ALL {
        let calls = harness.calls(edition, Memory::Whole);
        println!("{}: {calls} calls", edition.name());
    }
    let all = wanted(&arguments, &harness);
    println!("{} schedules", all.len());
    let part = all.into_iter().skip(arguments.after);
    let schedules: Vec<_> = part.take(arguments.at_most).collect();
    let style = ProgressStyle::with_template("{pos} of {len}, {elapsed} of {duration} {wide_bar}");
    let bar = ProgressBar::new(schedules.len() as u64);
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let (failures, met) = harness.play_all(&schedules, arguments.threads, || bar.inc(1));
    bar.finish_and_clear();
    for (kind, times) in met {
        println!("{times:>8} {kind}");
    }
    for failure in &failures {
        print!("{failure}");
    }
    println!("{} failed, in {:.0?}", failures.len(), begun.elapsed());
    if schedules.is_empty() || !failures.is_empty() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
