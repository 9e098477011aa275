//! The variables of an expression: the record's fields, and the reserved words.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use minijinja::value::{Object, ObjectRepr, Serde, Value, ValueKind};

use crate::config::EventDocument;
use crate::feed::FeedRecord;
use crate::lookup::{self, Lookups};
use crate::zone::time_zone;

/// The variables that are the same for every record of a run: the event and the side lists.
#[derive(Debug, Clone)]
pub struct Surroundings {
    event: Value,
    lookup: Value,
}

impl Surroundings {
    /// The surroundings of a document's event with its side lists.
    #[must_use]
    pub fn new(document: &EventDocument, lookups: &Lookups) -> Self {
        Self {
            event: Value::from_object(ExpressionEvent::of(document)),
            lookup: Value::from_object(LookupScope::of(lookups)),
        }
    }
}

/// All variables of an expression. Built once for each record, for all its expressions.
#[derive(Debug)]
pub struct ExpressionScope(Value);

impl ExpressionScope {
    /// Returns the variables of a record.
    #[must_use]
    pub fn of(record: &FeedRecord<'_>, surroundings: &Surroundings) -> Self {
        let parent = record
            .parents
            .iter()
            .rev()
            .fold(Value::UNDEFINED, |above, level| {
                Value::from_object(Level {
                    fields: Value::from(Serde(level)),
                    above,
                })
            });
        Self(Value::from_object(ScopeVariables {
            record: Value::from(Serde(record.value)),
            parent,
            details: record
                .details
                .value()
                .map(|details| Value::from(Serde(details))),
            surroundings: surroundings.clone(),
        }))
    }

    pub(super) fn variables(&self) -> Value {
        self.0.clone()
    }
}

#[derive(Debug)]
struct ScopeVariables {
    record: Value,
    parent: Value,
    details: Option<Value>,
    surroundings: Surroundings,
}

impl Object for ScopeVariables {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "record" => Some(self.record.clone()),
            "parent" => Some(self.parent.clone()),
            "details" if self.details.is_some() => self.details.clone(),
            "event" => Some(self.surroundings.event.clone()),
            "lookup" => Some(self.surroundings.lookup.clone()),
            _ => field(&self.record, key),
        }
    }
}

/// A level above the record, with the level above it as `parent`.
#[derive(Debug)]
struct Level {
    fields: Value,
    above: Value,
}

impl Object for Level {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "parent" => Some(self.above.clone()),
            _ => field(&self.fields, key),
        }
    }
}

fn field(of: &Value, key: &Value) -> Option<Value> {
    (of.kind() == ValueKind::Map)
        .then(|| of.get_item(key).ok())
        .flatten()
        .filter(|value| !value.is_undefined())
}

/// The event's fields, and its time zone for the filters.
#[derive(Debug)]
pub(crate) struct ExpressionEvent {
    fields: BTreeMap<&'static str, String>,
    zone: Option<TimeZone>,
}

impl ExpressionEvent {
    /// The names of the event's fields, including those without a value.
    pub(crate) const FIELDS: [&str; 7] = [
        "id",
        "name",
        "community",
        "time_zone",
        "goes_live",
        "starts",
        "ends",
    ];

    pub(crate) fn of(document: &EventDocument) -> Self {
        let texts = [
            ("id", document.event.as_str()),
            ("name", &document.name),
            ("community", document.community.as_str()),
            ("time_zone", &document.time_zone),
        ];
        let times = [
            ("goes_live", document.goes_live),
            ("starts", document.starts),
            ("ends", document.ends),
        ];
        let texts = texts
            .into_iter()
            .map(|(name, text)| (name, text.to_owned()));
        let times = times
            .into_iter()
            .filter_map(|(name, time): (_, Option<DateTime>)| Some((name, time?.to_string())));
        Self {
            fields: texts.chain(times).collect(),
            zone: time_zone(&document.time_zone).ok(),
        }
    }

    /// Returns the time zone in which instants are written, if its data is available.
    pub(super) fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }
}

impl Object for ExpressionEvent {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.fields.get(key.as_str()?).map(Value::from)
    }
}

/// The side lists by name. Expressions can only look entries up, not list them.
#[derive(Debug)]
struct LookupScope(BTreeMap<String, Value>);

impl LookupScope {
    fn of(lookups: &Lookups) -> Self {
        let list = |records: &BTreeMap<String, serde_json::Value>| {
            let record = |(key, record): (&String, _)| (key.clone(), Value::from(Serde(record)));
            Value::from_object(SideList(records.iter().map(record).collect()))
        };
        let lists = lookups.0.iter();
        Self(
            lists
                .map(|(name, lookup)| (name.clone(), list(&lookup.0)))
                .collect(),
        )
    }
}

impl Object for LookupScope {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).cloned()
    }
}

/// The records of a side list, by their keys.
#[derive(Debug)]
struct SideList(BTreeMap<String, Value>);

impl Object for SideList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(text) = key.as_str() {
            return self.0.get(text).cloned();
        }
        if !matches!(key.kind(), ValueKind::Number | ValueKind::Bool) {
            return None;
        }
        let key = lookup::key(&serde_json::to_value(key).ok()?)?;
        self.0.get(&key).cloned()
    }
}
