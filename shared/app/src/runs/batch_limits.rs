//! How much a batch holds, which each edition decides by what a batch costs there.

use crate::App;

/// What a batch may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchLimits {
    /// Most people.
    pub(crate) people: usize,
    /// Bytes of records after which a batch is sent on, however few people they are.
    pub(crate) bytes: usize,
}

impl BatchLimits {
    /// What is found out of a batch is a message of a queue, which takes at most 1 MiB (Amazon SQS,
    /// "Message quotas"), and is written in one transaction, which takes 100 actions (`DynamoDB`
    /// documentation, "Quotas"): two a person, and those of the batch.
    const MESSAGE: Self = Self {
        people: 40,
        bytes: 500_000,
    };
    /// A commit costs as much as writing some hundred items, so a process that has the table to itself
    /// takes more at once: as many as keep a first sync of 100,000 people below 96 MiB.
    const IN_PROCESS: Self = Self {
        people: 800,
        bytes: 2_000_000,
    };
}

impl App {
    /// What a batch may hold in this edition.
    pub(crate) fn batch_limits(&self) -> BatchLimits {
        match self.parts.cloud {
            Some(_) => BatchLimits::MESSAGE,
            None => BatchLimits::IN_PROCESS,
        }
    }
}
