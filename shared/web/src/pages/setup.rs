//! Adds an event step by step: connect, find the list, match the fields, set rules, check, go live.
//!
//! Each step is a page of its own, and the choices are kept on the server, so that a person can go
//! back to every step.

pub(super) mod check;
pub(super) mod connect;
pub(super) mod fields;
mod found;
mod given;
pub(super) mod list;
pub(super) mod live;
pub(super) mod rules;

use askama::Template;
use attendee_sync_domain::config::DocumentProblem;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::Console;
use crate::problem::HttpProblem;
use crate::setup::{SetupDraft, SetupFailure, SetupSample, sample};
use crate::texts::{TextId, id, t, text};
use crate::words;

/// A step, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Step {
    Connect,
    List,
    Fields,
    Rules,
    Check,
    Live,
}

impl Step {
    const ALL: [(Self, &'static str, TextId); 6] = [
        (Self::Connect, "connect", id("setup-connect")),
        (Self::List, "list", id("setup-find-the-list")),
        (Self::Fields, "fields", id("setup-match-fields")),
        (Self::Rules, "rules", id("setup-rules")),
        (Self::Check, "check", id("setup-check")),
        (Self::Live, "live", id("setup-go-live")),
    ];

    fn path(self, handle: &str) -> String {
        let found = Self::ALL.iter().find(|(step, _, _)| *step == self);
        let name = found.map_or("connect", |(_, name, _)| name);
        format!("/new-event/steps/{handle}/{name}")
    }

    /// Returns the step at which a setting is chosen.
    fn of_setting(path: &str) -> Self {
        let within = |part: &str| path.starts_with(part);
        if within("mapping") || within("delete_flag") || within("guards") {
            Self::Fields
        } else if within("rules") {
            Self::Rules
        } else if ["source.records", "source.pagination", "source.format"]
            .into_iter()
            .any(within)
        {
            Self::List
        } else {
            Self::Connect
        }
    }
}

/// A link of the list of steps.
struct StepLink {
    title: &'static str,
    /// The address; absent where the step cannot be taken yet.
    path: Option<String>,
    is_current: bool,
}

/// The head of every step's page.
struct StepHead {
    /// The draft's handle; empty until there is a draft.
    handle: String,
    name: String,
    steps: Vec<StepLink>,
}

impl StepHead {
    fn new(handle: &str, draft: &SetupDraft, current: Step) -> Self {
        let is_read = !draft.sample.is_empty();
        let steps = Step::ALL.map(|(step, _, title)| {
            let open = match (step, &draft.saved) {
                (Step::Live, saved) => saved.is_some(),
                (_, Some(_)) => false,
                (Step::Connect, None) => !handle.is_empty(),
                _ => is_read,
            };
            StepLink {
                title: title.text(),
                path: open.then(|| step.path(handle)),
                is_current: step == current,
            }
        });
        Self {
            handle: handle.to_owned(),
            name: draft.name.clone(),
            steps: steps.into(),
        }
    }
}

#[derive(Template)]
#[template(path = "setup/lost.html")]
struct LostDraft {
    shell: Shell,
}

/// The answer that replaces a step's page.
enum Elsewhere {
    Page(Response),
    Problem(HttpProblem),
}

impl From<HttpProblem> for Elsewhere {
    fn from(problem: HttpProblem) -> Self {
        Self::Problem(problem)
    }
}

impl Elsewhere {
    fn into_page(self) -> PageResult {
        match self {
            Self::Page(page) => Ok(page),
            Self::Problem(problem) => Err(problem),
        }
    }
}

/// Returns the draft. Fails with another page where the draft is no longer kept, or its event was
/// saved.
async fn draft(
    console: &Console,
    session: &Session,
    handle: &str,
) -> Result<SetupDraft, Elsewhere> {
    let found = console.setups.look(&session.authority, handle).await?;
    match found {
        Some(draft) if draft.saved.is_some() => Err(Elsewhere::Page(to(&Step::Live.path(handle)))),
        Some(draft) => Ok(draft),
        None => Err(Elsewhere::Page(lost(session)?)),
    }
}

fn lost(session: &Session) -> PageResult {
    let mut page = render(&LostDraft {
        shell: Shell::new(Some(session)),
    })?;
    *page.status_mut() = StatusCode::NOT_FOUND;
    Ok(page)
}

fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Returns the draft and its source's answer. Fails with the connect page where the source has to
/// be queried again and that fails.
async fn sampled(
    console: &Console,
    session: &Session,
    handle: &str,
) -> Result<(SetupDraft, SetupSample), Elsewhere> {
    let mut draft = draft(console, session, handle).await?;
    let before = draft.sample.clone();
    match sample(console, session, &mut draft).await {
        Ok(sample) => {
            if draft.sample != before {
                keep(console, session, handle, &draft).await?;
            }
            Ok((draft, sample))
        }
        Err(SetupFailure::Other(problem)) => Err(Elsewhere::Problem(problem)),
        Err(failure) => {
            let page = connect::refused(console, session, handle, &draft, problems(failure)?);
            Err(Elsewhere::Page(page.await?))
        }
    }
}

async fn keep(
    console: &Console,
    session: &Session,
    handle: &str,
    draft: &SetupDraft,
) -> Result<(), HttpProblem> {
    console
        .setups
        .replace(&session.authority, handle, draft)
        .await
}

/// Returns the problems to display.
fn problems(failure: SetupFailure) -> Result<Vec<DocumentProblem>, HttpProblem> {
    match failure {
        SetupFailure::Fields(problems) => Ok(problems),
        SetupFailure::Refused(status, _) => Ok(vec![DocumentProblem {
            path: "credential".to_owned(),
            reason: text!("setup-the-source-refused-the", status = status),
        }]),
        SetupFailure::Other(problem) => Err(problem),
    }
}

/// Returns the path of a list as people read it.
fn place_of(path: &str) -> String {
    let inner = path.trim_start_matches('$').replace("[*]", "");
    match inner.trim_start_matches('.') {
        "" => t("setup-the-top-of-the").to_owned(),
        inner => inner.to_owned(),
    }
}

/// Returns the label of a field, capitalised as on forms.
fn label_of_field(field: &str) -> String {
    words::capitalised(&words::field_name(field))
}
