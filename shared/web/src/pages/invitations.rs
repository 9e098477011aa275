//! Invitations of an event: where they stand, and the form of what they say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use attendee_sync_app::ports::{Wave, WaveId, WaveState};
use attendee_sync_app::{InvitationsView, Sample};
use attendee_sync_domain::ids::{EventId, RunNumber};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::frame::around;
use super::invitation_form::Form;
use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, Shared};
use crate::extract::{Asked, Fields, Named};
use crate::problem::Problem;
use crate::save::Condition;
use crate::words::{self, Clockwork, When};

#[derive(Template)]
#[template(path = "invitations.html")]
struct Invitations {
    shell: Shell,
    event: EventHead,
    has_folder: bool,
    /// What was done, in sentences.
    done: Vec<String>,
    overview: Option<Overview>,
    form: Form,
    sample: Option<SampleView>,
    variables: [(&'static str, &'static str); 14],
}

/// Where the invitations stand.
struct Overview {
    enabled: bool,
    states: Vec<StateCount>,
    not_invited: u64,
    /// Runs that wait for approval, with how many each would invite.
    held: Vec<(RunNumber, String)>,
    /// What goes out, in sentences.
    under_way: Vec<String>,
    /// Since when nothing goes out, and why.
    standstill: Option<(When, String)>,
}

/// How many invitations are in a state.
struct StateCount {
    name: &'static str,
    words: &'static str,
    /// Which attendees are counted.
    status: &'static str,
    count: String,
}

impl Overview {
    fn new(view: InvitationsView, clock: &Clockwork) -> Self {
        let waves = |wanted| view.waves.iter().filter(move |wave| wave.state == wanted);
        let held = waves(WaveState::Held).filter_map(|wave| match wave.id {
            WaveId::Run(number) => Some((number, words::people(wave.people))),
            WaveId::Asked => None,
        });
        let going = waves(WaveState::Released).chain(waves(WaveState::Discarded));
        Self {
            enabled: view.enabled,
            not_invited: view.states.get("none").copied().unwrap_or(0),
            held: held.collect(),
            under_way: going.map(under_way).collect(),
            states: states(&view.states),
            standstill: view.standstill.map(|standstill| {
                let reason = words::sentence(&standstill.reason);
                (clock.show(standstill.since), reason)
            }),
        }
    }

    fn invite(&self) -> String {
        format!(
            "Invite the {} not yet invited",
            words::number(self.not_invited)
        )
    }
}

fn states(counts: &BTreeMap<&'static str, u64>) -> Vec<StateCount> {
    words::invitation_states()
        .map(|name| StateCount {
            name,
            words: words::invitation(name),
            // Who was taken out is counted only where she has one.
            status: if name == "none" { "attending" } else { "all" },
            count: words::number(counts.get(name).copied().unwrap_or(0)),
        })
        .collect()
}

fn under_way(wave: &Wave) -> String {
    let of = match wave.id {
        WaveId::Asked => "that were asked for".to_owned(),
        WaveId::Run(number) => format!("of run {number}"),
    };
    match wave.state {
        WaveState::Discarded => format!("Invitations {of} were discarded and are taken back."),
        _ => format!("Invitations {of} go out, one after the other."),
    }
}

/// An invitation as it would look.
struct SampleView {
    to: String,
    from: String,
    reply_to: Option<String>,
    subject: String,
    text: String,
    /// Where its HTML is.
    frame: String,
}

impl SampleView {
    fn new(
        console: &Console,
        session: &Session,
        event: &EventId,
        Sample { to, letter }: Sample,
    ) -> Self {
        let html = Arc::from(letter.html);
        let handle = console.samples.keep(session, html, Instant::now());
        Self {
            to: to.to_string(),
            from: letter.from.to_string(),
            reply_to: letter.reply_to.map(|mailbox| mailbox.to_string()),
            subject: letter.subject,
            text: letter.text,
            frame: format!("/events/{event}/invitations/preview/{handle}"),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Question {
    saved: Option<String>,
    queued: Option<u64>,
    suppressed: Option<u64>,
}

impl Question {
    fn done(&self) -> Vec<String> {
        let saved = self.saved.as_ref().map(|_| {
            "The invitation was saved. Mails that go out from now on are written by it.".to_owned()
        });
        let queued = self.queued.map(words::were_queued);
        let suppressed = self.suppressed.filter(|count| *count > 0);
        let suppressed = suppressed.map(words::are_suppressed);
        [saved, queued, suppressed].into_iter().flatten().collect()
    }
}

/// Where they stand, and the form.
pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    Asked(asked): Asked<Question>,
) -> Page {
    let mut head = head(&console, &event).await?;
    let overview = Overview::new(console.app.invitations(&event).await?, &head.clock);
    let listed = |number: &RunNumber| overview.held.iter().any(|(held, _)| held == number);
    head.waiting.retain(|number| !listed(number));
    let form = Form::of(&head.document, head.version);
    render(&Invitations {
        done: asked.done(),
        overview: Some(overview),
        ..show(&console, &session, head, form)
    })
}

/// Stores the document with these invitations.
pub(super) async fn save(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let head = head(&console, &event).await?;
    let form = Form::read(&fields);
    let condition = Condition::Version(form.version.parse().into_iter().collect());
    let saved = match form.document(&head.document) {
        Ok(document) => console.save(&document, Some(&event), &condition).await,
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(_) => {
            let page = format!("/events/{event}/invitations?saved=1");
            Ok(Redirect::to(&page).into_response())
        }
        Err(problem) => refused(&console, &session, head, form, "It was not saved.", problem),
    }
}

/// Shows what was typed as a mail; stores nothing.
pub(super) async fn preview(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let head = head(&console, &event).await?;
    let form = Form::read(&fields);
    match sample(&console, &head, &form).await {
        Ok(sample) => around(render(&Invitations {
            sample: Some(SampleView::new(&console, &session, &event, sample)),
            ..show(&console, &session, head, form)
        })),
        Err(problem) => refused(
            &console,
            &session,
            head,
            form,
            "It cannot be shown.",
            problem,
        ),
    }
}

/// Sends what was typed to somebody who looks at it; stores nothing.
pub(super) async fn test(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let head = head(&console, &event).await?;
    let form = Form::read(&fields);
    match send(&console, &head, &form).await {
        Ok(done) => render(&Invitations {
            done: vec![done],
            ..show(&console, &session, head, form)
        }),
        Err(problem) => refused(&console, &session, head, form, "It was not sent.", problem),
    }
}

async fn send(console: &Console, head: &EventHead, form: &Form) -> Result<String, Problem> {
    let to = form.tester()?;
    let sample = sample(console, head, form).await?;
    let done = format!("A test was sent to {to}. Nothing was saved.");
    console.app.send_sample(sample, to).await?;
    Ok(done)
}

async fn sample(console: &Console, head: &EventHead, form: &Form) -> Result<Sample, Problem> {
    let document = form.document(&head.document)?;
    let of = form.shown_as()?;
    let sample = console
        .sample(head.id(), Some(&document), of.as_ref())
        .await;
    sample.map_err(|problem| match problem.status {
        StatusCode::NOT_FOUND => Problem::at("preview_as", problem.detail),
        _ => problem,
    })
}

async fn head(console: &Console, event: &EventId) -> Result<EventHead, Problem> {
    EventHead::read(&console.app, event, Tab::Invitations).await
}

fn refused(
    console: &Console,
    session: &Session,
    head: EventHead,
    form: Form,
    what: &str,
    problem: Problem,
) -> Page {
    let status = problem.status;
    let form = form.refused(what, problem);
    let mut page = render(&show(console, session, head, form))?;
    *page.status_mut() = status;
    Ok(page)
}

fn show(console: &Console, session: &Session, head: EventHead, form: Form) -> Invitations {
    Invitations {
        shell: Shell::new(Some(session)),
        has_folder: console.app.mail_folder.is_some(),
        done: Vec::new(),
        overview: None,
        form,
        sample: None,
        variables: words::VARIABLES,
        event: head,
    }
}
