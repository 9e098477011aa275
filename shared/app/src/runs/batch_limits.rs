//! The size of batches, which each edition limits by what a batch costs there.

use crate::App;

/// The limits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchLimits {
    /// The maximum number of people.
    pub(crate) people: usize,
    /// The bytes of records after which a batch is sent, however few people it has.
    pub(crate) bytes: usize,
}

impl BatchLimits {
    /// A batch of the cloud edition is a message of a queue, which has at most 1 MiB (Amazon SQS,
    /// "Message quotas"), and is written in one transaction of at most 100 actions (`DynamoDB`
    /// documentation, "Quotas"): two a person, and those of the batch.
    const MESSAGE: Self = Self {
        people: 40,
        bytes: 500_000,
    };
    /// A commit costs as much as writing some hundred items, so a process that has the table to
    /// itself uses larger batches: as large as keeps a first sync of 100,000 people below 96 MiB.
    const IN_PROCESS: Self = Self {
        people: 800,
        bytes: 2_000_000,
    };
}

impl App {
    /// Returns the limits of a batch in this edition.
    pub(crate) fn batch_limits(&self) -> BatchLimits {
        match self.parts.cloud {
            Some(_) => BatchLimits::MESSAGE,
            None => BatchLimits::IN_PROCESS,
        }
    }
}
