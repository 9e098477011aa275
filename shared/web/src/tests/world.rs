//! A world whose application is behind the console, and what asks it as browsers and programs do.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_adapters::in_process::carrying_out_its_orders;
use attendee_sync_app::App;
use attendee_sync_app::ports::{MailFolder, OrganisationSignIn};
use attendee_sync_domain::authority::{AccessToken, Role, Roles, TokenHash};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::mail::Senders;
use attendee_sync_domain::preset::{Preset, built_in};
use attendee_sync_testkit::clock::TestClock;
use attendee_sync_testkit::postbox::Postbox;
use attendee_sync_testkit::queues::QueueStage;
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, WorldBase, http_sources};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(super) use super::browser::{Browser, TestForm, TestRequest, TestResponse};
use super::conform;
use super::drawer::Drawer;
use super::owner_token::Fixed;
use super::post::Folder;
use crate::form_drafts::FormDrafts;
use crate::router::{console, gated, routes};
use crate::sealed_store::SealedStore;
use crate::{AuthenticationOptions, Authenticator, Hosting, Web};

/// What the console is told where it has a process to itself.
pub(crate) const ON_ONE_MACHINE: Hosting = Hosting {
    request_limit: None,
    is_encrypted: false,
    prints_sign_in_links: true,
    max_upload: 200_000_000,
};
/// What it is told in the cloud.
pub(crate) const IN_CLOUD: Hosting = Hosting {
    request_limit: Some(Duration::from_secs(22)),
    is_encrypted: true,
    prints_sign_in_links: false,
    max_upload: 4_000_000,
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

/// What a console stands on that is not as in every world.
#[derive(Default)]
struct ConsoleBase {
    /// The table of another process.
    line: FaultyTransport,
    folder: Option<Folder>,
    queues: Option<QueueStage>,
    /// How long a request may take.
    patience: Option<Duration>,
    senders: Option<Senders>,
    asks_over_http: bool,
    organisation: Option<Arc<dyn OrganisationSignIn>>,
}

/// A console with one event, unless it is empty.
pub(crate) struct ConsoleWorld {
    pub(super) access: Authenticator,
    pub(crate) clock: TestClock,
    pub(crate) app: Arc<App>,
    pub(super) post: Postbox,
    pub(super) drawer: Arc<Drawer>,
    world: World,
    router: Router,
    /// The same without the gate.
    bare: Router,
}

impl ConsoleWorld {
    /// With no event.
    pub(crate) async fn empty() -> Self {
        Self::first(ConsoleBase::default()).await
    }

    /// With no event, and with this mail folder.
    pub(super) async fn keeping(folder: Option<Folder>) -> Self {
        Self::first(ConsoleBase {
            folder,
            ..ConsoleBase::default()
        })
        .await
    }

    /// With no event, as one of several processes; each request may take so long.
    pub(super) async fn in_cloud(queues: &QueueStage, patience: Option<Duration>) -> Self {
        Self::first(ConsoleBase {
            queues: Some(queues.clone()),
            patience,
            ..ConsoleBase::default()
        })
        .await
    }

    /// With no event, and sources that are asked over HTTP.
    pub(super) async fn asking_over_http() -> Self {
        Self::first(ConsoleBase {
            asks_over_http: true,
            ..ConsoleBase::default()
        })
        .await
    }

    /// With no event, where people sign in at this organisation.
    pub(super) async fn of_organisation(organisation: Arc<dyn OrganisationSignIn>) -> Self {
        Self::first(ConsoleBase {
            organisation: Some(organisation),
            ..ConsoleBase::default()
        })
        .await
    }

    /// The first over its table, which has tokens.
    async fn first(base: ConsoleBase) -> Self {
        let one_machine = WorldBase {
            line: base.line.clone(),
            ..WorldBase::of_one_machine()
        };
        let store = one_machine.store();
        for token in tokens() {
            store.add_token(&token, &[]).await.unwrap();
        }
        Self::over(base)
    }

    /// Another process over the same table, with everything else of its own.
    pub(super) fn another(&self, queues: Option<&QueueStage>) -> Self {
        Self::over(ConsoleBase {
            line: self.world.line.clone(),
            queues: queues.cloned(),
            ..ConsoleBase::default()
        })
    }

    /// The same, where communities have these senders.
    pub(super) fn sending_as(&self, senders: Senders) -> Self {
        Self::over(ConsoleBase {
            line: self.world.line.clone(),
            senders: Some(senders),
            ..ConsoleBase::default()
        })
    }

    fn over(base: ConsoleBase) -> Self {
        let drawer = Arc::new(Drawer::default());
        let secrets = Arc::<Drawer>::clone(&drawer);
        let addresses = SourceAddresses::Any;
        let is_cloud = base.queues.is_some();
        let mut hosting = if is_cloud { IN_CLOUD } else { ON_ONE_MACHINE };
        if base.patience.is_some() {
            hosting.request_limit = base.patience;
        }
        let table = WorldBase {
            line: base.line.clone(),
            stage: base.queues.clone(),
            ..WorldBase::of_one_machine()
        };
        let over_http = base.asks_over_http.then(|| {
            let sources = http_sources(secrets, addresses.clone());
            Arc::new(sources.with_lists(table.store())) as _
        });
        let world_base = WorldBase {
            line: base.line,
            stage: base.queues,
            over_http,
            addresses,
            clock: TestClock::standing_at("2026-11-01T12:00:00Z"),
            secrets: Arc::<Drawer>::clone(&drawer),
            public_url: "https://console.example",
            ..WorldBase::of_one_machine()
        };
        let world = World::made(world_base, |mut parts| {
            let folder = base.folder.map(Arc::new);
            parts.mail_folder = folder.map(|folder| folder as Arc<dyn MailFolder>);
            parts.senders = base.senders.unwrap_or_else(Senders::any);
            if is_cloud {
                Arc::new(App::new(parts))
            } else {
                carrying_out_its_orders(parts)
            }
        });
        Self::before(world, drawer, hosting, base.organisation)
    }

    /// The console before this world.
    fn before(
        world: World,
        drawer: Arc<Drawer>,
        hosting: Hosting,
        organisation: Option<Arc<dyn OrganisationSignIn>>,
    ) -> Self {
        let app = Arc::clone(&world.app);
        let hosts = ["console.example".to_owned()];
        let entrances = AuthenticationOptions {
            owner: Some(Arc::new(Fixed(TOKEN))),
            identities: None,
            organisation,
            hosts: hosts.into(),
        };
        let access = Authenticator::by(entrances, &app);
        let console = Arc::new(console(Web {
            hosting,
            app: Arc::clone(&app),
            access: access.clone(),
            presets: built_in()
                .iter()
                .map(|(name, text)| Preset::parse(name, text).unwrap())
                .collect(),
        }));
        Self {
            router: gated(Arc::clone(&console)),
            bare: routes().with_state(console),
            access,
            clock: world.clock.clone(),
            app,
            post: world.postbox.clone(),
            drawer,
            world,
        }
    }

    /// The same, answering in the language of tests.
    pub(super) fn in_pseudo(mut self) -> Self {
        let language = axum::Extension(crate::texts::Language::Pseudo);
        self.router = self.router.layer(language);
        self
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

    /// Has these people registered, all on one page.
    pub(super) fn registered(&self, records: Vec<Value>) {
        let asked = self.world.scripted().asked;
        self.world.script(Scripted {
            records,
            asked,
            page: usize::MAX,
            ..Scripted::default()
        });
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
        self.world
            .sources
            .change(|source| source.not_modified = true);
    }

    pub(super) fn source_fails(&self, reason: &str) {
        let reason = Some(reason.to_owned());
        self.world.sources.change(|source| source.refuses = reason);
    }

    /// The credential that the last test asked with, where it was not named but given.
    pub(super) fn credential_asked_with(&self) -> Option<String> {
        self.world.scripted().credential
    }

    /// A secret as it is stored for the event `devcon`.
    pub(super) fn stored(&self, name: &str) -> Option<String> {
        self.drawer.stored("acme", "devcon", name)
    }

    /// How often the feed was begun to be read.
    pub(super) fn readings(&self) -> usize {
        self.world.scripted().asked.len()
    }

    /// Lets one write of the table fail, after so many more.
    pub(super) fn fails_after_writes(&self, writes: i64) {
        self.world.line.fail_one_after(writes);
    }

    /// The way to the table.
    pub(super) fn line(&self) -> &FaultyTransport {
        &self.world.line
    }

    /// How often the table was read so far.
    pub(super) fn table_reads(&self) -> i64 {
        self.world.line.reads()
    }

    /// Holds the feed, so that a run stays under way.
    pub(super) fn hold(&self) {
        self.world.sources.hold(true);
    }

    pub(super) fn release(&self) {
        self.world.sources.hold(false);
    }

    /// Where credentials wait for their forms.
    pub(super) fn pad(&self) -> FormDrafts<SecretString> {
        FormDrafts::new("credential", &SealedStore::new(&self.app))
    }

    /// The answer as it goes over the wire: its headers and bytes.
    pub(super) async fn answer_in_bytes(&self, ask: TestRequest) -> (HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(ask.0).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.headers, body.to_vec())
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
