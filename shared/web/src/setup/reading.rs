//! Queries the source of a new event: its first answer, the proposals from it, and the number of
//! people in its pages.

use std::time::Duration;

use attendee_sync_app::{CountLimits, MappingTest, RecordCount};
use attendee_sync_domain::config::{
    DocumentProblem, EventDocument, GivenList, ListOrigin, check_for_test,
};
use axum::http::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{SetupDraft, SetupSample};
use crate::access::Session;
use crate::check_places::CheckKind;
use crate::console::Console;
use crate::credential;
use crate::problem::HttpProblem;
use crate::texts::t;

/// Most queries until the proposals are settled.
const ROUNDS: usize = 4;
/// The limits for counting people in further pages.
const MOST: CountLimits = CountLimits {
    records: 2_000,
    pages: 20,
};
const PATIENCE: Duration = Duration::from_secs(10);

/// The reason why the source could not be read.
#[derive(Debug)]
pub(crate) enum SetupFailure {
    /// Problems by their place in the document; the place `credential` is the key.
    Fields(Vec<DocumentProblem>),
    /// The source requires another authentication: its status, the proposed authentication, and the
    /// reason.
    Refused(u16, Option<(Value, String)>),
    /// The program could not query the source.
    Other(HttpProblem),
}

impl SetupFailure {
    pub(super) fn at(path: &str, reason: impl Into<String>) -> Self {
        Self::Fields(vec![DocumentProblem {
            path: path.to_owned(),
            reason: reason.into(),
        }])
    }
}

impl From<HttpProblem> for SetupFailure {
    fn from(problem: HttpProblem) -> Self {
        if problem.status == StatusCode::UNPROCESSABLE_ENTITY {
            Self::Fields(problem.places())
        } else {
            Self::Other(problem)
        }
    }
}

/// Returns the kept answer of the source; queries the source where there is none.
pub(crate) async fn sample(
    console: &Console,
    session: &Session,
    draft: &mut SetupDraft,
) -> Result<SetupSample, SetupFailure> {
    let kept = console.setup_samples.look(session, &draft.sample).await;
    match kept.map_err(HttpProblem::from)? {
        Some(sample) => Ok(sample),
        None => asked_sample(console, session, draft).await,
    }
}

/// Queries the source, fills in missing choices from its answer, and keeps that.
pub(crate) async fn asked_sample(
    console: &Console,
    session: &Session,
    draft: &mut SetupDraft,
) -> Result<SetupSample, SetupFailure> {
    let handle = draft.credential.as_deref().unwrap_or_default();
    let credential = console.typed_secrets.look(session, handle).await;
    let credential = credential.map_err(HttpProblem::from)?;
    let credential = credential.filter(|_| draft.list.is_none());
    if draft.needs_key() && credential.is_none() {
        return Err(SetupFailure::at(
            "credential",
            t("setup-reading-the-source-needs-a"),
        ));
    }
    let list = match &draft.list {
        Some(list) => Some(
            list.read(console, session)
                .await?
                .ok_or_else(|| SetupFailure::at("list", t("setup-reading-it-is-kept-for")))?,
        ),
        None => None,
    };
    for _ in 0..ROUNDS {
        let document = with_credential(draft.asked_document(), credential.as_ref());
        let test = ask(console, session, &document, list.clone()).await?;
        if let Some(failure) = failure(&test, draft) {
            return Err(failure);
        }
        if filled_in(draft, &test) {
            continue;
        }
        if let Some(error) = test.error {
            return Err(SetupFailure::at("source.url", error));
        }
        let mut document = checked(console, &document)?;
        if let Some(list) = list {
            document.source.list = ListOrigin::Given(list);
        }
        let seal = console.setup_samples.begin(&document.community).await;
        let seal = seal.map_err(HttpProblem::from)?;
        let mut sample = SetupSample::new(test);
        sample.count = counted(console, document).await?;
        draft.sample = console.setup_samples.keep(session, &seal, &sample).await?;
        return Ok(sample);
    }
    Err(SetupFailure::at(
        "source.url",
        t("setup-reading-what-the-source-answers"),
    ))
}

pub(crate) fn with_credential(mut document: Value, credential: Option<&SecretString>) -> Value {
    if let Some(credential) = credential {
        credential::put(&mut document, credential);
    }
    document
}

async fn ask(
    console: &Console,
    session: &Session,
    document: &Value,
    list: Option<GivenList>,
) -> Result<MappingTest, HttpProblem> {
    let checked = console.check_for_test(document, None)?;
    console
        .require_author(&session.authority, document, &checked)
        .await?;
    console
        .test_list(&session.authority, &checked.community, document, list)
        .await
}

/// Checks the document, with its credential.
fn checked(console: &Console, document: &Value) -> Result<EventDocument, HttpProblem> {
    let checked = check_for_test(document, console.app.addresses());
    let checked = checked.map_err(attendee_sync_app::Error::Configuration)?;
    Ok(checked.document)
}

/// Returns why an answer is not usable.
fn failure(test: &MappingTest, draft: &SetupDraft) -> Option<SetupFailure> {
    let status = test.answer.as_ref().map_or(0, |answer| answer.status);
    let proposed = test.proposed.as_deref();
    if matches!(status, 401 | 403) {
        let asked = proposed.and_then(|proposed| {
            let authentication = proposed.authentication.clone()?;
            Some((authentication, proposed.reasons.authentication.clone()?))
        });
        return Some(SetupFailure::Refused(status, asked));
    }
    let at_url = |reason: String| Some(SetupFailure::at("source.url", reason));
    let error = || {
        let error = test.error.clone();
        error.unwrap_or_else(|| t("setup-reading-the-source-did-not").to_owned())
    };
    let Some(proposed) = proposed.filter(|_| status < 400) else {
        return at_url(error());
    };
    let is_rows = proposed.format.is_some()
        || draft
            .format
            .as_deref()
            .is_some_and(|format| format != "json");
    if is_rows || proposed.records.is_some() || draft.records.is_some() && test.error.is_none() {
        return None;
    }
    let reasons = &proposed.reasons;
    let of_lists = reasons.records.as_ref().map(|lists| lists.reason.clone());
    at_url(reasons.format.clone().or(of_lists).unwrap_or_else(error))
}

/// Fills proposals into missing choices; returns whether the source has to be queried again with
/// them.
fn filled_in(draft: &mut SetupDraft, test: &MappingTest) -> bool {
    let Some(proposed) = test.proposed.as_deref() else {
        return false;
    };
    if let Some(format) = proposed.format.filter(|_| draft.format.is_none()) {
        draft.format = serde_json::to_value(format)
            .ok()
            .and_then(|format| Some(format.as_str()?.to_owned()));
        return true;
    }
    let mut changed = false;
    let is_rows = draft
        .format
        .as_deref()
        .is_some_and(|format| format != "json");
    if draft.records.is_none()
        && !is_rows
        && let Some(records) = &proposed.records
    {
        draft.records = Some(records.clone());
        changed |= records != "$[*]";
    }
    if draft.pagination.is_none()
        && let Some(pagination) = &proposed.pagination
    {
        draft.pagination = Some(pagination.clone());
        changed |= *pagination != json!({"type": "none"});
    }
    changed
}

/// Counts the people in the pages, as far as they can be read in a moment.
async fn counted(console: &Console, document: EventDocument) -> Result<RecordCount, HttpProblem> {
    let mut count = RecordCount::default();
    let counting = tokio::time::timeout(
        PATIENCE,
        console.app.count_records(&document, MOST, &mut count),
    );
    let counting = console.in_place(&document.community, CheckKind::Feed, counting);
    if let Ok(Err(error)) = counting.await? {
        count.failed = Some(error);
    }
    Ok(count)
}
