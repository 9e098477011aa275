//! The invitations of an event: their states, and the form for their text.

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::InvitationSample;
use attendee_sync_domain::authority::Permission;
use attendee_sync_domain::config::DocumentProblem;
use attendee_sync_domain::ids::{EventId, RunNumber};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use serde_json::Value;

use super::frame::around;
use super::invitation_form::InvitationForm;
use super::invitation_overview::Overview;
use super::{EventHead, PageResult, Shell, Tab, hidden_groups, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::drafts::Seal;
use crate::extract::{FormFields, Named, QueryParameters};
use crate::inviting::WantedTest;
use crate::problem::HttpProblem;
use crate::save::SaveCondition;
use crate::texts::{TextId, t, text};
use crate::words;

#[derive(Template)]
#[template(path = "invitations.html")]
struct InvitationsPage {
    shell: Shell,
    event: EventHead,
    has_folder: bool,
    /// Messages about finished actions.
    done: Vec<String>,
    overview: Option<Overview>,
    form: InvitationForm,
    sample: Option<InvitationSampleView>,
    variables: [(&'static str, TextId); 14],
    /// What attendees would see and should not.
    warning: Option<String>,
}

/// A preview of an invitation.
struct InvitationSampleView {
    to: String,
    from: String,
    reply_to: Option<String>,
    subject: String,
    text: String,
    /// The address of its HTML.
    frame: String,
}

impl InvitationSampleView {
    async fn new(
        console: &Console,
        session: &Session,
        event: &EventId,
        seal: &Seal,
        InvitationSample { to, letter }: InvitationSample,
    ) -> Result<Self, HttpProblem> {
        let html = Arc::from(letter.html);
        let handle = console.samples.keep(session, seal, &html).await?;
        Ok(Self {
            to: to.to_string(),
            from: letter.from.to_string(),
            reply_to: letter.reply_to.map(|mailbox| mailbox.to_string()),
            subject: letter.subject,
            text: letter.text,
            frame: format!("/events/{event}/invitations/preview/{handle}"),
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct InvitationsQuery {
    saved: Option<String>,
    queued: Option<u64>,
    suppressed: Option<u64>,
    released: Option<String>,
}

impl InvitationsQuery {
    fn done(&self) -> Vec<String> {
        let saved = self
            .saved
            .as_ref()
            .map(|_| t("invitations-the-invitation-was-saved").to_owned());
        let queued = self.queued.map(words::were_queued);
        let suppressed = self.suppressed.filter(|count| *count > 0);
        let suppressed = suppressed.map(words::are_suppressed);
        let released = self
            .released
            .as_ref()
            .map(|_| t("invitations-the-invitations-are-being").to_owned());
        [saved, queued, suppressed, released]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Shows the states of the invitations, and the form.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<InvitationsQuery>,
) -> PageResult {
    let mut head = head(&console, &event).await?;
    let overview = Overview::new(console.app.invitations(&event).await?, &head.clock);
    let listed = |number: &RunNumber| overview.held.iter().any(|(held, _)| held == number);
    head.waiting.retain(|number| !listed(number));
    let form = InvitationForm::of(&head.document, head.version);
    render(&InvitationsPage {
        done: asked.done(),
        overview: Some(overview),
        ..show(&console, &session, head, form).await?
    })
}

/// Stores the document with these invitations.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = head(&console, &event).await?;
    let form = InvitationForm::read(&fields);
    let condition = SaveCondition::Version(form.version.parse().into_iter().collect());
    let saved = match document(&console, &head, &form, Vec::new()) {
        Ok(document) => {
            let author = &session.authority;
            console
                .save(author, &document, Some(&event), &condition)
                .await
        }
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(_) => {
            let page = format!("/events/{event}/invitations?saved=1");
            Ok(Redirect::to(&page).into_response())
        }
        Err(problem) => {
            refused(
                &console,
                &session,
                head,
                form,
                t("invitations-not-saved"),
                problem,
            )
            .await
        }
    }
}

/// Shows a preview of what was typed; stores nothing.
pub(super) async fn preview(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = head(&console, &event).await?;
    let form = InvitationForm::read(&fields);
    let seal = console.samples.begin(&head.document.community).await?;
    match sample(&console, &head, &form, Vec::new()).await {
        Ok(sample) => around(render(&InvitationsPage {
            sample: Some(
                InvitationSampleView::new(&console, &session, &event, &seal, sample).await?,
            ),
            ..show(&console, &session, head, form).await?
        })),
        Err(problem) => {
            refused(
                &console,
                &session,
                head,
                form,
                t("invitations-no-preview"),
                problem,
            )
            .await
        }
    }
}

/// Sends a test; stores nothing.
pub(super) async fn test(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = head(&console, &event).await?;
    let form = InvitationForm::read(&fields);
    match send(&console, &session, &head, &form).await {
        Ok(done) => render(&InvitationsPage {
            done: vec![done],
            ..show(&console, &session, head, form).await?
        }),
        Err(problem) => {
            refused(
                &console,
                &session,
                head,
                form,
                t("invitations-test-not-sent"),
                problem,
            )
            .await
        }
    }
}

/// Sends what was typed, where the caller may save it, otherwise what is saved.
async fn send(
    console: &Console,
    session: &Session,
    head: &EventHead,
    form: &InvitationForm,
) -> Result<String, HttpProblem> {
    let caller = &session.authority;
    let mut wrong = Vec::new();
    let to = form.tester().map_err(|place| wrong.push(place)).ok();
    let shown_as = form.shown_as().map_err(|place| wrong.push(place)).ok();
    let may_save = caller.may(Permission::Administer, &head.document.community);
    let unsaved = match may_save {
        true => Some(document(console, head, form, wrong)?),
        false if wrong.is_empty() => None,
        false => return Err(HttpProblem::unacceptable(wrong)),
    };
    // An invalid address was refused together with all other mistakes.
    let (Some(to), Some(shown_as)) = (to, shown_as) else {
        return Err(HttpProblem::internal());
    };
    let wanted = WantedTest {
        unsaved: unsaved.as_ref(),
        shown_as: shown_as.as_ref(),
        to: &to,
    };
    let sent = console.send_test(caller, head.id(), wanted).await;
    sent.map_err(|problem| match problem.status {
        StatusCode::NOT_FOUND => HttpProblem::at("preview_as", problem.detail),
        _ => problem,
    })?;
    Ok(if may_save {
        text!("invitations-a-test-was-sent", to = to)
    } else {
        text!("invitations-a-test-of-the", to = to)
    })
}

async fn sample(
    console: &Console,
    head: &EventHead,
    form: &InvitationForm,
    mut wrong: Vec<DocumentProblem>,
) -> Result<InvitationSample, HttpProblem> {
    let of = form.shown_as().map_err(|place| wrong.push(place));
    let document = document(console, head, form, wrong)?;
    let of = of.ok().flatten();
    let sample = console.sample(head.id(), Some(&document), of.as_ref());
    sample.await.map_err(|problem| match problem.status {
        StatusCode::NOT_FOUND => HttpProblem::at("preview_as", problem.detail),
        _ => problem,
    })
}

/// Returns the stored document with what was typed. Fails with all mistakes of the form, in
/// addition to known ones.
fn document(
    console: &Console,
    head: &EventHead,
    form: &InvitationForm,
    mut wrong: Vec<DocumentProblem>,
) -> Result<Value, HttpProblem> {
    let (document, limit) = form.document(&head.document)?;
    wrong.extend(limit);
    if let Err(problem) = console.check(&document, Some(head.id())) {
        wrong.extend(problem.places());
    }
    if wrong.is_empty() {
        return Ok(document);
    }
    Err(HttpProblem::unacceptable(wrong))
}

async fn head(console: &Console, event: &EventId) -> Result<EventHead, HttpProblem> {
    EventHead::read(&console.app, event, Tab::Invitations).await
}

async fn refused(
    console: &Console,
    session: &Session,
    head: EventHead,
    form: InvitationForm,
    what: &str,
    problem: HttpProblem,
) -> PageResult {
    let status = problem.status;
    let form = form.refused(what, problem);
    let mut page = render(&show(console, session, head, form).await?)?;
    *page.status_mut() = status;
    Ok(page)
}

async fn show(
    console: &Console,
    session: &Session,
    head: EventHead,
    form: InvitationForm,
) -> Result<InvitationsPage, HttpProblem> {
    let texts = [form.subject(), form.body.value.as_str()];
    let community = &head.document.community;
    let warning = hidden_groups::warning(&console.app, community, texts).await?;
    Ok(InvitationsPage {
        shell: Shell::new(Some(session)),
        has_folder: console.app.mail_folder().is_some(),
        done: Vec::new(),
        overview: None,
        form,
        sample: None,
        variables: words::VARIABLES,
        warning,
        event: head,
    })
}
