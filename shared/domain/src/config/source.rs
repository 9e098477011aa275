//! The source part of the document: the registration system's API as one event asks it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::email::EmailAddress;
use crate::feed::{FieldPath, RecordsPath};
use crate::ids::EventId;

/// Where the registrations are, and how to ask for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// URL of the first page.
    pub url: String,
    /// Headers sent with every request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How requests prove who asks.
    #[serde(default)]
    pub authentication: Authentication,
    /// How one page leads to the next.
    #[serde(default)]
    pub pagination: Pagination,
    /// What a body is written in.
    #[serde(default)]
    pub format: Format,
    /// Where the records lie in a body.
    #[serde(default)]
    pub records: RecordsPath,
    /// Small side lists, by the name expressions use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<String, Lookup>,
    /// Asking only for what changed since the last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incremental: Option<Incremental>,
    /// Asking for one person alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_person: Option<OnePerson>,
    /// What a run may take.
    #[serde(default)]
    pub limits: Limits,
}

impl Source {
    /// Where the records are in the elements that are read: lines and rows are records themselves.
    #[must_use]
    pub fn records_path(&self) -> RecordsPath {
        match self.format {
            Format::Json => self.records.clone(),
            Format::Ndjson | Format::Csv => RecordsPath::default(),
        }
    }
}

/// How requests prove who asks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// A user name and password (RFC 7617).
    Basic {
        /// The user name.
        username: String,
        /// The password.
        #[serde(default)]
        password: SecretValue,
    },
    /// A token in the `Authorization` header (RFC 6750).
    Bearer {
        /// The token.
        token: SecretValue,
        /// The word before it.
        #[serde(default = "bearer")]
        scheme: String,
    },
    /// A header of its own.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: SecretValue,
    },
    /// A parameter of the URL.
    Query {
        /// The parameter's name.
        name: String,
        /// Its value.
        value: SecretValue,
    },
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4).
    Oauth2ClientCredentials {
        /// Where tokens are asked for.
        token_url: String,
        /// Who asks.
        client_id: String,
        /// The client's secret.
        client_secret: SecretValue,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        /// How the client's secret is sent.
        #[serde(default, skip_serializing_if = "is_default")]
        client_authentication: ClientAuthentication,
    },
    /// A sign-in with a user name and password that answers with a bearer token.
    Login {
        /// Where to sign in: a POST of a JSON object with the two fields below.
        url: String,
        /// The user name.
        username: String,
        /// The password.
        password: SecretValue,
        /// The field that takes the user name.
        #[serde(default = "email_field")]
        username_field: String,
        /// The field that takes the password.
        #[serde(default = "password_field")]
        password_field: String,
        /// Where the answer has the token.
        #[serde(default = "token_path")]
        token_path: FieldPath,
    },
}

/// How a client's secret is sent to where tokens are asked for (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// In the `Authorization` header.
    #[default]
    Basic,
    /// As parameters of the body.
    Post,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn email_field() -> String {
    "email".to_owned()
}

fn password_field() -> String {
    "password".to_owned()
}

fn token_path() -> FieldPath {
    FieldPath::name("token")
}

fn bearer() -> String {
    "Bearer".to_owned()
}

impl Authentication {
    /// The credential, with its key in the document.
    pub fn secret_mut(&mut self) -> Option<(&'static str, &mut SecretValue)> {
        match self {
            Self::None => None,
            Self::Basic { password, .. } | Self::Login { password, .. } => {
                Some(("password", password))
            }
            Self::Bearer { token, .. } => Some(("token", token)),
            Self::Header { value, .. } | Self::Query { value, .. } => Some(("value", value)),
            Self::Oauth2ClientCredentials { client_secret, .. } => {
                Some(("client_secret", client_secret))
            }
        }
    }
}

/// The name a secret is stored under: lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretName(String);

impl SecretName {
    /// The name under which an event keeps the credential that its document has at `key`.
    pub fn of(event: &EventId, key: &str) -> Result<Self, String> {
        format!("{event}-{}", key.replace('_', "-")).parse()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let good = !text.is_empty()
            && text.len() <= 100
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err("a secret's name has 1 to 100 lower-case letters, digits and hyphens".to_owned())
        }
    }
}

impl TryFrom<String> for SecretName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> String {
        name.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A credential: in a stored document always the name of a secret; written plainly only on its
/// way in, when it is moved to the secrets and its name put in its place.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretValue {
    /// `{"secret": NAME}`.
    Secret(SecretName),
    /// The credential itself, never written out again.
    #[serde(skip_serializing)]
    Plain(String),
}

impl Default for SecretValue {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "Secret({name})"),
            Self::Plain(_) => f.write_str("Plain(…)"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Named {
            secret: SecretName,
        }

        struct TextOrName;

        impl<'de> Visitor<'de> for TextOrName {
            type Value = SecretValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{\"secret\": NAME}, or the credential as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretValue, E> {
                Ok(SecretValue::Plain(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretValue, A::Error> {
                Named::deserialize(MapAccessDeserializer::new(map))
                    .map(|named| SecretValue::Secret(named.secret))
            }
        }

        deserializer.deserialize_any(TextOrName)
    }
}

/// How one page leads to the next.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Pagination {
    /// There is one page.
    #[default]
    None,
    /// The body has the next page's URL.
    NextLink {
        /// Where.
        path: FieldPath,
    },
    /// The `Link` header has it (RFC 8288).
    LinkHeader,
    /// Pages are numbered.
    Page {
        /// The parameter with the page's number.
        parameter: String,
        /// The first page's number.
        #[serde(default = "one")]
        start: u32,
        /// The parameter with the wanted page size.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size_parameter: Option<String>,
        /// The wanted page size.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u32>,
        /// Where the body says how many pages there are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total_pages_path: Option<FieldPath>,
        /// Where the body says, by being neither null, false nor blank, that there is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_path: Option<FieldPath>,
    },
    /// Records are counted.
    Offset {
        /// The parameter with the first record's number.
        offset_parameter: String,
        /// The first offset.
        #[serde(default)]
        start: u32,
        /// The parameter with the wanted page size.
        limit_parameter: String,
        /// The wanted page size.
        limit: u32,
        /// Where the body says how many records there are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total_path: Option<FieldPath>,
    },
    /// The body has a mark to continue from.
    Cursor {
        /// The parameter that takes it.
        parameter: String,
        /// Where it is.
        path: FieldPath,
        /// Where the body says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more_path: Option<FieldPath>,
    },
}

fn one() -> u32 {
    1
}

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JSON (RFC 8259).
    #[default]
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma or semicolon separated values with a header row.
    Csv,
}

/// A small side list, read once a run with the source's authentication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Its URL.
    pub url: String,
    /// Where its records are.
    pub records: RecordsPath,
    /// The field they are looked up by.
    pub key: FieldPath,
}

/// Asking only for what changed since the last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Incremental {
    /// The parameter that takes the time.
    pub parameter: String,
    /// How far before the last run to ask again, in seconds.
    #[serde(default = "overlap")]
    pub overlap_seconds: u32,
    /// How often everything is read all the same, in hours.
    #[serde(default = "full_every")]
    pub full_every_hours: u32,
    /// How the parameter's value is written, in the conversion specifications of `strftime`, in
    /// UTC.
    #[serde(default = "rfc_3339", skip_serializing_if = "is_rfc_3339")]
    pub format: String,
}

/// Asking for one person alone, where the source can be filtered by address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnePerson {
    /// The parameter that takes the address.
    pub parameter: String,
    /// The parameter's value, with `{email}` where the address goes.
    #[serde(
        default = "email_placeholder",
        skip_serializing_if = "is_email_placeholder"
    )]
    pub format: String,
}

fn email_placeholder() -> String {
    OnePerson::PLACEHOLDER.to_owned()
}

fn is_email_placeholder(format: &String) -> bool {
    format == OnePerson::PLACEHOLDER
}

impl OnePerson {
    /// Stands for the address.
    pub const PLACEHOLDER: &'static str = "{email}";

    /// The parameter's value for an address.
    #[must_use]
    pub fn value(&self, email: &EmailAddress) -> String {
        self.format.replace(Self::PLACEHOLDER, email.as_str())
    }
}

fn rfc_3339() -> String {
    Incremental::RFC_3339.to_owned()
}

fn is_rfc_3339(format: &String) -> bool {
    format == Incremental::RFC_3339
}

impl Incremental {
    /// The usual way to write a time.
    pub const RFC_3339: &'static str = "%Y-%m-%dT%H:%M:%SZ";

    /// The parameter's value for a time; `None` where the format cannot be used.
    #[must_use]
    pub fn value(&self, since: Timestamp) -> Option<String> {
        let since = since.to_zoned_datetime(TimeZone::UTC);
        jiff::fmt::strtime::format(&self.format, &since).ok()
    }
}

fn overlap() -> u32 {
    300
}

fn full_every() -> u32 {
    24
}

/// What a run may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a minute.
    pub requests_per_minute: u32,
    /// Longest wait for a connection, for the first byte and between two, in seconds.
    pub timeout_seconds: u32,
    /// Most bytes of a feed, after decompression.
    pub max_bytes: u64,
    /// Most records of a feed.
    pub max_records: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 300,
            timeout_seconds: 30,
            max_bytes: 2_000_000_000,
            max_records: 2_000_000,
        }
    }
}
