//! The page of a preset: the parameters it needs, and the form it fills.

use std::collections::BTreeMap;

use askama::Template;
use attendee_sync_domain::config::DocumentProblem;
use attendee_sync_domain::preset::{Filled, Parameter, ParameterKind, Preset};
use attendee_sync_domain::zone::{ZoneChoice, zone_meant};
use axum::extract::{Extension, State};
use secrecy::ExposeSecret;

use super::configurator::refused;
use super::configurator_form::{BaseDocument, ConfiguratorForm};
use super::field::FormField;
use super::new_form::{self, NewForm};
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::credential;
use crate::extract::{FormFields, Named};
use crate::fill::{TypedAnswers, TypedEvent};
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words;

#[derive(Template)]
#[template(path = "preset.html")]
struct PresetPage {
    shell: Shell,
    preset: Preset,
    event: Vec<FormField>,
    parameters: Vec<FormField>,
    communities: Vec<String>,
    zones: Vec<ZoneChoice>,
    /// Whether nothing was typed yet.
    fresh: bool,
    /// Problems that belong to no field.
    problems: Vec<DocumentProblem>,
}

impl FormField {
    fn of_event() -> Vec<Self> {
        let time_zone = Self {
            value: "UTC".to_owned(),
            ..Self::new(
                "event.time_zone",
                t("preset-time-zone"),
                t("preset-type-a-city-such"),
            )
        };
        vec![
            Self::new(
                "event.name",
                t("preset-name"),
                t("preset-the-name-that-people"),
            ),
            Self::new(
                "event.community",
                t("preset-community-id"),
                t("preset-the-community-whose-users"),
            ),
            time_zone,
            Self {
                required: false,
                ..Self::new(
                    "event.event",
                    t("preset-event-id"),
                    t("preset-leave-it-empty-to"),
                )
            },
        ]
    }

    fn of_parameter(parameter: &Parameter) -> Self {
        let help = match parameter.kind {
            ParameterKind::Secret => {
                let find = parameter.find.as_deref();
                match find {
                    Some(find) => text!("preset-find-it-and-it-is-stored", find = find),
                    None => t("preset-stored-separately-and-never").to_owned(),
                }
            }
            ParameterKind::Text | ParameterKind::Url => {
                text!("preset-for-example-example", example = parameter.example)
            }
        };
        Self {
            kind: match parameter.kind {
                ParameterKind::Text => "text",
                ParameterKind::Url => "url",
                ParameterKind::Secret => "password",
            },
            value: parameter.default.clone().unwrap_or_default(),
            required: parameter.kind != ParameterKind::Secret,
            ..Self::new(&field_of(parameter), &parameter.title, &help)
        }
    }
}

fn field_of(parameter: &Parameter) -> String {
    format!("values.{}", parameter.name)
}

impl PresetPage {
    async fn new(
        console: &Console,
        session: &Session,
        preset: &Preset,
    ) -> Result<Self, HttpProblem> {
        let communities = new_form::communities(console, session).await?;
        let mut event = FormField::of_event();
        if let Some(only) = new_form::likely_community(&communities) {
            let community = event
                .iter_mut()
                .find(|field| field.name == "event.community");
            if let Some(field) = community {
                field.value.clone_from(only);
            }
        }
        Ok(Self {
            shell: Shell::new(Some(session)),
            event,
            parameters: preset
                .parameters
                .iter()
                .map(FormField::of_parameter)
                .collect(),
            preset: preset.clone(),
            communities,
            zones: words::zones(),
            fresh: true,
            problems: Vec::new(),
        })
    }

    /// Fills in what was typed, and puts its mistakes beside it.
    fn again(&mut self, fields: &FormFields, handles: &Handles, problems: Vec<DocumentProblem>) {
        self.fresh = false;
        for field in self.event.iter_mut().chain(&mut self.parameters) {
            if field.kind == "password" {
                field.kept = handles.get(&field.name).cloned();
            } else {
                fields.get(&field.name).clone_into(&mut field.value);
            }
        }
        for problem in problems {
            let mut all = self.event.iter_mut().chain(&mut self.parameters);
            match all.find(|field| field.name == problem.path) {
                Some(field) => field.problem = Some(words::sentence(&problem.reason)),
                None => self.problems.push(problem),
            }
        }
    }
}

/// Handles of credentials, by the names of their fields.
type Handles = BTreeMap<String, String>;

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(name): Named<String>,
) -> PageResult {
    let preset = console
        .presets
        .get(&name)
        .ok_or_else(HttpProblem::not_found)?;
    render(&PresetPage::new(&console, &session, preset).await?)
}

/// Fills the preset and shows the form, not yet stored.
pub(super) async fn fill(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(name): Named<String>,
) -> PageResult {
    let preset = console
        .presets
        .get(&name)
        .ok_or_else(HttpProblem::not_found)?;
    let (typed, handles) = typed(&console, &session, &fields, preset).await?;
    match typed.fill(preset, console.app.addresses()) {
        Ok(filled) => {
            let form = form(&console, &session, preset, filled).await?;
            render(&NewForm::with(&console, &session, form).await?)
        }
        Err(problems) => {
            let mut page = PresetPage::new(&console, &session, preset).await?;
            page.again(&fields, &handles, problems);
            refused(render(&page))
        }
    }
}

/// Returns what was typed. An empty field has no value; a credential may have been typed before.
async fn typed(
    console: &Console,
    session: &Session,
    fields: &FormFields,
    preset: &Preset,
) -> Result<(TypedAnswers, Handles), HttpProblem> {
    let (mut values, mut handles) = (BTreeMap::new(), Handles::new());
    for parameter in &preset.parameters {
        let field = field_of(parameter);
        let text = fields.get(&field).trim();
        if parameter.kind != ParameterKind::Secret {
            values.insert(parameter.name.clone(), text.to_owned());
            continue;
        }
        let before = fields.get(&format!("kept.{field}"));
        let kept = console.typed_secrets.take_in(session, text, before).await?;
        if let Some((handle, credential)) = kept {
            let credential = credential.expose_secret().to_owned();
            values.insert(parameter.name.clone(), credential);
            handles.insert(field, handle);
        }
    }
    values.retain(|_, value| !value.is_empty());
    let of_event = |key: &str| fields.get(&format!("event.{key}")).trim().to_owned();
    let event = TypedEvent {
        community: of_event("community"),
        event: match of_event("event") {
            typed if typed.is_empty() => words::name_of(fields.get("event.name")),
            typed => typed,
        },
        name: of_event("name"),
        time_zone: Some(zone_meant(&of_event("time_zone"))).filter(|zone| !zone.is_empty()),
    };
    Ok((TypedAnswers { event, values }, handles))
}

/// Returns the form of a filled document; its credential is kept separately.
async fn form(
    console: &Console,
    session: &Session,
    preset: &Preset,
    filled: Filled,
) -> Result<ConfiguratorForm, HttpProblem> {
    let document = console.check(&filled.document, None)?;
    let kept = match credential::plain(&filled.document) {
        Some(credential) => Some(console.typed_secrets.keep(session, &credential).await?),
        None => None,
    };
    let document = serde_json::to_value(document).map_err(|error| {
        tracing::error!(error = %error, "a configuration could not be written out");
        HttpProblem::internal()
    })?;
    let mut form = ConfiguratorForm::of(console, BaseDocument::new(Some(document))).await?;
    let wanted = filled.secrets.first().map(|secret| match &secret.written {
        Some(written) => text!(
            "preset-title-written-written",
            title = secret.title,
            written = written
        ),
        None => words::sentence(&secret.title),
    });
    form.kept = kept;
    preset.name.clone_into(&mut form.preset);
    form.hint = wanted.unwrap_or_default();
    Ok(form)
}
