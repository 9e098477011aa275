//! The function that serves the console and the API.

mod console;
mod handler;

use attendee_sync_functions::{Function, Parts, begin};
use lambda_http::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let parts = Parts::assemble(Function::Http, &begin().await)?;
    let router = console::router(parts).await?;
    run(service_fn(|request| handler::handle(&router, request))).await
}
