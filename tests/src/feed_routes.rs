//! `routes.json` of a fixture: which request gets which answer, and what a request must carry to get it.

use std::collections::BTreeMap;

use serde::Deserialize;
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
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}

/// A path and its query parameters, decoded and sorted: two requests that mean the same are equal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    path: String,
    query: Vec<(String, String)>,
}

impl Target {
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
        let asked = |request: &String| Target::parse(request) == *target;
        self.method == method && self.requests.iter().any(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn order_and_encoding_of_parameters_do_not_matter() {
        let one = Target::parse("/tickets?page[size]=5&states[]=void&states[]=complete");
        let other = Target::parse("/tickets?states%5B%5D=complete&page%5Bsize%5D=5&states[]=void");
        assert_eq!(one, other);
    }

    #[test]
    fn missing_or_repeated_parameter_is_another_request() {
        let one = Target::parse("/tickets?page=1");
        assert_ne!(one, Target::parse("/tickets"));
        assert_ne!(one, Target::parse("/tickets?page=1&page=1"));
    }
}
