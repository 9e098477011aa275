//! What becomes of a message after its use case ended.

use attendee_sync_app::{Error, ErrorKind};

/// What to tell the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageVerdict {
    /// It is done with, also where it was refused: nothing would change if it came again.
    Done,
    /// It comes again, and is set aside after a few times.
    Again,
}

/// What an error means for the message that met it.
#[must_use]
pub fn verdict(error: &Error) -> MessageVerdict {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::Conflict => MessageVerdict::Done,
        ErrorKind::Retryable | ErrorKind::Invalid => MessageVerdict::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_or_refused_is_done_with_and_what_failed_comes_again() {
        let gone = Error::NoEvent("devcon".parse().unwrap());
        assert_eq!(verdict(&gone), MessageVerdict::Done);
        let busy = Error::Busy("devcon.3".parse().unwrap());
        assert_eq!(verdict(&busy), MessageVerdict::Done);
        assert_eq!(verdict(&Error::Aborted), MessageVerdict::Again);
    }
}
