//! The request of one page: its address, and its body where it has one.

use std::hash::{Hash, Hasher};

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{ParameterPlace, RequestMethod, SourceSettings};
use attendee_sync_domain::feed::FieldPath;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::failure;
use super::links::with_parameter;

/// The request of one page, without the credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PageRequest {
    pub(super) url: Url,
    /// The method of the request.
    #[serde(default)]
    method: RequestMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

impl PageRequest {
    /// Returns the request of what is at `url`, sent as the document says.
    pub(super) fn new(url: Url, source: &SourceSettings) -> Self {
        Self {
            url,
            method: source.method,
            body: source.body.clone(),
        }
    }

    /// Returns the request that only reads an address.
    pub(super) fn get(url: Url) -> Self {
        Self {
            url,
            method: RequestMethod::Get,
            body: None,
        }
    }

    /// Returns the same request to another address.
    pub(super) fn at(&self, url: Url) -> Self {
        Self {
            url,
            ..self.clone()
        }
    }

    pub(super) fn method(&self) -> Method {
        match self.method {
            RequestMethod::Get => Method::GET,
            RequestMethod::Post => Method::POST,
        }
    }

    /// Returns the body as it is sent, where there is one.
    pub(super) fn body(&self) -> Option<String> {
        self.body.as_ref().map(Value::to_string)
    }

    /// Returns the request with a parameter, which replaces a former value.
    pub(super) fn with(
        mut self,
        place: ParameterPlace,
        parameter: &str,
        value: Value,
    ) -> Result<Self, SourceError> {
        match place {
            ParameterPlace::Query => {
                let text = match &value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                self.url = with_parameter(&self.url, parameter, &text);
            }
            ParameterPlace::Body => {
                let no_place = || {
                    format!(
                        "source.pagination names {parameter}, and source.body has no such place; \
                         give a path in it, such as variables.after"
                    )
                };
                let path: FieldPath = parameter
                    .parse()
                    .map_err(|error| failure(no_place(), error))?;
                path.put(self.body.get_or_insert(Value::Null), value)
                    .map_err(|error| failure(no_place(), error))?;
            }
        }
        Ok(self)
    }
}

impl Hash for PageRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.url.hash(state);
        self.body().hash(state);
    }
}
