//! An SES that can be told to answer anything, to hang, and to cut.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use attendee_sync_testkit::peers::{FaultyServer, ScriptedAnswer, ServerStep};
use aws_sdk_ses::Client;
use aws_sdk_ses::config::{BehaviorVersion, Credentials, Region};
use base64::Engine;

/// What it does with a mail.
#[derive(Debug, Clone)]
pub(super) enum SesServerStep {
    Take,
    /// Takes it, and answers this.
    TakeAndAnswer(u16, String),
    TakeAndCut,
    Answer(u16, String),
    Cut,
    Hang,
}

impl SesServerStep {
    /// Answers as SES says no.
    pub(super) fn fail(status: u16, code: &str, message: &str) -> Self {
        Self::Answer(
            status,
            format!(
                "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error>\
                 <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>42</RequestId></ErrorResponse>"
            ),
        )
    }
}

type SesForm = BTreeMap<String, String>;

/// What it has seen.
#[derive(Debug, Default, Clone)]
pub(super) struct SesServerSeen {
    /// Requests to send, also those that came to nothing.
    pub(super) asked: Vec<SesForm>,
    pub(super) quotas: usize,
    pub(super) stored: Vec<Vec<u8>>,
}

struct Ses {
    rate: f64,
    what: SesServerStep,
    seen: Arc<Mutex<SesServerSeen>>,
}

pub(super) struct SesServer {
    server: FaultyServer,
    seen: Arc<Mutex<SesServerSeen>>,
}

impl SesServer {
    /// One that lets so many mails a second go, and does this with each.
    pub(super) async fn start(rate: f64, what: SesServerStep) -> Self {
        let seen = Arc::new(Mutex::new(SesServerSeen::default()));
        let ses = Ses {
            rate,
            what,
            seen: seen.clone(),
        };
        let server = FaultyServer::start(move |asked| ses.answer(&asked.body)).await;
        Self { server, seen }
    }

    pub(super) fn seen(&self) -> SesServerSeen {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A client of it, with the SDK's own retries.
    pub(super) fn client(&self) -> Client {
        client(self.address(), true)
    }
}

pub(super) fn client(address: SocketAddr, has_credentials: bool) -> Client {
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let config = if has_credentials {
        config.credentials_provider(Credentials::new("id", "s3cret-key", None, None, "tests"))
    } else {
        config
    };
    Client::from_conf(config.build())
}

impl Ses {
    fn answer(&self, body: &str) -> ScriptedAnswer {
        let form: SesForm = url::form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        if form.get("Action").map(String::as_str) == Some("GetSendQuota") {
            self.seen.lock().unwrap().quotas += 1;
            let rate = self.rate;
            return respond(
                200,
                &format!(
                    "<GetSendQuotaResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\">\
                     <GetSendQuotaResult><SentLast24Hours>1.0</SentLast24Hours>\
                     <Max24HourSend>200.0</Max24HourSend><MaxSendRate>{rate}</MaxSendRate>\
                     </GetSendQuotaResult></GetSendQuotaResponse>"
                ),
            );
        }
        self.seen.lock().unwrap().asked.push(form.clone());
        match &self.what {
            SesServerStep::Take => {
                let number = self.store(&form);
                respond(
                    200,
                    &format!(
                        "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\">\
                         <SendRawEmailResult><MessageId>0100-{number}</MessageId></SendRawEmailResult>\
                         </SendRawEmailResponse>"
                    ),
                )
            }
            SesServerStep::TakeAndAnswer(status, body) => {
                self.store(&form);
                respond(*status, body)
            }
            SesServerStep::TakeAndCut => {
                self.store(&form);
                Vec::new()
            }
            SesServerStep::Answer(status, body) => respond(*status, body),
            SesServerStep::Cut => Vec::new(),
            SesServerStep::Hang => vec![ServerStep::Hang],
        }
    }

    fn store(&self, form: &SesForm) -> usize {
        let raw = form.get("RawMessage.Data").unwrap();
        let raw = base64::engine::general_purpose::STANDARD
            .decode(raw)
            .unwrap();
        let mut seen = self.seen.lock().unwrap();
        seen.stored.push(raw);
        seen.stored.len()
    }
}

fn respond(status: u16, body: &str) -> ScriptedAnswer {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    vec![ServerStep::Send(answer.into_bytes()), ServerStep::Again]
}
