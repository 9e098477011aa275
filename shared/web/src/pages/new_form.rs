//! A new event as a form, empty or filled from a preset, until it is stored.

use askama::Template;
use attendee_sync_domain::authority::Permission;
use attendee_sync_domain::preset::Preset;
use attendee_sync_domain::zone::ZoneChoice;
use axum::extract::{Extension, State};

use super::blocks::{FormMistake, ShownSection};
use super::configurator::{refused, to_saved};
use super::configurator_form::{BaseDocument, ConfiguratorForm, SubmittedConfiguration};
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::words;

#[derive(Template)]
#[template(path = "new_form.html")]
pub(super) struct NewForm {
    shell: Shell,
    /// The preset, with notes about its system.
    preset: Option<Preset>,
    communities: Vec<String>,
    zones: Vec<ZoneChoice>,
    /// Whether nothing was typed yet.
    fresh: bool,
    sections: Vec<ShownSection>,
    faults: Vec<FormMistake>,
    form: ConfiguratorForm,
}

impl NewForm {
    pub(super) async fn with(
        console: &Console,
        session: &Session,
        form: ConfiguratorForm,
    ) -> Result<Self, HttpProblem> {
        let (sections, faults) = form.show();
        Ok(Self {
            shell: Shell::new(Some(session)),
            preset: console.presets.get(&form.preset).cloned(),
            communities: communities(console, session).await?,
            zones: words::zones(),
            fresh: false,
            sections,
            faults,
            form,
        })
    }
}

/// Returns the communities in which the signed-in person may create events.
pub(super) async fn communities(
    console: &Console,
    session: &Session,
) -> Result<Vec<String>, HttpProblem> {
    let communities = console.app.communities().await?.into_iter();
    let theirs = communities.filter(|id| session.authority.may(Permission::Administer, id));
    Ok(theirs.map(|id| id.to_string()).collect())
}

/// The community of the sample event, which is never a real event's.
const SAMPLE: &str = "sample";

/// The community that a new event is likely of: the only one there is.
pub(super) fn likely_community(communities: &[String]) -> Option<&String> {
    let mut own = communities.iter().filter(|name| *name != SAMPLE);
    own.next().filter(|_| own.next().is_none())
}

/// Shows the empty form.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
) -> PageResult {
    let mut form = ConfiguratorForm::of(&console, BaseDocument::new(None)).await?;
    if let Some(only) = likely_community(&communities(&console, &session).await?) {
        form.suppose("community", only);
    }
    let mut page = NewForm::with(&console, &session, form).await?;
    page.fresh = true;
    render(&page)
}

/// Stores a new event.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = read(&console, &session, &fields).await?;
    match submitted.save(&console, None).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(form) => refused(render(&NewForm::with(&console, &session, form).await?)),
    }
}

/// Tests a new event, and stores nothing.
pub(super) async fn test(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = read(&console, &session, &fields).await?;
    match submitted.test_mapping(&console, None).await {
        Ok(form) => render(&NewForm::with(&console, &session, form).await?),
        Err(form) => refused(render(&NewForm::with(&console, &session, form).await?)),
    }
}

/// Changes the form itself; stores nothing.
pub(super) async fn rows(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = read(&console, &session, &fields).await?;
    let form = submitted.act(fields.get("act"));
    render(&NewForm::with(&console, &session, form).await?)
}

async fn read(
    console: &Console,
    session: &Session,
    fields: &FormFields,
) -> Result<SubmittedConfiguration, HttpProblem> {
    let base = BaseDocument::brought(console, fields.get("base"));
    SubmittedConfiguration::read(console, session, fields, base).await
}
