//! `routes.json` of a fixture: which request gets which answer, and what a request must carry to get it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteFile {
    /// Secrets that the event document names, for the environment of the child process.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, String>,
    /// Request headers without which every route answers 401.
    #[serde(default)]
    pub(crate) require: BTreeMap<String, String>,
    pub(crate) routes: Vec<Route>,
}

/// One answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    #[serde(default = "get")]
    pub(crate) method: String,
    /// Paths with their query; any of them gets this answer.
    pub(crate) requests: Vec<String>,
    /// The file with the body, `{{base}}` in it standing for the server's own URL.
    pub(crate) body: String,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    /// Response headers; the content type is JSON unless given.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Required request headers of this route, in place of those for all.
    pub(crate) require: Option<BTreeMap<String, String>>,
    /// What a form in the request's body must say; nothing else may be in it.
    pub(crate) form: Option<BTreeMap<String, String>>,
    /// What the request's body must be as JSON.
    pub(crate) json: Option<Value>,
    /// A parameter with a time, beside those of `requests`.
    pub(crate) since: Option<Since>,
}

/// A parameter that asks for what changed since a time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    parameter: String,
    /// How the time is written, in the conversion specifications of `strftime`.
    format: String,
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}

/// A path and its query parameters, decoded and sorted: two requests that mean the same are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    path: String,
    query: Vec<(String, String)>,
}

impl Target {
    /// The same without the parameter, if it is there once and its value is a time in the format.
    fn without(&self, since: &Since) -> Option<Self> {
        let (times, query): (Vec<_>, Vec<_>) = self
            .query
            .iter()
            .cloned()
            .partition(|(name, _)| *name == since.parameter);
        let [(_, time)] = times.as_slice() else {
            return None;
        };
        jiff::fmt::strtime::parse(&since.format, time).ok()?;
        Some(Self {
            path: self.path.clone(),
            query,
        })
    }

    pub(crate) fn parse(request: &str) -> Self {
        let (path, query) = request.split_once('?').unwrap_or((request, ""));
        let mut query: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        query.sort();
        Self {
            path: path.to_owned(),
            query,
        }
    }
}

impl Route {
    pub(crate) fn answers(&self, method: &str, target: &Target) -> bool {
        let without = match &self.since {
            Some(since) => target.without(since),
            None => Some(target.clone()),
        };
        let asked = |request: &String| Some(Target::parse(request)) == without;
        self.method == method && self.requests.iter().any(asked)
    }

    /// Whether the request's body is the one wanted, if one is.
    pub(crate) fn wants(&self, body: &[u8]) -> bool {
        let sent: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
        let form = self.form.as_ref().is_none_or(|form| {
            sent.len() == form.len()
                && sent
                    .iter()
                    .all(|(name, value)| form.get(name) == Some(value))
        });
        let json = self.json.as_ref().is_none_or(|json| {
            serde_json::from_slice::<Value>(body).is_ok_and(|sent| sent == *json)
        });
        form && json
    }
}

#[cfg(test)]
mod tests {
    use super::{Since, Target};

    #[test]
    fn order_and_encoding_of_parameters_do_not_matter() {
        let one = Target::parse("/tickets?page[size]=5&states[]=void&states[]=complete");
        let other = Target::parse("/tickets?states%5B%5D=complete&page%5Bsize%5D=5&states[]=void");
        assert_eq!(one, other);
    }

    #[test]
    fn time_is_taken_in_its_format_alone() {
        let since = Since {
            parameter: "since".to_owned(),
            format: "after=%Y-%m-%d %H:%M:%S".to_owned(),
        };
        let target = Target::parse("/tickets?a=1&since=after%3D2026-01-06+10:00:00");
        assert_eq!(target.without(&since), Some(Target::parse("/tickets?a=1")));
        for other in [
            "/tickets?a=1",
            "/tickets?a=1&since=after%3D2026-01-06T10:00:00",
            "/tickets?a=1&since=2026-01-06+10:00:00",
        ] {
            assert_eq!(Target::parse(other).without(&since), None, "{other}");
        }
    }

    #[test]
    fn missing_or_repeated_parameter_is_another_request() {
        let one = Target::parse("/tickets?page=1");
        assert_ne!(one, Target::parse("/tickets"));
        assert_ne!(one, Target::parse("/tickets?page=1&page=1"));
    }
}
