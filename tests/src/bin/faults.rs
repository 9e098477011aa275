//! Plays faults; `tests/faults --help` says how.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::ExitCode;
use std::time::Instant;

use attendee_sync_tests::faults::{Edition, Kind, Memory, Schedule, Theatre};

const HELP: &str = "\
Plays a sync in which things go wrong, and looks whether what must hold does.

    tests/faults --single                every call, every kind of fault, one in a play
    tests/faults --pairs all             every pair of crashes
    tests/faults --seeds 100000 [--from N]  drawn schedules of one to five faults
    tests/faults --seed 17               one of them
    tests/faults --edition cloud --fault 12:3 [--fault 40:0] [--forgetful]
                                         the kind 3 of fault at call 12; an edition is machine, cloud or legs
    --threads N                          as many at the same time; 2 if it is left out
";

struct Arguments(Vec<String>);

impl Arguments {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|given| given == name)
    }

    /// What is given after each argument of this name.
    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let after = self.0.iter().skip(1);
        let pairs = self.0.iter().zip(after);
        pairs
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.all(name).next().map(|text| text.parse().unwrap())
    }
}

fn wanted(arguments: &Arguments, theatre: &Theatre) -> Vec<(String, Schedule)> {
    let mut all = Vec::new();
    if arguments.has("--single") {
        all.extend(theatre.singles(|_, _| true));
    }
    if arguments.has("--crashes") {
        all.extend(theatre.singles(|_, kind| matches!(kind, Kind::CrashBefore | Kind::CrashAfter)));
    }
    if arguments.has("--pairs") {
        all.extend(theatre.pairs());
    }
    all.extend(arguments.number("--seed").map(|seed| theatre.drawn(seed)));
    if let Some(seeds) = arguments.number("--seeds") {
        let from = arguments.number("--from").unwrap_or(0);
        all.extend((from..from + seeds).map(|seed| theatre.drawn(seed)));
    }
    if let Some(name) = arguments.all("--edition").next() {
        let edition = Edition::ALL
            .into_iter()
            .find(|edition| edition.name() == name);
        let fault = |text: &str| {
            let (at, nth) = text.split_once(':').unwrap();
            (at.parse().unwrap(), nth.parse().unwrap())
        };
        let faults: Vec<(usize, u64)> = arguments.all("--fault").map(fault).collect();
        let memory = if arguments.has("--forgetful") {
            Memory::Fails
        } else {
            Memory::Whole
        };
        if arguments.has("--single") {
            all.retain(|(_, schedule)| Some(schedule.edition) == edition);
        } else {
            all.push(Theatre::chosen(edition.unwrap(), memory, &faults));
        }
    }
    all
}

fn main() -> ExitCode {
    let arguments = Arguments(std::env::args().skip(1).collect());
    let threads = arguments.number("--threads").unwrap_or(2);
    let begun = Instant::now();
    let theatre = Theatre::open();
    let schedules = wanted(&arguments, &theatre);
    if schedules.is_empty() || arguments.has("--help") {
        print!("{HELP}");
        return ExitCode::from(2);
    }
    for edition in Edition::ALL {
        let calls = theatre.calls(edition, Memory::Whole);
        println!("{}: {calls} calls", edition.name());
    }
    println!("{} schedules", schedules.len());
    let (failures, met) = theatre.play_all(&schedules, usize::try_from(threads).unwrap());
    for (kind, times) in met {
        println!("{times:>8} {kind}");
    }
    for failure in &failures {
        print!("{failure}");
    }
    println!("{} failed, in {:.0?}", failures.len(), begun.elapsed());
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
