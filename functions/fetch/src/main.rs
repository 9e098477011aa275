//! The function that reads registration systems.

mod handler;

use attendee_sync_functions::{Function, Parts, begin};
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let parts = Parts::assemble(Function::Fetch, &begin().await)?;
    run(service_fn(|event| handler::handle(&parts, event))).await
}
