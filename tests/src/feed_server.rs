//! Plays a registration system: serves a fixture folder over real HTTP on a free loopback port.
//!
//! It really checks the credential, counts what it was asked, and can change its mind between two runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::Fixture;
use crate::feed_routes::{Route, RouteFile, Target};

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 100_000;

/// A running server; it stops when this goes.
#[derive(Debug)]
pub struct FeedServer {
    shared: Arc<SharedFeed>,
    _runtime: Runtime,
}

#[derive(Debug)]
struct SharedFeed {
    fixture: Fixture,
    base: String,
    routes: Mutex<RouteFile>,
    log: Mutex<Vec<FeedRequestSeen>>,
}

/// One request and the status it got.
#[derive(Clone, Debug)]
struct FeedRequestSeen {
    target: String,
    status: u16,
}

impl FeedServer {
    /// Serves the fixture's `routes.json`.
    #[must_use]
    pub fn start(fixture: &Fixture) -> Self {
        let runtime = Runtime::new().expect("a runtime can be started");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime
            .block_on(TcpListener::bind(address))
            .expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound port has an address");
        let shared = Arc::new(SharedFeed {
            fixture: fixture.clone(),
            base: format!("http://{address}"),
            routes: Mutex::new(fixture.json("routes.json")),
            log: Mutex::default(),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        runtime.spawn(async { axum::serve(listener, router).await });
        Self {
            shared,
            _runtime: runtime,
        }
    }

    /// Scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.shared.base
    }

    /// A file of the fixture with the server's own URL in the place of `{{base}}`.
    #[must_use]
    pub fn text(&self, file: &str) -> String {
        self.shared.with_base(&self.shared.fixture.text(file))
    }

    /// The secrets that the event document names.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, String)> {
        let routes = lock(&self.shared.routes);
        routes.secrets.clone().into_iter().collect()
    }

    /// From now on, answers `request` (GET, path and query, or else the body that the route has) with the body in `file`.
    pub fn replace_body(&self, request: &str, file: &str) {
        let target = Target::parse(request);
        let mut routes = lock(&self.shared.routes);
        let route = routes
            .routes
            .iter_mut()
            .find(|route| route.body == request || route.answers("GET", &target))
            .unwrap_or_else(|| panic!("no route answers {request}"));
        file.clone_into(&mut route.body);
    }

    /// How many requests were answered so far, refused ones among them.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.shared.log).len()
    }

    /// Each request so far and the status it got, one a line: for the message of a failing test.
    #[must_use]
    pub fn log(&self) -> String {
        let log = lock(&self.shared.log);
        let lines: Vec<_> = log
            .iter()
            .map(|asked| format!("{} -> {}", asked.target, asked.status))
            .collect();
        lines.join("\n")
    }
}

impl SharedFeed {
    fn with_base(&self, text: &str) -> String {
        text.replace("{{base}}", &self.base)
    }

    fn answer(&self, request: &Parts, body: &[u8]) -> Response<Body> {
        let method = request.method.as_str();
        let target = request.uri.to_string();
        let routes = lock(&self.routes);
        let parsed = Target::parse(&target);
        let mut answering = routes
            .routes
            .iter()
            .filter(|route| route.answers(method, &parsed));
        // Pages that are asked for by the body have one path.
        let wanted = answering.clone().find(|route| route.wants(body));
        let route = wanted.or_else(|| answering.next());
        let response = match route {
            None => refuse(StatusCode::NOT_FOUND, "no such resource"),
            Some(route) if !permitted(&routes, route, &request.headers) => {
                refuse(StatusCode::UNAUTHORIZED, "wrong or missing credential")
            }
            Some(route) if !route.wants(body) => {
                refuse(StatusCode::BAD_REQUEST, "not the body that is wanted")
            }
            Some(route) => self.body_of(route),
        };
        lock(&self.log).push(FeedRequestSeen {
            target: format!("{method} {target}"),
            status: response.status().as_u16(),
        });
        response
    }

    fn body_of(&self, route: &Route) -> Response<Body> {
        let mut response = Response::builder().status(route.status);
        if !route
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()))
        {
            response = response.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in &route.headers {
            response = response.header(name, self.with_base(value));
        }
        let body = self.with_base(&self.fixture.text(&route.body));
        response
            .body(Body::from(body))
            .expect("status and headers of a route are valid")
    }
}

async fn answer(State(shared): State<Arc<SharedFeed>>, request: Request) -> Response<Body> {
    let (request, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY).await;
    shared.answer(&request, &body.unwrap_or_default())
}

fn permitted(routes: &RouteFile, route: &Route, headers: &HeaderMap) -> bool {
    let required = route.require.as_ref().unwrap_or(&routes.require);
    required.iter().all(|(name, value)| {
        let sent = headers.get(name);
        sent.is_some_and(|sent| sent.as_bytes() == value.as_bytes())
    })
}

fn refuse(status: StatusCode, detail: &str) -> Response<Body> {
    let body = serde_json::json!({ "detail": detail }).to_string();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
