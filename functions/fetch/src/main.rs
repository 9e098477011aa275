//! The function that reads registration systems.

mod handler;

use attendee_sync_functions::{begin, fetch, reported};
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let parts = fetch(&begin())?;
    Box::pin(run(service_fn(|event| {
        reported(handler::handle(&parts, event))
    })))
    .await
}
