//! The function that sends invitations and applies feedback on them.

mod handler;

use attendee_sync_functions::{begin, invite, reported};
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let parts = invite(&begin())?;
    Box::pin(run(service_fn(|event| {
        reported(handler::handle(&parts, event))
    })))
    .await
}
