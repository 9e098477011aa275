//! The function that applies batches of changed people.

mod handler;

use attendee_sync_functions::{begin, reconcile, reported};
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let parts = reconcile(&begin())?;
    Box::pin(run(service_fn(|event| {
        reported(handler::handle(&parts, event))
    })))
    .await
}
