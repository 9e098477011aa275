//! The function that serves the console and the API.

mod console;
mod handler;

use attendee_sync_functions::{begin, console as assemble};
use lambda_http::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let router = console::router(assemble(&begin())?).await?;
    run(service_fn(|request| handler::handle(&router, request))).await
}
