//! The envelope of an answer: the fields around its list, which may contain information about
//! paging.

use serde_json::{Map, Value};

use crate::feed::{PageSays, PageSign, folded_name, page_signs_beside};

/// Most fields around the list that are examined.
const MAX_FIELDS: usize = 200;

/// A field around the list.
pub(super) struct EnvelopeField<'v> {
    /// Its path in the answer.
    pub(super) path: String,
    pub(super) name: &'v str,
    /// The name without case and separators.
    pub(super) folded: String,
    pub(super) value: &'v Value,
}

/// The fields around the list, and the paging information in them.
pub(super) struct ProposeEnvelope<'v> {
    pub(super) fields: Vec<EnvelopeField<'v>>,
    pub(super) signs: Vec<PageSign>,
}

impl<'v> ProposeEnvelope<'v> {
    /// Returns the envelope of the list at the path `list`.
    pub(super) fn around(body: &'v Value, list: &[String]) -> Self {
        let mut envelope = Self {
            fields: Vec::new(),
            signs: page_signs_beside(body, list),
        };
        let mut prefix = String::new();
        let mut at = body.as_object();
        for name in list {
            let Some(fields) = at else { break };
            envelope.add(fields, &prefix, Some(name), 0);
            prefix = format!("{prefix}{}.", step(name));
            at = fields.get(name).and_then(Value::as_object);
        }
        envelope
    }

    fn add(
        &mut self,
        fields: &'v Map<String, Value>,
        prefix: &str,
        list: Option<&str>,
        depth: usize,
    ) {
        for (name, value) in fields
            .iter()
            .filter(|(name, _)| Some(name.as_str()) != list && !name.contains('"'))
        {
            let path = format!("{prefix}{}", step(name));
            match value {
                Value::Object(inner) if depth < 3 && list.is_none_or(|_| is_about_pages(name)) => {
                    self.add(inner, &format!("{path}."), None, depth + 1);
                }
                Value::Object(_) | Value::Array(_) => {}
                _ if self.fields.len() < MAX_FIELDS => self.fields.push(EnvelopeField {
                    path,
                    name,
                    folded: folded_name(name),
                    value,
                }),
                _ => {}
            }
        }
    }

    pub(super) fn named(&self, names: &[&str]) -> Option<&EnvelopeField<'v>> {
        names
            .iter()
            .find_map(|name| self.fields.iter().find(|field| field.folded == *name))
    }

    pub(super) fn at(&self, path: &str) -> Option<&EnvelopeField<'v>> {
        self.fields.iter().find(|field| field.path == path)
    }

    pub(super) fn sign(&self, test: impl Fn(&PageSays) -> bool) -> Option<&PageSign> {
        self.signs.iter().find(|sign| test(&sign.says))
    }

    pub(super) fn pages(&self) -> Option<(&str, u64)> {
        self.signs.iter().find_map(|sign| match sign.says {
            PageSays::Pages(pages) => Some((sign.place.as_str(), pages)),
            _ => None,
        })
    }

    pub(super) fn total(&self) -> Option<(&str, u64)> {
        self.signs.iter().find_map(|sign| match sign.says {
            PageSays::Records(records) => Some((sign.place.as_str(), records)),
            _ => None,
        })
    }
}

/// Returns whether an object beside the list may contain paging information, by its name.
fn is_about_pages(name: &str) -> bool {
    let name = folded_name(name);
    [
        "meta", "page", "paging", "pagina", "link", "cursor", "next", "result", "info", "hits",
    ]
    .iter()
    .any(|part| name.contains(part))
}

pub(super) fn step(name: &str) -> String {
    if name.is_empty() || name.trim() != name || name.contains(['.', '[', ']']) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}
