//! What requests to the table cost, as `DynamoDB` counts it: asked for with every request and summed up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use attendee_sync_adapters::embedded::Embedded;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What was used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
    /// Requests, by operation.
    pub requests: BTreeMap<String, u64>,
}

/// Counts while it is switched on.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Option<Usage>>>);

impl Meter {
    /// Begins to count.
    pub fn begin(&self) {
        *self.0.lock().unwrap() = Some(Usage::default());
    }

    /// What was used since it began; it goes on from nothing.
    #[must_use]
    pub fn read(&self) -> Usage {
        let mut usage = self.0.lock().unwrap();
        usage.replace(Usage::default()).unwrap_or_default()
    }

    /// Whether it counts.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }

    /// Sends a request on, and counts what it used.
    pub(crate) fn call(&self, engine: &Embedded, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let (meter, engine) = (self.clone(), engine.clone());
        HttpConnectorFuture::new(async move {
            let response = engine.call(asking(request)).await?;
            meter.count(&operation, &response);
            Ok(response)
        })
    }

    fn count(&self, operation: &str, response: &HttpResponse) {
        let body: Value = response
            .body()
            .bytes()
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_default();
        let used = match &body["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(units).sum(),
            table => units(table),
        };
        let mut usage = self.0.lock().unwrap();
        let Some(usage) = usage.as_mut() else { return };
        *usage.requests.entry(operation.to_owned()).or_default() += 1;
        match operation {
            "GetItem" | "BatchGetItem" | "Query" => usage.read_units += used,
            _ => usage.write_units += used,
        }
    }
}

fn units(table: &Value) -> f64 {
    table["CapacityUnits"].as_f64().unwrap_or(0.0)
}

/// The same request, asking what it uses.
fn asking(request: HttpRequest) -> HttpRequest {
    let Some(mut body) = request
        .body()
        .bytes()
        .and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok())
    else {
        return request;
    };
    body["ReturnConsumedCapacity"] = json!("TOTAL");
    let mut asking = HttpRequest::new(SdkBody::from(body.to_string()));
    asking.set_method(request.method()).unwrap();
    asking.set_uri(request.uri().to_owned()).unwrap();
    for (name, value) in request.headers() {
        if name != "content-length" {
            asking
                .headers_mut()
                .insert(name.to_owned(), value.to_owned());
        }
    }
    asking
}
