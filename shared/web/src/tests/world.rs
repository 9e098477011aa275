//! A console with a feed, a clock and a browser that tests drive.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::in_process::carrying_out_its_orders;
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::ports::{
    self, Clock, Conclusion, Feed, FeedBlock, FeedSample, RequestMade, SourceError,
    SourceSideLists, Sources, TokenStore as _,
};
use attendee_sync_app::{App, AppParts};
use attendee_sync_domain::authority::{AccessToken, Role, Roles, TokenHash};
use attendee_sync_domain::config::{SecretValue, SourceAddresses, SourceSettings};
use attendee_sync_domain::mail::Senders;
use attendee_sync_domain::preset::{Preset, built_in};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use super::cloud::CloudQueues;
use super::conform;
use super::drawer::Drawer;
use super::owner_token::Fixed;
use super::post::{Folder, Service};
use crate::pad::FormDrafts;
use crate::router::{console, gated, routes};
use crate::safe::SealedStore;
use crate::{Authenticator, Entrances, Hosting, Peer, Web};

/// What the console is told where it has a process to itself.
pub(crate) const ON_ONE_MACHINE: Hosting = Hosting {
    request_limit: None,
    is_encrypted: false,
    prints_sign_in_links: true,
};
/// What it is told in the cloud.
pub(crate) const IN_CLOUD: Hosting = Hosting {
    request_limit: Some(Duration::from_secs(22)),
    is_encrypted: true,
    prints_sign_in_links: false,
};

pub(super) const TOKEN: &str = "b2c7e0f491a85d3690ce17fa2b4d8e63";

/// The further tokens of the console, each by its name: every role in `acme`, an admin of another
/// community, and a viewer of all.
pub(super) const HOLDERS: [(&str, Role, Option<&str>); 7] = [
    ("app-of-acme", Role::App, Some("acme")),
    ("helpdesk-of-acme", Role::Helpdesk, Some("acme")),
    ("viewer-of-acme", Role::Viewer, Some("acme")),
    ("operator-of-acme", Role::Operator, Some("acme")),
    ("admin-of-acme", Role::Admin, Some("acme")),
    ("admin-of-globex", Role::Admin, Some("globex")),
    ("viewer-of-all", Role::Viewer, None),
];

fn tokens() -> Vec<AccessToken> {
    let token = |(name, role, community): (&str, Role, Option<&str>)| AccessToken {
        name: name.parse().unwrap(),
        hash: TokenHash::of(name),
        roles: match community {
            Some(community) => Roles::within(role, [community.parse().unwrap()]),
            None => Roles::everywhere(role),
        },
        made: "2026-11-01T12:00:00Z".parse().unwrap(),
    };
    HOLDERS.into_iter().map(token).collect()
}

/// What the source gives, or the reason why it does not.
#[derive(Clone)]
struct TestRegistration {
    records: Arc<Mutex<Result<Vec<Value>, String>>>,
    held: watch::Sender<bool>,
    not_modified: Arc<AtomicBool>,
    readings: Arc<AtomicUsize>,
    /// The credential that the last sample was asked for with, where it was given plainly.
    credential: Arc<Mutex<Option<String>>>,
    /// Real sources, which are asked in its place once they are set.
    over_http: Arc<OnceLock<HttpSources>>,
}

struct TestRecords {
    not_modified: bool,
    left: Option<Vec<Value>>,
    held: watch::Receiver<bool>,
}

#[async_trait]
impl Sources for TestRegistration {
    async fn lookups(&self, _: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        Ok(SourceSideLists::default())
    }

    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample {
        if let Some(sources) = self.over_http.get() {
            return sources.sample(source, most).await;
        }
        let mut authentication = source.authentication.clone();
        *self.credential.lock().unwrap() = match authentication.secret_mut() {
            Some((_, SecretValue::Plain(text))) => Some(std::mem::take(text)),
            _ => None,
        };
        let mut held = self.held.subscribe();
        let _released = held.wait_for(|held| !held).await;
        let records = self.records.lock().unwrap().clone();
        let bytes = |record: &Value| Some(record.to_string().into_bytes());
        FeedSample {
            request: RequestMade {
                method: "GET".to_owned(),
                url: "https://registration.example/attendees".to_owned(),
                headers: vec![("authorization".to_owned(), "Bearer …".to_owned())],
            },
            answer: None,
            more: records.as_ref().is_ok_and(|records| records.len() > most),
            units: records
                .map(|records| records.iter().take(most).map(bytes).collect())
                .map_err(SourceError::new),
            remarks: Vec::new(),
        }
    }

    async fn media_type(&self, _: &str) -> Result<String, SourceError> {
        Ok("application/pdf".to_owned())
    }

    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ports::ReadMode,
        _: &ports::SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        self.open(source, ask).await
    }

    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ports::ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError> {
        if let Some(sources) = self.over_http.get() {
            return sources.open(source, ask).await;
        }
        self.readings.fetch_add(1, Ordering::SeqCst);
        let records = self.records.lock().unwrap().clone();
        Ok(Box::new(TestRecords {
            not_modified: self.not_modified.load(Ordering::SeqCst),
            left: Some(records.map_err(SourceError::new)?),
            held: self.held.subscribe(),
        }))
    }
}

#[async_trait]
impl Feed for TestRecords {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        let _released = self.held.wait_for(|held| !held).await;
        if self.not_modified {
            return Ok(None);
        }
        Ok(self.left.take().map(|records| {
            let mut block = FeedBlock::default();
            for record in records {
                let start = block.bytes.len();
                block.bytes.extend(record.to_string().into_bytes());
                block.units.push(Some(start..block.bytes.len()));
            }
            block
        }))
    }

    fn read(&self) -> (u64, u64) {
        (1, 1_234)
    }

    fn conclusion(&self) -> Conclusion {
        Conclusion {
            not_modified: self.not_modified,
            ..Conclusion::default()
        }
    }
}

/// A clock that stands still until it is put on, and panics when a test says so.
#[derive(Default)]
pub(crate) struct StoppedClock {
    pub(super) broken: AtomicBool,
    pub(super) panics: AtomicUsize,
    late: Mutex<SignedDuration>,
}

impl StoppedClock {
    /// Puts it on.
    pub(crate) fn later(&self, by: SignedDuration) {
        *self.late.lock().unwrap() += by;
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        if self.broken.load(Ordering::SeqCst) {
            self.panics.fetch_add(1, Ordering::SeqCst);
            panic!("the clock is broken");
        }
        let start: Timestamp = "2026-11-01T12:00:00Z".parse().unwrap();
        start + *self.late.lock().unwrap()
    }
}

/// A console with one event, unless it is empty.
pub(crate) struct ConsoleWorld {
    pub(super) access: Authenticator,
    pub(crate) clock: Arc<StoppedClock>,
    pub(crate) app: Arc<App>,
    pub(super) post: Arc<Service>,
    pub(super) drawer: Arc<Drawer>,
    registration: TestRegistration,
    router: Router,
    /// The same without the gate.
    bare: Router,
}

impl ConsoleWorld {
    /// With no event.
    pub(crate) async fn empty() -> Self {
        Self::keeping(None).await
    }

    /// With no event, and with this mail folder.
    pub(super) async fn keeping(folder: Option<Folder>) -> Self {
        Self::made(folder, None, None).await
    }

    /// With no event, as one of several processes; each request may take so long.
    pub(super) async fn in_cloud(queues: &Arc<CloudQueues>, patience: Option<Duration>) -> Self {
        Self::made(None, Some(queues), patience).await
    }

    async fn made(
        folder: Option<Folder>,
        queues: Option<&Arc<CloudQueues>>,
        patience: Option<Duration>,
    ) -> Self {
        let store = TableStore::new(Arc::new(SqliteTable::in_memory().unwrap()));
        for token in tokens() {
            store.add_token(&token, &[]).await.unwrap();
        }
        Self::over(Arc::new(store), folder, queues, patience)
    }

    /// Another process over the same table, with everything else of its own.
    pub(super) fn another(&self, queues: Option<&Arc<CloudQueues>>) -> Self {
        Self::over(Arc::clone(&self.app.parts().store), None, queues, None)
    }

    /// The same, where communities have these senders.
    pub(super) fn sending_as(&self, senders: Senders) -> Self {
        let store = Arc::clone(&self.app.parts().store);
        Self::over_with(store, None, None, None, senders)
    }

    fn over(
        store: Arc<dyn ports::Store>,
        folder: Option<Folder>,
        queues: Option<&Arc<CloudQueues>>,
        patience: Option<Duration>,
    ) -> Self {
        Self::over_with(store, folder, queues, patience, Senders::any())
    }

    fn over_with(
        store: Arc<dyn ports::Store>,
        folder: Option<Folder>,
        queues: Option<&Arc<CloudQueues>>,
        patience: Option<Duration>,
        senders: Senders,
    ) -> Self {
        let registration = TestRegistration {
            records: Arc::new(Mutex::new(Ok(Vec::new()))),
            held: watch::channel(false).0,
            not_modified: Arc::default(),
            readings: Arc::default(),
            credential: Arc::default(),
            over_http: Arc::default(),
        };
        let clock = Arc::new(StoppedClock::default());
        let drawer = Arc::new(Drawer::default());
        let post = Arc::new(Service::default());
        let mut parts = AppParts::new(
            store,
            Arc::new(registration.clone()),
            Arc::<Drawer>::clone(&drawer),
            Arc::<StoppedClock>::clone(&clock),
            SourceAddresses::Any,
        );
        parts.mailer = Some(Arc::<Service>::clone(&post));
        parts.mail_folder = folder.map(|folder| Arc::new(folder) as Arc<dyn ports::MailFolder>);
        parts.senders = senders;
        "https://console.example".clone_into(&mut parts.public_url);
        let mut hosting = ON_ONE_MACHINE;
        let app = if let Some(queues) = queues {
            queues.join(&mut parts);
            hosting = IN_CLOUD;
            Arc::new(App::new(parts))
        } else {
            carrying_out_its_orders(parts)
        };
        if patience.is_some() {
            hosting.request_limit = patience;
        }
        let hosts = ["console.example".to_owned()];
        let entrances = Entrances {
            owner: Some(Arc::new(Fixed(TOKEN))),
            identities: None,
            hosts: hosts.into(),
        };
        let access = Authenticator::by(entrances, &app);
        let console = console(Web {
            hosting,
            app: Arc::clone(&app),
            access: access.clone(),
            presets: built_in()
                .iter()
                .map(|(name, text)| Preset::parse(name, text).unwrap())
                .collect(),
        });
        let console = Arc::new(console);
        Self {
            router: gated(Arc::clone(&console)),
            bare: routes().with_state(console),
            access,
            clock,
            app,
            post,
            drawer,
            registration,
        }
    }

    /// With the event `devcon` and these people registered.
    pub(super) async fn with(records: Vec<Value>) -> Self {
        Self::empty().await.configured(records).await
    }

    /// The same, with the event `devcon` and these people registered.
    pub(super) async fn configured(self, records: Vec<Value>) -> Self {
        self.registered(records);
        let answer = self
            .send(TestRequest::put("/api/v1/events/devcon/configuration").json(&document()))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        self
    }

    /// Has sources asked over HTTP from now on.
    pub(super) fn asks_over_http(&self) {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let secrets = Arc::<Drawer>::clone(&self.drawer);
        let sources = HttpSources::new(secrets, SourceAddresses::Any);
        assert!(self.registration.over_http.set(sources).is_ok());
    }

    pub(super) fn registered(&self, records: Vec<Value>) {
        *self.registration.records.lock().unwrap() = Ok(records);
    }

    /// With thirty people, twelve of whom the source has cancelled since: run 2 holds that.
    pub(super) async fn held() -> Self {
        let people = |cancelled: usize| {
            (1..=30).map(move |id| {
                let mut person = person(id, "Ada");
                person["canceled"] = json!(id <= cancelled);
                person
            })
        };
        let world = Self::with(people(0).collect()).await;
        world.sync().await;
        world.registered(people(12).collect());
        world.sync().await;
        let run = world.api("/runs/devcon.2").await;
        assert_eq!(run["state"], "held", "{run}");
        world
    }

    /// Has the source say that it is as it was.
    pub(super) fn not_modified(&self) {
        self.registration.not_modified.store(true, Ordering::SeqCst);
    }

    pub(super) fn source_fails(&self, reason: &str) {
        *self.registration.records.lock().unwrap() = Err(reason.to_owned());
    }

    /// The credential that the last test asked with, where it was not named but given.
    pub(super) fn credential_asked_with(&self) -> Option<String> {
        self.registration.credential.lock().unwrap().clone()
    }

    /// A secret as it is stored for the event `devcon`.
    pub(super) fn stored(&self, name: &str) -> Option<String> {
        self.drawer.stored("acme", "devcon", name)
    }

    /// How often the feed was begun to be read.
    pub(super) fn readings(&self) -> usize {
        self.registration.readings.load(Ordering::SeqCst)
    }

    /// Holds the feed, so that a run stays under way.
    pub(super) fn hold(&self) {
        self.registration.held.send_replace(true);
    }

    pub(super) fn release(&self) {
        self.registration.held.send_replace(false);
    }

    /// Where credentials wait for their forms.
    pub(super) fn pad(&self) -> FormDrafts<SecretString> {
        FormDrafts::new("credential", &SealedStore::new(&self.app))
    }

    pub(super) async fn send(&self, ask: TestRequest) -> TestResponse {
        let (asked, body) = ask.0.into_parts();
        let (method, path) = (asked.method.clone(), asked.uri.path().to_owned());
        let sent = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let request = Request::from_parts(asked, Body::from(sent.clone()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        if path.starts_with("/api/") {
            let fault = conform::fault(&conform::Exchange {
                method: method.as_str(),
                path: &path,
                sent: &sent,
                status: parts.status,
                headers: &parts.headers,
                body: &body,
            });
            assert_eq!(fault, None, "{method} {path}: {} {body}", parts.status);
        }
        TestResponse {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Asks the routes themselves, past the gate.
    pub(super) async fn ungated(&self, ask: TestRequest) -> TestResponse {
        let response = self.bare.clone().oneshot(ask.0).await.unwrap();
        TestResponse {
            status: response.status(),
            headers: response.headers().clone(),
            body: String::new(),
        }
    }

    /// The paths of all routes, as the router itself shows them.
    pub(super) fn routes(&self) -> Vec<String> {
        let shown = format!("{:?}", self.router);
        let quoted = shown.split('"').skip(1).step_by(2);
        let mut routes: Vec<String> = quoted
            .filter(|text| text.starts_with('/'))
            .map(str::to_owned)
            .collect();
        routes.dedup();
        routes
    }

    /// Asks the API with the token.
    pub(super) async fn api(&self, path: &str) -> Value {
        let answer = self
            .send(TestRequest::get(&format!("/api/v1{path}")).bearer(TOKEN))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.json()
    }

    /// Syncs by the API, to the end.
    pub(super) async fn sync(&self) {
        let wanted = json!({"mode": "sync"});
        let answer = self
            .send(TestRequest::post("/api/v1/events/devcon/runs").json(&wanted))
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        self.settled().await;
    }

    /// Waits until no run is under way; gives the newest.
    pub(super) async fn settled(&self) -> Value {
        let event = "devcon".parse().unwrap();
        while self
            .app
            .parts()
            .store
            .run_under_way(&event)
            .await
            .unwrap()
            .is_some()
        {
            tokio::task::yield_now().await;
        }
        self.api("/events/devcon/runs?limit=1").await["items"][0].clone()
    }

    pub(super) async fn browser(&self) -> Browser<'_> {
        let answer = self
            .send(TestRequest::get(&self.access.sign_in_path().await.unwrap()))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        let cookie = cookie.to_owned();
        self.signed_in(cookie).await
    }

    /// Somebody signed in by a token.
    pub(super) async fn browser_of(&self, token: &str) -> Browser<'_> {
        let answer = self
            .send(TestRequest::post("/sign-in").form(&[("token", token)]))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        self.signed_in(cookie.to_owned()).await
    }

    /// Somebody with the cookie of a session that is open.
    pub(super) async fn signed_in(&self, cookie: String) -> Browser<'_> {
        let (_, id) = cookie.split_once('=').unwrap();
        let csrf = self.access.session(id).await.unwrap().unwrap().csrf;
        Browser {
            world: self,
            cookie,
            csrf,
        }
    }
}

/// Somebody signed in.
pub(super) struct Browser<'w> {
    world: &'w ConsoleWorld,
    pub(super) cookie: String,
    pub(super) csrf: String,
}

impl Browser<'_> {
    pub(super) async fn open(&self, path: &str) -> TestResponse {
        self.world
            .send(TestRequest::get(path).cookie(&self.cookie))
            .await
    }

    /// Opens a page that must be there.
    pub(super) async fn page(&self, path: &str) -> String {
        let answer = self.open(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    pub(super) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend(fields);
        let ask = TestRequest::post(path).form(&all).cookie(&self.cookie);
        self.world.send(ask).await
    }
}

/// The fields of a form, by their names.
pub(super) type TestForm = BTreeMap<String, String>;

impl Browser<'_> {
    /// Sends a form as a browser does.
    pub(super) async fn send_form(&self, path: &str, form: &TestForm) -> TestResponse {
        let fields: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let ask = TestRequest::post(path).form(&fields).cookie(&self.cookie);
        self.world.send(ask).await
    }

    /// The configurator's form on a page.
    pub(super) async fn form(&self, path: &str) -> TestForm {
        self.open(path).await.fields()
    }
}

/// A request.
pub(super) struct TestRequest(Request<Body>);

impl TestRequest {
    pub(super) fn new(method: &str, path: &str) -> Self {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080");
        Self(request.body(Body::empty()).unwrap())
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub(super) fn put(path: &str) -> Self {
        Self::new("PUT", path)
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    /// As from this address, by who calls the router.
    pub(super) fn from(mut self, address: [u8; 4]) -> Self {
        self.0.extensions_mut().insert(Peer(address.into()));
        self
    }

    /// For a router other than the world's.
    pub(super) fn into_request(self) -> Request<Body> {
        self.0
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn cookie(self, cookie: &str) -> Self {
        self.with("cookie", cookie)
    }

    pub(super) fn body(mut self, kind: &str, body: impl Into<Body>) -> Self {
        *self.0.body_mut() = body.into();
        self.with("content-type", kind)
    }

    /// A call of the API, with its token.
    pub(super) fn json(self, body: &Value) -> Self {
        self.bearer(TOKEN)
            .body("application/json", body.to_string())
    }

    pub(super) fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }
}

fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, sign)| {
        text.replace(entity, sign)
    })
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}

/// A response.
pub(super) struct TestResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl TestResponse {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.body.split_once(before).unwrap();
        rest.split_once(after).unwrap().0
    }

    /// What a browser would send of the configurator's form: its fields as they are filled.
    pub(super) fn fields(&self) -> TestForm {
        let form = self.between("novalidate>", "</form>");
        let mut fields = TestForm::new();
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(unescaped(rest.split_once('"')?.0))
        };
        for piece in form.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').unwrap();
            let kind = tag.split([' ', '\n']).next().unwrap();
            let named = attribute(tag, "name");
            match (kind, named) {
                ("input", Some(name)) => {
                    let is_box =
                        tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
                    if !is_box || tag.contains(" checked") {
                        fields.insert(name, attribute(tag, "value").unwrap_or_default());
                    }
                }
                ("textarea", Some(name)) => {
                    let text = unescaped(text.strip_prefix('\n').unwrap_or(text));
                    fields.insert(name, text.replace('\n', "\r\n"));
                }
                ("select", Some(name)) => {
                    let (_, rest) = form.split_once(tag).unwrap();
                    let (options, _) = rest.split_once("</select>").unwrap();
                    let mut all = options.split("<option").skip(1);
                    let chosen = all.clone().find(|option| option.contains(" selected"));
                    let chosen = chosen.or_else(|| all.next()).unwrap();
                    fields.insert(name, attribute(chosen, "value").unwrap());
                }
                _ => {}
            }
        }
        fields
    }

    /// Asserts RFC 9457, and gives the problem.
    pub(super) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{problem}");
        }
        problem
    }
}

/// The configuration of the event `devcon`.
pub(super) fn document() -> Value {
    json!({
        "community": "acme", "event": "devcon", "name": "DevCon 2026",
        "time_zone": "Europe/Amsterdam",
        "source": {"url": "https://registration.example/attendees"},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "company": "company", "groups": "groups"
        },
        "rules": [{"when": "canceled", "then": "remove_attendee"}]
    })
}

/// A registration.
pub(super) fn person(id: usize, first: &str) -> Value {
    json!({
        "id": id.to_string(), "email": format!("p{id}@example.org"), "first": first,
        "last": "Doe", "company": "Example Ltd", "groups": ["Speakers"], "canceled": false
    })
}
