//! Rules as choices: each value that occurs, and what it does.

use serde_json::{Value, json};

use super::{SetupDraft, SetupSample};

/// Most values offered beside what is proposed.
const MAX_LINES: usize = 60;

/// A condition, and what is done where it holds.
pub(crate) struct RuleLine {
    /// The rule without what it does, as its field of the form is named.
    pub(crate) condition: String,
    /// What people read: "status is cancelled".
    pub(crate) label: String,
    /// How often it holds: "status: confirmed 41, cancelled 3; matches 3 of 45".
    pub(crate) reason: String,
    /// What it does; empty for nothing.
    pub(crate) then: String,
    pub(crate) is_proposed: bool,
}

/// The conditions that are proposed or chosen, and then the other values that occur.
pub(crate) fn rule_lines(draft: &SetupDraft, sample: &SetupSample) -> Vec<RuleLine> {
    let mut lines: Vec<RuleLine> = Vec::new();
    let mut covered: Vec<(String, String)> = Vec::new();
    for proposed in &sample.rules {
        let then = text(&proposed.rule, "then");
        let condition = condition_of(&proposed.rule);
        covered.extend(values_of(&condition));
        lines.push(RuleLine {
            then: match &draft.rules {
                None => then,
                Some(rules) => done_by(rules, &condition).unwrap_or_default(),
            },
            label: label(&condition),
            reason: proposed.reason.clone(),
            condition: condition.to_string(),
            is_proposed: true,
        });
    }
    for found in &sample.values {
        let field = &found.field;
        for (value, count) in &found.values {
            if lines.len() >= MAX_LINES {
                return lines;
            }
            if covered.contains(&(field.clone(), value.clone())) {
                continue;
            }
            let condition = json!({"field": field, "is": [value]});
            let chosen = draft.rules.as_ref();
            lines.push(RuleLine {
                then: chosen
                    .and_then(|rules| done_by(rules, &condition))
                    .unwrap_or_default(),
                label: label(&condition),
                reason: format!("Matches {count} of {}", sample.seen),
                condition: condition.to_string(),
                is_proposed: false,
            });
        }
    }
    lines
}

/// The rules of what was chosen: pairs of a condition and what it does. Values of one field that do the same are one rule.
pub(crate) fn rules_of<'c>(chosen: impl Iterator<Item = (&'c str, &'c str)>) -> Vec<Value> {
    let mut rules: Vec<Value> = Vec::new();
    for (condition, then) in chosen {
        let Ok(Value::Object(mut rule)) = serde_json::from_str::<Value>(condition) else {
            continue;
        };
        if !matches!(then, "remove_attendee" | "ignore") {
            continue;
        }
        rule.insert("then".to_owned(), json!(then));
        let rule = Value::Object(rule);
        let same = rules.iter_mut().find(|other| {
            other.get("field") == rule.get("field")
                && other.get("then") == rule.get("then")
                && other.get("is").is_some()
                && rule.get("is").is_some()
        });
        let values = rule.get("is").and_then(Value::as_array);
        match (
            same.and_then(|same| same.get_mut("is")?.as_array_mut()),
            values,
        ) {
            (Some(all), Some(values)) => all.extend(values.iter().cloned()),
            _ => rules.push(rule),
        }
    }
    rules
}

fn text(rule: &Value, key: &str) -> String {
    rule.get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn condition_of(rule: &Value) -> Value {
    let mut condition = rule.clone();
    if let Some(fields) = condition.as_object_mut() {
        fields.remove("then");
    }
    condition
}

/// The pairs of field and value that a condition is about.
fn values_of(condition: &Value) -> Vec<(String, String)> {
    let values = condition.get("is").and_then(Value::as_array);
    let values = values.into_iter().flatten().filter_map(Value::as_str);
    values
        .map(|value| (text(condition, "field"), value.to_owned()))
        .collect()
}

/// What some rules do where a condition holds.
fn done_by(rules: &[Value], condition: &Value) -> Option<String> {
    let wanted = values_of(condition);
    let rule = rules.iter().find(|rule| {
        let own = condition_of(rule);
        let has = values_of(&own);
        own == *condition || (!wanted.is_empty() && wanted.iter().all(|pair| has.contains(pair)))
    })?;
    Some(text(rule, "then"))
}

/// A condition as people read it.
fn label(condition: &Value) -> String {
    let field = text(condition, "field");
    let list = |key: &str| {
        let values = condition.get(key)?.as_array()?.iter();
        let values: Vec<String> = values
            .map(|value| value.as_str().map_or(value.to_string(), str::to_owned))
            .collect();
        Some(values.join(" or "))
    };
    if let Some(values) = list("is") {
        return format!("{field} is {values}");
    }
    if let Some(values) = list("is_not") {
        return format!("{field} is not {values}");
    }
    if let Some(values) = list("contains") {
        return format!("{field} contains {values}");
    }
    if condition.get("blank").is_some() {
        return format!("{field} is blank");
    }
    format!("{field} has a value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::sample::{SetupRule, SetupValues};

    fn sample() -> SetupSample {
        SetupSample {
            rules: vec![SetupRule {
                rule: json!({"field": "status", "is": ["cancelled"], "then": "remove_attendee"}),
                reason: "status: confirmed 41, cancelled 3".to_owned(),
            }],
            values: vec![SetupValues {
                field: "status".to_owned(),
                values: vec![
                    ("confirmed".to_owned(), 41),
                    ("cancelled".to_owned(), 3),
                    ("waitlist".to_owned(), 1),
                ],
            }],
            seen: 45,
            ..SetupSample::default()
        }
    }

    #[test]
    fn what_is_chosen_is_shown_again() {
        let sample = sample();
        let mut draft = SetupDraft::default();
        let shown = |draft: &SetupDraft| -> Vec<(String, String)> {
            let lines = rule_lines(draft, &sample).into_iter();
            lines.map(|line| (line.label, line.then)).collect()
        };
        let line = |label: &str, then: &str| (label.to_owned(), then.to_owned());
        assert_eq!(
            shown(&draft),
            [
                line("status is cancelled", "remove_attendee"),
                line("status is confirmed", ""),
                line("status is waitlist", ""),
            ]
        );
        let lines = rule_lines(&draft, &sample);
        let chosen = lines.iter().zip(["remove_attendee", "", "remove_attendee"]);
        let rules = rules_of(chosen.map(|(line, then)| (line.condition.as_str(), then)));
        assert_eq!(
            rules,
            [
                json!({"field": "status", "is": ["cancelled", "waitlist"], "then": "remove_attendee"})
            ]
        );
        draft.rules = Some(rules);
        assert_eq!(
            shown(&draft),
            [
                line("status is cancelled", "remove_attendee"),
                line("status is confirmed", ""),
                line("status is waitlist", "remove_attendee"),
            ]
        );
        // What was taken back is not proposed again.
        draft.rules = Some(Vec::new());
        assert!(shown(&draft).iter().all(|(_, then)| then.is_empty()));
    }
}
