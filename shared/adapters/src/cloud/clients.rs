//! Creates the clients of AWS: one HTTP client with `ring` below its TLS, credentials and region
//! from the environment, and time-outs and retries for each service.
//!
//! A Lambda function gets its credentials and its region in its environment (Lambda Developer
//! Guide, "Defined runtime environment variables"), so no other provider is used: neither instance
//! metadata, whose time-outs would add to a cold start, nor another service, nor profile files,
//! which a function does not have. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` name other
//! endpoints, which may use plain `http://`.

use std::env;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::throttling::ThrottledTransactions;

/// A connection inside a region takes some milliseconds; the SDK would wait 3.1 s for it.
const CONNECT: Duration = Duration::from_secs(2);
/// The largest request, 1 MiB to SQS, is done in well under a second; `KMS` behind SSM takes longer.
const ATTEMPT: Duration = Duration::from_secs(10);
/// The limit for a request with its retries; far below the 900 s of a function and the visibility
/// time-outs of the queues.
const OPERATION: Duration = Duration::from_secs(45);
/// This is enough for a lost connection, which a function that was frozen often has, and for a
/// short throttling: Parameter Store allows 40 requests a second (AWS General Reference, "AWS
/// Systems Manager endpoints and quotas").
const ATTEMPTS: u32 = 5;

/// `DynamoDB` answers in milliseconds; a request without an answer after seconds was lost, and is
/// repeated. A transaction of 100 items may take some hundred milliseconds.
const TABLE_ATTEMPT: Duration = Duration::from_secs(3);
const TABLE_OPERATION: Duration = Duration::from_mins(1);
/// A partition that gets more than it can serve (1,000 writes a second) needs some seconds to
/// split: ten attempts, with waits doubled from 50 ms to 12 s, last about 25 s at most, 13 s on
/// average.
const TABLE_ATTEMPTS: u32 = 10;
const TABLE_FIRST_WAIT: Duration = Duration::from_millis(50);
const TABLE_LONGEST_WAIT: Duration = Duration::from_secs(12);

/// Returns the configuration that all clients share, from the environment. The clients share its
/// connections.
#[must_use]
pub fn shared_config() -> SdkConfig {
    let https = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let credentials = EnvironmentVariableCredentialsProvider::new();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(https)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(time_outs(ATTEMPT, OPERATION))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .service_config(OfService);
    config.set_region(variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]).map(Region::new));
    config.set_endpoint_url(variable(&["AWS_ENDPOINT_URL"]));
    config.build()
}

/// Returns the value of the first of these variables that is not empty.
fn variable(names: &[&str]) -> Option<String> {
    let mut values = names.iter().filter_map(|name| env::var(name).ok());
    values.find(|value| !value.is_empty())
}

/// Another endpoint of S3 than AWS's, if the environment names one.
pub(super) fn s3_endpoint() -> Option<String> {
    variable(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
}

/// The settings of one service in the environment, such as `AWS_ENDPOINT_URL_SQS` (AWS SDKs and
/// Tools Reference Guide, "Service-specific endpoints").
#[derive(Debug)]
struct OfService;

impl LoadServiceConfig for OfService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().replace([' ', '-'], "_");
        variable(&[&format!("{}_{}", key.env(), service.to_ascii_uppercase())])
    }
}

fn time_outs(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// Returns a client of the table: it retries fast, and is patient with throttling.
#[must_use]
pub fn dynamodb(shared: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(TABLE_ATTEMPTS)
        .with_initial_backoff(TABLE_FIRST_WAIT)
        .with_max_backoff(TABLE_LONGEST_WAIT);
    let config = aws_sdk_dynamodb::config::Builder::from(shared)
        .timeout_config(time_outs(TABLE_ATTEMPT, TABLE_OPERATION))
        .retry_config(retries)
        .retry_classifier(ThrottledTransactions)
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// A client of the queues.
#[must_use]
pub fn sqs(shared: &SdkConfig) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(shared)
}

/// A client of Parameter Store.
#[must_use]
pub fn ssm(shared: &SdkConfig) -> aws_sdk_ssm::Client {
    aws_sdk_ssm::Client::new(shared)
}

/// A client of `EventBridge` Scheduler.
#[must_use]
pub fn scheduler(shared: &SdkConfig) -> aws_sdk_scheduler::Client {
    aws_sdk_scheduler::Client::new(shared)
}

/// Returns a client for [`SesMailer`](crate::mail::ses::SesMailer). It has no time-out and no
/// retries of its own: the SDK's time-out would leave more mails unknown than the one minute of the
/// mailer does.
#[cfg(feature = "ses")]
#[must_use]
pub fn ses(shared: &SdkConfig) -> aws_sdk_ses::Client {
    let time_outs = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .disable_operation_attempt_timeout()
        .disable_operation_timeout()
        .build();
    let config = aws_sdk_ses::config::Builder::from(shared)
        .timeout_config(time_outs)
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_ses::Client::from_conf(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo's own variables stand for AWS's: a test may not set any.
    #[test]
    fn what_is_said_of_one_service_is_found_by_its_name() {
        let said = |env, service_id| {
            let key = ServiceConfigKey::builder().env(env).profile("profile");
            OfService.load_config(key.service_id(service_id).build().unwrap())
        };
        let name = Some(env!("CARGO_PKG_NAME").to_owned());
        assert_eq!(said("CARGO_PKG", "Name"), name);
        assert_eq!(said("CARGO", "Pkg Name"), name);
        assert_eq!(said("CARGO_PKG", "Nobody"), None);
    }
}
