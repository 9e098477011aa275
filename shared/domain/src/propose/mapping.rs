//! Proposes the origin of each profile field, by the names of fields and by their values. It never
//! proposes a delete flag: only people choose what erases people.

use std::fmt::Write;

use serde_json::{Value, json};

use super::choices::{ProposeChoice, choices_of, identifiers, ranked};
use super::fields::ProposeField;
use super::groups;
use super::names::ProposedMeaning as M;
use super::people::{ProposedNames, names_from};
use super::values::{example_of, is_email, text_of};
use super::{ProposedConfidence, ProposedField};
use crate::config::FieldMapping;
use crate::lookup::Lookups;

/// Returns the proposals for the profile fields, in the order of the document's mapping.
pub(super) fn mapping_of(
    fields: &[ProposeField<'_>],
    records: usize,
    lookups: &Lookups,
) -> Vec<ProposedField> {
    let choices = choices_of(fields, lookups);
    let proposing = Proposing {
        choices: &choices,
        records,
    };
    let mut all = Vec::new();
    all.extend(proposing.source_id());
    all.extend(proposing.email());
    let title = proposing.simple("title", M::Title, &[]);
    let ProposedNames { first, last, used } = names_from(&choices, records);
    let mut taken: Vec<String> = used;
    taken.extend(title.iter().map(|(_, path)| path.clone()));
    all.extend(title.map(|(title, _)| title));
    all.extend([first, last].into_iter().flatten());
    for (name, meaning) in [
        ("job_title", M::JobTitle),
        ("company", M::Company),
        ("country", M::Country),
        ("additional_info", M::AdditionalInfo),
        ("biography", M::Biography),
    ] {
        if let Some((field, path)) = proposing.simple(name, meaning, &taken) {
            taken.push(path);
            all.push(field);
        }
    }
    all.extend(groups::groups_from(&choices, records, &taken));
    all.extend(
        proposing
            .simple("digital_badge", M::Badge, &taken)
            .map(|(badge, _)| badge),
    );
    // A proposal that the check of documents refuses is dropped.
    all.retain(is_accepted);
    all
}

fn is_accepted(field: &ProposedField) -> bool {
    let is_place = |place: &Value| serde_json::from_value::<FieldMapping>(place.clone()).is_ok();
    match &field.mapping {
        Value::Array(places) => places.iter().all(is_place),
        place => is_place(place),
    }
}

struct Proposing<'c, 'v> {
    choices: &'c [ProposeChoice<'v>],
    records: usize,
}

impl Proposing<'_, '_> {
    fn source_id(&self) -> Option<ProposedField> {
        let found = identifiers(self.choices, self.records);
        let (_, choice) = found.first()?;
        let sure = choice.name_score(M::SourceId) >= 90;
        let reason = format!(
            "\"{}\" differs in every record and is never blank",
            choice.title()
        );
        Some(proposed(
            "source_id",
            choice.mapping(),
            sure,
            reason,
            first_text(&choice.field),
        ))
    }

    fn email(&self) -> Option<ProposedField> {
        let found = ranked(self.choices, M::Email, self.records);
        let (_, best) = found.first()?;
        let by_name = best.name_score(M::Email);
        let mut mapping = best.mapping();
        let mut reason = match by_name {
            0 => format!("the values of \"{}\" are e-mail addresses", best.title()),
            _ => format!(
                "\"{}\" is the name of an e-mail address, and so are its values",
                best.title()
            ),
        };
        if best.field.level > 0 || best.is_of_others {
            reason.push_str(
                "; it may be the address of whoever ordered, as the records have none of their own",
            );
        } else if let Some((second, is_sure)) = self.other_address(best) {
            let inner = second.expression();
            let fallback = if is_sure {
                inner
            } else {
                format!("({inner} if '@' in ({inner} or '') else '')")
            };
            mapping = json!({ "expression": format!("{} or {fallback}", best.expression()) });
            let _written = write!(
                reason,
                "; where it is blank, \"{}\" has one",
                second.title()
            );
        }
        let sure = by_name >= 85 && best.field.level == 0 && !best.is_of_others;
        Some(proposed(
            "email",
            mapping,
            sure,
            reason,
            first_text(&best.field),
        ))
    }

    /// Returns another field of the same person with an address where `best` has none, and whether
    /// it contains only addresses.
    fn other_address(&self, best: &ProposeChoice<'_>) -> Option<(&ProposeChoice<'_>, bool)> {
        let is_further = |choice: &&ProposeChoice<'_>| {
            let mut values = choice.field.values.iter();
            choice.field.level == 0
                && !choice.is_of_others
                && choice.field.steps != best.field.steps
                && values.any(|(record, value)| {
                    !best.field.has(*record) && text_of(value).is_some_and(|text| is_email(&text))
                })
        };
        let choice = self
            .choices
            .iter()
            .filter(|choice| choice.code.is_none())
            .find(is_further)?;
        Some((choice, choice.field.percent(is_email) == 100))
    }

    /// Returns the proposal for a field with one origin, or with two where the second replaces a
    /// blank first one; and the path.
    fn simple(&self, name: &str, meaning: M, taken: &[String]) -> Option<(ProposedField, String)> {
        let mut found = ranked(self.choices, meaning, self.records);
        found.retain(|(_, choice)| !taken.contains(&choice.title()));
        let (_, best) = *found.first()?;
        let by_name = best.name_score(meaning);
        let mut reason = reason(best, meaning, by_name, self.records);
        let stands_in = |other: &ProposeChoice<'_>| {
            other
                .field
                .values
                .iter()
                .any(|(record, _)| !best.field.has(*record))
                && (best.field.level == 0 || other.field.level > 0)
        };
        let may_stand_in = matches!(meaning, M::JobTitle | M::Company | M::Country);
        let second = found
            .iter()
            .skip(1)
            .map(|(_, other)| *other)
            .find(|other| stands_in(other));
        let (mapping, filled) = match second.filter(|_| may_stand_in) {
            Some(second) => {
                let _written = write!(
                    reason,
                    "; where it is blank, \"{}\" stands in",
                    second.title()
                );
                let code = format!("{} or {}", best.expression(), second.expression());
                (
                    json!({ "expression": code }),
                    best.field.first().or_else(|| second.field.first()),
                )
            }
            None => (best.mapping(), best.field.first()),
        };
        let sure = by_name >= 85 && !best.field.values.is_empty() && !best.is_of_others;
        let field = proposed(name, mapping, sure, reason, filled.and_then(example_of));
        Some((field, best.title()))
    }
}

fn reason(choice: &ProposeChoice<'_>, meaning: M, by_name: u32, records: usize) -> String {
    let (title, filled) = (choice.title(), choice.field.values.len());
    match (by_name, meaning) {
        (0, M::Country) => format!("the values of \"{title}\" are countries"),
        _ if filled == 0 => format!("\"{title}\" is called so, but no record has a value there"),
        _ => format!(
            "\"{title}\" is called so, and {filled} of {records} records have a value there"
        ),
    }
}

pub(super) fn first_text(field: &ProposeField<'_>) -> Option<String> {
    field.first().and_then(example_of)
}

pub(super) fn proposed(
    field: &str,
    mapping: Value,
    is_sure: bool,
    reason: String,
    example: Option<String>,
) -> ProposedField {
    let confidence = if is_sure {
        ProposedConfidence::Certain
    } else {
        ProposedConfidence::Likely
    };
    ProposedField {
        field: field.to_owned(),
        mapping,
        confidence,
        reason,
        example,
    }
}
