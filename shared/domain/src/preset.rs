//! Presets: event documents for known registration systems, with gaps that an organiser fills.
//!
//! A preset is one TOML file. What is told here of it is all there is: no registration system has
//! code of its own. `<name>` in a text of its document stands for the value of the parameter
//! `name`, and what becomes of the value depends on where it stands:
//!
//! | place | becomes |
//! |---|---|
//! | `url`, `token_url` | percent-encoded, so that it stays one piece of a path or a query |
//! | the same, from a parameter with `url = true` | the URL itself; it stands at the beginning |
//! | `when`, `expression` | a quoted text of the expression language |
//! | a credential | what `configure` moves to the secrets; left out, the name of a secret |
//! | any other text | itself |

mod built_in;
mod check;
mod fill;
mod parameter;
mod place;

use serde::Serialize;
use serde_json::{Map, Value};

pub use built_in::built_in;
pub use check::{Flaw, PresetError};
pub use fill::{FillError, FillErrors, Filled, PresetAnswers, WantedSecret};
pub use parameter::{Parameter, ParameterKind, ValueError};

/// An event document with gaps, and notes about the system it is for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Preset {
    /// The preset's name, which is the name of its file.
    pub name: String,
    /// The registration system's name.
    pub title: String,
    /// What the preset reads, in one sentence.
    pub summary: String,
    /// The public page that describes the API.
    pub documentation: String,
    /// Pitfalls, limits, and what was not confirmed, in sentences.
    pub notes: Vec<String>,
    /// The values that the organiser has to give.
    pub parameters: Vec<Parameter>,
    #[serde(skip)]
    document: Map<String, Value>,
}

impl Preset {
    /// Reads and checks a preset file. A preset that passes can be filled.
    pub fn parse(name: &str, text: &str) -> Result<Self, PresetError> {
        check::parse(name, text)
    }

    /// Returns the kind of authentication: the `type` in the document's `source.authentication`.
    #[must_use]
    pub fn authentication(&self) -> &str {
        self.source("/authentication/type")
            .and_then(Value::as_str)
            .unwrap_or("none")
    }

    /// Returns whether the preset requests only what changed.
    #[must_use]
    pub fn is_incremental(&self) -> bool {
        self.source("/incremental").is_some()
    }

    /// A part of the document's source.
    fn source(&self, pointer: &str) -> Option<&Value> {
        self.document.get("source")?.pointer(pointer)
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|one| one.name == name)
    }
}

#[cfg(test)]
mod tests;
