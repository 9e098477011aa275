//! The choices for a new event so far.
//!
//! A draft is kept in the table for a week, for the person who began it, even in a later session.
//! It contains only settings: the credential is kept as a form draft, and the source's answer,
//! which names people, as a draft that an erasure makes unreadable.

use std::collections::BTreeMap;

use attendee_sync_app::Error;
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::config::RequestMethod;
use attendee_sync_domain::ids::EventId;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::DraftList;
use crate::problem::HttpProblem;
use crate::sealed_store::{Purpose, SealedStore};
use crate::texts::{TextId, id};

/// How long a draft is kept after its last change.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How the key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyKind {
    /// As the source requires.
    #[default]
    Ask,
    /// There is no key.
    None,
    /// As a bearer token.
    Bearer,
    /// As the password of a user.
    Basic,
    /// In a header.
    Header,
    /// In a query parameter.
    Query,
}

impl KeyKind {
    pub(crate) const ALL: [(Self, &'static str, TextId); 6] = [
        (Self::Ask, "ask", id("setup-draft-as-the-source-asks")),
        (Self::None, "none", id("setup-draft-none-public")),
        (Self::Bearer, "bearer", id("setup-draft-bearer-token")),
        (
            Self::Basic,
            "basic",
            id("setup-draft-user-name-and-password"),
        ),
        (Self::Header, "header", id("setup-draft-key-in-a-header")),
        (Self::Query, "query", id("setup-draft-key-in-the-address")),
    ];

    /// Returns the kind of this name; for an unknown name, the one that lets the source decide.
    pub(crate) fn of(name: &str) -> Self {
        let found = Self::ALL.iter().find(|(_, own, _)| *own == name);
        found.map_or(Self::Ask, |(kind, _, _)| *kind)
    }

    /// Returns the kind of an authentication in a document.
    pub(crate) fn of_document(authentication: &Value) -> Self {
        Self::of(
            authentication
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("none"),
        )
    }
}

/// The choices so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SetupDraft {
    pub(crate) name: String,
    pub(crate) community: String,
    pub(crate) event: String,
    pub(crate) time_zone: String,
    pub(crate) url: String,
    pub(crate) method: RequestMethod,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Value>,
    /// The names of further credentials in a pasted command, which were left out.
    pub(crate) left_out: Vec<String>,
    pub(crate) kind: KeyKind,
    /// The name that belongs to the kind: of the header, the parameter or the user; or the word
    /// before a token.
    pub(crate) key_name: String,
    pub(crate) scheme: String,
    /// The handle of the kept credential.
    pub(crate) credential: Option<String>,
    /// The authentication that the source accepted, without its credential.
    pub(crate) authentication: Option<Value>,
    pub(crate) format: Option<String>,
    pub(crate) records: Option<String>,
    pub(crate) pagination: Option<Value>,
    pub(crate) mapping: Option<Map<String, Value>>,
    pub(crate) rules: Option<Vec<Value>>,
    pub(crate) hourly: bool,
    /// The list that was pasted or uploaded in the place of an address.
    pub(crate) list: Option<DraftList>,
    /// The handle of the source's answer.
    pub(crate) sample: String,
    /// The event that was saved from the draft.
    pub(crate) saved: Option<EventId>,
}

impl SetupDraft {
    /// Returns the authentication that was chosen, without its credential; `None` where the source
    /// decides.
    pub(crate) fn chosen_authentication(&self) -> Option<Value> {
        // The credential replaces its name before the source is queried.
        let key = json!({"secret": "source-key"});
        Some(match self.kind {
            KeyKind::Ask => return None,
            KeyKind::None => json!({"type": "none"}),
            KeyKind::Bearer if self.scheme.is_empty() => json!({"type": "bearer", "token": key}),
            KeyKind::Bearer => json!({"type": "bearer", "scheme": self.scheme, "token": key}),
            KeyKind::Basic => {
                json!({"type": "basic", "username": self.key_name, "password": key})
            }
            KeyKind::Header => json!({"type": "header", "name": self.key_name, "value": key}),
            KeyKind::Query => json!({"type": "query", "name": self.key_name, "value": key}),
        })
    }

    /// Returns whether the source is queried with a credential.
    pub(crate) fn needs_key(&self) -> bool {
        let authentication = self.authentication.as_ref();
        self.list.is_none()
            && authentication
                .is_some_and(|authentication| KeyKind::of_document(authentication) != KeyKind::None)
    }

    /// Drops everything that was found in answers of another source.
    pub(crate) fn forget_answers(&mut self) {
        self.format = None;
        self.records = None;
        self.pagination = None;
        self.mapping = None;
        self.rules = None;
        self.sample.clear();
    }

    /// Whether only an example of what the source answers is known, and not where it is.
    pub(crate) fn is_example(&self) -> bool {
        self.list.as_ref().is_some_and(|list| list.is_example)
    }

    /// The document by which the source is asked: also an example stands for a list that was uploaded.
    pub(crate) fn asked_document(&self) -> Value {
        match &self.list {
            None => self.document_of(self.asked_source()),
            Some(_) => self.document_of(self.uploaded_source()),
        }
    }

    /// The document as far as it is chosen, without a credential.
    pub(crate) fn document(&self) -> Value {
        match &self.list {
            Some(list) if !list.is_example => self.document_of(self.uploaded_source()),
            _ => self.document_of(self.asked_source()),
        }
    }

    fn uploaded_source(&self) -> Value {
        let mut source = json!({"upload": true});
        if let Some(fields) = source.as_object_mut() {
            let format = self.format.clone().map(Value::from);
            fields.extend(format.map(|format| ("format".to_owned(), format)));
            let records = self.records.clone().map(Value::from);
            fields.extend(records.map(|records| ("records".to_owned(), records)));
        }
        source
    }

    fn asked_source(&self) -> Value {
        let mut source = json!({"url": self.url});
        let mut put = |name: &str, value: Option<Value>| {
            if let (Some(value), Some(source)) = (value, source.as_object_mut()) {
                source.insert(name.to_owned(), value);
            }
        };
        if self.method == RequestMethod::Post {
            put("method", Some(json!("POST")));
        }
        put(
            "headers",
            Some(json!(self.headers)).filter(|_| !self.headers.is_empty()),
        );
        put("body", self.body.clone());
        put("authentication", self.authentication.clone());
        put("format", self.format.clone().map(Value::from));
        put("records", self.records.clone().map(Value::from));
        put("pagination", self.pagination.clone());
        source
    }

    fn document_of(&self, source: Value) -> Value {
        let mut document = json!({
            "community": self.community, "event": self.event, "name": self.name,
            "time_zone": self.time_zone,
        });
        if let Some(all) = document.as_object_mut() {
            all.insert("source".to_owned(), source);
            if let Some(mapping) = &self.mapping {
                all.insert("mapping".to_owned(), json!(mapping));
            }
            if let Some(rules) = self.rules.as_ref().filter(|rules| !rules.is_empty()) {
                all.insert("rules".to_owned(), json!(rules));
            }
            if self.hourly {
                all.insert("schedule".to_owned(), json!({"auto_sync": "hourly"}));
            }
        }
        document
    }
}

/// The store of drafts.
pub(crate) struct SetupDrafts(SealedStore);

impl SetupDrafts {
    pub(crate) fn new(safe: &SealedStore) -> Self {
        Self(safe.clone())
    }

    /// Keeps a draft for the person who began it; returns its handle.
    pub(crate) async fn keep(
        &self,
        authority: &Authority,
        draft: &SetupDraft,
    ) -> Result<String, HttpProblem> {
        let owner = owner(authority)?;
        self.0.keep(purpose(&owner), bytes(draft)?, KEPT).await
    }

    /// Keeps a changed draft under its handle, so that all its pages use the newest.
    pub(crate) async fn replace(
        &self,
        authority: &Authority,
        handle: &str,
        draft: &SetupDraft,
    ) -> Result<(), HttpProblem> {
        let owner = owner(authority)?;
        let bytes = bytes(draft)?;
        self.0.replace(purpose(&owner), handle, bytes, KEPT).await
    }

    /// Returns the draft, while it is kept.
    pub(crate) async fn look(
        &self,
        authority: &Authority,
        handle: &str,
    ) -> Result<Option<SetupDraft>, HttpProblem> {
        let owner = owner(authority)?;
        let found = self.0.look(purpose(&owner), handle).await;
        let found: Option<Vec<u8>> = found.map_err(|error: Error| HttpProblem::from(error))?;
        Ok(found.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

fn purpose(owner: &str) -> Purpose<'_> {
    Purpose {
        kind: "setup",
        owner,
    }
}

fn owner(authority: &Authority) -> Result<String, HttpProblem> {
    serde_json::to_string(&authority.who).map_err(|_| HttpProblem::internal())
}

fn bytes(draft: &SetupDraft) -> Result<Vec<u8>, HttpProblem> {
    serde_json::to_vec(draft).map_err(|_| HttpProblem::internal())
}
