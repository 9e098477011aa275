//! A running server or the cloud edition, asked through its API.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::cli::ServerArguments;

/// How long one request may take. A preview reads a whole feed.
const PATIENCE: Duration = Duration::from_mins(15);

/// The API of a server, with the token that opens it.
pub(crate) struct Server {
    client: Client,
    base: Url,
    token: SecretString,
}

/// A resource as the API gave it, with its version.
pub(crate) struct Fetched {
    pub(crate) body: Value,
    pub(crate) tag: String,
}

impl Server {
    /// Returns the server that the arguments name, or nothing where they name none.
    pub(crate) fn named(arguments: &ServerArguments) -> anyhow::Result<Option<Self>> {
        let Some(base) = &arguments.server else {
            return Ok(None);
        };
        let token = arguments.token.clone().ok_or_else(|| {
            anyhow!("--server needs a token: set ATTENDEE_SYNC_TOKEN to one of the role admin")
        })?;
        let is_local = base.host_str().is_some_and(|host| {
            host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback)
        });
        if base.scheme() != "https" && !is_local {
            bail!("--server must be an https address, so that nobody on the way reads the token");
        }
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("the HTTP client cannot be set up")?;
        Ok(Some(Self {
            client,
            base: base.clone(),
            token,
        }))
    }

    fn request(&self, method: Method, segments: &[&str]) -> anyhow::Result<RequestBuilder> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("--server must be an https address"))?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(segments);
        let request = self.client.request(method, url);
        Ok(request.bearer_auth(self.token.expose_secret()))
    }

    async fn answer(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let server = self.base.as_str().trim_end_matches('/');
        request
            .send()
            .await
            .map_err(reqwest::Error::without_url)
            .with_context(|| format!("{server} cannot be reached"))
    }

    /// Reads a resource; nothing where there is none.
    pub(crate) async fn find(&self, segments: &[&str]) -> anyhow::Result<Option<Fetched>> {
        let answer = self.answer(self.request(Method::GET, segments)?).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let tag = answer.headers().get(ETAG);
        let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        let tag = tag.to_owned();
        let body = body(answer).await?;
        Ok(Some(Fetched { body, tag }))
    }

    /// Replaces a resource of this version, or makes it where there is to be none.
    pub(crate) async fn put(
        &self,
        segments: &[&str],
        value: &Value,
        tag: Option<&str>,
    ) -> anyhow::Result<Value> {
        let request = self.request(Method::PUT, segments)?.json(value);
        let request = match tag {
            Some(tag) => request.header(IF_MATCH, tag),
            None => request.header(IF_NONE_MATCH, "*"),
        };
        body(self.answer(request).await?).await
    }

    /// Reads a whole list, page by page; nothing where there is none.
    pub(crate) async fn list(&self, segments: &[&str]) -> anyhow::Result<Option<Vec<Value>>> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut request = self
                .request(Method::GET, segments)?
                .query(&[("limit", "500")]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let answer = self.answer(request).await?;
            if answer.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            let mut page = body(answer).await?;
            if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
                items.extend(found);
            }
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) if cursor.as_deref() != Some(next) => cursor = Some(next.to_owned()),
                _ => return Ok(Some(items)),
            }
        }
    }

    /// Sends something.
    pub(crate) async fn post(&self, segments: &[&str], value: &Value) -> anyhow::Result<Value> {
        let request = self.request(Method::POST, segments)?.json(value);
        body(self.answer(request).await?).await
    }
}

fn is_loopback(address: std::net::IpAddr) -> bool {
    address.is_loopback()
}

/// The JSON of an answer; an error with what the server says where it refused.
async fn body(answer: Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let bytes = answer.bytes().await.map_err(reqwest::Error::without_url);
    let bytes = bytes.context("the server's answer ended early")?;
    let value = serde_json::from_slice::<Value>(&bytes);
    if status.is_success() {
        return value
            .context("the server's answer is not JSON; is --server the console's address?");
    }
    let detail = value
        .as_ref()
        .ok()
        .and_then(|value| value.get("detail")?.as_str());
    let problems = value
        .as_ref()
        .ok()
        .and_then(|value| value.get("problems")?.as_array());
    let places = problems.into_iter().flatten().filter_map(|problem| {
        let (path, reason) = (
            problem.get("path")?.as_str()?,
            problem.get("reason")?.as_str()?,
        );
        Some(format!("\n  {path}: {reason}"))
    });
    let places: String = places.collect();
    match (status, detail) {
        (StatusCode::UNAUTHORIZED, _) => {
            bail!("the server refuses the token: wrong or revoked")
        }
        (_, Some(detail)) => bail!("the server refused it: {detail}{places}"),
        _ => bail!("the server answered with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(server: &str, token: Option<&str>) -> Result<(), String> {
        let arguments = ServerArguments {
            server: Some(server.parse().unwrap()),
            token: token.map(SecretString::from),
        };
        let server = Server::named(&arguments).map_err(|error| error.to_string());
        server.map(|server| assert!(server.is_some()))
    }

    #[test]
    fn a_token_goes_over_https_or_stays_on_the_machine() {
        crate::install_cryptography();
        assert!(named("https://sync.example", Some("t")).is_ok());
        assert!(named("http://127.0.0.1:8080", Some("t")).is_ok());
        assert!(named("http://[::1]:8080/", Some("t")).is_ok());
        let plain = named("http://sync.example", Some("t")).unwrap_err();
        assert!(plain.contains("https"), "{plain}");
        let none = named("https://sync.example", None).unwrap_err();
        assert!(none.contains("ATTENDEE_SYNC_TOKEN"), "{none}");
    }
}
