//! What can go wrong at calls of the outside, in both editions: every crash alone, and drawn schedules
//! of several faults. `tests/faults` plays more of them, and one of them again.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::OnceLock;

use attendee_sync_tests::faults::{
    CallKind, Edition, FaultHarness, FaultSchedule, Memory, Port, Sabotage,
};

/// Drawn schedules that are played; `tests/nightly seeds` plays 100,000.
const SEEDS: u64 = 200;
/// Names the first seed. `tests/run` draws it from the commit: each commit has others, and always its own.
const SEEDS_FROM: &str = "ATTENDEE_SYNC_SEEDS_FROM";

fn first_seed() -> u64 {
    let named = std::env::var(SEEDS_FROM).unwrap_or_else(|_| "0".to_owned());
    named.parse().unwrap()
}

fn harness() -> &'static FaultHarness {
    static THEATRE: OnceLock<FaultHarness> = OnceLock::new();
    THEATRE.get_or_init(FaultHarness::open)
}

/// Plays them on all processors, and expects that everything holds.
fn hold(schedules: &[(String, FaultSchedule)]) {
    let threads = std::thread::available_parallelism().unwrap();
    let (failures, met) = harness().play_all(schedules, threads.get(), || ());
    let failures: String = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{failures}");
    assert!(!met.is_empty(), "nothing went wrong");
}

/// Before and after each call by which something changes; between others, a crash is the same.
#[test]
fn a_crash_at_any_point_breaks_nothing_that_must_hold() {
    let schedules = harness().singles(|port, kind| {
        port.changes_something() && matches!(kind, CallKind::CrashBefore | CallKind::CrashAfter)
    });
    assert!(schedules.len() > 250, "{}", schedules.len());
    hold(&schedules);
}

/// Whatever one answer of the source is like: cut, repeated, left out, empty, or no feed at all.
#[test]
fn a_fault_in_any_answer_breaks_nothing_that_must_hold() {
    let schedules = harness().singles(|port, kind| {
        matches!(port, Port::Page | Port::Source) && !matches!(kind, CallKind::Deed(_))
    });
    assert!(schedules.len() > 100, "{}", schedules.len());
    hold(&schedules);
}

#[test]
fn drawn_faults_break_nothing_that_must_hold() {
    let first = first_seed();
    println!("{SEEDS} seeds; the same again with {SEEDS_FROM}={first}");
    let seeds = first..first + SEEDS;
    let schedules: Vec<_> = seeds.map(|seed| harness().drawn(seed)).collect();
    hold(&schedules);
}

/// What fails is found again by its seed, however busy the machine is.
#[test]
fn a_schedule_is_always_played_alike() {
    let schedules: Vec<FaultSchedule> = (0..12).map(|seed| harness().drawn(seed).1).collect();
    let play_all = || {
        let play = |schedule| harness().play(schedule, None);
        let outcomes = schedules.iter().map(play);
        let met = outcomes.map(|outcome| (outcome.calls, outcome.met));
        met.collect::<Vec<_>>()
    };
    let others = || {
        std::thread::scope(|scope| {
            let plays = [0; 3].map(|_| scope.spawn(play_all));
            plays.map(|play| play.join().unwrap())
        })
    };
    let alone = play_all();
    for busy in others() {
        assert!(busy == alone, "{busy:?}\n{alone:?}");
    }
}

/// What is said of a calm play of both editions in which this is broken.
fn noticed(sabotage: Sabotage) -> Vec<(Edition, String)> {
    let play = |edition| {
        let schedule = FaultSchedule::calm(edition, Memory::Whole);
        let outcome = harness().play(&schedule, Some(sabotage));
        (edition, outcome.wrong.join("\n"))
    };
    [Edition::Machine, Edition::Cloud].map(play).to_vec()
}

#[test]
fn a_mail_that_goes_out_twice_is_noticed() {
    for (edition, wrong) in noticed(Sabotage::MailsTwice) {
        assert!(wrong.contains("was mailed 2 times"), "{edition:?}: {wrong}");
    }
}

#[test]
fn a_mail_that_is_lost_is_noticed() {
    for (edition, wrong) in noticed(Sabotage::LosesMail) {
        let lost = wrong.contains("is Some(\"sent\") with 0 mails");
        assert!(lost, "{edition:?}: {wrong}");
    }
}

/// Those by which something of a person is stored, or said in a log. Only where an erasure begins, its
/// second half does all of it again.
#[test]
fn writes_that_are_dropped_are_noticed() {
    let of_people = ["#A#", "#U#", "#LOG/C#0000000002"];
    for edition in [Edition::Machine, Edition::Cloud] {
        let schedule = FaultSchedule::calm(edition, Memory::Whole);
        let drop = |number| harness().play(&schedule, Some(Sabotage::DropsWrite(number)));
        let plays = (0..).map(drop).take_while(|play| !play.dropped.is_empty());
        let about_people = plays.filter(|play| {
            let mut items = play.dropped.iter();
            items.any(|item| of_people.iter().any(|part| item.contains(part)))
        });
        let (noticed, missed): (Vec<_>, Vec<_>) =
            about_people.partition(|play| !play.wrong.is_empty());
        let missed: Vec<_> = missed.iter().map(|play| &play.dropped).collect();
        assert!(noticed.len() >= 11, "{edition:?}: {}", noticed.len());
        // Those who exchange addresses are written once more at the end.
        assert!(missed.len() <= 3, "{edition:?}: {missed:?}");
    }
}

#[test]
fn a_message_that_is_lost_is_noticed() {
    for number in 1..=4 {
        let schedule = FaultSchedule::calm(Edition::Cloud, Memory::Whole);
        let sabotage = Sabotage::LosesMessage(number);
        let wrong = harness().play(&schedule, Some(sabotage)).wrong.join("\n");
        assert!(wrong.contains("1 messages were lost"), "{number}: {wrong}");
    }
}

#[test]
fn a_write_of_an_older_run_is_noticed() {
    for (edition, wrong) in noticed(Sabotage::WritesBack) {
        assert!(wrong.contains("C4: run 1 wrote"), "{edition:?}: {wrong}");
    }
}
