//! The embedded store of the single-machine edition: `dynoxide` on a file, inside this process,
//! behind the same `aws-sdk-dynamodb` client as `DynamoDB` itself. Requests go from the client to
//! the engine as the bytes they would have on the wire, without a socket between them.

mod clock;
mod measure;
mod writes;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use attendee_sync_app::ports::Clock;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use serde::Serialize;
use serde::de::DeserializeOwned;

use clock::Borrowed;
pub use measure::Measured;
use writes::Writes;

/// Why the table's file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// It could not be made.
    #[error("the table's file could not be made")]
    File(#[source] std::io::Error),
    /// The engine refused it.
    #[error("the table's file could not be used")]
    Engine(#[from] dynoxide::DynoxideError),
}

/// Makes the file where it is absent, for its owner alone; what the engine puts beside it gets the
/// same permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// An engine on a file, or in memory.
#[derive(Clone)]
pub struct Embedded {
    database: Arc<Database>,
    writes: Arc<Writes>,
    /// Whether it may wait for a file; in memory it answers at once, and in the order of the requests.
    waits: bool,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}

impl Embedded {
    /// Opens the file, or makes it.
    ///
    /// `SQLite` keeps a write-ahead log and syncs it at its checkpoints: a commit survives the end
    /// of the process, however it ends, and a power cut leaves the file whole, at worst without
    /// the last moments, which the next sync brings again. What is deleted is overwritten. Both
    /// are compiled in, by `.cargo/config.toml`.
    pub fn open(path: &Path) -> Result<Self, EmbeddedError> {
        make_private(path).map_err(EmbeddedError::File)?;
        let database = Database::new(&path.to_string_lossy())?;
        Ok(Self::over(database, true))
    }

    /// An engine that keeps everything in memory, for tests.
    pub fn in_memory() -> Result<Self, EmbeddedError> {
        Ok(Self::over(Database::memory()?, false))
    }

    /// The same, with a time-to-live that goes by this clock; that of a file goes by the machine's.
    pub fn in_memory_by(clock: Arc<dyn Clock>) -> Result<Self, EmbeddedError> {
        let clock = Arc::new(Borrowed(clock));
        Ok(Self::over(Database::memory_with_clock(clock)?, false))
    }

    fn over(database: Database, waits: bool) -> Self {
        Self {
            database: Arc::new(database),
            writes: Arc::new(Writes::default()),
            waits,
        }
    }

    /// A client of this engine.
    #[must_use]
    pub fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .endpoint_url("http://embedded.invalid")
            .allow_no_auth()
            .http_client(self.clone())
            .build();
        Client::from_conf(config)
    }

    /// Deletes what the table's time-to-live says may go; gives how many items went. Between every
    /// 25 items that it looks at, requests that wait get their turn.
    pub fn delete_expired(&self) -> Result<usize, EmbeddedError> {
        Ok(self.database.sweep_ttl()?)
    }
}

impl HttpClient for Embedded {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Embedded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let engine = self.clone();
        HttpConnectorFuture::new(async move {
            if !engine.waits {
                return engine.answer(&request);
            }
            // The engine is synchronous, and would hold others up.
            tokio::task::spawn_blocking(move || engine.answer(&request))
                .await
                .map_err(|error| ConnectorError::other(error.into(), None))?
        })
    }
}

/// A status and a body.
type Answer = (u16, String);

impl Embedded {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, body) = self.dispatch(operation, body);
        let status = status
            .try_into()
            .map_err(|error| ConnectorError::other(Box::new(error), None))?;
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        response
            .headers_mut()
            .insert("content-type", "application/x-amz-json-1.0");
        Ok(response)
    }

    fn dispatch(&self, operation: &str, body: &[u8]) -> Answer {
        let db = &*self.database;
        match operation {
            "CreateTable" => answer(body, |request| db.create_table(request)),
            "DescribeTable" => answer(body, |request| db.describe_table(request)),
            "UpdateTimeToLive" => answer(body, |request| db.update_time_to_live(request)),
            "GetItem" => answer(body, |request| db.get_item(request)),
            "BatchGetItem" => answer(body, |request| db.batch_get_item(request)),
            "Query" => answer(body, |request| db.query(request)),
            "PutItem" => answer(body, |request| self.writes.one(|| db.put_item(request))),
            "DeleteItem" => answer(body, |request| self.writes.one(|| db.delete_item(request))),
            "BatchWriteItem" => answer(body, |request| {
                self.writes.one(|| db.batch_write_item(request))
            }),
            "TransactWriteItems" => match self.writes.put_all(db, body) {
                Some(Ok(())) => (200, "{}".to_owned()),
                Some(Err(error)) => (error.status_code(), error.to_json()),
                None => answer(body, |request| self.writes.transact(db, request)),
            },
            other => (
                400,
                serde_json::json!({
                    "__type": "com.amazon.coral.service#UnknownOperationException",
                    "message": format!("{other} is not used by this program"),
                })
                .to_string(),
            ),
        }
    }
}

fn answer<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    run: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> Answer {
    let request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => {
            let error = dynoxide::DynoxideError::SerializationException(error.to_string());
            return (error.status_code(), error.to_json());
        }
    };
    match run(request) {
        Ok(answer) => match serde_json::to_string(&answer) {
            Ok(body) => (200, body),
            Err(error) => {
                let error = dynoxide::DynoxideError::InternalServerError(error.to_string());
                (error.status_code(), error.to_json())
            }
        },
        Err(error) => (error.status_code(), error.to_json()),
    }
}
