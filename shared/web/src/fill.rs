//! Fills presets, for pages and API alike, and reports the problems of typed answers place by
//! place.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::texts::text;
use attendee_sync_domain::config::{DocumentProblem, SourceAddresses};
use attendee_sync_domain::preset::{FillError, Filled, Preset, PresetAnswers};
use serde::Deserialize;

/// The answers of an organiser, unchecked.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct TypedAnswers {
    #[serde(default)]
    pub(crate) event: TypedEvent,
    /// The values of the preset's parameters, by name.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}

/// The answers about the event.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TypedEvent {
    pub(crate) community: String,
    pub(crate) event: String,
    pub(crate) name: String,
    pub(crate) time_zone: Option<String>,
}

impl TypedAnswers {
    /// Fills the preset, or returns all problems. Paths that begin with `event.` or `values.` are
    /// places in the answers, all others in the document.
    pub(crate) fn fill(
        self,
        preset: &Preset,
        addresses: &SourceAddresses,
    ) -> Result<Filled, Vec<DocumentProblem>> {
        let mut places = Vec::new();
        let community = name("community", &self.event.community, &mut places);
        let event = name("event", &self.event.event, &mut places);
        // An invalid name of the event must not hide the problems of the values.
        let stand_in = "event".parse().ok();
        let (Some(community), Some(event)) = (
            community.or_else(|| "community".parse().ok()),
            event.or(stand_in),
        ) else {
            return Err(places);
        };
        let answers = PresetAnswers {
            community,
            event,
            name: self.event.name.trim().to_owned(),
            time_zone: self.event.time_zone,
            values: self.values,
        };
        match preset.fill(&answers, addresses) {
            Ok(filled) if places.is_empty() => Ok(filled),
            Ok(_) => Err(places),
            Err(errors) => {
                places.extend(errors.0.into_iter().map(place));
                Err(places)
            }
        }
    }
}

/// Returns the name, or adds the reason why it is invalid.
fn name<T: FromStr>(key: &str, text: &str, places: &mut Vec<DocumentProblem>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    match text.trim().parse() {
        Ok(name) => Some(name),
        Err(error) => {
            places.push(DocumentProblem {
                path: format!("event.{key}"),
                reason: error.to_string(),
            });
            None
        }
    }
}

fn place(error: FillError) -> DocumentProblem {
    let (path, reason) = match error {
        FillError::Missing { name, example, .. } => (
            format!("values.{name}"),
            text!("fill-a-value-is-missing", example = example),
        ),
        FillError::Unknown { name, known } => (
            format!("values.{name}"),
            text!("fill-the-preset-has-no", known = known),
        ),
        FillError::Refused {
            name,
            reason,
            example,
        } => (
            format!("values.{name}"),
            text!(
                "fill-the-value-reason-for",
                reason = reason,
                example = example
            ),
        ),
        FillError::Document(DocumentProblem { path, reason }) => match path.as_str() {
            "name" | "time_zone" => (format!("event.{path}"), reason),
            _ => (path, reason),
        },
    };
    DocumentProblem { path, reason }
}
