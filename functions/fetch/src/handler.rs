//! Executes commands about runs from the queue. A run that takes longer than an invocation is
//! suspended for the next one.

use std::time::Duration;

use attendee_sync_app::CommandOutcome;
use attendee_sync_app::ports::RunCommand;
use attendee_sync_domain::causes::with_causes;
use attendee_sync_functions::{
    MessageVerdict, Metrics, Parts, come_again, correlated, correlation_of, order_of, until,
    verdict,
};
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::LambdaEvent;
use tokio::time::Instant;
use tracing::Instrument;

/// The time that is left at the end of an invocation to send what was read and to save a
/// checkpoint.
const MARGIN: Duration = Duration::from_secs(45);

pub(crate) async fn handle(
    parts: &Parts,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, lambda_runtime::Error> {
    let until = until(event.context.deadline(), MARGIN);
    let mut response = SqsBatchResponse::default();
    for message in event.payload.records {
        let id = message.message_id.clone().unwrap_or_default();
        let request = event.context.request_id.as_str();
        let correlation = correlation_of(&message, request);
        let span = tracing::info_span!("order", request, message = id, correlation);
        let work = execute_message(parts, &message, until).instrument(span);
        let verdict = correlated(correlation, work).await;
        if verdict != MessageVerdict::Done {
            come_again(&parts.backoff, &message, verdict).await;
            response.batch_item_failures.push(failure(id));
        }
    }
    Ok(response)
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

async fn execute_message(parts: &Parts, message: &SqsMessage, until: Instant) -> MessageVerdict {
    let order = match order_of(message.body.as_deref().unwrap_or_default()) {
        Ok(order) => order,
        Err(poison) => {
            tracing::error!(error = %poison, "a message cannot be read");
            return MessageVerdict::Poison;
        }
    };
    match parts.app.execute(&order, until).await {
        Ok(done) => {
            tell(parts, &done).await;
            MessageVerdict::Done
        }
        Err(error) => {
            let verdict = verdict(&error);
            tracing::error!(order = ?LoggedCommand(&order), error = with_causes(&error), ?verdict, "an order was not carried out");
            verdict
        }
    }
}

/// Reports the outcome in the logs and as metrics.
async fn tell(parts: &Parts, done: &CommandOutcome) {
    let run = match done {
        CommandOutcome::Nothing(why) => {
            tracing::info!(why, "nothing to do");
            return;
        }
        CommandOutcome::Suspended(run) => {
            tracing::info!(%run, "the run goes on in the next invocation");
            return;
        }
        CommandOutcome::Over(run) => run,
    };
    let counts = serde_json::to_string(&run.counts).unwrap_or_default();
    tracing::info!(run = %run.id, event = %run.id.event, state = run.state.name(), counts, "the run is over");
    let last_success = match parts.app.schedule(&run.id.event).await {
        Ok(schedule) => schedule.last_success,
        Err(error) => {
            tracing::warn!(run = %run.id, error = with_causes(&error), "nobody knows when the event last synced");
            None
        }
    };
    let now = parts.app.now();
    Metrics::of(&parts.service)
        .run(run, last_success, now)
        .emit(now);
}

/// A command as logs may show it: the command of a run for one person names that person.
struct LoggedCommand<'o>(&'o RunCommand);

impl std::fmt::Debug for LoggedCommand<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            RunCommand::Due { event } => write!(f, "due {event}"),
            RunCommand::Retry { event } => write!(f, "retry {event}"),
            RunCommand::Hooks { event } => write!(f, "hooks of {event}"),
            RunCommand::Notices { event } => write!(f, "notices of {event}"),
            RunCommand::Badges { event } => write!(f, "badges of {event}"),
            RunCommand::Watch => f.write_str("watch"),
            RunCommand::Sync { run, .. } => write!(f, "sync {run}"),
            RunCommand::Continue {
                run,
                checkpoint_number,
            } => write!(f, "continue {run} after checkpoint {checkpoint_number}"),
            RunCommand::Approval { run } => write!(f, "approval {run}"),
            RunCommand::Dispatch { event, .. } => write!(f, "post {event}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_about_one_person_is_logged_without_them() {
        let order = RunCommand::Sync {
            run: "devcon.7".parse().unwrap(),
            scope: attendee_sync_app::SyncScope::One("ada@example.org".parse().unwrap()),
        };
        assert_eq!(format!("{:?}", LoggedCommand(&order)), "sync devcon.7");
    }
}
