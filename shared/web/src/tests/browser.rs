//! What asks the console: browsers, with the session of somebody who signed in, and programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;

use super::world::{ConsoleWorld, TOKEN};
use crate::Peer;

/// Somebody signed in.
pub(super) struct Browser<'w> {
    pub(super) world: &'w ConsoleWorld,
    pub(super) cookie: String,
    pub(super) csrf: String,
}

impl Browser<'_> {
    pub(super) async fn open(&self, path: &str) -> TestResponse {
        self.world
            .send(TestRequest::get(path).cookie(&self.cookie))
            .await
    }

    /// Opens a page that must be there.
    pub(super) async fn page(&self, path: &str) -> String {
        let answer = self.open(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    pub(super) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend(fields);
        let ask = TestRequest::post(path).form(&all).cookie(&self.cookie);
        self.world.send(ask).await
    }
}

/// The fields of a form, by their names.
pub(super) type TestForm = BTreeMap<String, String>;

impl Browser<'_> {
    /// Sends a form as a browser does.
    pub(super) async fn send_form(&self, path: &str, form: &TestForm) -> TestResponse {
        let fields: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let ask = TestRequest::post(path).form(&fields).cookie(&self.cookie);
        self.world.send(ask).await
    }

    /// The configurator's form on a page.
    pub(super) async fn form(&self, path: &str) -> TestForm {
        self.open(path).await.fields()
    }
}

/// A request of a test, with the headers that a browser or a program sends.
pub(super) struct TestRequest(pub(super) Request<Body>);

impl TestRequest {
    pub(super) fn new(method: &str, path: &str) -> Self {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080");
        Self(request.body(Body::empty()).unwrap())
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub(super) fn put(path: &str) -> Self {
        Self::new("PUT", path)
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    /// As from this address, by who calls the router.
    pub(super) fn from(mut self, address: [u8; 4]) -> Self {
        self.0.extensions_mut().insert(Peer(address.into()));
        self
    }

    /// For a router other than the world's.
    pub(super) fn into_request(self) -> Request<Body> {
        self.0
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn cookie(self, cookie: &str) -> Self {
        self.with("cookie", cookie)
    }

    pub(super) fn body(mut self, kind: &str, body: impl Into<Body>) -> Self {
        *self.0.body_mut() = body.into();
        self.with("content-type", kind)
    }

    /// A call of the API, with its token.
    pub(super) fn json(self, body: &Value) -> Self {
        self.bearer(TOKEN)
            .body("application/json", body.to_string())
    }

    pub(super) fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }
}

pub(super) fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, sign)| {
        text.replace(entity, sign)
    })
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}

/// A response.
pub(super) struct TestResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl TestResponse {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.body.split_once(before).unwrap();
        rest.split_once(after).unwrap().0
    }

    /// What a browser would send of the configurator's form: its fields as they are filled.
    pub(super) fn fields(&self) -> TestForm {
        let form = self.between("novalidate>", "</form>");
        let mut fields = TestForm::new();
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(unescaped(rest.split_once('"')?.0))
        };
        for piece in form.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').unwrap();
            let kind = tag.split([' ', '\n']).next().unwrap();
            let named = attribute(tag, "name");
            match (kind, named) {
                ("input", Some(name)) => {
                    let is_box =
                        tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
                    if !is_box || tag.contains(" checked") {
                        fields.insert(name, attribute(tag, "value").unwrap_or_default());
                    }
                }
                ("textarea", Some(name)) => {
                    let text = unescaped(text.strip_prefix('\n').unwrap_or(text));
                    fields.insert(name, text.replace('\n', "\r\n"));
                }
                ("select", Some(name)) => {
                    let (_, rest) = form.split_once(tag).unwrap();
                    let (options, _) = rest.split_once("</select>").unwrap();
                    let mut all = options.split("<option").skip(1);
                    let chosen = all.clone().find(|option| option.contains(" selected"));
                    let chosen = chosen.or_else(|| all.next()).unwrap();
                    fields.insert(name, attribute(chosen, "value").unwrap());
                }
                _ => {}
            }
        }
        fields
    }

    /// Asserts RFC 9457, and gives the problem.
    pub(super) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{problem}");
        }
        problem
    }
}
