//! Reads a preset's file. A preset that passes can be filled with any values that its parameters
//! accept.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::parameter::{WrittenParameter, whole};
use super::place::{GapPiece, GapPlace, is_name, pieces, texts};
use super::{FillError, Parameter, ParameterKind, Preset, PresetAnswers, ValueError};
use crate::config::{DocumentProblem, SourceAddresses};
use crate::ids::EventId;
use crate::toml_text::{self, NotToml};

/// Keys of the document that the organiser's answers provide.
const ANSWERED: [&str; 4] = ["community", "event", "name", "time_zone"];

/// The reason why a preset file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {flaw}")]
pub struct PresetError {
    /// The line, counting from 1.
    pub line: usize,
    /// The flaw at that line.
    pub flaw: Flaw,
}

/// A flaw in a preset file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The file's name is not a valid name for a preset.
    #[error("\"{0}\" is no name for a preset: use 1 to 64 lower-case letters, digits and hyphens")]
    Name(String),
    /// The text is not TOML.
    #[error("{0}")]
    NotToml(String),
    /// A key is unknown, absent or of the wrong type.
    #[error("{path}: {reason}")]
    Shape {
        /// The path of the key.
        path: String,
        /// The reason.
        reason: String,
    },
    /// A gap names no parameter.
    #[error("<{0}> is not declared; add it to [[parameters]]")]
    Undeclared(String),
    /// No gap names a parameter.
    #[error("the parameter {0} is not used; put <{0}> where its value goes")]
    Unused(String),
    /// Two parameters have the same name.
    #[error("the parameter {0} is declared twice")]
    Twice(String),
    /// The name of a parameter is not valid.
    #[error("\"{0}\" is no name for a parameter: use lower-case letters, digits and _")]
    ParameterName(String),
    /// A pattern is not a regular expression.
    #[error("the pattern of {parameter} is not a regular expression: {reason}")]
    Pattern {
        /// The parameter.
        parameter: String,
        /// The reason.
        reason: String,
    },
    /// A parameter does not accept its own example or default.
    #[error("the {what} of {parameter} {reason}")]
    Sample {
        /// The parameter.
        parameter: String,
        /// The refused part: `example` or `default`.
        what: &'static str,
        /// The reason.
        reason: ValueError,
    },
    /// A secret parameter is used outside the credential.
    #[error("the secret {0} goes where a credential goes, in source.authentication")]
    Exposed(String),
    /// A credential contains something other than a secret parameter.
    #[error("a credential comes from a parameter with secret = true, not from the file")]
    Credential,
    /// A parameter could change the host of an address.
    #[error(
        "the address begins with https:// and a host, or with a parameter that has url = true and is followed by /"
    )]
    Host,
    /// A URL parameter elsewhere than at the beginning of an address.
    #[error("{0} is a url, which goes at the beginning of an address")]
    UrlElsewhere(String),
    /// The filled document does not pass the check of documents.
    #[error("{0}")]
    Document(DocumentProblem),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPreset {
    title: String,
    summary: String,
    documentation: String,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    parameters: Vec<WrittenParameter>,
    document: serde_json::Map<String, Value>,
}

/// A flaw and its path in the file.
type PresetFlaws = (String, Flaw);

pub(super) fn parse(name: &str, text: &str) -> Result<Preset, PresetError> {
    if name.parse::<EventId>().is_err() {
        return Err(PresetError {
            line: 1,
            flaw: Flaw::Name(name.to_owned()),
        });
    }
    let value = toml_text::parse(text).map_err(|NotToml { line, message, .. }| PresetError {
        line,
        flaw: Flaw::NotToml(message),
    })?;
    read(name, &value).map_err(|(path, flaw)| PresetError {
        line: toml_text::line_of(text, &path),
        flaw,
    })
}

fn read(name: &str, value: &Value) -> Result<Preset, PresetFlaws> {
    let written: WrittenPreset = serde_path_to_error::deserialize(value).map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." => "preset".to_owned(),
            path => path.to_owned(),
        };
        shape(&path, &error.inner().to_string())
    })?;
    let mut parameters = Vec::new();
    for (index, parameter) in written.parameters.into_iter().enumerate() {
        let path = format!("parameters[{index}]");
        let parameter = Parameter::try_from(parameter).map_err(|reason| shape(&path, reason))?;
        parameters.push(parameter);
    }
    let preset = Preset {
        name: name.to_owned(),
        title: written.title,
        summary: written.summary,
        documentation: written.documentation,
        notes: written.notes,
        parameters,
        document: written.document,
    };
    preset.check_words()?;
    preset.check_parameters()?;
    preset.check_gaps()?;
    preset.check_filled()?;
    Ok(preset)
}

fn shape(path: &str, reason: &str) -> PresetFlaws {
    let flaw = Flaw::Shape {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    (path.to_owned(), flaw)
}

impl Preset {
    fn check_words(&self) -> Result<(), PresetFlaws> {
        for (path, text) in [("title", &self.title), ("summary", &self.summary)] {
            if text.trim().is_empty() {
                return Err(shape(path, "cannot be empty"));
            }
        }
        if !self.documentation.starts_with("https://") {
            return Err(shape(
                "documentation",
                "the https:// address of a public page",
            ));
        }
        for key in ANSWERED {
            if self.document.contains_key(key) {
                let path = format!("document.{key}");
                return Err(shape(
                    &path,
                    "is given when the preset is filled; leave it out",
                ));
            }
        }
        Ok(())
    }

    fn check_parameters(&self) -> Result<(), PresetFlaws> {
        let mut names = BTreeSet::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let at = |key: &str| format!("parameters[{index}].{key}");
            let name = parameter.name.clone();
            if !is_name(&name) {
                return Err((at("name"), Flaw::ParameterName(name)));
            }
            if !names.insert(&parameter.name) {
                return Err((at("name"), Flaw::Twice(name)));
            }
            if let Some(Err(error)) = parameter.pattern.as_deref().map(whole) {
                let flaw = Flaw::Pattern {
                    parameter: name,
                    reason: error.to_string(),
                };
                return Err((at("pattern"), flaw));
            }
            let samples = [
                ("example", Some(&parameter.example)),
                ("default", parameter.default.as_ref()),
            ];
            for (what, sample) in samples {
                if let Some(Err(reason)) = sample.map(|sample| parameter.accept(sample)) {
                    let flaw = Flaw::Sample {
                        parameter: name,
                        what,
                        reason,
                    };
                    return Err((at(what), flaw));
                }
            }
        }
        Ok(())
    }

    fn check_gaps(&self) -> Result<(), PresetFlaws> {
        let mut used = BTreeSet::new();
        for (path, text) in texts(&self.document) {
            let found = |flaw| (format!("document.{path}"), flaw);
            let pieces = pieces(text);
            for piece in &pieces {
                if let GapPiece::Gap(name) = piece {
                    used.insert(*name);
                    if self.parameter(name).is_none() {
                        return Err(found(Flaw::Undeclared((*name).to_owned())));
                    }
                }
            }
            self.check_text(GapPlace::of(&path), &pieces)
                .map_err(found)?;
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            if !used.contains(parameter.name.as_str()) {
                let flaw = Flaw::Unused(parameter.name.clone());
                return Err((format!("parameters[{index}].name"), flaw));
            }
        }
        Ok(())
    }

    /// Checks which parameters the gaps of one text may use.
    fn check_text(&self, place: GapPlace, pieces: &[GapPiece<'_>]) -> Result<(), Flaw> {
        let kind = |piece: &GapPiece<'_>| match piece {
            GapPiece::Text(_) => None,
            GapPiece::Gap(name) => self.parameter(name).map(|parameter| parameter.kind),
        };
        for (index, piece) in pieces.iter().enumerate() {
            let GapPiece::Gap(name) = piece else {
                continue;
            };
            let first_of_url = place == GapPlace::Url && index == 0;
            match kind(piece) {
                Some(ParameterKind::Secret) if place != GapPlace::Credential => {
                    return Err(Flaw::Exposed((*name).to_owned()));
                }
                Some(ParameterKind::Text | ParameterKind::Url) if place == GapPlace::Credential => {
                    return Err(Flaw::Credential);
                }
                Some(ParameterKind::Url) if !first_of_url => {
                    return Err(Flaw::UrlElsewhere((*name).to_owned()));
                }
                _ => {}
            }
        }
        let has_secret = pieces
            .iter()
            .any(|piece| kind(piece) == Some(ParameterKind::Secret));
        if place == GapPlace::Credential && !has_secret {
            return Err(Flaw::Credential);
        }
        if place == GapPlace::Url && !has_fixed_host(pieces, kind(pieces.first().unwrap_or(&NONE)))
        {
            return Err(Flaw::Host);
        }
        Ok(())
    }

    /// Checks that the preset, filled with the examples of its parameters, passes the check of
    /// documents.
    fn check_filled(&self) -> Result<(), PresetFlaws> {
        let internal = |error: crate::ids::IdError| shape("document", &error.to_string());
        let values: BTreeMap<String, String> = self
            .parameters
            .iter()
            .map(|parameter| (parameter.name.clone(), parameter.example.clone()))
            .collect();
        let answers = PresetAnswers {
            community: "community".parse().map_err(internal)?,
            event: "event".parse().map_err(internal)?,
            name: self.title.clone(),
            time_zone: None,
            values,
        };
        let Err(errors) = self.fill(&answers, &SourceAddresses::Public) else {
            return Ok(());
        };
        match errors.0.into_iter().next() {
            Some(FillError::Document(problem)) => Err((
                format!("document.{}", problem.path),
                Flaw::Document(problem),
            )),
            Some(other) => Err(shape("parameters", &other.to_string())),
            None => Ok(()),
        }
    }
}

/// Represents a piece that does not exist.
const NONE: GapPiece<'static> = GapPiece::Text("");

/// Returns whether only the value of a URL parameter can change the host of an address.
fn has_fixed_host(pieces: &[GapPiece<'_>], first: Option<ParameterKind>) -> bool {
    match pieces {
        [GapPiece::Text(_)] => true,
        [GapPiece::Text(text), ..] => text
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/')),
        [GapPiece::Gap(_)] => first == Some(ParameterKind::Url),
        [GapPiece::Gap(_), GapPiece::Text(text), ..] => {
            first == Some(ParameterKind::Url) && text.starts_with('/')
        }
        _ => false,
    }
}
