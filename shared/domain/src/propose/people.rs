//! First and last name: from fields of their own, or split from one full name.

use std::fmt::Write;

use serde_json::{Value, json};

use super::ProposedField;
use super::choices::{ProposeChoice, ranked};
use super::mapping::{first_text, proposed};
use super::names::ProposedMeaning as M;
use super::transform::{first_word, other_words};

/// The proposals for the two names, and the fields they use.
pub(super) struct ProposedNames {
    pub(super) first: Option<ProposedField>,
    pub(super) last: Option<ProposedField>,
    pub(super) used: Vec<String>,
}

/// Weight from which a field's name alone says which of the two names it contains.
const PLAIN: u32 = 90;

pub(super) fn names_from(choices: &[ProposeChoice<'_>], records: usize) -> ProposedNames {
    let best = |meaning| {
        ranked(choices, meaning, records)
            .first()
            .map(|(_, choice)| *choice)
    };
    let (mut first, mut last, mut full) =
        (best(M::FirstName), best(M::LastName), best(M::FullName));
    let is_same = |a: Option<&ProposeChoice<'_>>, b: &ProposeChoice<'_>| {
        a.is_some_and(|a| a.field.steps == b.field.steps && a.title() == b.title())
    };
    // A field "Name" beside a first name is the last name; alone it is the full name.
    if let Some(one) = last
        && (is_same(first, one) || (first.is_none() && one.name_score(M::LastName) < PLAIN))
    {
        last = None;
    }
    if let Some(one) = first
        && last.is_none()
        && one.name_score(M::FirstName) < PLAIN
        && is_same(full, one)
    {
        first = None;
    }
    // A last name that repeats the first name is the full one.
    if let (Some(one), Some(two)) = (first, last)
        && two.name_score(M::LastName) < PLAIN
        && repeats(one, two)
    {
        last = None;
    }
    // A field that may be a title is used as a name only where there is no other.
    if first.is_some() && last.is_some() {
        full = full.filter(|full| full.name_score(M::FullName) >= 80);
    }
    let naming = Naming { full, records };
    let fields = [first, last, full];
    ProposedNames {
        used: fields
            .into_iter()
            .flatten()
            .map(ProposeChoice::title)
            .collect(),
        first: naming.name("first_name", first, last),
        last: naming.name("last_name", last, first),
    }
}

/// Returns whether most values of `long` contain the value of `short` in the same record.
fn repeats(short: &ProposeChoice<'_>, long: &ProposeChoice<'_>) -> bool {
    let both: Vec<(&str, &str)> = short
        .field
        .values
        .iter()
        .filter_map(|(record, value)| {
            let other = long.field.values.iter().find(|(at, _)| at == record)?;
            Some((value.as_str()?, other.1.as_str()?))
        })
        .collect();
    let held = both
        .iter()
        .filter(|(short, long)| long.len() > short.len() && long.contains(*short))
        .count();
    !both.is_empty() && held * 2 > both.len()
}

struct Naming<'c, 'v> {
    full: Option<&'c ProposeChoice<'v>>,
    records: usize,
}

impl Naming<'_, '_> {
    /// Returns the proposal for one of the two names; `other` is the other one.
    fn name(
        &self,
        field: &str,
        own: Option<&ProposeChoice<'_>>,
        other: Option<&ProposeChoice<'_>>,
    ) -> Option<ProposedField> {
        match (own, self.full) {
            (Some(own), _) => Some(self.own(field, own, other)),
            (None, Some(full)) => Some(split_off(field, full, field == "last_name")),
            (None, None) => None,
        }
    }

    /// Proposes the name's own field. Where both names are blank in some record, the full name
    /// replaces them.
    fn own(
        &self,
        field: &str,
        own: &ProposeChoice<'_>,
        other: Option<&ProposeChoice<'_>>,
    ) -> ProposedField {
        let is_last = field == "last_name";
        let meaning = if is_last { M::LastName } else { M::FirstName };
        let filled = own.field.values.len();
        let is_sure = own.name_score(meaning) >= 85;
        let mut reason = format!(
            "\"{}\" is called so, and {filled} of {} records have a value there",
            own.title(),
            self.records
        );
        let lacks = |full: &&ProposeChoice<'_>| {
            let mut records = full.field.values.iter().map(|(record, _)| *record);
            records.any(|record| {
                !own.field.has(record) && !other.is_some_and(|other| other.field.has(record))
            })
        };
        let mapping = match self.full.filter(lacks) {
            Some(full) => {
                let _written = write!(
                    reason,
                    "; where it is blank, it is taken from \"{}\"",
                    full.title()
                );
                let part = part_of(full, is_last);
                let code = format!("{} or {part}", own.expression());
                json!({ "expression": if is_last { format!("{code} or '-'") } else { code } })
            }
            None if filled < self.records => {
                reason
                    .push_str("; a dash stands in where it is blank, as every attendee needs one");
                with_dash(own)
            }
            None => own.mapping(),
        };
        proposed(field, mapping, is_sure, reason, first_text(&own.field))
    }
}

fn with_dash(own: &ProposeChoice<'_>) -> Value {
    match own.mapping() {
        Value::String(path) => json!({ "path": path, "default": "-" }),
        mut other => {
            if let Value::Object(fields) = &mut other {
                fields.insert("default".to_owned(), json!("-"));
            }
            other
        }
    }
}

/// Returns whether most full names have the last name first, as in "Lovelace, Ada".
fn is_turned(full: &ProposeChoice<'_>) -> bool {
    full.field.percent(|text| text.matches(',').count() == 1) > 50
}

/// The part of a full name, as an expression.
fn part_of(full: &ProposeChoice<'_>, is_last: bool) -> String {
    let whole = full.expression();
    match (is_turned(full), is_last) {
        (true, true) => format!("(({whole} or '') | split(',') | first)"),
        (true, false) => format!("((({whole} or '') | split(','))[1:] | join(' '))"),
        (false, true) => other_words(&whole),
        (false, false) => first_word(&whole),
    }
}

fn split_off(field: &str, full: &ProposeChoice<'_>, is_last: bool) -> ProposedField {
    let part = part_of(full, is_last);
    let which = match (is_turned(full), is_last) {
        (true, true) => "what stands before the comma",
        (true, false) => "what stands after the comma",
        (false, true) => "what follows the first word",
        (false, false) => "the first word",
    };
    let code = if is_last {
        format!("{part} or '-'")
    } else {
        part
    };
    let example = first_text(&full.field).map(|text| {
        let turned = text.split_once(',').filter(|_| is_turned(full));
        let (first, last) = match turned {
            Some((last, first)) => (first, last),
            None => text.split_once(' ').unwrap_or((text.as_str(), "")),
        };
        if is_last {
            last.trim().to_owned()
        } else {
            first.trim().to_owned()
        }
    });
    let reason = format!(
        "\"{}\" is the full name; this is {which} of it",
        full.title()
    );
    proposed(field, json!({ "expression": code }), false, reason, example)
}
