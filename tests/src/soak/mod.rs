//! Weeks of a busy installation, compressed: events of several communities whose sources flap, whose
//! people come, change, go and are erased, and which are deleted and made anew, on a clock that
//! jumps from one due sync to the next. A model knows what all of it must come to, and at every
//! measuring point what the table, the queues and the process may hold.

mod chance;
mod drive;
mod event;
mod kinds;
mod limits;
mod model;
mod weather;

use std::fmt::Write as _;

pub use chance::SoakRandom;
pub use drive::soak;
pub use kinds::ItemKind;

/// How large, how long, and which course of events.
#[derive(Debug, Clone)]
pub struct SoakSettings {
    /// Days that pass.
    pub days: u32,
    /// Events.
    pub events: usize,
    /// Those of them that sync hourly; the others sync daily.
    pub hourly: usize,
    /// People of an event, about.
    pub people: usize,
    /// The same seed takes the same course.
    pub seed: u64,
    /// Whether the process's memory has a limit; not where it does other things beside.
    pub watches_memory: bool,
    /// What is left out, so that a limit can be seen to be passed.
    pub fault: Option<SoakFault>,
}

impl SoakSettings {
    /// So many events for so many days.
    #[must_use]
    pub fn new(days: u32, events: usize) -> Self {
        Self {
            days,
            events,
            hourly: events.div_ceil(5),
            people: 40,
            seed: 1,
            watches_memory: true,
            fault: None,
        }
    }
}

/// Something that goes wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoakFault {
    /// Nobody deletes what is past its time.
    NoSweep,
    /// The process keeps some memory of every run.
    Leak,
    /// Nobody sends the invitations.
    NoPost,
    /// An item that nobody knows is written by every run.
    Litter,
    /// Some of what a source sent is not what the model knows.
    OtherState,
    /// A mail is counted twice.
    SecondMail,
}

impl SoakFault {
    /// All, by their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("no-sweep", Self::NoSweep),
        ("leak", Self::Leak),
        ("no-post", Self::NoPost),
        ("litter", Self::Litter),
        ("other-state", Self::OtherState),
        ("second-mail", Self::SecondMail),
    ];
}

/// A limit that was passed, in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was seen at a measuring point.
#[derive(Debug, Clone, Default)]
pub struct Point {
    /// Days that have passed.
    pub day: u32,
    /// Runs so far.
    pub runs: u64,
    /// Resident memory of the process, in bytes, without the table's.
    pub process: u64,
    /// The table in memory, in bytes, with what is free in it.
    pub table: u64,
    /// Items by kind, with what the model says: how many there are, how many may be, and their bytes.
    pub kinds: Vec<(ItemKind, u64, u64, u64)>,
}

impl Point {
    /// The point as a few lines of text.
    #[must_use]
    pub fn in_words(&self) -> String {
        const MIB: u64 = 1024 * 1024;
        let mut text = String::new();
        let items: u64 = self.kinds.iter().map(|(_, items, ..)| items).sum();
        let bytes: u64 = self.kinds.iter().map(|(.., bytes)| bytes).sum();
        let _written = writeln!(
            text,
            "day {:>4}  {:>7} runs  process {:>4} MiB  table {:>4} MiB  {items} items of {} KiB",
            self.day,
            self.runs,
            self.process / MIB,
            self.table / MIB,
            bytes / 1024,
        );
        for (kind, items, most, bytes) in &self.kinds {
            if *items > 0 || *most > 0 {
                let name = kind.name();
                let _written = writeln!(
                    text,
                    "    {name:<20} {items:>8} of at most {most:>8}  {:>8} KiB",
                    bytes.div_ceil(1024)
                );
            }
        }
        text
    }
}

/// What a course came to.
#[derive(Debug, Clone, Default)]
pub struct SoakReport {
    /// Runs by how they ended.
    pub succeeded: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that a guard held.
    pub held: u64,
    /// People erased.
    pub erased: u64,
    /// Events deleted and made anew.
    pub remade: u64,
    /// Mails sent.
    pub mails: u64,
    /// Records that changed somebody.
    pub changes: u64,
    /// Lines of attendees and users compared at the end.
    pub compared: u64,
    /// Items that were deleted as their time was over.
    pub swept: u64,
}

impl std::fmt::Display for SoakReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} runs succeeded, {} failed, {} were held; {} changes; {} people erased; {} events made anew; \
             {} mails; {} items swept; {} lines of people as the model has them",
            self.succeeded,
            self.failed,
            self.held,
            self.changes,
            self.erased,
            self.remade,
            self.mails,
            self.swept,
            self.compared,
        )
    }
}
