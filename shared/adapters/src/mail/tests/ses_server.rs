//! An SES that can be told to answer anything, to hang, and to cut.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_sdk_ses::Client;
use aws_sdk_ses::config::{BehaviorVersion, Credentials, Region};
use base64::Engine;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

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

#[derive(Clone)]
struct Ses {
    rate: f64,
    what: SesServerStep,
    seen: Arc<Mutex<SesServerSeen>>,
}

pub(super) struct SesServer {
    address: SocketAddr,
    seen: Arc<Mutex<SesServerSeen>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for SesServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl SesServer {
    /// One that lets so many mails a second go, and does this with each.
    pub(super) async fn start(rate: f64, what: SesServerStep) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(SesServerSeen::default()));
        let ses = Ses {
            rate,
            what,
            seen: seen.clone(),
        };
        let serving = tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let ses = ses.clone();
                talks.spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while ses.answer(&mut stream).await.is_ok() {}
                });
            }
        });
        Self {
            address,
            seen,
            serving,
        }
    }

    pub(super) fn seen(&self) -> SesServerSeen {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client of it, with the SDK's own retries.
    pub(super) fn client(&self) -> Client {
        client(self.address, true)
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
    async fn answer(&self, stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
        let form = request(stream).await?;
        if form.get("Action").map(String::as_str) == Some("GetSendQuota") {
            self.seen.lock().unwrap().quotas += 1;
            let rate = self.rate;
            let body = format!(
                "<GetSendQuotaResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\">\
                 <GetSendQuotaResult><SentLast24Hours>1.0</SentLast24Hours>\
                 <Max24HourSend>200.0</Max24HourSend><MaxSendRate>{rate}</MaxSendRate>\
                 </GetSendQuotaResult></GetSendQuotaResponse>"
            );
            return respond(stream, 200, &body).await;
        }
        self.seen.lock().unwrap().asked.push(form.clone());
        match &self.what {
            SesServerStep::Take => {
                let number = self.store(&form);
                let body = format!(
                    "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\">\
                     <SendRawEmailResult><MessageId>0100-{number}</MessageId></SendRawEmailResult>\
                     </SendRawEmailResponse>"
                );
                respond(stream, 200, &body).await
            }
            SesServerStep::TakeAndAnswer(status, body) => {
                self.store(&form);
                respond(stream, *status, body).await
            }
            SesServerStep::TakeAndCut => {
                self.store(&form);
                Err(std::io::ErrorKind::ConnectionAborted.into())
            }
            SesServerStep::Answer(status, body) => respond(stream, *status, body).await,
            SesServerStep::Cut => Err(std::io::ErrorKind::ConnectionAborted.into()),
            SesServerStep::Hang => std::future::pending().await,
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

/// Reads a request's form.
async fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<SesForm> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let pairs = url::form_urlencoded::parse(&body).into_owned();
    Ok(pairs.collect())
}

async fn respond(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    body: &str,
) -> std::io::Result<()> {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.get_mut().write_all(answer.as_bytes()).await
}
