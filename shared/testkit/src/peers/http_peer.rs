//! HTTP servers with ordinary answers, by wiremock. They run in their own runtime, beside the test:
//! so they also serve tests that are not async, and have a clock of their own.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::table_calls::at_once;

/// A server on a free port of this machine; dropping it stops the server.
pub struct HttpPeer {
    server: MockServer,
    talk: Arc<PeerTalk>,
}

/// The answers of a server, and the requests it received.
struct PeerTalk {
    answer: Mutex<Arc<dyn Respond>>,
    asked: Mutex<Vec<Request>>,
}

impl Respond for PeerTalk {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.asked.lock().unwrap().push(request.clone());
        let answer = Arc::clone(&self.answer.lock().unwrap());
        answer.respond(request)
    }
}

/// The shared state, as the server uses it.
struct SharedTalk(Arc<PeerTalk>);

impl Respond for SharedTalk {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.respond(request)
    }
}

impl HttpPeer {
    /// Starts a server that answers every request in this way.
    #[must_use]
    pub fn start(answer: impl Respond + 'static) -> Self {
        let talk = Arc::new(PeerTalk {
            answer: Mutex::new(Arc::new(answer)),
            asked: Mutex::default(),
        });
        let server = at_once(MockServer::start());
        let answers = Mock::given(any()).respond_with(SharedTalk(Arc::clone(&talk)));
        at_once(server.register(answers));
        Self { server, talk }
    }

    /// Starts a server that answers "not found" until a test sets an answer.
    #[must_use]
    pub fn answering_not_found() -> Self {
        Self::start(ResponseTemplate::new(404))
    }

    /// Sets the answer to all further requests.
    pub fn answer(&self, answer: impl Respond + 'static) {
        *self.talk.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Answers all further requests with this JSON.
    pub fn answer_json(&self, body: impl Into<String>) {
        self.answer(json_page(body));
    }

    /// Its scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        self.server.uri()
    }

    /// Returns the requests so far, the newest last.
    #[must_use]
    pub fn asked(&self) -> Vec<Request> {
        self.talk.asked.lock().unwrap().clone()
    }
}

/// Returns a successful answer with this text as JSON.
#[must_use]
pub fn json_page(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
}

/// A registration system whose records a test changes.
pub struct RegistrationPeer {
    /// The server of the registration system.
    pub peer: HttpPeer,
    records: Arc<Mutex<Vec<Value>>>,
}

impl RegistrationPeer {
    /// Starts a system with these records, on one page.
    #[must_use]
    pub fn start(records: Vec<Value>) -> Self {
        let records = Arc::new(Mutex::new(records));
        let served = Arc::clone(&records);
        let peer = HttpPeer::start(move |_: &Request| {
            ResponseTemplate::new(200).set_body_json(&*served.lock().unwrap())
        });
        Self { peer, records }
    }

    /// Returns the URL of its records.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/", self.peer.origin())
    }

    /// Changes its records.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.records.lock().unwrap());
    }
}
