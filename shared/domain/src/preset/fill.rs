//! Fills a preset with an organiser's answers, which gives an event's document.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::place::{GapPiece, GapPlace, pieces, replace};
use super::{Parameter, ParameterKind, Preset, ValueError};
use crate::config::{DocumentProblem, Problems, SecretName, SecretOwner, SourceAddresses, check};
use crate::ids::{CommunityId, EventId};

/// The answers of an organiser.
#[derive(Debug, Clone)]
pub struct PresetAnswers {
    /// The event's community.
    pub community: CommunityId,
    /// The event.
    pub event: EventId,
    /// The event's display name.
    pub name: String,
    /// The event's time zone; `UTC` where none is given.
    pub time_zone: Option<String>,
    /// Values by the parameters' names. A secret may be missing.
    pub values: BTreeMap<String, String>,
}

/// A document without gaps. It contains a given secret as plain text.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The event's document.
    pub document: Value,
    /// The secrets that the document refers to because they were not given.
    pub secrets: Vec<WantedSecret>,
}

/// A secret that a document refers to and that still has to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedSecret {
    /// Its name in the document.
    pub name: SecretName,
    /// The description of the secret.
    pub title: String,
    /// The form of the secret where it contains more than the credential, such as `token=<token>`.
    pub written: Option<String>,
}

/// A reason why a preset cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A parameter without a default has no value.
    #[error("{name} is missing: {title}, for example {example}")]
    Missing {
        /// The parameter.
        name: String,
        /// The description of the parameter.
        title: String,
        /// An example of a value.
        example: String,
    },
    /// A value was given for a parameter that the preset does not have.
    #[error("{name} is not one of its parameters; it has {known}")]
    Unknown {
        /// The name given.
        name: String,
        /// The names of the preset's parameters.
        known: String,
    },
    /// The value is not valid. It is not repeated, because it may be a credential.
    #[error("{name} {reason}; for example {example}")]
    Refused {
        /// The parameter.
        name: String,
        /// The reason.
        reason: ValueError,
        /// An example of a value.
        example: String,
    },
    /// The filled document does not pass the check of documents.
    #[error("{0}")]
    Document(DocumentProblem),
}

/// All reasons why a preset cannot be filled; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct FillErrors(pub Vec<FillError>);

impl From<Problems> for FillErrors {
    fn from(problems: Problems) -> Self {
        Self(problems.0.into_iter().map(FillError::Document).collect())
    }
}

impl Preset {
    /// Fills the gaps and checks the document. `addresses` says which addresses a source may have.
    pub fn fill(
        &self,
        answers: &PresetAnswers,
        addresses: &SourceAddresses,
    ) -> Result<Filled, FillErrors> {
        let values = self.values(&answers.values)?;
        let mut secrets = Vec::new();
        let mut document = replace(&self.document, |path, text| match GapPlace::of(path) {
            GapPlace::Credential => self.credential(path, text, &values, answers, &mut secrets),
            place => Ok(Value::String(self.text(place, text, &values))),
        })?;
        for (key, answer) in [
            ("community", json!(answers.community)),
            ("event", json!(answers.event)),
            ("name", json!(answers.name)),
            ("time_zone", json!(answers.time_zone)),
        ] {
            if !answer.is_null() {
                document.insert(key.to_owned(), answer);
            }
        }
        let document = Value::Object(document);
        check(&document, addresses)?;
        Ok(Filled { document, secrets })
    }

    /// The values as they are used, with the defaults.
    fn values(
        &self,
        given: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<&str, String>, FillErrors> {
        let mut errors: Vec<FillError> = given
            .keys()
            .filter(|name| self.parameter(name).is_none())
            .map(|name| self.unknown(name))
            .collect();
        let mut values = BTreeMap::new();
        for parameter in &self.parameters {
            let name = parameter.name.as_str();
            let value = given.get(name).or(parameter.default.as_ref());
            match value.map(|value| parameter.accept(value)) {
                Some(Ok(value)) => {
                    values.insert(name, value);
                }
                Some(Err(reason)) => errors.push(refused(parameter, reason)),
                None if parameter.kind == ParameterKind::Secret => {}
                None => errors.push(missing(parameter)),
            }
        }
        if errors.is_empty() {
            Ok(values)
        } else {
            Err(FillErrors(errors))
        }
    }

    fn unknown(&self, name: &str) -> FillError {
        let known: Vec<&str> = self
            .parameters
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        FillError::Unknown {
            name: name.to_owned(),
            known: known.join(", "),
        }
    }

    fn text(&self, place: GapPlace, text: &str, values: &BTreeMap<&str, String>) -> String {
        let mut filled = String::new();
        for piece in pieces(text) {
            match piece {
                GapPiece::Text(text) => filled.push_str(text),
                GapPiece::Gap(name) => {
                    let kind = self
                        .parameter(name)
                        .map_or(ParameterKind::Text, |one| one.kind);
                    let value = values.get(name).map_or("", String::as_str);
                    push_value(&mut filled, place, kind, value);
                }
            }
        }
        filled
    }

    /// Returns the credential itself, or a reference to the secret that will contain it.
    fn credential(
        &self,
        path: &str,
        text: &str,
        values: &BTreeMap<&str, String>,
        answers: &PresetAnswers,
        secrets: &mut Vec<WantedSecret>,
    ) -> Result<Value, FillErrors> {
        let absent = pieces(text).into_iter().find_map(|piece| match piece {
            GapPiece::Gap(name) if !values.contains_key(name) => self.parameter(name),
            _ => None,
        });
        let Some(parameter) = absent else {
            return Ok(Value::String(self.text(GapPlace::Other, text, values)));
        };
        let key = path.rsplit('.').next().unwrap_or(path);
        let owner = SecretOwner {
            community: answers.community.clone(),
            event: answers.event.clone(),
        };
        let name = SecretName::of(owner, key).map_err(|reason| {
            FillErrors(vec![FillError::Document(DocumentProblem {
                path: path.to_owned(),
                reason,
            })])
        })?;
        let alone = pieces(text).len() == 1;
        secrets.push(WantedSecret {
            name: name.clone(),
            title: parameter.title.clone(),
            written: (!alone).then(|| text.to_owned()),
        });
        Ok(json!({ "secret": name }))
    }
}

fn push_value(filled: &mut String, place: GapPlace, kind: ParameterKind, value: &str) {
    match place {
        GapPlace::Url if kind != ParameterKind::Url => push_encoded(filled, value),
        // JSON's escapes are also escapes of the expression language. The single quote is escaped,
        // too, so that no value can end a text around the gap.
        GapPlace::Expression => {
            let text = Value::from(value).to_string();
            filled.push_str(&text.replace('\'', "\\u0027"));
        }
        GapPlace::Url | GapPlace::Credential | GapPlace::Other => filled.push_str(value),
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
fn push_encoded(filled: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            filled.push(char::from(byte));
        } else {
            // Writing to a `String` never fails.
            let _ = write!(filled, "%{byte:02X}");
        }
    }
}

fn missing(parameter: &Parameter) -> FillError {
    FillError::Missing {
        name: parameter.name.clone(),
        title: parameter.title.clone(),
        example: parameter.example.clone(),
    }
}

fn refused(parameter: &Parameter, reason: ValueError) -> FillError {
    FillError::Refused {
        name: parameter.name.clone(),
        reason,
        example: parameter.example.clone(),
    }
}
