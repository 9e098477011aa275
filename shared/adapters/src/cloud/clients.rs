//! Clients of AWS: TLS by `ring`, as everywhere in the program, and how long each service is waited
//! for and how often it is asked.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(2);

/// What the environment says of region, credentials and endpoints. In a function that is all there
/// is to ask: nothing is looked up over the network.
pub async fn load() -> Clients {
    let https = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(https)
        .load()
        .await;
    Clients { config }
}

/// Makes clients.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
}

impl Clients {
    /// Clients of this configuration.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self { config }
    }

    /// `DynamoDB` answers in milliseconds or is worth asking again. A burst over the limit of a
    /// partition or of a new table lasts seconds to minutes, while the table splits: the attempts
    /// with their gaps, up to 20 seconds each in the SDK's standard mode, outlast the most of it, and
    /// the queue's next delivery the rest.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let times = timeouts(Duration::from_secs(5), Duration::from_secs(40));
        let config = aws_sdk_dynamodb::config::Builder::from(&self.config)
            .timeout_config(times)
            .retry_config(attempts(8))
            .build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// SQS: a request carries up to 1 MiB.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let times = timeouts(Duration::from_secs(10), Duration::from_secs(30));
        let config = aws_sdk_sqs::config::Builder::from(&self.config)
            .timeout_config(times)
            .retry_config(attempts(5))
            .build();
        aws_sdk_sqs::Client::from_conf(config)
    }

    /// SSM throttles at 40 requests a second unless one pays (AWS Systems Manager, "Quotas").
    #[must_use]
    pub fn ssm(&self) -> aws_sdk_ssm::Client {
        let times = timeouts(Duration::from_secs(3), Duration::from_secs(10));
        let config = aws_sdk_ssm::config::Builder::from(&self.config)
            .timeout_config(times)
            .retry_config(attempts(4))
            .build();
        aws_sdk_ssm::Client::from_conf(config)
    }

    /// `EventBridge` Scheduler, asked while somebody waits for a configuration to be saved.
    #[must_use]
    pub fn scheduler(&self) -> aws_sdk_scheduler::Client {
        let times = timeouts(Duration::from_secs(5), Duration::from_secs(15));
        let config = aws_sdk_scheduler::config::Builder::from(&self.config)
            .timeout_config(times)
            .retry_config(attempts(4))
            .build();
        aws_sdk_scheduler::Client::from_conf(config)
    }

    /// SES, with the SDK's own settings: the mailer turns its retries off, as nothing may be sent
    /// twice, and waits by itself.
    #[cfg(feature = "ses")]
    #[must_use]
    pub fn ses(&self) -> aws_sdk_ses::Client {
        let times = TimeoutConfig::builder().connect_timeout(CONNECT).build();
        let config = aws_sdk_ses::config::Builder::from(&self.config)
            .timeout_config(times)
            .build();
        aws_sdk_ses::Client::from_conf(config)
    }
}

fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

fn attempts(most: u32) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(most)
}
