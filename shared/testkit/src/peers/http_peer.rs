//! HTTP servers that answer in an ordinary way, by wiremock. They run beside the test: also where it is not async, and
//! on a clock of their own.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::table_calls::at_once;

/// A server on a free port of this machine; it ends when this goes.
pub struct HttpPeer {
    server: MockServer,
    talk: Arc<PeerTalk>,
}

/// What it answers, and what it was asked.
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

/// The same talk, given to the server.
struct SharedTalk(Arc<PeerTalk>);

impl Respond for SharedTalk {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.respond(request)
    }
}

impl HttpPeer {
    /// Starts a server that answers so, whatever is asked.
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

    /// Starts one that knows nothing, until it is told what to answer.
    #[must_use]
    pub fn unknowing() -> Self {
        Self::start(ResponseTemplate::new(404))
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: impl Respond + 'static) {
        *self.talk.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Answers with this JSON from now on.
    pub fn answer_json(&self, body: impl Into<String>) {
        self.answer(json_page(body));
    }

    /// Its scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        self.server.uri()
    }

    /// What it was asked, the newest last.
    #[must_use]
    pub fn asked(&self) -> Vec<Request> {
        self.talk.asked.lock().unwrap().clone()
    }
}

/// A good answer with this text, said to be JSON.
#[must_use]
pub fn json_page(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
}

/// A registration system whose people a test changes.
pub struct RegistrationPeer {
    /// The server that it is.
    pub peer: HttpPeer,
    records: Arc<Mutex<Vec<Value>>>,
}

impl RegistrationPeer {
    /// Starts one that gives these records, in one page.
    #[must_use]
    pub fn start(records: Vec<Value>) -> Self {
        let records = Arc::new(Mutex::new(records));
        let served = Arc::clone(&records);
        let peer = HttpPeer::start(move |_: &Request| {
            ResponseTemplate::new(200).set_body_json(&*served.lock().unwrap())
        });
        Self { peer, records }
    }

    /// Where its records are.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/", self.peer.origin())
    }

    /// Changes its records.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.records.lock().unwrap());
    }
}
