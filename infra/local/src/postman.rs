//! Sends the released invitations, for as long as `serve` runs.
//!
//! It makes a round when invitations may be waiting, and regularly in any case. Where the mail
//! service accepts nothing, or a recipient's server defers mail, it tries again with growing
//! delays.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::{App, DispatchResult, PauseScope};
use attendee_sync_domain::ids::EventId;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;

/// The number of events whose mails are sent at the same time: a large event does not keep the
/// others waiting.
const AT_ONCE: usize = 8;

/// The time between two rounds without failures.
const ROUND_EVERY: Duration = Duration::from_secs(30);

/// The first delay after no mail was accepted; it doubles up to the longest.
const FIRST_GAP: Duration = Duration::from_secs(10);
const LONGEST_GAP: Duration = Duration::from_mins(10);

/// The same after recipients' servers deferred mail: they expect minutes (RFC 5321, section
/// 4.5.4.1).
const FIRST_PUT_OFF: Duration = Duration::from_mins(5);
const LONGEST_PUT_OFF: Duration = Duration::from_hours(1);

/// Sends until the application is told to send no more. Where the future is dropped before that,
/// the mails being sent are marked unknown at the next start.
pub(crate) async fn run(app: Arc<App>) {
    let mut gaps = Gaps::default();
    while !app.is_closing() {
        let wait = gaps.after(round(&app).await);
        // A person asked for them, or a run queued them: they are tried at once, even during a
        // delay.
        tokio::select! {
            () = app.invitations_wanted() => {}
            () = sleep(wait) => {}
        }
    }
}

/// The outcome of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Done,
    /// Recipients' servers deferred mail.
    PutOff,
    /// No mail was accepted; the service may say when to try again.
    Stopped(Option<Duration>),
}

/// The waiting between rounds.
#[derive(Debug, Default)]
struct Gaps {
    stopped: u32,
    put_off: u32,
}

impl Gaps {
    fn after(&mut self, round: Round) -> Duration {
        match round {
            Round::Done => {
                *self = Self::default();
                ROUND_EVERY
            }
            Round::PutOff => {
                self.stopped = 0;
                let gap = FIRST_PUT_OFF * 2_u32.saturating_pow(self.put_off.min(10));
                self.put_off += 1;
                gap.min(LONGEST_PUT_OFF)
            }
            Round::Stopped(asked) => {
                let gap = FIRST_GAP * 2_u32.saturating_pow(self.stopped.min(10));
                self.stopped += 1;
                asked.unwrap_or_default().max(gap.min(LONGEST_GAP))
            }
        }
    }
}

async fn round(app: &App) -> Round {
    let events = match app.events_to_dispatch().await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(error = %error, "nobody knows which invitations wait");
            return Round::Stopped(None);
        }
    };
    let posted: Vec<Round> = stream::iter(events)
        .map(|event| async move { post(app, &event).await })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let worst = |worse: Round, other: Round| match (worse, other) {
        (Round::Stopped(one), Round::Stopped(another)) => Round::Stopped(one.max(another)),
        (Round::Stopped(_), _) | (Round::PutOff, Round::Done) => worse,
        _ => other,
    };
    posted.into_iter().fold(Round::Done, worst)
}

async fn post(app: &App, event: &EventId) -> Round {
    match app.dispatch_invitations(event).await {
        Ok(posted) => {
            log(event, &posted);
            match &posted.trouble {
                // The mails of other events are sent all the same.
                Some(trouble) if trouble.keeps == PauseScope::Event => Round::Done,
                Some(trouble) => {
                    Round::Stopped(trouble.retry_after_seconds.map(Duration::from_secs))
                }
                None if posted.put_off > 0 => Round::PutOff,
                None => Round::Done,
            }
        }
        Err(error) => {
            tracing::warn!(%event, error = %error, "invitations could not be sent");
            Round::Stopped(None)
        }
    }
}

fn log(event: &EventId, posted: &DispatchResult) {
    let DispatchResult {
        sent,
        failed,
        in_doubt,
        put_off,
        taken_back,
        trouble,
    } = posted;
    if sent + failed + in_doubt + put_off + taken_back > 0 {
        tracing::info!(%event, sent, failed, in_doubt, put_off, taken_back, "invitations");
    }
    // The page of a single event shows its failure; here it would be logged with every round.
    if let Some(trouble) = trouble
        .as_ref()
        .filter(|trouble| trouble.keeps == PauseScope::All)
    {
        tracing::warn!(%event, reason = trouble.reason, "no more invitations go out for now");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_grow_while_no_mail_is_taken_and_end_with_the_first_that_is() {
        let mut gaps = Gaps::default();
        let minute = Duration::from_mins(1);
        let waits: Vec<u64> = (0..8)
            .map(|_| gaps.after(Round::Stopped(None)).as_secs())
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(gaps.after(Round::Stopped(Some(minute * 30))), minute * 30);
        assert_eq!(gaps.after(Round::Done), ROUND_EVERY);
        assert_eq!(gaps.after(Round::Stopped(None)), FIRST_GAP);
    }

    #[test]
    fn mail_that_is_put_off_forty_times_was_tried_for_more_than_a_day() {
        let mut gaps = Gaps::default();
        let tried: Duration = (0..39).map(|_| gaps.after(Round::PutOff)).sum();
        assert!(tried > Duration::from_hours(24), "{tried:?}");
    }
}
