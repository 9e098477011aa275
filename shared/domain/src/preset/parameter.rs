//! The parameters of a preset, and the values that they accept.

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use url::Url;

/// Longest value, in bytes.
const MAX_BYTES: usize = 4_096;

/// A value that the organiser has to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Parameter {
    /// The name by which gaps refer to the parameter.
    pub name: String,
    /// The meaning of the value, and where to find it.
    pub title: String,
    /// An example of a value.
    pub example: String,
    /// Where in the registration system it is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub find: Option<String>,
    /// The value that is used where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// A regular expression that the whole value matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The kind of the value.
    pub kind: ParameterKind,
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schemas", schema(as = ParameterKind))]
pub enum ParameterKind {
    /// A text.
    Text,
    /// The beginning of the source's URL: scheme, host, perhaps a path.
    Url,
    /// A credential.
    Secret,
}

/// A parameter as the file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenParameter {
    name: String,
    title: String,
    example: String,
    #[serde(default)]
    find: Option<String>,
    #[serde(default)]
    default: Option<String>,
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default)]
    secret: bool,
    #[serde(default)]
    url: bool,
}

impl TryFrom<WrittenParameter> for Parameter {
    type Error = &'static str;

    fn try_from(written: WrittenParameter) -> Result<Self, &'static str> {
        let kind = match (written.secret, written.url) {
            (true, true) => return Err("a parameter is a secret or a url, not both"),
            (true, false) => ParameterKind::Secret,
            (false, true) => ParameterKind::Url,
            (false, false) => ParameterKind::Text,
        };
        if kind == ParameterKind::Secret && written.default.is_some() {
            return Err("a secret has no default");
        }
        Ok(Self {
            name: written.name,
            title: written.title,
            example: written.example,
            find: written.find,
            default: written.default,
            pattern: written.pattern,
            kind,
        })
    }
}

/// The reason why a value is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The value is nothing but white space.
    #[error("is empty")]
    Blank,
    /// The value is longer than 4,096 bytes.
    #[error("is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// The value has more than one line, or an invisible character.
    #[error("has a line break or a control character")]
    Control,
    /// The value is `.` or `..`, which would lead to another part of the source's API.
    #[error("cannot be one or two dots")]
    Dots,
    /// No URL that an API's address can begin with.
    #[error("is not a URL such as https://registration.example, without user name, ? and #")]
    NotUrl,
    /// The value does not match the pattern.
    #[error("does not look as expected")]
    Pattern,
}

impl Parameter {
    /// Returns the value as it is used, or the reason why it is refused.
    pub fn accept(&self, value: &str) -> Result<String, ValueError> {
        let value = value.trim();
        if value.is_empty() {
            return Err(ValueError::Blank);
        }
        if value.len() > MAX_BYTES {
            return Err(ValueError::TooLong);
        }
        if value.chars().any(char::is_control) {
            return Err(ValueError::Control);
        }
        if matches!(value, "." | "..") {
            return Err(ValueError::Dots);
        }
        let value = match self.kind {
            ParameterKind::Url => base(value).ok_or(ValueError::NotUrl)?,
            ParameterKind::Text | ParameterKind::Secret => value.to_owned(),
        };
        match &self.pattern {
            Some(pattern) if !whole(pattern).is_ok_and(|regex| regex.is_match(&value)) => {
                Err(ValueError::Pattern)
            }
            _ => Ok(value),
        }
    }
}

/// Returns the regular expression that matches only a whole value.
pub(super) fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

/// Returns a URL to which paths can be appended. The check of the document decides whether its
/// scheme and host are allowed.
fn base(value: &str) -> Option<String> {
    let url = Url::parse(value).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}
