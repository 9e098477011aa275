//! Sends invitations while there is time. A further command is queued for the rest, with growing
//! delays while no mail is accepted.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::EventId;
use tokio::time::{Instant, timeout_at};

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::{DispatchResult, PauseScope};
use crate::ports::RunCommand;

/// Seconds to wait after no mail was accepted. They double up to the longest delay of an SQS
/// message (Amazon SQS, "Message quotas").
const FIRST_GAP: u32 = 10;
const LONGEST_GAP: u32 = 900;
/// The same after recipients' servers deferred mail: they expect minutes (RFC 5321, section
/// 4.5.4.1).
const FIRST_PUT_OFF: u32 = 300;

impl App {
    /// Requests that released invitations of an event be sent. Where the command cannot be queued,
    /// the end of the event's next run requests it again.
    pub(crate) async fn request_dispatch(&self, event: &EventId) {
        self.post_wanted.notify_one();
        let Ok(orders) = self.orders() else { return };
        let order = RunCommand::Dispatch {
            event: event.clone(),
            waited: 0,
        };
        if let Err(error) = orders.order(&order, Duration::ZERO).await {
            let error = with_causes(&error);
            tracing::error!(%event, error, "invitations may go, and nobody was told");
        }
    }

    /// Sends the released invitations of an event until the time is over, and queues a command for
    /// the rest, with growing delays while no mail is accepted.
    pub async fn dispatch_until(
        &self,
        event: &EventId,
        waited: u32,
        until: Instant,
    ) -> Result<DispatchResult, Error> {
        self.closing.store(false, Ordering::Relaxed);
        let mut posting = pin!(self.dispatch_invitations(event));
        let posted = if let Ok(posted) = timeout_at(until, &mut posting).await {
            posted?
        } else {
            // The mail that is being sent is not interrupted.
            self.stop_dispatching();
            posting.await?
        };
        if let Some((gap, waited)) = next_dispatch(&posted, self.is_closing(), waited) {
            let event = event.clone();
            let order = RunCommand::Dispatch { event, waited };
            self.orders()?.order(&order, gap).await?;
        }
        Ok(posted)
    }
}

/// Returns the delay after which sending continues, and the delay to remember for the next time;
/// `None` where nothing is left to retry automatically.
fn next_dispatch(posted: &DispatchResult, is_over: bool, waited: u32) -> Option<(Duration, u32)> {
    let growing = |first: u32| waited.saturating_mul(2).clamp(first, LONGEST_GAP);
    let (gap, asked) = match &posted.trouble {
        Some(trouble) if trouble.keeps == PauseScope::Event => return None,
        Some(trouble) => (growing(FIRST_GAP), trouble.retry_after_seconds),
        None if posted.put_off > 0 => (growing(FIRST_PUT_OFF), None),
        None if is_over => (0, None),
        None => return None,
    };
    let asked = asked.map_or(0, |seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
    let seconds = gap.max(asked).min(LONGEST_GAP);
    Some((Duration::from_secs(seconds.into()), gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitations::dispatch::DeliveryFailure;

    fn trouble(retry_after_seconds: Option<u64>) -> DispatchResult {
        DispatchResult {
            trouble: Some(DeliveryFailure {
                reason: String::new(),
                retry_after_seconds,
                keeps: PauseScope::All,
            }),
            ..DispatchResult::default()
        }
    }

    #[test]
    fn gaps_grow_while_no_mail_is_taken() {
        let mut waited = 0;
        let mut gaps = Vec::new();
        for _ in 0..8 {
            let (gap, remembered) = next_dispatch(&trouble(None), false, waited).unwrap();
            gaps.push(gap.as_secs());
            waited = remembered;
        }
        assert_eq!(gaps, [10, 20, 40, 80, 160, 320, 640, 900]);
        let asked = next_dispatch(&trouble(Some(120)), false, 0).unwrap();
        assert_eq!(asked, (Duration::from_mins(2), 10));
        let asked = next_dispatch(&trouble(Some(99_999)), false, 0).unwrap();
        assert_eq!(asked.0.as_secs(), 900);
    }

    #[test]
    fn what_is_left_when_the_time_is_over_goes_on_at_once_and_what_is_done_does_not() {
        let done = DispatchResult::default();
        assert_eq!(next_dispatch(&done, true, 0), Some((Duration::ZERO, 0)));
        assert_eq!(next_dispatch(&done, false, 0), None);
        let mut switched_off = trouble(None);
        if let Some(trouble) = &mut switched_off.trouble {
            trouble.keeps = PauseScope::Event;
        }
        assert_eq!(next_dispatch(&switched_off, false, 0), None);
        let put_off = DispatchResult {
            put_off: 1,
            ..DispatchResult::default()
        };
        assert_eq!(next_dispatch(&put_off, false, 0).unwrap().0.as_secs(), 300);
    }
}
