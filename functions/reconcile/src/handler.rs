//! Reconciles batches from the queue, a few at a time; each fails alone.

use std::time::Duration;

use attendee_sync_app::Reconciled;
use attendee_sync_functions::{
    MessageVerdict, Metrics, Parts, batch_of_message, come_again, until, verdict,
};
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{FutureExt, StreamExt, stream};
use lambda_runtime::LambdaEvent;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

/// The time that is left at the end of an invocation for the answer.
const MARGIN: Duration = Duration::from_secs(5);
/// Batches reconciled at the same time.
const AT_ONCE: usize = 4;

pub(crate) async fn handle(
    parts: &Parts,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, lambda_runtime::Error> {
    let until = until(event.context.deadline(), MARGIN);
    let request = event.context.request_id.as_str();
    let done: Vec<(String, MessageVerdict)> = stream::iter(event.payload.records)
        .map(|message| async move {
            let id = message.message_id.clone().unwrap_or_default();
            let span = tracing::info_span!("batch", request, message = id);
            let work = reconcile(parts, &message, until).instrument(span);
            // A panic in one batch must not fail the others.
            let done = std::panic::AssertUnwindSafe(work).catch_unwind().await;
            let verdict = done.unwrap_or(MessageVerdict::Again);
            come_again(&parts.backoff, &message, verdict).await;
            (id, verdict)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let all = done.len();
    let mut response = SqsBatchResponse::default();
    for (id, _) in done
        .into_iter()
        .filter(|(_, done)| *done != MessageVerdict::Done)
    {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        response.batch_item_failures.push(failure);
    }
    let reconciled = all - response.batch_item_failures.len();
    let metrics = Metrics::of(&parts.service)
        .count("BatchesReconciled", reconciled as u64)
        .count("BatchesFailed", response.batch_item_failures.len() as u64);
    metrics.emit(parts.app.now());
    Ok(response)
}

async fn reconcile(parts: &Parts, message: &SqsMessage, until: Instant) -> MessageVerdict {
    let batch_message = match batch_of_message(message.body.as_deref().unwrap_or_default()) {
        Ok(batch_message) => batch_message,
        Err(poison) => {
            tracing::error!(error = %poison, "a message cannot be read");
            return MessageVerdict::Poison;
        }
    };
    let (event, run, batch) = (
        batch_message.policy.event.clone(),
        batch_message.batch.run.0,
        batch_message.batch.number,
    );
    let work = parts.app.reconcile_message(batch_message);
    match timeout_at(until, work).await {
        Ok(Ok(Reconciled::Applied(counts))) => {
            let people = counts.accounted();
            tracing::info!(%event, run, batch, people, "a batch was reconciled");
            MessageVerdict::Done
        }
        Ok(Ok(Reconciled::Outdated)) => {
            tracing::info!(%event, run, batch, "a batch is outdated");
            MessageVerdict::Done
        }
        Ok(Err(error)) => {
            let verdict = verdict(&error);
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%event, run, batch, %error, cause, ?verdict, "a batch was not reconciled");
            verdict
        }
        Err(_) => {
            tracing::warn!(%event, run, batch, "the time was over before a batch was reconciled");
            MessageVerdict::Again
        }
    }
}
