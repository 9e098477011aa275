//! The way to the table: requests of its client, at each of which something can go wrong, and an eye
//! on what is written.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_adapters::embedded::Embedded;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::control::{Faults, Sabotage};
use super::schedule::{Kind, Port};
use super::watch::{Items, Watch};

const OPERATIONS: [&str; 10] = [
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "DescribeTable",
    "CreateTable",
    "UpdateTimeToLive",
];

type Answered = Result<HttpResponse, ConnectorError>;

/// One request, to be sent again.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    operation: &'static str,
    body: Arc<[u8]>,
}

impl Sent {
    /// A request of the harness's own.
    pub(super) fn new(operation: &'static str, body: &Value) -> Self {
        Self {
            operation,
            body: body.to_string().into_bytes().into(),
        }
    }

    fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let named = target.rsplit('.').next().unwrap_or_default();
        let mut known = OPERATIONS.into_iter();
        Self {
            operation: known.find(|known| *known == named).unwrap_or("Other"),
            body: request.body().bytes().unwrap_or_default().into(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn is_write(&self) -> bool {
        matches!(
            self.operation,
            "PutItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems"
        )
    }

    fn request(&self) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(self.body.to_vec()));
        request.set_uri("http://embedded.invalid/").unwrap();
        let target = format!("DynamoDB_20120810.{}", self.operation);
        request.headers_mut().insert("x-amz-target", target);
        request
    }
}

/// Copies share all of it.
#[derive(Clone)]
pub(super) struct FaultLine {
    engine: Embedded,
    /// Requests are answered one after the other, whoever dropped them meanwhile.
    order: Arc<tokio::sync::Mutex<()>>,
    faults: Faults,
    /// Whether a transaction that is sent again is known by its token, as by `DynamoDB`.
    knows_tokens: bool,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    writes: usize,
    /// Writes that could have been dropped so far, and the items of the one that was.
    droppable: usize,
    dropped: Vec<String>,
    done_tokens: BTreeSet<String>,
    watch: Watch,
}

impl std::fmt::Debug for FaultLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaultLine")
    }
}

impl FaultLine {
    pub(super) fn new(faults: Faults, knows_tokens: bool) -> Self {
        Self {
            engine: Embedded::in_memory().unwrap(),
            order: Arc::default(),
            faults,
            knows_tokens,
            inner: Arc::default(),
        }
    }

    /// Writes that were done so far.
    pub(super) fn writes(&self) -> usize {
        self.inner.lock().unwrap().writes
    }

    /// The items of the write that was dropped on purpose.
    pub(super) fn dropped(&self) -> Vec<String> {
        self.inner.lock().unwrap().dropped.clone()
    }

    /// What the table holds.
    pub(super) fn items(&self) -> Items {
        self.inner.lock().unwrap().watch.items.clone()
    }

    /// Writes that lead to what the table holds.
    pub(super) fn settled(&self) -> Vec<Sent> {
        let put = |item| json!({"PutRequest": {"Item": item}});
        let requests: Vec<Value> = self.items().into_values().map(put).collect();
        let batch = |some: &[Value]| json!({"RequestItems": {"attendee-sync": some}});
        let batches = requests.chunks(25);
        batches
            .map(|some| Sent::new("BatchWriteItem", &batch(some)))
            .collect()
    }

    /// What the eye on the writes found wrong.
    pub(super) fn seen(&self) -> Vec<String> {
        self.inner.lock().unwrap().watch.wrong.clone()
    }

    /// What the engine has under this partition key.
    pub(super) async fn stored(&self, pk: &str) -> Vec<Value> {
        let query = json!({
            "TableName": "attendee-sync", "ConsistentRead": true, "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}}
        });
        let answer = self.send(Sent::new("Query", &query)).await;
        let answer: Value = serde_json::from_slice(answer.body().bytes().unwrap()).unwrap();
        answer["Items"].as_array().cloned().unwrap_or_default()
    }

    /// Sends a request that meets nothing.
    pub(super) async fn send(&self, sent: Sent) -> HttpResponse {
        self.pass(sent).await.unwrap()
    }

    /// Lets a request through. It is done to the end also where nobody waits for it any more.
    async fn pass(&self, sent: Sent) -> Answered {
        let line = self.clone();
        let done = tokio::spawn(async move {
            let _alone = line.order.lock().await;
            line.done(sent).await
        });
        done.await.unwrap()
    }

    async fn done(&self, sent: Sent) -> Answered {
        let token = match sent.operation {
            "TransactWriteItems" if self.knows_tokens => sent.json()["ClientRequestToken"]
                .as_str()
                .map(str::to_owned),
            _ => None,
        };
        let known = |token: &String| self.inner.lock().unwrap().done_tokens.contains(token);
        if token.as_ref().is_some_and(known) {
            return Ok(answer(200, &json!({})));
        }
        let answered = self.engine.call(sent.request()).await?;
        if sent.is_write() && answered.status().is_success() {
            let mut inner = self.inner.lock().unwrap();
            inner.watch.look(sent.operation, &sent.json());
            inner.done_tokens.extend(token);
            inner.writes += 1;
        }
        Ok(answered)
    }

    async fn meet(&self, sent: Sent) -> Answered {
        let Some(kind) = self.faults.meet(Port::Table(sent.operation)).await else {
            return self.pass_sabotaged(sent).await;
        };
        match kind {
            Kind::Refused => Ok(refused()),
            Kind::Failed => {
                self.pass(sent).await?;
                Ok(refused())
            }
            Kind::Lost => {
                self.pass(sent).await?;
                std::future::pending().await
            }
            Kind::Hung => std::future::pending().await,
            Kind::CrashAfter => {
                self.pass(sent).await?;
                self.faults.crash().await;
                Ok(refused())
            }
            Kind::Throttled(_) if !self.knows_tokens => Ok(refused()),
            Kind::Throttled(_) => Ok(throttled(&sent)),
            Kind::Partial => self.pass_partly(sent).await,
            _ => self.pass(sent).await,
        }
    }

    async fn pass_sabotaged(&self, sent: Sent) -> Answered {
        match self.faults.sabotage {
            Some(Sabotage::DropsWrite(number)) if sent.is_write() => {
                let mut inner = self.inner.lock().unwrap();
                inner.droppable += 1;
                if inner.droppable > number && inner.dropped.is_empty() {
                    inner.dropped = super::watch::names(&sent.json());
                    // For its process it was done.
                    inner.writes += 1;
                    return Ok(answer(200, &json!({})));
                }
            }
            Some(Sabotage::WritesBack) if sent.is_write() => self.write_back_later(&sent),
            _ => {}
        }
        self.pass(sent).await
    }

    /// Lets attendees be after a while as they were before a write.
    fn write_back_later(&self, sent: &Sent) {
        let before = self.items();
        let written = super::watch::items_put(sent.operation, &sent.json());
        let attendees = written
            .iter()
            .filter(|item| super::watch::is_attendee(item));
        for item in attendees.filter_map(|item| before.get(&super::watch::name(item))) {
            let put = json!({"TableName": "attendee-sync", "Item": item});
            let (line, put) = (self.clone(), Sent::new("PutItem", &put));
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(30)).await;
                line.send(put).await;
            });
        }
    }

    /// Does about half of a request, and answers that the rest is left.
    async fn pass_partly(&self, sent: Sent) -> Answered {
        let mut body = sent.json();
        if sent.operation == "Query" {
            if body["Select"] != "COUNT" {
                body["Limit"] = json!(1);
            }
            return self.pass(Sent::new("Query", &body)).await;
        }
        let (list, unprocessed) = match sent.operation {
            "BatchGetItem" => ("/RequestItems/attendee-sync/Keys", "UnprocessedKeys"),
            _ => ("/RequestItems/attendee-sync", "UnprocessedItems"),
        };
        let mut rest = body["RequestItems"].clone();
        let all = body.pointer(list).and_then(Value::as_array).cloned();
        let mut all = all.unwrap_or_default();
        let left = all.split_off(all.len() / 2);
        let inside = list.trim_start_matches("/RequestItems");
        *rest.pointer_mut(inside).unwrap() = json!(left);
        if all.is_empty() {
            return Ok(answer(200, &json!({unprocessed: rest, "Responses": {}})));
        }
        *body.pointer_mut(list).unwrap() = json!(all);
        let answered = self.pass(Sent::new(sent.operation, &body)).await?;
        let mut told: Value = serde_json::from_slice(answered.body().bytes().unwrap()).unwrap();
        told[unprocessed] = rest;
        Ok(answer(200, &told))
    }
}

/// Not an answer that the client would ask again for.
fn refused() -> HttpResponse {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "message": "refused"
    });
    answer(400, &body)
}

/// As `DynamoDB` says that it has no room: a transaction is cancelled, and only its reasons say why.
fn throttled(sent: &Sent) -> HttpResponse {
    if sent.operation != "TransactWriteItems" {
        return answer(
            400,
            &json!({
                "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
                "message": "The level of configured provisioned throughput for the table was exceeded."
            }),
        );
    }
    let actions = sent.json()["TransactItems"].as_array().map_or(0, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); actions];
    reasons[0] = json!({"Code": "ThrottlingError", "Message": "Throughput exceeds the limit."});
    answer(
        400,
        &json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
            "CancellationReasons": reasons
        }),
    )
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let body = SdkBody::from(body.to_string());
    let mut response = HttpResponse::new(status.try_into().unwrap(), body);
    let headers = response.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.0");
    response
}

impl HttpClient for FaultLine {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for FaultLine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (line, sent) = (self.clone(), Sent::of(&request));
        HttpConnectorFuture::new(async move { line.meet(sent).await })
    }
}
