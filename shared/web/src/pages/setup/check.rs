//! The fifth step: shows what a sync would do and what has to be corrected, and saves the event.

use std::collections::BTreeSet;

use askama::Template;
use attendee_sync_app::{MappingTest, UploadedFile};
use attendee_sync_domain::config::{EventDocument, ListOrigin, ValueOrigin, check_for_test};
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use serde_json::Value;

use super::super::configurator::refused as unprocessable;
use super::super::trial::TrialView;
use super::super::{PageResult, Shell, render};
use super::fields::{FIELDS, NEEDED, mapping_of};
use super::found::CheckedFeed;
use super::{Step, StepHead, keep, label_of_field, sampled, to};
use crate::access::Session;
use crate::configurator::label_of;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::problem::HttpProblem;
use crate::save::SaveCondition;
use crate::setup::{SetupDraft, SetupSample, with_credential};
use crate::texts::{t, text};
use crate::words;

#[derive(Template)]
#[template(path = "setup/check.html")]
struct CheckPage {
    shell: Shell,
    head: StepHead,
    draft: SetupDraft,
    count: String,
    trial: Option<TrialView>,
    /// What the check of the whole list found.
    found: Option<CheckedFeed>,
    /// Mistakes that prevent saving.
    wrong: Vec<Mend>,
    warnings: Vec<Mend>,
    /// Whether the person tried to save.
    refused: bool,
}

/// Something to correct, and the page where.
pub(super) struct Mend {
    label: String,
    reason: String,
    path: String,
    step: &'static str,
}

impl Mend {
    pub(super) fn new(handle: &str, setting: &str, reason: &str) -> Self {
        let step = Step::of_setting(setting);
        let named = Step::ALL.iter().find(|(own, _, _)| *own == step);
        // The field itself, where the page has it under this name.
        let field = setting.strip_prefix("mapping.");
        let field = field.filter(|field| FIELDS.contains(field));
        let place = field.map(|field| format!("#{field}"));
        Self {
            label: label_of(setting).map_or_else(|| label_of_field(setting), str::to_owned),
            reason: words::sentence(reason),
            path: format!("{}{}", step.path(handle), place.unwrap_or_default()),
            step: named.map_or("", |(_, _, title)| title.text()),
        }
    }
}

/// Returns the draft with all proposals in place of choices that were not made.
fn completed(draft: &SetupDraft, sample: &SetupSample) -> SetupDraft {
    let rules = || sample.rules.iter().map(|own| own.rule.clone()).collect();
    SetupDraft {
        mapping: Some(mapping_of(draft, sample)),
        rules: Some(draft.rules.clone().unwrap_or_else(rules)),
        ..draft.clone()
    }
}

/// Returns the complete document, with its credential.
async fn document(
    console: &Console,
    session: &Session,
    draft: &SetupDraft,
) -> Result<Value, HttpProblem> {
    let handle = draft.credential.as_deref().unwrap_or_default();
    let credential = console.typed_secrets.look(session, handle).await?;
    let credential = credential.filter(|_| draft.list.is_none());
    if draft.needs_key() && credential.is_none() {
        return Err(HttpProblem::at(
            "source.authentication",
            t("setup-check-the-key-is-not"),
        ));
    }
    Ok(with_credential(draft.document(), credential.as_ref()))
}

impl CheckPage {
    async fn new(
        console: &Console,
        session: &Session,
        handle: &str,
        draft: &SetupDraft,
        sample: &SetupSample,
    ) -> Result<Self, HttpProblem> {
        let count = &sample.count;
        let mut page = Self {
            shell: Shell::new(Some(session)),
            head: StepHead::new(handle, draft, Step::Check),
            draft: draft.clone(),
            count: {
                let found = if count.whole {
                    text("setup-count")
                } else {
                    text("setup-count-at-least")
                };
                found
                    .with("people", words::people(count.records))
                    .with("pages", words::counted(count.pages.max(1), "count-pages"))
                    .to_string()
            },
            trial: None,
            found: None,
            wrong: Vec::new(),
            warnings: Vec::new(),
            refused: false,
        };
        match Box::pin(page.test_mapping(console, session, handle, sample)).await {
            Ok(()) => {}
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => page.wrong_with(handle, problem),
        }
        Ok(page)
    }

    fn wrong_with(&mut self, handle: &str, problem: HttpProblem) {
        let places = problem.places().into_iter();
        self.wrong
            .extend(places.map(|place| Mend::new(handle, &place.path, &place.reason)));
    }

    /// Tests the document as it would be saved.
    async fn test_mapping(
        &mut self,
        console: &Console,
        session: &Session,
        handle: &str,
        sample: &SetupSample,
    ) -> Result<(), HttpProblem> {
        let mapping = mapping_of(&self.draft, sample);
        let needed = FIELDS.iter().take(NEEDED);
        for field in needed.filter(|field| !mapping.contains_key(**field)) {
            let reason = t("setup-check-choose-which-field-of");
            self.wrong
                .push(Mend::new(handle, &format!("mapping.{field}"), reason));
        }
        if self.draft.is_example() {
            let reason = t("setup-check-only-an-example-was");
            self.wrong.push(Mend::new(handle, "source.url", reason));
        }
        if !self.wrong.is_empty() {
            return Ok(());
        }
        let document = document(console, session, &self.draft).await?;
        let checked = console.check(&document, None)?;
        let author = &session.authority;
        console.require_author(author, &document, &checked).await?;
        if console.app.find_event(&checked.event).await?.is_some() {
            let reason = text!("setup-check-there-is-an-event", event = checked.event);
            self.wrong.push(Mend::new(handle, "event", &reason));
        }
        let list = match &self.draft.list {
            Some(list) => list.read(console, session).await?,
            None => None,
        };
        let mut whole = check_for_test(&document, console.app.addresses());
        if let (Ok(whole), Some(list)) = (&mut whole, &list) {
            whole.document.source.list = ListOrigin::Given(list.clone());
        }
        let trial = console
            .test_list(author, &checked.community, &document, list)
            .await?;
        if let Some(error) = &trial.error {
            self.wrong.push(Mend::new(handle, "source.url", error));
        }
        if let (Ok(whole), None) = (whole, &trial.error) {
            let diagnosed = console.diagnose_draft(&whole.document).await?;
            self.found = diagnosed.map(|diagnosed| CheckedFeed::new(handle, &diagnosed));
        }
        if self.found.is_none() {
            self.warn_by_first_page(handle, &checked, &trial, sample);
        }
        self.trial = Some(TrialView::new(trial, &checked));
        Ok(())
    }

    /// Says what the first page shows, where the whole list takes too long to be read here.
    fn warn_by_first_page(
        &mut self,
        handle: &str,
        checked: &EventDocument,
        trial: &MappingTest,
        sample: &SetupSample,
    ) {
        self.warnings = unfound(handle, checked, sample);
        let mut said = BTreeSet::new();
        for issue in trial.records.iter().flat_map(|record| &record.issues) {
            if said.insert(issue.reason.clone()) && said.len() <= 5 {
                let reason = text!(
                    "setup-check-record-position-reason",
                    position = issue.position,
                    reason = issue.reason
                );
                let field = issue.field.as_deref().unwrap_or("email");
                self.warnings
                    .push(Mend::new(handle, &format!("mapping.{field}"), &reason));
            }
        }
        if let Some(failed) = &sample.count.failed {
            self.warnings
                .push(Mend::new(handle, "source.pagination", failed));
        }
    }
}

/// The mapped fields that no record has.
fn unfound(handle: &str, document: &EventDocument, sample: &SetupSample) -> Vec<Mend> {
    let mut all = Vec::new();
    for (field, mapping) in document.mapping.all() {
        let ValueOrigin::Path(path) = &mapping.origin else {
            continue;
        };
        let path = path.to_string();
        let found = sample.fields.iter().find(|found| found.path == path);
        if found.is_none_or(|found| found.filled == 0) {
            let reason = text!("setup-check-no-record-that-was", path = path);
            let setting = format!("mapping.{}", field.name());
            all.push(Mend::new(handle, &setting, &reason));
        }
    }
    all
}

pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
) -> PageResult {
    let (draft, sample) = match Box::pin(sampled(&console, &session, &handle)).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere.into_page(),
    };
    let draft = completed(&draft, &sample);
    render(&CheckPage::new(&console, &session, &handle, &draft, &sample).await?)
}

/// Stores the event.
pub(in crate::pages) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(form): Extension<FormFields>,
    Named(handle): Named<String>,
) -> PageResult {
    let (draft, sample) = match Box::pin(sampled(&console, &session, &handle)).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere.into_page(),
    };
    let mut draft = completed(&draft, &sample);
    draft.hourly = form.get("auto_sync") == "hourly";
    match store(&console, &session, &draft).await {
        Ok(event) => {
            if let Some(credential) = draft.credential.take() {
                console.typed_secrets.forget(&session, &credential).await;
            }
            draft.saved = Some(event.clone());
            keep(&console, &session, &handle, &draft).await?;
            upload(&console, &session, &draft, &event).await?;
            Ok(to(&Step::Live.path(&handle)))
        }
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => {
            let mut page = CheckPage::new(&console, &session, &handle, &draft, &sample).await?;
            page.refused = true;
            if page.wrong.is_empty() {
                page.wrong_with(&handle, problem);
            }
            unprocessable(render(&page))
        }
    }
}

/// Stores the list that was uploaded with the event that was made of it.
async fn upload(
    console: &Console,
    session: &Session,
    draft: &SetupDraft,
    event: &EventId,
) -> Result<(), HttpProblem> {
    let Some(waiting) = &draft.list else {
        return Ok(());
    };
    // Where it is not kept any more, the page of the event asks for it.
    let Some(list) = waiting.read(console, session).await? else {
        return Ok(());
    };
    let file = UploadedFile {
        name: waiting.name.clone(),
        bytes: list.bytes.to_vec(),
    };
    let acting = console.app.as_of(&session.authority.who);
    acting.replace_uploaded_list(event, file).await?;
    Ok(())
}

async fn store(
    console: &Console,
    session: &Session,
    draft: &SetupDraft,
) -> Result<EventId, HttpProblem> {
    let document = document(console, session, draft).await?;
    let saved = Box::pin(console.save(&session.authority, &document, None, &SaveCondition::Absent));
    Ok(saved.await?.configured.document.event)
}
