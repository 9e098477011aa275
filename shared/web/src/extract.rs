//! Extractors for the parts of a request; each fails with a problem.

use std::collections::HashMap;

use attendee_sync_app::ports::QueueName;
use attendee_sync_domain::authority::TokenName;
use attendee_sync_domain::email::{EmailAddress, EmailError};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::hand::{HandField, ImportId, NoHandField};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::{Form, Json};
use serde::de::DeserializeOwned;

use crate::form_file::{self, FormFile};
use crate::problem::HttpProblem;
use crate::texts::t;

/// A type that a segment of a path can have.
pub(crate) trait Segment: Sized {
    fn read(text: &str) -> Result<Self, HttpProblem>;
}

macro_rules! names {
    ($($kind:ty),+) => {$(
        /// A text that is not a valid name belongs to nothing, so that the answer is "not found".
        impl Segment for $kind {
            fn read(text: &str) -> Result<Self, HttpProblem> {
                text.parse().map_err(|_| HttpProblem::not_found())
            }
        }
    )+};
}

names!(
    CommunityId,
    EventId,
    RunId,
    PersonId,
    TokenName,
    ImportId,
    String
);

impl Segment for QueueName {
    fn read(text: &str) -> Result<Self, HttpProblem> {
        let mut all = Self::ALL.into_iter();
        let named = all.find(|queue| queue.name() == text);
        named.ok_or_else(HttpProblem::not_found)
    }
}

impl Segment for EmailAddress {
    fn read(text: &str) -> Result<Self, HttpProblem> {
        text.parse()
            .map_err(|error: EmailError| HttpProblem::at("email", error.to_string()))
    }
}

impl Segment for HandField {
    fn read(text: &str) -> Result<Self, HttpProblem> {
        text.parse()
            .map_err(|error: NoHandField| HttpProblem::at("field", error.to_string()))
    }
}

impl Segment for GroupName {
    fn read(text: &str) -> Result<Self, HttpProblem> {
        Self::parse(text).ok_or_else(|| HttpProblem::at("group", t("extract-not-a-groups-name")))
    }
}

macro_rules! extractors {
    ($($(#[$doc:meta])+ $name:ident { $($kind:ident $field:ident),+ })+) => {$(
        $(#[$doc])+
        pub(crate) struct $name<$($kind),+>($(pub(crate) $kind),+);

        impl<S: Send + Sync, $($kind: Segment),+> FromRequestParts<S> for $name<$($kind),+> {
            type Rejection = HttpProblem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
                let path = Path::<Vec<String>>::from_request_parts(parts, state).await;
                match path.as_ref().map(|Path(path)| path.as_slice()) {
                    Ok([$($field),+]) => Ok(Self($($kind::read($field)?),+)),
                    _ => Err(HttpProblem::not_found()),
                }
            }
        }
    )+};
}

extractors! {
    /// The one name in a path.
    Named { A a }
    /// The two names in a path.
    Two { A a, B b }
    /// The three names in a path.
    Three { A a, B b, C c }
}

/// The run of a page's path, `/events/EVENT/runs/NUMBER`.
pub(crate) struct NumberedRun(pub(crate) RunId);

impl<S: Send + Sync> FromRequestParts<S> for NumberedRun {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Ok(Path((event, number))) = path else {
            return Err(HttpProblem::not_found());
        };
        let run = format!("{event}.{number}").parse();
        run.map(Self).map_err(|_| HttpProblem::not_found())
    }
}

/// The parameters of the query.
pub(crate) struct QueryParameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParameters<T> {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => Err(HttpProblem::new(
                StatusCode::BAD_REQUEST,
                rejection.body_text(),
            )),
        }
    }
}

pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = HttpProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpProblem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let text = match &rejection {
                    JsonRejection::MissingJsonContentType(_) => {
                        t("extract-send-json-and-say").to_owned()
                    }
                    other => other.body_text(),
                };
                Err(HttpProblem::new(rejection.status(), text))
            }
        }
    }
}

/// The fields of a form, after the check that it was sent by one of our own pages.
#[derive(Debug, Clone, Default)]
pub(crate) struct FormFields(HashMap<String, String>, Option<FormFile>);

impl FormFields {
    /// Reads a form, and a file with it of at most so many bytes.
    pub(crate) async fn read(request: Request, most: u64) -> Result<Self, HttpProblem> {
        if form_file::is_with_file(&request) {
            let (fields, file) = form_file::read(request, most).await?;
            return Ok(Self(fields, file));
        }
        match Form::<HashMap<String, String>>::from_request(request, &()).await {
            Ok(Form(fields)) => Ok(Self(fields, None)),
            Err(rejection) => {
                let text = match &rejection {
                    FormRejection::InvalidFormContentType(_) => t("extract-send-a-form").to_owned(),
                    other => other.body_text(),
                };
                Err(HttpProblem::new(rejection.status(), text))
            }
        }
    }

    /// Fields that were typed before.
    pub(crate) fn of(fields: HashMap<String, String>) -> Self {
        Self(fields, None)
    }

    /// The file that was sent with them, if there is one; once.
    pub(crate) fn take_file(&mut self) -> Option<FormFile> {
        self.1.take()
    }

    /// Whether a file was sent with them.
    pub(crate) fn has_file(&self) -> bool {
        self.1.is_some()
    }

    /// Returns everything that was typed, without the token of the session.
    pub(crate) fn typed(mut self) -> HashMap<String, String> {
        self.0.remove("csrf");
        self.0
    }

    /// Returns the rest of the names of all fields that begin like this.
    pub(crate) fn beginning(&self, beginning: &str) -> impl Iterator<Item = &str> {
        let names = self.0.keys();
        names.filter_map(move |name| name.strip_prefix(beginning))
    }

    /// A field's text; empty where the form has no such field.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
