//! The source part of the document: the registration system's API as one event asks it.

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

/// Where the registrations are, and how to ask for them.
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
    /// How a page is asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: RequestMethod,
    /// What is sent with a POST: any JSON, such as a GraphQL query with its variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<Object>))]
    pub body: Option<Value>,
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
    pub format: FeedFormat,
    /// The charset of the answers, where neither a byte-order mark nor the content type says it right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<String>))]
    pub charset: Option<CharsetLabel>,
    /// How a table in CSV is laid out, where that cannot be found out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub csv: CsvLayout,
    /// Where the records lie in a body.
    #[serde(default)]
    pub records: RecordsPath,
    /// Small side lists, by the name expressions use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<String, LookupSettings>,
    /// Asking only for what changed since the last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incremental: Option<Incremental>,
    /// Asking for one person alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_person: Option<OnePersonRequest>,
    /// Asking for one record alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_record: Option<OneRecordRequest>,
    /// Asking once more for each new or changed record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// What a run may take.
    #[serde(default)]
    pub limits: Limits,
    /// The fields that the document's mapping takes, for whoever has to tell a header from a title, or a
    /// record from something else. The document fills it in; it is never written.
    #[serde(skip)]
    #[cfg_attr(feature = "schemas", schema(ignore))]
    pub taken: Vec<TakenField>,
    /// Where the list comes from. The document fills it in; it is never written.
    #[serde(skip)]
    #[cfg_attr(feature = "schemas", schema(ignore))]
    pub list: ListOrigin,
}

impl SourceSettings {
    /// Whether both ask for the same at the same place, whatever is taken from the answer.
    #[must_use]
    pub fn asks_as(&self, other: &Self) -> bool {
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
    /// POST, of a question that changes nothing, such as a GraphQL query.
    Post,
}

/// Where a parameter of paging goes.
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
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
        /// Where the parameters go.
        #[serde(default, rename = "in", skip_serializing_if = "is_default")]
        place: ParameterPlace,
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
        /// Where the parameters go.
        #[serde(default, rename = "in", skip_serializing_if = "is_default")]
        place: ParameterPlace,
    },
    /// The body has a mark to continue from.
    Cursor {
        /// The parameter that takes it.
        parameter: String,
        /// Where it is; it may lie in the last record, as in `data[-1].id`.
        path: FieldPath,
        /// Where the body says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more_path: Option<FieldPath>,
        /// Where the parameter goes.
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
    /// One JSON object a line.
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
    /// Where its records are.
    pub records: RecordsPath,
    /// The field they are looked up by.
    pub key: FieldPath,
    /// How one page of it leads to the next; it does not page as the records do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pagination: Pagination,
}

/// What a run may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
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
