//! Answers that are larger than a function may give: they are put into a bucket, and whoever asked gets an address that
//! works for a few minutes and for them alone.
//!
//! Two requests of S3 are all that is needed, so both are signed here (Signature Version 4, "Authenticating Requests:
//! Using Query Parameters"), and the SDK for S3, which is larger than the function, is not linked.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_sqs::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use rand::RngExt;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use url::Url;

use super::clients;

/// For how long an address works: as long as it takes to follow a redirect. A download that began goes on.
const WORKS: Duration = Duration::from_mins(5);
/// For how long the bucket is waited for.
const ANSWER: Duration = Duration::from_secs(6);

/// Why an answer is not in the bucket. The text names no address that works.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be put into the bucket {bucket}: {reason}")]
pub struct BucketError {
    bucket: String,
    reason: String,
}

/// A bucket for answers, which deletes them after a day.
#[derive(Debug, Clone)]
pub struct AnswerBucket {
    bucket: String,
    region: String,
    /// The bucket's address, with a slash at its end.
    origin: String,
    credentials: Option<SharedCredentialsProvider>,
}

impl AnswerBucket {
    /// The bucket of this name, in the region of these clients and with their credentials.
    #[must_use]
    pub fn new(shared: &SdkConfig, bucket: impl Into<String>) -> Self {
        let bucket = bucket.into();
        let region = shared.region().map(ToString::to_string);
        let region = region.unwrap_or_default();
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let origin = match clients::s3_endpoint() {
            Some(endpoint) => format!("{}/{bucket}/", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{region}.amazonaws.com{suffix}/"),
        };
        Self {
            bucket,
            region,
            origin,
            credentials: shared.credentials_provider(),
        }
    }

    /// Puts an answer into the bucket. Returns an address that gives it to whoever has it, for five minutes.
    pub async fn put(&self, headers: &HeaderMap, body: Bytes) -> Result<Url, BucketError> {
        let credentials = match &self.credentials {
            Some(provider) => provider.provide_credentials().await,
            None => return Err(self.failed("there are no credentials")),
        };
        let credentials = credentials.map_err(|error| self.failed(&error.to_string()))?;
        let key: u128 = rand::rng().random();
        let address = format!("{}answers/{key:032x}", self.origin);
        let now = SystemTime::now();
        let put = self.signed("PUT", &address, &credentials, now)?;
        let client = reqwest::Client::builder().timeout(ANSWER).build();
        let client = client.map_err(|error| self.failed(&error.to_string()))?;
        let mut request = client.put(put).body(body);
        // What else the answer says of itself is for whoever asked.
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_DISPOSITION] {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        // An error of the client would name the address that was signed.
        let answer = request.send().await;
        let answer = answer.map_err(|error| self.failed(&error.without_url().to_string()))?;
        if !answer.status().is_success() {
            return Err(self.failed(&format!("S3 answers {}", answer.status())));
        }
        self.signed("GET", &address, &credentials, now)
    }

    fn signed(
        &self,
        method: &str,
        address: &str,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<Url, BucketError> {
        let mut url = Url::parse(address).map_err(|error| self.failed(&error.to_string()))?;
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.expires_in = Some(WORKS);
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build();
        let parameters = parameters.map_err(|error| self.failed(&error.to_string()))?;
        let body = SignableBody::UnsignedPayload;
        let request = SignableRequest::new(method, address, std::iter::empty(), body);
        let request = request.map_err(|error| self.failed(&error.to_string()))?;
        let signed = sign(request, &parameters.into());
        let (instructions, _) = signed
            .map_err(|error| self.failed(&error.to_string()))?
            .into_parts();
        for (name, value) in instructions.params() {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url)
    }

    fn failed(&self, reason: &str) -> BucketError {
        BucketError {
            bucket: self.bucket.clone(),
            reason: reason.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters", but for how long it
    /// works, which is part of what is signed.
    #[test]
    fn an_address_is_signed_and_says_for_how_long_it_works() {
        let bucket = AnswerBucket {
            bucket: "examplebucket".to_owned(),
            region: "us-east-1".to_owned(),
            origin: String::new(),
            credentials: None,
        };
        let id = "AKIAIOSFODNN7EXAMPLE";
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new(id, secret, None, None, "example");
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(380_376);
        let address = "https://examplebucket.s3.amazonaws.com/test.txt";
        let url = bucket.signed("GET", address, &credentials, now).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let value = |name: &str| {
            let mut found = pairs.iter().filter(|(known, _)| known == name);
            found.next().map(|(_, value)| value.as_str())
        };
        assert_eq!(value("X-Amz-Algorithm"), Some("AWS4-HMAC-SHA256"));
        assert_eq!(value("X-Amz-Date"), Some("20130524T000000Z"));
        assert_eq!(value("X-Amz-Expires"), Some("300"));
        assert_eq!(value("X-Amz-SignedHeaders"), Some("host"));
        let scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
        assert_eq!(value("X-Amz-Credential"), Some(scope));
        assert_eq!(value("X-Amz-Signature").map(str::len), Some(64));
        let put = bucket.signed("PUT", address, &credentials, now).unwrap();
        assert_ne!(put, url);
    }
}
