//! The source part of the document: how one event queries the registration system's API.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::feed::{FieldPath, RecordsPath};

use super::answer::{CharsetLabel, CsvLayout, TakenField};
use super::details::Details;
use super::partial_reads::{Incremental, OnePersonRequest, OneRecordRequest};
use super::secret::{SecretName, SecretValue};
use super::upload::ListOrigin;

/// The address of the registrations, and how to request them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// URL of the first page. There is none where the list is uploaded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Whether people upload the list (CSV, XLSX or JSON), in place of a URL where it is asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub upload: bool,
    /// The HTTP method of the request for a page.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: RequestMethod,
    /// The JSON body of a POST, such as a GraphQL query with its variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<Object>))]
    pub body: Option<Value>,
    /// Headers sent with every request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How requests authenticate.
    #[serde(default)]
    pub authentication: Authentication,
    /// How the request for the next page is found.
    #[serde(default)]
    pub pagination: Pagination,
    /// The format of an answer.
    #[serde(default)]
    pub format: FeedFormat,
    /// The charset of the answers, where the byte-order mark and the content type are missing or
    /// wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<String>))]
    pub charset: Option<CharsetLabel>,
    /// The layout of a CSV table, where it cannot be detected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub csv: CsvLayout,
    /// The path to the list of records in an answer.
    #[serde(default)]
    pub records: RecordsPath,
    /// Small side lists, by the name expressions use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<String, LookupSettings>,
    /// Requests only what changed since the last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incremental: Option<Incremental>,
    /// Requests one person alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_person: Option<OnePersonRequest>,
    /// Asking for one record alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_record: Option<OneRecordRequest>,
    /// Sends one more request for each new or changed record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// The limits of a run.
    #[serde(default)]
    pub limits: Limits,
    /// The fields that the document's mapping reads. The reader needs them to distinguish a header
    /// from a title, and a record from something else. They are filled in when a document is read,
    /// and never written.
    #[serde(skip)]
    #[cfg_attr(feature = "schemas", schema(ignore))]
    pub taken: Vec<TakenField>,
    /// Where the list comes from. The document fills it in; it is never written.
    #[serde(skip)]
    #[cfg_attr(feature = "schemas", schema(ignore))]
    pub list: ListOrigin,
}

impl SourceSettings {
    /// Returns whether both send the same requests to the same place, whatever they read from the
    /// answers.
    #[must_use]
    pub fn has_same_requests(&self, other: &Self) -> bool {
        let without = |source: &Self| Self {
            taken: Vec::new(),
            list: ListOrigin::Asked,
            ..source.clone()
        };
        without(self) == without(other)
    }

    /// Returns the servers that the credential is sent to, as origins (RFC 6454).
    #[must_use]
    pub fn servers(&self) -> BTreeSet<String> {
        let sign_in = match &self.authentication {
            Authentication::Oauth2ClientCredentials { token_url, .. } => Some(token_url),
            Authentication::Login { url, .. } => Some(url),
            _ => None,
        };
        let lookups = self.lookups.values().map(|lookup| &lookup.url);
        let record = self.one_record.as_ref().map(|record| &record.url);
        let urls = [&self.url].into_iter();
        let urls = urls.chain(lookups).chain(sign_in).chain(record);
        // A text that is no URL has no server, and represents itself.
        let origin = |url: &String| match Url::parse(url) {
            Ok(url) => url.origin().ascii_serialization(),
            Err(_) => url.clone(),
        };
        urls.map(origin).collect()
    }

    /// Returns the path to the records in the elements that are read: lines and rows are records
    /// themselves.
    #[must_use]
    pub fn records_path(&self) -> RecordsPath {
        match self.format {
            FeedFormat::Json => self.records.clone(),
            FeedFormat::Ndjson | FeedFormat::Csv => RecordsPath::default(),
        }
    }
}

/// How a page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum RequestMethod {
    /// GET.
    #[default]
    Get,
    /// POST, for a query that changes nothing, such as a GraphQL query.
    Post,
}

/// The part of a request that carries a paging parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParameterPlace {
    /// Into the URL's query; the parameter is its name.
    #[default]
    Query,
    /// Into `source.body`; the parameter is a path in it, such as `variables.after`.
    Body,
}

/// How requests prove who asks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Authentication {
    /// No authentication.
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
        /// The word before the token.
        #[serde(default = "bearer")]
        scheme: String,
    },
    /// A header that contains the credential.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: SecretValue,
    },
    /// A query parameter of the URL that contains the credential.
    Query {
        /// The parameter's name.
        name: String,
        /// Its value.
        value: SecretValue,
    },
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4).
    Oauth2ClientCredentials {
        /// The URL that issues tokens.
        token_url: String,
        /// The client id.
        client_id: String,
        /// The client's secret.
        client_secret: SecretValue,
        /// The scope that is requested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        /// How the client's secret is sent.
        #[serde(default, skip_serializing_if = "is_default")]
        client_authentication: ClientAuthentication,
    },
    /// A login with a user name and password whose answer contains a bearer token.
    Login {
        /// The URL of the login: it gets a POST of a JSON object with the two fields below.
        url: String,
        /// The user name.
        username: String,
        /// The password.
        password: SecretValue,
        /// The field that carries the user name.
        #[serde(default = "email_field")]
        username_field: String,
        /// The field that carries the password.
        #[serde(default = "password_field")]
        password_field: String,
        /// The path of the token in the answer.
        #[serde(default = "token_path")]
        token_path: FieldPath,
    },
}

/// How the client's secret is sent to the token URL (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
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

    /// Returns the name of the secret, unless the credential is written as plain text.
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Pagination {
    /// There is one page.
    #[default]
    None,
    /// The body has the next page's URL.
    NextLink {
        /// The path of the URL.
        path: FieldPath,
    },
    /// The `Link` header contains the next page's URL (RFC 8288).
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
        /// The path of the number of pages in the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total_pages_path: Option<FieldPath>,
        /// The path of a field that says whether there is another page: there is one unless the
        /// field is null, false or blank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_path: Option<FieldPath>,
        /// The part of the request that carries the parameters.
        #[serde(default, rename = "in", skip_serializing_if = "is_default")]
        place: ParameterPlace,
    },
    /// Offset and limit: each request names the number of its first record.
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
        /// The path of the number of records in the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total_path: Option<FieldPath>,
        /// The part of the request that carries the parameters.
        #[serde(default, rename = "in", skip_serializing_if = "is_default")]
        place: ParameterPlace,
    },
    /// The body contains a cursor for the next request.
    Cursor {
        /// The parameter that carries the cursor.
        parameter: String,
        /// The path of the cursor; it may be in the last record, as in `data[-1].id`.
        path: FieldPath,
        /// The path of a field that says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more_path: Option<FieldPath>,
        /// The part of the request that carries the parameter.
        #[serde(default, rename = "in", skip_serializing_if = "is_default")]
        place: ParameterPlace,
    },
}

fn one() -> u32 {
    1
}

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FeedFormat {
    /// JSON (RFC 8259).
    #[default]
    Json,
    /// One JSON object per line.
    Ndjson,
    /// Values separated by commas, semicolons, tabs or pipes, with a header row.
    Csv,
}

/// A small side list, read once a run with the source's authentication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LookupSettings {
    /// Its URL.
    pub url: String,
    /// The path to its records.
    pub records: RecordsPath,
    /// The field by which expressions look its records up.
    pub key: FieldPath,
    /// How the request for its next page is found; it does not page as the records do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pagination: Pagination,
}

/// What a run may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most requests per minute.
    pub requests_per_minute: u32,
    /// Longest wait for a connection, for the first byte and between two bytes, in seconds.
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
