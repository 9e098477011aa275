//! An AWS that answers as a test says, hangs, or cuts; and clients of it.

use std::time::Duration;

use attendee_sync_testkit::peers::{FaultyServer, RequestSeen, ScriptedAnswer, ServerStep};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use serde_json::Value;

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

impl From<&RequestSeen> for CloudRequestSeen {
    fn from(asked: &RequestSeen) -> Self {
        let target = asked.headers.get("x-amz-target");
        let operation = target.and_then(|target| target.rsplit('.').next());
        Self {
            method: asked.method.clone(),
            path: asked.target.clone(),
            operation: operation.unwrap_or_default().to_owned(),
            body: serde_json::from_str(&asked.body).unwrap_or(Value::Null),
        }
    }
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

impl CloudServerStep {
    fn steps(self) -> ScriptedAnswer {
        match self {
            Self::Answer(status, body) => {
                let body = body.to_string();
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.0\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                );
                vec![ServerStep::Send(answer.into_bytes()), ServerStep::Again]
            }
            Self::Cut => Vec::new(),
            Self::Hang => vec![ServerStep::Hang],
        }
    }
}

pub(super) struct Aws(FaultyServer);

impl Aws {
    pub(super) async fn start(
        script: impl Fn(&CloudRequestSeen) -> CloudServerStep + Send + Sync + 'static,
    ) -> Self {
        let script = move |asked: &RequestSeen| script(&asked.into()).steps();
        Self(FaultyServer::start(script).await)
    }

    pub(super) fn asked(&self) -> Vec<CloudRequestSeen> {
        self.0.asked().iter().map(Into::into).collect()
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
        config_of(&self.0.origin())
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
