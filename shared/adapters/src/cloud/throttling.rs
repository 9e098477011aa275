//! Lets the SDK retry transactions that were throttled.
//!
//! A throttled transaction is cancelled like one whose condition does not hold, and only its
//! reasons tell the difference (`DynamoDB` API Reference, `TransactWriteItems`). The SDK does not
//! read them and would retry neither.

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;

/// Retries transactions that were cancelled because of throttling, and no others.
#[derive(Debug)]
pub(super) struct ThrottledTransactions;

impl ClassifyRetry for ThrottledTransactions {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let answer = context.output_or_error();
        let error = answer
            .and_then(Result::err)
            .and_then(|error| error.as_operation_error())
            .and_then(|error| error.downcast_ref::<TransactWriteItemsError>());
        match error {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled))
                if is_throttled(cancelled.cancellation_reasons()) =>
            {
                RetryAction::throttling_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "throttled transactions"
    }
}

/// Returns whether a transaction was only throttled. Where a condition does not hold either, a
/// retry would fail again.
fn is_throttled(reasons: &[CancellationReason]) -> bool {
    let is = |codes: &[&str]| {
        let mut found = reasons.iter().filter_map(CancellationReason::code);
        found.any(|code| codes.contains(&code))
    };
    is(&["ThrottlingError", "ProvisionedThroughputExceeded"])
        && !is(&["ConditionalCheckFailed", "TransactionConflict"])
}
