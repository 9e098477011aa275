//! An AWS that answers as a test says, hangs, or cuts; and clients of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct CloudRequestSeen {
    pub(super) method: String,
    /// Path and query.
    pub(super) path: String,
    /// The last part of `X-Amz-Target`.
    pub(super) operation: String,
    pub(super) body: Value,
}

/// What it does.
#[derive(Debug, Clone)]
pub(super) enum CloudServerStep {
    Answer(u16, Value),
    Cut,
    Hang,
}

impl CloudServerStep {
    pub(super) fn take(body: Value) -> Self {
        Self::Answer(200, body)
    }

    /// Answers as the JSON protocols say no.
    pub(super) fn fail(status: u16, code: &str) -> Self {
        Self::Answer(
            status,
            serde_json::json!({"__type": code, "message": "what was sent: s3cret jo@example.org"}),
        )
    }
}

type CloudScript = Arc<dyn Fn(&CloudRequestSeen) -> CloudServerStep + Send + Sync>;

pub(super) struct Aws {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<CloudRequestSeen>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Aws {
    pub(super) async fn start(
        script: impl Fn(&CloudRequestSeen) -> CloudServerStep + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, seen): (CloudScript, _) = (Arc::new(script), asked.clone());
        let serving = tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (script.clone(), seen.clone());
                talks.spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while answer(&mut stream, &script, &seen).await.is_ok() {}
                });
            }
        });
        Self {
            address,
            asked,
            serving,
        }
    }

    pub(super) fn asked(&self) -> Vec<CloudRequestSeen> {
        self.asked.lock().unwrap().clone()
    }

    /// How often an operation was asked for.
    pub(super) fn count(&self, operation: &str) -> usize {
        let asked = self.asked();
        asked
            .iter()
            .filter(|asked| asked.operation == operation)
            .count()
    }

    /// What clients are made from that ask three times at most.
    pub(super) fn config(&self) -> SdkConfig {
        config_of(&format!("http://{}", self.address))
    }

    /// The same, with clients that do not wait for long.
    pub(super) fn impatient(&self) -> SdkConfig {
        let time_outs = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_millis(100))
            .build();
        let config = self.config().into_builder();
        config.timeout_config(time_outs).build()
    }
}

fn config_of(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("id", "s3cret-key", None, None, "tests");
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(5));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

async fn answer(
    stream: &mut BufReader<TcpStream>,
    script: &CloudScript,
    seen: &Mutex<Vec<CloudRequestSeen>>,
) -> std::io::Result<()> {
    let asked = request(stream).await?;
    seen.lock().unwrap().push(asked.clone());
    match script(&asked) {
        CloudServerStep::Answer(status, body) => {
            let body = body.to_string();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.0\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            );
            stream.get_mut().write_all(head.as_bytes()).await
        }
        CloudServerStep::Cut => Err(std::io::ErrorKind::ConnectionAborted.into()),
        CloudServerStep::Hang => std::future::pending().await,
    }
}

async fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<CloudRequestSeen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let found = lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        });
        found.unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    let mut first = lines[0].split(' ');
    Ok(CloudRequestSeen {
        method: first.next().unwrap().to_owned(),
        path: first.next().unwrap().to_owned(),
        operation: header("x-amz-target")
            .rsplit('.')
            .next()
            .unwrap()
            .to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}
