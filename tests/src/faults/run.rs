//! Plays many schedules on several threads, and tells which of them fail and how to play them again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Runtime};

use super::control::Sabotage;
use super::play::{PlayOutcome, PlayStage};
use super::schedule::{
    CallKind, CallKinds, Edition, FaultSchedule, InjectedFault, Memory, Port, kinds,
};

/// Failing schedules after which the rest is not played.
const ENOUGH: usize = 20;

/// The stages of all editions, with the calls of their calm plays.
pub struct FaultHarness {
    stages: BTreeMap<Edition, PlayStage>,
    calm: BTreeMap<(Edition, Memory), Vec<Port>>,
}

/// A schedule that failed.
#[derive(Debug)]
pub struct Failure {
    /// What it is called: as an argument of the command, it is played again.
    pub name: String,
    /// What goes wrong in it.
    pub schedule: FaultSchedule,
    /// What came of it.
    pub outcome: PlayOutcome,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "FAILED: {:?}", self.schedule.edition)?;
        for (at, port, kind) in &self.outcome.met {
            writeln!(f, "  at call {at}, {port:?}: {kind:?}")?;
        }
        for wrong in self.outcome.wrong.iter().take(8) {
            writeln!(f, "    {wrong}")?;
        }
        writeln!(f, "  again: tests/faults {}", self.name)
    }
}

/// A runtime whose clock stands still but where everybody waits.
fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder
        .enable_time()
        .start_paused(true)
        .max_blocking_threads(1);
    builder.build().unwrap()
}

/// Crashes before and after the calls by which something changes, as [`Theatre::chosen`] takes them.
fn changes(calls: &[Port]) -> impl Iterator<Item = (usize, u64)> {
    let calls = calls.iter().enumerate();
    let changes = calls.filter(|(_, port)| port.changes_something());
    changes.flat_map(|(at, _)| [(at, 0), (at, 1)])
}

impl FaultHarness {
    /// Prepares all stages.
    #[must_use]
    pub fn open() -> Self {
        let mut harness = Self {
            stages: BTreeMap::new(),
            calm: BTreeMap::new(),
        };
        for edition in Edition::ALL {
            runtime().block_on(async {
                let stage = PlayStage::new(edition).await;
                for memory in [Memory::Whole, Memory::Fails] {
                    let calm =
                        Box::pin(stage.play(&FaultSchedule::calm(edition, memory), None)).await;
                    harness.calm.insert((edition, memory), calm.calls);
                }
                harness.stages.insert(edition, stage);
            });
        }
        harness
    }

    /// How many calls a calm play makes.
    #[must_use]
    pub fn calls(&self, edition: Edition, memory: Memory) -> usize {
        self.calm[&(edition, memory)].len()
    }

    /// The schedule of a seed.
    #[must_use]
    pub fn drawn(&self, seed: u64) -> (String, FaultSchedule) {
        let schedule = FaultSchedule::drawn(seed, |edition, memory| self.calls(edition, memory));
        (format!("--seed {seed}"), schedule)
    }

    /// Every schedule with one fault of those that are wanted.
    #[must_use]
    pub fn singles(&self, wanted: impl Fn(Port, CallKind) -> bool) -> Vec<(String, FaultSchedule)> {
        let mut all = Vec::new();
        for edition in Edition::ALL {
            let calls = self.calm[&(edition, Memory::Whole)].iter().enumerate();
            for (at, port) in calls {
                for (nth, kind) in kinds(edition, *port).into_iter().enumerate() {
                    if wanted(*port, kind) {
                        let name = format!("--edition {} --fault {at}:{nth}", edition.name());
                        all.push((name, FaultSchedule::single(edition, at, kind)));
                    }
                }
            }
        }
        all
    }

    /// Every pair of crashes before or after calls by which something changes: the second at a call of
    /// the play with the first.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, FaultSchedule)> {
        let mut all = Vec::new();
        for edition in Edition::ALL {
            let chosen = |faults: &[_]| Self::chosen(edition, Memory::Whole, faults);
            for first in changes(&self.calm[&(edition, Memory::Whole)]) {
                let (_, single) = chosen(&[first]);
                let calls = self.play(&single, None).calls;
                let later = changes(&calls).filter(|second| second.0 > first.0);
                all.extend(later.map(|second| chosen(&[first, second])));
            }
        }
        all
    }

    /// The schedule with these faults: the number of the call, and that of the kind.
    #[must_use]
    pub fn chosen(
        edition: Edition,
        memory: Memory,
        faults: &[(usize, u64)],
    ) -> (String, FaultSchedule) {
        let mut name = format!("--edition {}", edition.name());
        for (at, nth) in faults {
            write!(name, " --fault {at}:{nth}").unwrap();
        }
        let fault = |(at, nth): &(usize, u64)| InjectedFault {
            at: *at,
            choice: CallKinds::Nth(*nth),
        };
        let schedule = FaultSchedule {
            faults: faults.iter().map(fault).collect(),
            ..FaultSchedule::calm(edition, memory)
        };
        (name, schedule)
    }

    /// Plays one schedule.
    #[must_use]
    pub fn play(&self, schedule: &FaultSchedule, sabotage: Option<Sabotage>) -> PlayOutcome {
        let stage = &self.stages[&schedule.edition];
        runtime().block_on(stage.play(schedule, sabotage))
    }

    /// Plays schedules on so many threads, and tells of each that was played; gives those that failed, and
    /// how often each kind was met.
    pub fn play_all(
        &self,
        schedules: &[(String, FaultSchedule)],
        threads: usize,
        played: impl Fn() + Sync,
    ) -> (Vec<Failure>, BTreeMap<String, usize>) {
        let next = AtomicUsize::new(0);
        let failures = Mutex::new(Vec::new());
        let met: Mutex<BTreeMap<String, usize>> = Mutex::default();
        let work = || {
            while failures.lock().unwrap().len() < ENOUGH {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((name, schedule)) = schedules.get(at) else {
                    return;
                };
                let outcome = self.play(schedule, None);
                played();
                for (_, _, kind) in &outcome.met {
                    *met.lock().unwrap().entry(format!("{kind:?}")).or_default() += 1;
                }
                if !outcome.wrong.is_empty() {
                    failures.lock().unwrap().push(Failure {
                        name: name.clone(),
                        schedule: schedule.clone(),
                        outcome,
                    });
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(work);
            }
        });
        (failures.into_inner().unwrap(), met.into_inner().unwrap())
    }
}
