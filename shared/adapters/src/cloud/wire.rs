//! Encodes commands and batch messages as message texts, and decodes them.
//!
//! A command is JSON as serde writes it, which is also what `EventBridge` Scheduler sends. A batch
//! message is deflated JSON in base64 after the version of its form: SQS bills each 64 KB as a
//! request (Amazon SQS pricing), and 100 people take some 20 KB.

use std::io::{Read, Write};

use attendee_sync_app::ports::{BatchMessage, RunCommand};
use attendee_sync_domain::ids::{EventId, RunId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// The maximum size of a message in bytes, and of a request with several (Amazon SQS API Reference,
/// `SendMessageBatch`: 1 MiB or 1,048,576 bytes).
pub(super) const MAX_BYTES: usize = 1_048_576;

/// The maximum size of a batch message before compression, in bytes. Messages that are sent are far
/// smaller; a message of 1 MiB could inflate to 800 MB, more than a function has.
pub(super) const MAX_INFLATED: usize = 16 * 1_048_576;

/// The prefix with the version of the form; another form gets another number.
const MESSAGE_PREFIX: &str = "parcel.1.";

/// Why a message can never be read. The text contains nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Poison {
    /// The message is no command.
    #[error("the message is not an order that this version knows (column {column})")]
    Order {
        /// The column of the error.
        column: usize,
    },
    /// The message is no batch message, or has a form that this version does not know.
    #[error("the message is not a batch message that this version knows")]
    Form,
    /// What follows the version is not base64, or not deflated.
    #[error("the batch message is damaged")]
    Damaged,
    /// The message is longer than any batch message that was sent.
    #[error("the batch message has more than {MAX_INFLATED} bytes")]
    TooLong,
    /// The inflated text is no batch.
    #[error("the batch message does not hold a batch that this version knows (column {column})")]
    Batch {
        /// The column of the error.
        column: usize,
    },
}

/// Why a batch message was not sent. Names its run and batch, and no person.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsendable {
    #[error(
        "batch {batch} of run {run} has {bytes} bytes, and a message at most {limit}: sync in smaller batches, or map shorter fields"
    )]
    TooLong {
        run: RunId,
        batch: u32,
        bytes: usize,
        limit: usize,
    },
    #[error("batch {batch} of run {run} could not be written down")]
    Written {
        run: RunId,
        batch: u32,
        #[source]
        source: std::io::Error,
    },
}

/// Decodes a command.
pub fn order_of(body: &str) -> Result<RunCommand, Poison> {
    // The parser's own text may repeat a value, and a value may be an address.
    serde_json::from_str(body).map_err(|error| Poison::Order {
        column: error.column(),
    })
}

/// Decodes a batch message.
pub fn batch_of_message(body: &str) -> Result<BatchMessage, Poison> {
    let packed = body.strip_prefix(MESSAGE_PREFIX).ok_or(Poison::Form)?;
    let packed = STANDARD_NO_PAD
        .decode(packed)
        .map_err(|_| Poison::Damaged)?;
    let mut json = Vec::new();
    let most = MAX_INFLATED as u64 + 1;
    DeflateDecoder::new(packed.as_slice())
        .take(most)
        .read_to_end(&mut json)
        .map_err(|_| Poison::Damaged)?;
    if json.len() > MAX_INFLATED {
        return Err(Poison::TooLong);
    }
    serde_json::from_slice(&json).map_err(|error| Poison::Batch {
        column: error.column(),
    })
}

/// Encodes a command.
pub(super) fn order_text(order: &RunCommand) -> serde_json::Result<String> {
    serde_json::to_string(order)
}

/// Returns the message that a schedule sends: the command to sync an event if that is due.
pub(super) fn due_text(event: &EventId) -> serde_json::Result<String> {
    order_text(&RunCommand::Due {
        event: event.clone(),
    })
}

/// Encodes a batch message.
pub(super) fn message_text(batch_message: &BatchMessage) -> Result<String, Unsendable> {
    let (run, batch) = (run_of(batch_message), batch_message.batch.number);
    let too_long = |bytes, limit| {
        Err(Unsendable::TooLong {
            run: run_of(batch_message),
            batch,
            bytes,
            limit,
        })
    };
    let (inflated, packed) =
        deflated(batch_message).map_err(|source| Unsendable::Written { run, batch, source })?;
    if inflated > MAX_INFLATED {
        return too_long(inflated, MAX_INFLATED);
    }
    let mut text = MESSAGE_PREFIX.to_owned();
    STANDARD_NO_PAD.encode_string(packed, &mut text);
    if text.len() > MAX_BYTES {
        return too_long(text.len(), MAX_BYTES);
    }
    Ok(text)
}

fn deflated(batch_message: &BatchMessage) -> std::io::Result<(usize, Vec<u8>)> {
    let json = serde_json::to_vec(batch_message)?;
    let mut packing = DeflateEncoder::new(Vec::new(), Compression::default());
    packing.write_all(&json)?;
    Ok((json.len(), packing.finish()?))
}

pub(super) fn run_of(batch_message: &BatchMessage) -> RunId {
    RunId {
        event: batch_message.policy.event.clone(),
        number: batch_message.batch.run,
    }
}

/// Returns what a message concerns, for people, without naming a person.
pub(super) fn about(body: &str) -> String {
    if let Ok(batch_message) = batch_of_message(body) {
        return format!(
            "batch {} of run {}",
            batch_message.batch.number,
            run_of(&batch_message)
        );
    }
    match order_of(body) {
        Ok(RunCommand::Due { event }) => format!("the scheduled sync of {event}"),
        Ok(RunCommand::Retry { event }) => format!("the retry of the sync of {event}"),
        Ok(RunCommand::Hooks { event }) => format!("what hooks of {event} reported"),
        Ok(RunCommand::Notices { event }) => format!("the notices of {event}"),
        Ok(RunCommand::Badges { event }) => format!("the badges of {event}"),
        Ok(RunCommand::Watch) => "a look at all events".to_owned(),
        Ok(RunCommand::Sync { run, .. }) => format!("the start of run {run}"),
        Ok(RunCommand::Continue { run, .. }) => format!("the continuation of run {run}"),
        Ok(RunCommand::Approval { run }) => format!("the approved changes of run {run}"),
        Ok(RunCommand::Dispatch { event, .. }) => format!("the invitations of {event}"),
        Err(_) => "a message that cannot be read".to_owned(),
    }
}
