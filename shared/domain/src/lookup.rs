//! Side lists of a source, such as its kinds of tickets: small, read once a run, looked up in
//! expressions by their keys.

use std::collections::BTreeMap;

use serde_json::Value;

/// The side lists, by the name that expressions use.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lookups(pub BTreeMap<String, Lookup>);

/// One side list: its records by their keys, written as text. Of two with the same key the later
/// counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lookup(pub BTreeMap<String, Value>);
