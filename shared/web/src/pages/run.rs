//! One run: its counts, changes and issues, and the decision about what it holds.

use askama::Template;
use attendee_sync_app::{ChangeFilter, Error};
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Coverage, Run};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};

use super::change_names::ChangeNames;
use super::one_person::{EventStanding, OnePersonsRun, is_about_one};
use super::run_filter::{RunFilterView, RunPageQuery};
use super::view::{ChangeRow, Figures, IssueRow, RunLine};
use super::waiting::PendingSection;
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{FormFields, NumberedRun, QueryParameters};
use crate::lists::export::{self, FileFormat};
use crate::lists::kept_words::forgotten_words;
use crate::lists::links::{FileLinks, ListAddress, PageLinks};
use crate::lists::paging::position;
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::words;
use attendee_sync_app::waits;

/// Changes on a page.
const CHANGES: usize = 100;
const ISSUES: usize = 100;

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    shell: Shell,
    event: EventHead,
    run: RunLine,
    figures: Option<Figures>,
    waiting: Option<PendingSection>,
    one: Option<OnePersonsRun>,
    facts: Vec<(&'static str, String)>,
    filters: RunFilterView,
    changes: Vec<ChangeRow>,
    changes_pager: PageLinks,
    change_files: FileLinks,
    first_changes: bool,
    /// Whether there may be more changes after those that were searched.
    more_changes: bool,
    issues: Vec<IssueRow>,
    issues_pager: PageLinks,
    issue_files: FileLinks,
    first_issues: bool,
    /// Number of issues that were counted and not stored.
    not_kept: u64,
}

impl RunPage {
    fn path(&self) -> String {
        format!("/events/{}/runs/{}", self.event.id(), self.run.number)
    }

    /// Returns whether there are changes to search.
    fn has_changes(&self) -> bool {
        !self.changes.is_empty() || self.filters.narrow_changes() || !self.first_changes
    }

    fn has_issues(&self) -> bool {
        !self.issues.is_empty() || self.filters.narrow_issues() || !self.first_issues
    }
}

/// Shows one run: its counts, changes and issues.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
    QueryParameters(asked): QueryParameters<RunPageQuery>,
) -> PageResult {
    let app = &console.app;
    let run = app.run(&id).await?;
    let mut head = EventHead::read(app, &id.event, Tab::Runs).await?;
    head.waiting.retain(|number| *number != id.number);
    let waiting = if waits(&run) {
        let community = &head.document.community;
        Some(PendingSection::read(app, community, &run, asked.held).await?)
    } else {
        None
    };
    let person = asked.person.as_deref().map(str::parse).transpose();
    let person = person.map_err(|_| HttpProblem::not_found())?;
    let (query, forgotten) = asked.change_query(&console, &session).await?;
    // The result of a run for one person is not filtered.
    let filter = if is_about_one(&run, person) {
        ChangeFilter::default()
    } else {
        query.filter()?
    };
    let sought = app.sought(&id, filter).await?;
    let first_changes = asked.changes.is_none();
    let found = app.changes_sought(&id, &sought, asked.changes.clone(), CHANGES);
    let (changes, next_changes) = found.await?;
    let one = OnePersonsRun::read(app, &head, &run, person, &changes).await?;
    let mut issues = app.issues(&id).await?;
    let not_kept = run.counts.issues.saturating_sub(issues.len() as u64);
    let filters = RunFilterView::new(&asked, query, forgotten, &issues);
    let wanted = asked.issue_query().filter()?;
    issues.retain(|issue| wanted.takes(issue));
    let before = position("issues", asked.issues.as_deref())?.unwrap_or(0);
    let next = usize::saturating_add(before, ISSUES);
    let next_issues = (issues.len() > next).then_some(next);
    let path = format!("/events/{}/runs/{}", id.event, id.number);
    let more_changes = next_changes.is_some();
    let found = !changes.is_empty();
    let names = ChangeNames::read(app, &head.document.community, &changes).await?;
    let figures = if run.state.is_over() {
        None
    } else {
        Some(Figures::read(app, &run).await?)
    };
    render(&RunPage {
        shell: Shell::new(Some(&session)),
        figures,
        waiting,
        one,
        facts: facts(&run, &head),
        run: RunLine::new(&run, &head.clock),
        event: head,
        change_files: filters.change_files(&path),
        changes_pager: filters.changes_pager(&path, first_changes, next_changes, found),
        issue_files: filters.issue_files(&path),
        issues_pager: filters.issues_pager(&path, before == 0, next_issues),
        filters,
        changes: names.rows(changes, ChangeRow::done),
        first_changes,
        more_changes,
        issues: issues
            .into_iter()
            .skip(before)
            .take(ISSUES)
            .map(IssueRow::from)
            .collect(),
        first_issues: before == 0,
        not_kept,
    })
}

/// Reads the submitted filters, and redirects to the run.
pub(super) async fn find(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    NumberedRun(id): NumberedRun,
) -> PageResult {
    let asked = RunPageQuery::typed(&console, &session, &id.event, &fields)
        .await?
        .address();
    let page = format!("/events/{}/runs/{}{asked}#changes", id.event, id.number);
    Ok(Redirect::to(&page).into_response())
}

/// Sends the filtered changes as a file.
pub(super) async fn changes_file(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
    QueryParameters(asked): QueryParameters<RunPageQuery>,
    format: FileFormat,
) -> PageResult {
    let (query, forgotten) = asked.change_query(&console, &session).await?;
    if forgotten {
        return Err(forgotten_words());
    }
    let by = &session.authority.who;
    export::changes(&console, by, id, query.filter()?, format).await
}

/// Sends the filtered issues as a file.
pub(super) async fn issues_file(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
    QueryParameters(asked): QueryParameters<RunPageQuery>,
    format: FileFormat,
) -> PageResult {
    let filter = asked.issue_query().filter()?;
    let by = &session.authority.who;
    export::issues(&console, by, id, filter, format).await
}

fn facts(run: &Run, head: &EventHead) -> Vec<(&'static str, String)> {
    let counts = &run.counts;
    let exactly = |time| head.clock.show(time).exact;
    let mut facts = vec![(t("run-started"), exactly(run.started))];
    if let Some(finished) = run.finished {
        facts.push((t("run-ended"), exactly(finished)));
    }
    let failed = run.state.ended_early();
    for (name, count) in [
        (t("run-records-read"), counts.records_read),
        (t("run-added"), counts.added),
        (t("run-updated"), counts.updated),
        (t("run-removed"), counts.removed),
        (t("run-unchanged"), counts.unchanged),
        (t("run-rejected"), counts.rejected),
        (t("run-ignored"), counts.ignored),
        (t("run-pages"), run.pages),
    ] {
        if failed && count == 0 {
            continue;
        }
        facts.push((name, words::number(count)));
    }
    if counts.invitations_queued > 0 {
        let queued = words::number(counts.invitations_queued);
        facts.push((t("run-invitations-queued"), queued));
    }
    if failed {
        return facts;
    }
    facts.push((t("run-received"), words::bytes(run.bytes)));
    let whole = match (run.extent, run.complete) {
        (Coverage::NotModified, _) => t("run-not-needed"),
        (Coverage::Changes, _) => t("run-only-changes"),
        (Coverage::OnePerson, _) => t("run-one-person"),
        (Coverage::Everything, true) => t("run-yes"),
        (Coverage::Everything, false) => t("run-no"),
    };
    facts.push((t("run-whole-feed-read"), whole.to_owned()));
    facts
}

/// Applies what a run holds, in the background. A second click redirects to the same page.
pub(super) async fn approve(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
) -> PageResult {
    let by = &session.authority.who;
    let begun = console.begin_approval(by, &id).await;
    decided(&id, begun.map(drop))
}

/// Discards what a run holds.
pub(super) async fn discard(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
) -> PageResult {
    let by = &session.authority.who;
    let discarded = console.discard(by, &id).await;
    decided(&id, discarded.map(drop))
}

/// Asks a run to stop. A second click, or one that is too late, redirects to the same page.
pub(super) async fn stop(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
) -> PageResult {
    let by = &session.authority.who;
    match console.app.as_of(by).stop(&id).await {
        Ok(()) | Err(Error::NotStoppable(_)) => {}
        Err(other) => return Err(other.into()),
    }
    let page = format!("/events/{}/runs/{}", id.event, id.number);
    Ok(Redirect::to(&page).into_response())
}

fn decided(id: &RunId, outcome: Result<(), Error>) -> PageResult {
    match outcome {
        // If the decision was taken already, the run's page shows it.
        Ok(()) | Err(Error::NotHeld(_)) => {}
        Err(Error::Busy(other)) if other == *id => {}
        Err(other) => return Err(other.into()),
    }
    let page = format!("/events/{}/runs/{}", id.event, id.number);
    Ok(Redirect::to(&page).into_response())
}
