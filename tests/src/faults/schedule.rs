//! What goes wrong, and when: at which call of which port, counted from the beginning.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Which installation is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edition {
    /// One process does everything.
    Machine,
    /// Several share a run, and have the time for it.
    Cloud,
    /// The same, and each process has the time for one page.
    ShortProcesses,
}

impl Edition {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Machine, Self::Cloud, Self::ShortProcesses];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Cloud => "cloud",
            Self::ShortProcesses => "short",
        }
    }

    /// Whether several processes share a run.
    #[must_use]
    pub fn is_cloud(self) -> bool {
        self != Self::Machine
    }
}

/// What a call asks of the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// The table, by operation.
    Table(&'static str),
    /// The mail service.
    Mail,
    /// The source: to open a feed, or for its side lists.
    Source,
    /// The source: for a page.
    Page,
    /// The queues of orders.
    Order,
    /// The queue of batches.
    Batch,
    /// The time.
    Clock,
}

impl Port {
    /// Whether something is different after a call. A crash between two calls that change nothing is
    /// the same before, between and after them.
    #[must_use]
    pub fn changes_something(self) -> bool {
        match self {
            Self::Table(operation) => !matches!(operation, "Get" | "GetMany" | "Query" | "Count"),
            Self::Mail | Self::Order | Self::Batch => true,
            Self::Source | Self::Page | Self::Clock => false,
        }
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// The process ends before it.
    CrashBefore,
    /// The process ends after it.
    CrashAfter,
    /// It fails and did nothing.
    Refused,
    /// It fails, and did what it was asked.
    Failed,
    /// It does what it was asked, and is never answered.
    Lost,
    /// It does nothing, and is never answered.
    Hung,
    /// It and so many after it are throttled.
    Throttled(u32),
    /// A part of it is done.
    Partial,
    /// The recipient's mail server puts the mail off.
    PutOff,
    /// The mail is refused for good.
    Rejected,
    /// A page comes twice.
    Repeated,
    /// A page is left out.
    Skipped,
    /// The list ends here, as if that were all.
    Ended,
    /// Every field of the page's records has another name than the mapping knows.
    Renamed,
    /// The message comes twice.
    Twice,
    /// The message comes two hours late.
    Late,
    /// The time of the process is over when it comes to itself again.
    TimeOver,
    /// The same, so late that another run was begun in the place of its own.
    Overtaken,
    /// The clock goes on by so many minutes, or back.
    Clock(i64),
    /// Somebody else does something before it.
    Deed(ConcurrentAction),
}

/// What others do meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConcurrentAction {
    /// Gives somebody a group.
    Grants,
    /// Takes away a group that was given by hand.
    Revokes,
    /// Takes an attendee out.
    Bars,
    /// Lets one in again who had been taken out.
    LetsIn,
    /// Erases somebody.
    Erases,
    /// Changes the configuration.
    Configures,
    /// Asks for a sync.
    Syncs,
    /// Asks for the removal of the event.
    Removes,
    /// Loses the fingerprints.
    LosesFingerprints,
    /// Spoils them.
    SpoilsFingerprints,
}

const CRASHES: [CallKind; 2] = [CallKind::CrashBefore, CallKind::CrashAfter];
const BY_HAND: [CallKind; 8] = [
    CallKind::Deed(ConcurrentAction::Grants),
    CallKind::Deed(ConcurrentAction::Revokes),
    CallKind::Deed(ConcurrentAction::Bars),
    CallKind::Deed(ConcurrentAction::LetsIn),
    CallKind::Deed(ConcurrentAction::Erases),
    CallKind::Deed(ConcurrentAction::Configures),
    CallKind::Deed(ConcurrentAction::Syncs),
    CallKind::Deed(ConcurrentAction::Removes),
];

/// All that can become of a call.
#[must_use]
pub fn kinds(edition: Edition, port: Port) -> Vec<CallKind> {
    let cloud = edition.is_cloud();
    let mut kinds = match port {
        Port::Clock => {
            return vec![
                CallKind::Clock(15),
                CallKind::Clock(-15),
                CallKind::Clock(-60),
            ];
        }
        _ => CRASHES.to_vec(),
    };
    let more: &[CallKind] = match port {
        Port::Table(_) if cloud => &[
            CallKind::Refused,
            CallKind::Failed,
            CallKind::Lost,
            CallKind::Hung,
            CallKind::Throttled(4),
            CallKind::Throttled(40),
            CallKind::TimeOver,
            CallKind::Overtaken,
        ],
        Port::Table(_) => &[CallKind::Refused, CallKind::Failed, CallKind::Throttled(6)],
        Port::Mail => &[
            CallKind::Refused,
            CallKind::Lost,
            CallKind::Hung,
            CallKind::Throttled(3),
            CallKind::PutOff,
            CallKind::Rejected,
        ],
        Port::Source => &[CallKind::Refused],
        Port::Page => &[
            CallKind::Refused,
            CallKind::Repeated,
            CallKind::Skipped,
            CallKind::Ended,
            CallKind::Renamed,
        ],
        Port::Order => &[
            CallKind::Refused,
            CallKind::Failed,
            CallKind::Throttled(3),
            CallKind::Twice,
            CallKind::Late,
        ],
        Port::Batch => &[
            CallKind::Refused,
            CallKind::Failed,
            CallKind::Partial,
            CallKind::Throttled(3),
            CallKind::Twice,
            CallKind::Late,
        ],
        Port::Clock => &[],
    };
    kinds.extend_from_slice(more);
    if matches!(port, Port::Table("DeleteMany")) {
        kinds.push(CallKind::Partial);
    }
    if cloud && matches!(port, Port::Mail | Port::Page) {
        kinds.extend([CallKind::TimeOver, CallKind::Overtaken]);
    }
    kinds.extend_from_slice(&BY_HAND);
    kinds
}

/// Which of the kinds that a call can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKinds {
    /// This one.
    Is(CallKind),
    /// The one of this number, counted round and round.
    Nth(u64),
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InjectedFault {
    /// The number of the call, from 0.
    pub at: usize,
    /// What becomes of it.
    pub choice: CallKinds,
}

/// Whether the fingerprints get lost, too. Who is gone from the feed then cannot be told, so nobody
/// is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Memory {
    /// They do not.
    Whole,
    /// They are deleted, or spoiled, before one of the calls.
    Fails,
}

/// All that goes wrong in one play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultSchedule {
    /// Which installation is played.
    pub edition: Edition,
    /// Whether fingerprints get lost.
    pub memory: Memory,
    /// The faults, in any order; at most one a call.
    pub faults: Vec<InjectedFault>,
}

impl FaultSchedule {
    /// Nothing goes wrong.
    #[must_use]
    pub fn calm(edition: Edition, memory: Memory) -> Self {
        Self {
            edition,
            memory,
            faults: Vec::new(),
        }
    }

    /// One fault.
    #[must_use]
    pub fn single(edition: Edition, at: usize, kind: CallKind) -> Self {
        Self {
            faults: vec![InjectedFault {
                at,
                choice: CallKinds::Is(kind),
            }],
            ..Self::calm(edition, Memory::Whole)
        }
    }

    /// One to five faults, the same for a seed always; `calls` says how many calls a calm play makes.
    #[must_use]
    pub fn drawn(seed: u64, calls: impl Fn(Edition, Memory) -> usize) -> Self {
        let mut chance = FaultRandom { seed, drawn: 0 };
        // The one with the longest plays comes up least.
        let edition = Edition::ALL[[0, 0, 0, 1, 1, 1, 2, 2][chance.below(8)]];
        let memory = match chance.below(8) {
            0 => Memory::Fails,
            _ => Memory::Whole,
        };
        // What goes wrong makes a play longer.
        let length = calls(edition, memory) * 3 / 2;
        let count = [1, 2, 2, 3, 3, 4, 5][chance.below(7)];
        let mut faults: Vec<InjectedFault> = (0..count)
            .map(|_| InjectedFault {
                at: chance.below(length),
                choice: CallKinds::Nth(chance.next()),
            })
            .collect();
        if memory == Memory::Fails {
            let actions = [
                ConcurrentAction::LosesFingerprints,
                ConcurrentAction::SpoilsFingerprints,
            ];
            let action = CallKind::Deed(actions[chance.below(2)]);
            let at = chance.below(length / 2);
            let choice = CallKinds::Is(action);
            faults.insert(0, InjectedFault { at, choice });
        }
        Self {
            edition,
            memory,
            faults,
        }
    }
}

/// Numbers that look like chance and are always the same for a seed.
struct FaultRandom {
    seed: u64,
    drawn: u64,
}

impl FaultRandom {
    fn next(&mut self) -> u64 {
        self.drawn += 1;
        xxh3_64_with_seed(&self.drawn.to_le_bytes(), self.seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap();
        usize::try_from(self.next() % limit).unwrap()
    }
}
