//! Messages posted to addresses that people gave: notices. The same addresses are refused as for sources.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{HookPoster, PostFailed};
use attendee_sync_domain::config::SourceAddresses;
use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;

use crate::source::addresses::{self, NotPublic, PublicResolver};
use crate::source::certificates;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts over HTTP.
#[derive(Debug)]
pub struct HttpPoster {
    client: OnceLock<Client>,
    addresses: SourceAddresses,
}

impl HttpPoster {
    /// Posts to such addresses alone. The process must have installed a TLS provider.
    #[must_use]
    pub fn new(addresses: SourceAddresses) -> Self {
        Self {
            client: OnceLock::new(),
            addresses,
        }
    }

    /// The client, made when it is first asked for.
    fn client(&self) -> Result<&Client, PostFailed> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .timeout(PATIENCE)
            .user_agent(concat!("attendee-sync/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false);
        let no_client = || PostFailed("no client for HTTP could be made".to_owned());
        let builder = certificates::checked_by_the_machine(builder).map_err(|_| no_client())?;
        let builder = match self.addresses {
            SourceAddresses::Any => builder,
            SourceAddresses::Public | SourceAddresses::PublicAnd(_) => {
                builder.no_proxy().dns_resolver(PublicResolver)
            }
        };
        let client = builder.build().map_err(|_| no_client())?;
        Ok(self.client.get_or_init(|| client))
    }
}

#[async_trait]
impl HookPoster for HttpPoster {
    async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(), PostFailed> {
        addresses::check(url, &self.addresses).map_err(|error| PostFailed(error.message))?;
        let mut request = self
            .client()?
            .post(url.clone())
            .header("content-type", "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        // None of these words holds the URL, which may be a secret.
        let answer = request.send().await.map_err(|error| {
            PostFailed(match NotPublic::behind(&error) {
                Some(refused) => refused.message,
                None if error.is_timeout() => "it did not answer in time".to_owned(),
                None => "no connection could be made".to_owned(),
            })
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(PostFailed(format!(
            "it answered with status {}",
            status.as_u16()
        )))
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_testkit::peers::{FaultyServer, answer};

    use super::*;

    async fn posted(url: &str, addresses: SourceAddresses) -> Result<(), PostFailed> {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let poster = HttpPoster::new(addresses);
        let headers = [("webhook-id", "notice_1".to_owned())];
        poster
            .post(&url.parse().unwrap(), &headers, "{}".to_owned())
            .await
    }

    #[tokio::test]
    async fn a_notice_is_posted_to_no_private_address() {
        for url in [
            "http://hooks.example.org/",
            "https://127.0.0.1/",
            "https://10.0.0.7/",
            "https://[::1]/",
            "https://localhost/",
        ] {
            let refused = posted(url, SourceAddresses::Public).await.unwrap_err();
            assert!(refused.0.contains("allowed"), "{url}: {refused}");
        }
    }

    #[tokio::test]
    async fn what_is_not_answered_with_success_is_not_taken() {
        let server = FaultyServer::start(|asked| {
            assert_eq!(
                (asked.method.as_str(), &*asked.headers["webhook-id"]),
                ("POST", "notice_1")
            );
            match asked.target.as_str() {
                "/good" => answer("204 No Content", "", ""),
                "/moved" => answer("302 Found", "location: /good\r\n", ""),
                _ => answer("503 Service Unavailable", "", ""),
            }
        })
        .await;
        let any = || SourceAddresses::Any;
        posted(&server.url("/good"), any()).await.unwrap();
        for (path, status) in [("/moved", "302"), ("/bad", "503")] {
            let refused = posted(&server.url(path), any()).await.unwrap_err();
            assert!(refused.0.contains(status), "{refused}");
        }
        let nobody = posted("http://127.0.0.1:1/secret", any())
            .await
            .unwrap_err();
        assert!(!nobody.0.contains("secret"), "{nobody}");
    }
}
