//! Plays a registration system: serves a fixture folder over real HTTP on a free loopback port.
//!
//! It really checks the credential, counts what it was asked, and can change its mind between two runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attendee_sync_testkit::peers::{HttpPeer, Request, ResponseTemplate};

use crate::Fixture;
use crate::feed_routes::{Route, RouteFile, Target};

/// A running server; it stops when this goes.
pub struct FeedServer {
    shared: Arc<SharedFeed>,
    _peer: HttpPeer,
}

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
        let peer = HttpPeer::answering_not_found();
        let shared = Arc::new(SharedFeed {
            fixture: fixture.clone(),
            base: peer.origin(),
            routes: Mutex::new(fixture.json("routes.json")),
            log: Mutex::default(),
        });
        let answering = Arc::clone(&shared);
        peer.answer(move |request: &Request| answering.answer(request));
        Self {
            shared,
            _peer: peer,
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

    fn answer(&self, request: &Request) -> ResponseTemplate {
        let method = request.method.as_str();
        let target = path_and_query(request);
        let routes = lock(&self.routes);
        let parsed = Target::parse(&target);
        let mut answering = routes
            .routes
            .iter()
            .filter(|route| route.answers(method, &parsed));
        // Pages that are asked for by the body have one path.
        let wanted = answering.clone().find(|route| route.wants(&request.body));
        let route = wanted.or_else(|| answering.next());
        let (status, response) = match route {
            None => refuse(404, "no such resource"),
            Some(route) if !permitted(&routes, route, request) => {
                refuse(401, "wrong or missing credential")
            }
            Some(route) if !route.wants(&request.body) => {
                refuse(400, "not the body that is wanted")
            }
            Some(route) => (route.status, self.body_of(route)),
        };
        lock(&self.log).push(FeedRequestSeen {
            target: format!("{method} {target}"),
            status,
        });
        response
    }

    fn body_of(&self, route: &Route) -> ResponseTemplate {
        let mut response =
            ResponseTemplate::new(route.status).insert_header("content-type", "application/json");
        for (name, value) in &route.headers {
            response = response.insert_header(name.as_str(), self.with_base(value).as_str());
        }
        response.set_body_bytes(self.with_base(&self.fixture.text(&route.body)))
    }
}

fn path_and_query(request: &Request) -> String {
    let path = request.url.path();
    match request.url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

fn permitted(routes: &RouteFile, route: &Route, request: &Request) -> bool {
    let required = route.require.as_ref().unwrap_or(&routes.require);
    required.iter().all(|(name, value)| {
        let sent = request.headers.get(name);
        sent.is_some_and(|sent| sent.as_bytes() == value.as_bytes())
    })
}

fn refuse(status: u16, detail: &str) -> (u16, ResponseTemplate) {
    let body = serde_json::json!({ "detail": detail });
    (status, ResponseTemplate::new(status).set_body_json(body))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
