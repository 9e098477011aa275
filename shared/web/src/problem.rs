//! The answer to a request that is refused or fails: one type, sent as RFC 9457 JSON by the API and
//! as a page by the console.

use crate::texts::{t, text};
use attendee_sync_app::ports::StoreError;
use attendee_sync_app::{Error, TestRefused};
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config;
use attendee_sync_domain::ids::RunId;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The reason why a request was refused or failed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct HttpProblem {
    /// Names the kind of problem for programs.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of the problem, for people.
    pub(crate) title: &'static str,
    #[serde(serialize_with = "as_number")]
    #[cfg_attr(test, schema(value_type = u16, minimum = 400, maximum = 599))]
    pub(crate) status: StatusCode,
    /// What happened, and what to do.
    pub(crate) detail: String,
    /// The run that is in the way, or that the request is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Box<RunId>>,
    /// The problems of a document, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<config::DocumentProblem>,
    /// Seconds after which another attempt makes sense.
    #[serde(skip)]
    retry_after: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl HttpProblem {
    /// A problem that its status describes.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or(t("problem-error")),
            status,
            detail: detail.into(),
            run: None,
            problems: Vec::new(),
            retry_after: None,
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, t("problem-there-is-nothing-at"))
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            t("problem-this-address-does-not"),
        )
    }

    pub(crate) fn too_many_attempts(seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                text!("problem-too-many-wrong-tokens", seconds = seconds),
            )
        }
    }

    /// The limit of simultaneous checks of sources is reached.
    pub(crate) fn too_many_checks(detail: &str, seconds: u64) -> Self {
        Self {
            kind: "urn:attendee-sync:problem:too-many-checks",
            title: t("problem-too-many-checks-at"),
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
        }
    }

    /// The caller cannot be identified: the keys of the identity provider, our own tokens, or the
    /// owner's token cannot be read.
    pub(crate) fn nobody_known() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            t("problem-your-token-cannot-be"),
        )
    }

    /// What was typed before a sign-in is no longer kept.
    pub(crate) fn form_not_kept() -> Self {
        Self::new(StatusCode::GONE, t("problem-what-you-typed-before"))
    }

    /// There is no folder of mails, because mails are sent.
    pub(crate) fn no_mail_folder() -> Self {
        Self::new(StatusCode::NOT_FOUND, t("problem-mails-are-not-kept"))
    }

    /// There are no queues, because one process does all the work.
    pub(crate) fn no_queues() -> Self {
        Self::new(StatusCode::NOT_FOUND, t("problem-this-installation-has-no"))
    }

    /// The work takes longer than a request may.
    pub(crate) fn too_slow(detail: &str) -> Self {
        Self {
            kind: "urn:attendee-sync:problem:too-slow",
            title: t("problem-the-request-takes-too"),
            ..Self::new(StatusCode::GATEWAY_TIMEOUT, detail)
        }
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            t("problem-an-internal-error-occurred"),
        )
    }

    /// Another run is under way.
    pub(crate) fn busy(run: RunId) -> Self {
        let detail = text!("problem-run-run-is-under", run = run);
        Self {
            kind: "urn:attendee-sync:problem:run-under-way",
            title: t("problem-a-run-is-under"),
            run: Some(Box::new(run)),
            ..Self::new(StatusCode::CONFLICT, detail)
        }
    }

    /// Nothing waits for this decision.
    fn not_held(run: RunId) -> Self {
        let detail = Error::NotHeld(run.clone()).to_string();
        Self {
            kind: "urn:attendee-sync:problem:nothing-held",
            title: t("problem-nothing-waits-for-a"),
            run: Some(Box::new(run)),
            ..Self::new(StatusCode::CONFLICT, detail)
        }
    }

    /// A document or some of its fields are invalid.
    pub(crate) fn unacceptable(problems: Vec<config::DocumentProblem>) -> Self {
        Self {
            kind: "urn:attendee-sync:problem:not-acceptable",
            title: t("problem-the-input-is-not"),
            problems,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                t("problem-correct-the-listed-problems"),
            )
        }
    }

    /// One place in a document is invalid.
    pub(crate) fn at(path: &str, reason: impl Into<String>) -> Self {
        Self::unacceptable(vec![config::DocumentProblem {
            path: path.to_owned(),
            reason: reason.into(),
        }])
    }

    /// A test mail was not sent.
    fn no_test(refused: &TestRefused) -> Self {
        match *refused {
            TestRefused::Recipient | TestRefused::Suppressed(_) => {
                Self::at("to", refused.to_string())
            }
            TestRefused::OtherAttendee => Self::at("email", refused.to_string()),
            TestRefused::PersonLimit {
                retry_after_seconds,
            }
            | TestRefused::CommunityLimit {
                retry_after_seconds,
            } => Self {
                retry_after: Some(retry_after_seconds),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, refused.to_string())
            },
        }
    }

    /// Returns the problems place by place.
    pub(crate) fn places(self) -> Vec<config::DocumentProblem> {
        if self.problems.is_empty() {
            return vec![config::DocumentProblem {
                path: "document".to_owned(),
                reason: self.detail,
            }];
        }
        self.problems
    }
}

impl From<Error> for HttpProblem {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NoEvent(_)
            | Error::NoCommunity(_)
            | Error::NoRun(_)
            | Error::NoConfigurationVersion(_)
            | Error::NoPerson
            | Error::NoPage { .. }
            | Error::NoGroup
            | Error::NoToken(_) => Self::new(StatusCode::NOT_FOUND, text),
            Error::Busy(run) => Self::busy(run),
            Error::NotHeld(run) => Self::not_held(run),
            Error::Changed
            | Error::ListMoved
            | Error::Closing(_)
            | Error::Blocked
            | Error::Attends
            | Error::Purged(_)
            | Error::Stopped
            | Error::NotStoppable(_)
            | Error::InvitationsOff(_)
            | Error::TableNotAdopted
            | Error::MoreToInvite(_)
            | Error::TokenThere(_)
            | Error::GroupThere(_)
            | Error::WasErased
            | Error::OtherCommunity { .. } => Self::new(StatusCode::CONFLICT, text),
            Error::Mail(_) => Self::new(StatusCode::BAD_GATEWAY, text),
            Error::TestMail(refused) => Self::no_test(&refused),
            Error::Configuration(problems) | Error::Refused(problems) => {
                Self::unacceptable(problems.0)
            }
            Error::NoList(_) => Self::at("file", text),
            Error::Source(_) => Self {
                kind: "urn:attendee-sync:problem:source",
                title: t("problem-the-source-could-not"),
                ..Self::new(StatusCode::BAD_GATEWAY, text)
            },
            Error::Contended => Self::new(StatusCode::SERVICE_UNAVAILABLE, text),
            Error::Queue(_) | Error::Schedules(_) | Error::SchedulesNotListed(_) => {
                tracing::error!(error = with_causes(&error), "a request failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, text)
            }
            Error::Store(StoreError::Newer { .. }) => {
                tracing::error!(error = %with_causes(&error), "a newer version is needed");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    t("problem-a-newer-version-of"),
                )
            }
            Error::Store(_)
            | Error::Secret(_)
            | Error::MailFolder(_)
            | Error::ErasureList(_)
            | Error::Aborted => {
                tracing::error!(error = with_causes(&error), "a request failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        // The console turns the problem into a page.
        response.extensions_mut().insert(self);
        response
    }
}
