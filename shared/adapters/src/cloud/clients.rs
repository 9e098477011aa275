//! How clients of AWS are made: one HTTP client with `ring` below its TLS, credentials and region
//! from the environment, and per service how long is waited and how often is asked.
//!
//! A Lambda function gets its credentials and its region in its environment (Lambda Developer Guide,
//! "Defined runtime environment variables"), so nothing else is asked for them: neither instance
//! metadata, whose time-outs would come on top of a cold start, nor another service, nor profile
//! files, which a function has not.
//! `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` name other endpoints, also such of plain
//! `http://`.

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
/// With its repetitions; far below the 900 s of a function and the visibility time-outs above them.
const OPERATION: Duration = Duration::from_secs(45);
/// Enough for a lost connection, which a function that was frozen finds often, and for a short
/// throttling: Parameter Store lets 40 requests a second through (AWS General Reference, "AWS
/// Systems Manager endpoints and quotas").
const ATTEMPTS: u32 = 5;

/// `DynamoDB` answers in milliseconds; what takes seconds was lost, and is asked again. A
/// transaction of 100 items may take some hundred.
const TABLE_ATTEMPT: Duration = Duration::from_secs(3);
const TABLE_OPERATION: Duration = Duration::from_mins(1);
/// A partition that is asked for more than it gives (1,000 writes a second) needs some seconds to
/// split: ten attempts, waits doubled from 50 ms to 12 s, bridge about 25 s at most, 13 s on average.
const TABLE_ATTEMPTS: u32 = 10;
const TABLE_FIRST_WAIT: Duration = Duration::from_millis(50);
const TABLE_LONGEST_WAIT: Duration = Duration::from_secs(12);

/// What all clients have in common, from the environment. Clients share its connections.
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

/// The first of these that says something.
fn variable(names: &[&str]) -> Option<String> {
    let mut values = names.iter().filter_map(|name| env::var(name).ok());
    values.find(|value| !value.is_empty())
}

/// Another endpoint of S3 than AWS's, if the environment names one.
pub(super) fn s3_endpoint() -> Option<String> {
    variable(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
}

/// What the environment says of one service, such as `AWS_ENDPOINT_URL_SQS` (AWS SDKs and Tools
/// Reference Guide, "Service-specific endpoints").
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

/// A client of the table: quick to ask again, and patient with throttling.
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

/// A client for [`SesMailer`](crate::mail::ses::SesMailer), which waits and does not repeat by
/// itself: a time-out of the SDK's would leave more mails in doubt than its minute does.
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
