//! The sample's API over HTTP: paged reading, and nothing else.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header::HOST};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::record::SampleRecord;
use crate::registry::Registry;

const PATH: &str = "/api/attendees";
const PAGE_SIZE: usize = 100;
const ABOUT: &str = "This is a SAMPLE registration system that came with Attendee Sync. Its people are invented.\n\
    They are at /api/attendees?page=1, and a few of them change with each reading.\n";

/// A running sample.
#[derive(Debug)]
pub struct SampleServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// Starts a sample at this address; port 0 takes any free one. Errors when the address cannot be bound.
pub async fn start(address: SocketAddr) -> io::Result<SampleServer> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router()).with_graceful_shutdown(async {
        // A sender that was dropped says "stop" as well.
        let _ = stopped.await;
    });
    let task = tokio::spawn(server.into_future());
    Ok(SampleServer {
        address,
        stop,
        task,
    })
}

impl SampleServer {
    /// The URL of the first page of attendees.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Completes the requests in progress, and stops.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

type SharedSample = Arc<Mutex<Registry>>;

/// The sample's routes over a list of its own.
pub fn router() -> Router {
    Router::new()
        .route("/", get(async || ABOUT))
        .route(PATH, get(attendees))
        .with_state(Arc::new(Mutex::new(Registry::new())))
}

#[derive(Deserialize)]
struct Parameters {
    page: Option<String>,
}

#[derive(Serialize)]
struct SamplePage {
    sample: bool,
    count: usize,
    next: Option<String>,
    results: Vec<SampleRecord>,
}

async fn attendees(
    State(registry): State<SharedSample>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Json<SamplePage>, (StatusCode, Json<Value>)> {
    let number = parameters
        .page
        .map_or(Some(1), |page| page.parse::<usize>().ok());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    number
        .and_then(|number| page(&registry, number, host))
        .map(Json)
        .ok_or_else(no_such_page)
}

/// Returns page `number`, from 1. Requesting the first begins a reading; the other pages show the
/// list as it then was.
fn page(registry: &SharedSample, number: usize, host: Option<&str>) -> Option<SamplePage> {
    let mut registry = registry.lock().unwrap_or_else(PoisonError::into_inner);
    if number == 1 {
        registry.begin_reading();
    }
    let start = number.checked_sub(1)?.checked_mul(PAGE_SIZE)?;
    let rest = registry
        .records()
        .get(start..)
        .filter(|rest| !rest.is_empty())?;
    let more = rest.len() > PAGE_SIZE;
    Some(SamplePage {
        sample: true,
        count: registry.records().len(),
        next: more.then(|| link(number + 1, host)),
        results: rest.iter().take(PAGE_SIZE).cloned().collect(),
    })
}

/// Returns a link; it is absolute where the request named its host.
fn link(page: usize, host: Option<&str>) -> String {
    let origin = host.map_or_else(String::new, |host| format!("http://{host}"));
    format!("{origin}{PATH}?page={page}")
}

fn no_such_page() -> (StatusCode, Json<Value>) {
    let body = json!({"sample": true, "detail": "There is no such page."});
    (StatusCode::NOT_FOUND, Json(body))
}
