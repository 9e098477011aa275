//! The source part of the document: the registration system's API as one event asks it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::email::EmailAddress;
use crate::feed::{FieldPath, RecordsPath};

use super::secret::{SecretName, SecretValue};

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
    /// Returns the servers that the credential is sent to, as origins (RFC 6454).
    #[must_use]
    pub fn servers(&self) -> BTreeSet<String> {
        let sign_in = match &self.authentication {
            Authentication::Oauth2ClientCredentials { token_url, .. } => Some(token_url),
            Authentication::Login { url, .. } => Some(url),
            _ => None,
        };
        let lookups = self.lookups.values().map(|lookup| &lookup.url);
        let urls = [&self.url].into_iter().chain(lookups).chain(sign_in);
        // What is no URL has no server, and stands for itself.
        let origin = |url: &String| match Url::parse(url) {
            Ok(url) => url.origin().ascii_serialization(),
            Err(_) => url.clone(),
        };
        urls.map(origin).collect()
    }

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

    /// Returns the name of the credential, where it is named and not written out.
    #[must_use]
    pub fn named_secret(&self) -> Option<&SecretName> {
        match self {
            Self::None => None,
            Self::Basic {
                password: value, ..
            }
            | Self::Login {
                password: value, ..
            }
            | Self::Bearer { token: value, .. }
            | Self::Header { value, .. }
            | Self::Query { value, .. }
            | Self::Oauth2ClientCredentials {
                client_secret: value,
                ..
            } => match value {
                SecretValue::Secret(name) => Some(name),
                SecretValue::Plain(_) => None,
            },
        }
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
