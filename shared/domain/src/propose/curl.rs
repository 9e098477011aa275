//! Reads a pasted curl command into the request that it makes. The credential is kept separately,
//! so that it is stored as a secret and never is in a document.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use url::Url;

use super::keys::{basic, bearer, credential_in, is_key_name};
use super::shell::{Unclosed, words};
use super::sign_in::ProposedAuthentication;
use crate::config::RequestMethod;

/// Longest command that is read, in bytes.
const MAX_COMMAND: usize = 100_000;

/// The reason why a command is refused. No text repeats a value of the command, because it may be a
/// credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurlError {
    /// The command does not begin with `curl`.
    #[error(
        "this is no curl command: it begins with something else than curl; copy the request \"as cURL\", or type its address"
    )]
    NoCurl,
    /// The command is too long.
    #[error("the command is longer than {MAX_COMMAND} bytes")]
    TooLong,
    /// A quote is not closed.
    #[error(transparent)]
    Unclosed(#[from] Unclosed),
    /// The command has no address.
    #[error("the command has no address; copy the whole command")]
    NoUrl,
    /// The command has several addresses.
    #[error("the command has more than one address; paste one request")]
    SeveralUrls,
    /// The address is not a URL.
    #[error("the address of the command is not a URL that starts with https://")]
    BadUrl,
    /// An option is unknown, or lacks its value.
    #[error("the option {0} cannot be read; leave it out, or type the address and the key by hand")]
    Option(String),
    /// The method may change data.
    #[error("the command sends {0}; a source is read with GET, or POST with JSON")]
    Method(String),
    /// A body that is not JSON.
    #[error("the body of the request is not JSON; only JSON can be sent")]
    Body,
    /// A body in a file.
    #[error("the body of the request is in a file, which is not here; paste it into the command")]
    File,
}

/// A credential before it is stored as a secret; it is never displayed.
#[derive(Clone, PartialEq, Eq)]
pub struct ProposedCredential(String);

impl ProposedCredential {
    /// The credential itself, to be stored.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProposedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProposedCredential(…)")
    }
}

/// The request that a command makes.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedRequest {
    /// The address, without credentials.
    pub url: String,
    /// The method.
    pub method: RequestMethod,
    /// The headers, without those that contain a credential or that a client sends by itself.
    pub headers: BTreeMap<String, String>,
    /// How the request authenticates.
    pub authentication: ProposedAuthentication,
    /// The credential of the authentication.
    pub credential: Option<ProposedCredential>,
    /// The JSON body.
    pub body: Option<Value>,
    /// Names of headers and parameters that look like further credentials and were left out.
    pub left_out: Vec<String>,
}

/// Headers that clients send by themselves and that say nothing about the source.
const OF_CLIENTS: &[&str] = &[
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "dnt",
    "host",
    "if-modified-since",
    "if-none-match",
    "origin",
    "pragma",
    "priority",
    "referer",
    "te",
    "upgrade-insecure-requests",
    "user-agent",
    "x-requested-with",
];
/// Options with a value that says nothing about the source.
const PASSED_OVER: &[&str] = &[
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "-w",
    "--write-out",
    "-A",
    "--user-agent",
    "-e",
    "--referer",
    "-c",
    "--cookie-jar",
    "-D",
    "--dump-header",
    "--cacert",
    "--ciphers",
    "--tls-max",
    "--limit-rate",
    "--max-redirs",
];
/// Options without a value that say nothing about the source.
const FLAGS: &[&str] = &[
    "--compressed",
    "--location",
    "--silent",
    "--show-error",
    "--insecure",
    "--include",
    "--verbose",
    "--fail",
    "--globoff",
    "--http1.1",
    "--http1.0",
    "--http2",
    "--http2-prior-knowledge",
    "--no-buffer",
    "--fail-with-body",
    "--ipv4",
    "--ipv6",
    "--tlsv1.2",
    "--tlsv1.3",
    "--location-trusted",
    "--no-progress-meter",
    "--progress-bar",
    "--path-as-is",
    "--basic",
    "--tcp-nodelay",
    "--no-keepalive",
];
/// Short options with a value.
const SHORT_WITH_VALUE: &str = "XHudbomwAecDFT";

/// Returns the request of a pasted curl command.
///
/// # Errors
///
/// Fails where the text is no curl command, is incomplete, or sends something that a source is
/// never sent.
pub fn request_from_curl(command: &str) -> Result<ProposedRequest, CurlError> {
    if command.len() > MAX_COMMAND {
        return Err(CurlError::TooLong);
    }
    let mut words = words(
        command
            .trim()
            .trim_start_matches(['$', '>', '%'])
            .trim_start(),
    )?
    .into_iter();
    let is_curl = |word: &String| {
        let name = word
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        matches!(name.as_str(), "curl" | "curl.exe")
    };
    if !words.next().is_some_and(|word| is_curl(&word)) {
        return Err(CurlError::NoCurl);
    }
    let mut said = Said::default();
    while let Some(word) = words.next() {
        said.take(&word, &mut words)?;
    }
    said.request()
}

/// The parsed options of a command.
#[derive(Default)]
struct Said {
    urls: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    user: Option<String>,
    bearer: Option<String>,
    data: Vec<String>,
    is_json: bool,
    in_query: bool,
}

impl Said {
    fn take(
        &mut self,
        word: &str,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), CurlError> {
        if word == "-" || !word.starts_with('-') {
            self.urls.push(word.to_owned());
            return Ok(());
        }
        if word == "--" || FLAGS.contains(&word) {
            return Ok(());
        }
        if word.starts_with("--") {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word, None),
            };
            return self.option(name, value, words);
        }
        // Several short options may form one word, in which the last one has the value.
        for (at, letter) in word.char_indices().skip(1) {
            if SHORT_WITH_VALUE.contains(letter) {
                let value = word
                    .get(at + letter.len_utf8()..)
                    .filter(|value| !value.is_empty());
                return self.option(&format!("-{letter}"), value.map(str::to_owned), words);
            }
            match letter {
                'G' => self.in_query = true,
                's' | 'S' | 'k' | 'L' | 'i' | 'v' | 'f' | 'g' | 'N' | '4' | '6' | '#' | '0'
                | '2' | '1' => {}
                'I' => return Err(CurlError::Method("HEAD".to_owned())),
                _ => return Err(CurlError::Option(format!("-{letter}"))),
            }
        }
        Ok(())
    }

    fn option(
        &mut self,
        name: &str,
        value: Option<String>,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), CurlError> {
        match name {
            "--get" => {
                self.in_query = true;
                return Ok(());
            }
            "--head" => return Err(CurlError::Method("HEAD".to_owned())),
            _ => {}
        }
        let value = value
            .or_else(|| words.next())
            .ok_or_else(|| CurlError::Option(name.to_owned()))?;
        match name {
            "-X" | "--request" => {
                let letters = value.chars().filter(char::is_ascii_alphabetic).take(12);
                self.method = Some(letters.collect::<String>().to_ascii_uppercase());
            }
            "-H" | "--header" => self.header(&value),
            "-u" | "--user" => self.user = Some(value),
            "--oauth2-bearer" => self.bearer = Some(value),
            "-b" | "--cookie" => self.headers.push(("Cookie".to_owned(), value)),
            "--url" => self.urls.push(value),
            "--json" => {
                self.is_json = true;
                self.data.push(whole(value)?);
            }
            "-d" | "--data" | "--data-ascii" | "--data-binary" => self.data.push(whole(value)?),
            "--data-raw" => self.data.push(value),
            "--data-urlencode" => self.data.push(encoded(&whole(value)?)),
            name if PASSED_OVER.contains(&name) => {}
            name => return Err(CurlError::Option(name.to_owned())),
        }
        Ok(())
    }

    fn header(&mut self, text: &str) {
        if let Some((name, value)) = text.split_once(':') {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            if !name.is_empty() && !value.is_empty() {
                self.headers.push((name, value));
            }
        }
    }

    fn request(mut self) -> Result<ProposedRequest, CurlError> {
        let mut urls = std::mem::take(&mut self.urls).into_iter();
        let url = urls.next().ok_or(CurlError::NoUrl)?;
        if urls.next().is_some() {
            return Err(CurlError::SeveralUrls);
        }
        let url = if url.contains("://") {
            url
        } else {
            format!("https://{url}")
        };
        let mut url = Url::parse(&url).map_err(|_| CurlError::BadUrl)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(CurlError::BadUrl);
        }
        url.set_fragment(None);
        let body = self.body(&mut url)?;
        let method = match (self.method.as_deref(), &body) {
            (None | Some("GET"), None) => RequestMethod::Get,
            (Some("POST"), _) | (None, Some(_)) => RequestMethod::Post,
            // Sources support no GET with a body.
            (Some("GET"), Some(_)) => return Err(CurlError::Method("GET with a body".to_owned())),
            (Some(other), _) => return Err(CurlError::Method(other.to_owned())),
        };
        let mut credentials = self.credentials(&mut url);
        let (authentication, credential) = if credentials.is_empty() {
            (ProposedAuthentication::None, None)
        } else {
            let (authentication, credential, _) = credentials.remove(0);
            (authentication, Some(ProposedCredential(credential)))
        };
        Ok(ProposedRequest {
            url: url.to_string(),
            method,
            headers: self.plain_headers(),
            authentication,
            credential,
            body,
            left_out: credentials.into_iter().map(|(_, _, place)| place).collect(),
        })
    }

    /// Returns the body. With `-G` the data goes into the address instead.
    fn body(&self, url: &mut Url) -> Result<Option<Value>, CurlError> {
        if self.data.is_empty() {
            return Ok(None);
        }
        if self.in_query {
            let own = url
                .query()
                .filter(|query| !query.is_empty())
                .map(str::to_owned);
            let query: Vec<&str> = own
                .as_deref()
                .into_iter()
                .chain(self.data.iter().map(String::as_str))
                .collect();
            url.set_query(Some(&query.join("&")));
            return Ok(None);
        }
        let text = self.data.join(if self.is_json { "" } else { "&" });
        if text.trim().is_empty() {
            return Ok(None);
        }
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| CurlError::Body)
    }

    /// Removes all credentials from headers and address, the most certain first. Returns for each
    /// its authentication, its secret and its place.
    fn credentials(&mut self, url: &mut Url) -> Vec<(ProposedAuthentication, String, String)> {
        let mut found = Vec::new();
        if let Some(token) = self.bearer.take() {
            found.push((bearer("Bearer"), token, "--oauth2-bearer".to_owned()));
        }
        let mut headers = std::mem::take(&mut self.headers);
        headers.retain(|(name, value)| {
            let credential = credential_in(name, value);
            let is_plain = credential.is_none();
            found.extend(credential.map(|(authentication, secret)| {
                (authentication, secret, format!("the header {name}"))
            }));
            is_plain
        });
        self.headers = headers;
        // A header that identifies only the browser comes last.
        found.sort_by_key(|(_, _, place)| place.eq_ignore_ascii_case("the header cookie"));
        if let Some(user) = self.user.take() {
            let (name, password) = user.split_once(':').unwrap_or((&user, ""));
            found.insert(
                0,
                (
                    basic(name, password).0,
                    basic(name, password).1,
                    "-u".to_owned(),
                ),
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            let (name, password) = (
                decoded(url.username()),
                decoded(url.password().unwrap_or_default()),
            );
            let (authentication, secret) = basic(&name, &password);
            found.push((authentication, secret, "the address".to_owned()));
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        let is_key = |name: &str| {
            is_key_name(name)
                || matches!(
                    name.to_ascii_lowercase().as_str(),
                    "key" | "sig" | "signature"
                )
        };
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let keys = pairs
            .iter()
            .filter(|(name, value)| is_key(name) && !value.is_empty());
        found.extend(keys.map(|(name, value)| {
            (
                ProposedAuthentication::Query { name: name.clone() },
                value.clone(),
                format!("the parameter {name}"),
            )
        }));
        if pairs.iter().any(|(name, _)| is_key(name)) {
            let kept: Vec<&str> = url
                .query()
                .unwrap_or_default()
                .split('&')
                .filter(|part| {
                    let pair = url::form_urlencoded::parse(part.as_bytes()).next();
                    pair.is_none_or(|(name, _)| !is_key(&name))
                })
                .collect();
            let kept = kept.join("&");
            url.set_query(Some(kept.as_str()).filter(|query| !query.is_empty()));
        }
        found
    }

    fn plain_headers(&self) -> BTreeMap<String, String> {
        let is_of_source = |(name, value): &&(String, String)| {
            let name = name.to_ascii_lowercase();
            let is_json = name == "content-type"
                && value.to_ascii_lowercase().starts_with("application/json");
            !OF_CLIENTS.contains(&name.as_str()) && !name.starts_with("sec-") && !is_json
        };
        self.headers.iter().filter(is_of_source).cloned().collect()
    }
}

/// Returns a value that is complete and not in a file.
fn whole(value: String) -> Result<String, CurlError> {
    if value.starts_with('@') {
        Err(CurlError::File)
    } else {
        Ok(value)
    }
}

/// `name=value` with its value encoded.
fn encoded(text: &str) -> String {
    let encode =
        |value: &str| url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    match text.split_once('=') {
        Some(("", value)) => encode(value),
        Some((name, value)) => format!("{name}={}", encode(value)),
        None => encode(text),
    }
}

fn decoded(text: &str) -> String {
    let plus = text.replace('+', "%2B");
    let pair = format!("x={plus}");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
