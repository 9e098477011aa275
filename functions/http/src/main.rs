//! The function that serves the console and the API, and looks after the installation.

mod console;
mod handler;
mod large;
mod trigger;

use attendee_sync_functions::{begin, console as assemble, reported};
use lambda_http::lambda_runtime::run;
use lambda_http::tower::Service;
use lambda_http::{Adapter, Error, LambdaEvent, service_fn};

use crate::trigger::{HttpAnswer, HttpTrigger};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let served = console::serve(assemble(&begin())?).await?;
    let served = &served;
    run(service_fn(move |event: LambdaEvent<HttpTrigger>| {
        reported(Box::pin(async move {
            let LambdaEvent { payload, context } = event;
            match payload {
                HttpTrigger::Gateway(request) => {
                    let handle = move |request| handler::handle(served, request);
                    let mut gateway = Adapter::from(service_fn(handle));
                    let event = LambdaEvent::new(*request, context);
                    gateway.call(event).await.map(HttpAnswer::Gateway)
                }
                HttpTrigger::Upkeep => handler::upkeep(&served.app, &context)
                    .await
                    .map(HttpAnswer::Upkeep),
            }
        }))
    }))
    .await
}
