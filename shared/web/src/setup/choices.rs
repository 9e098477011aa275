//! Rules as choices: each value that occurs, and what it does; and the rules of one's own.

use serde_json::{Value, json};

use super::{SetupDraft, SetupSample};
use crate::texts::text;

/// Most values offered in addition to the proposed ones.
const MAX_LINES: usize = 60;

/// A condition, and the action where it is true.
pub(crate) struct RuleLine {
    /// The rule without its action, as the name of the form's field.
    pub(crate) condition: String,
    /// The label: "status is cancelled".
    pub(crate) label: String,
    /// The reason, with counts: "status: confirmed 41, cancelled 3; matches 3 of 45".
    pub(crate) reason: String,
    /// The action; empty for none.
    pub(crate) then: String,
    /// The group that it gives or takes away.
    pub(crate) group: String,
    pub(crate) is_proposed: bool,
}

/// The conditions that are proposed, then the other values that occur, then the rules of one's own. `count` says on how
/// many records of how many a rule holds.
pub(crate) fn rule_lines(
    draft: &SetupDraft,
    sample: &SetupSample,
    count: impl Fn(&Value) -> Option<(usize, usize)>,
) -> Vec<RuleLine> {
    let rules = draft.rules.as_deref();
    let mut lines: Vec<RuleLine> = Vec::new();
    let mut covered: Vec<(String, String)> = Vec::new();
    // The rules that a line shows, with the values it shows of them.
    let mut shown: Vec<(usize, Vec<(String, String)>)> = Vec::new();
    for proposed in &sample.rules {
        let condition = condition_of(&proposed.rule);
        covered.extend(values_of(&condition));
        let (then, group) = match rules {
            None => action_of(&proposed.rule),
            Some(rules) => done_by(rules, &condition, &mut shown),
        };
        lines.push(RuleLine {
            label: label(&condition),
            reason: proposed.reason.clone(),
            condition: condition.to_string(),
            then,
            group,
            is_proposed: true,
        });
    }
    let values = sample.values.iter().flat_map(|found| {
        let field = &found.field;
        found.values.iter().map(move |value| (field, value))
    });
    for (field, (value, matches)) in values {
        if lines.len() >= MAX_LINES {
            break;
        }
        if covered.contains(&(field.clone(), value.clone())) {
            continue;
        }
        let condition = json!({"field": field, "is": [value]});
        let (then, group) = done_by(rules.unwrap_or_default(), &condition, &mut shown);
        lines.push(RuleLine {
            label: label(&condition),
            reason: text!(
                "setup-choices-matches-matches-of-seen",
                matches = matches,
                seen = sample.seen
            ),
            condition: condition.to_string(),
            then,
            group,
            is_proposed: false,
        });
    }
    for (at, rule) in rules.unwrap_or_default().iter().enumerate() {
        lines.extend(own_line(at, rule, &shown, &count));
    }
    lines
}

/// A line for a rule, as far as no other line shows it.
fn own_line(
    at: usize,
    rule: &Value,
    shown: &[(usize, Vec<(String, String)>)],
    count: impl Fn(&Value) -> Option<(usize, usize)>,
) -> Option<RuleLine> {
    let mut condition = condition_of(rule);
    let values = values_of(&condition);
    let mine = || shown.iter().filter(|(own, _)| *own == at);
    if values.is_empty() && mine().next().is_some() {
        return None;
    }
    let is_shown = |value: &(String, String)| mine().any(|(_, values)| values.contains(value));
    let rest: Vec<&str> = values
        .iter()
        .filter(|value| !is_shown(value))
        .map(|(_, value)| value.as_str())
        .collect();
    if !values.is_empty() {
        if rest.is_empty() {
            return None;
        }
        if let Some(fields) = condition.as_object_mut() {
            fields.insert("is".to_owned(), json!(rest));
        }
    }
    let (then, group) = action_of(rule);
    let reason = count(&condition)
        .map(|(holds, of)| text!("setup-choices-matches-holds-of-of", holds = holds, of = of));
    Some(RuleLine {
        label: label(&condition),
        reason: reason.unwrap_or_default(),
        condition: condition.to_string(),
        then,
        group,
        is_proposed: true,
    })
}

/// The rules of what was chosen: a condition, what it does, and the group of that. Values of one field that do the same
/// are one rule.
pub(crate) fn rules_of<'c>(
    chosen: impl Iterator<Item = (&'c str, &'c str, &'c str)>,
) -> Vec<Value> {
    let mut rules: Vec<Value> = Vec::new();
    for (condition, then, group) in chosen {
        let Ok(Value::Object(mut rule)) = serde_json::from_str::<Value>(condition) else {
            continue;
        };
        let named = || match group.trim() {
            "" => first_value(&rule).unwrap_or_default().to_owned(),
            group => group.to_owned(),
        };
        let then = match then {
            "remove_attendee" | "ignore" => json!(then),
            "add_group" | "remove_group" if !named().is_empty() => json!({ then: named() }),
            _ => continue,
        };
        rule.insert("then".to_owned(), then);
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

/// The first value that a condition compares with.
fn first_value(rule: &serde_json::Map<String, Value>) -> Option<&str> {
    let values = ["is", "contains"].iter().find_map(|key| rule.get(*key))?;
    match values {
        Value::Array(all) => all.first()?.as_str(),
        value => value.as_str(),
    }
}

/// What a rule does, and the group of that.
fn action_of(rule: &Value) -> (String, String) {
    match rule.get("then") {
        Some(Value::String(then)) => (then.clone(), String::new()),
        Some(Value::Object(then)) => {
            let named = then.iter().next();
            named.map_or_else(Default::default, |(then, group)| {
                (then.clone(), group.as_str().unwrap_or_default().to_owned())
            })
        }
        _ => Default::default(),
    }
}

fn text_of(rule: &Value, key: &str) -> String {
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
    let values = match condition.get("is") {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        _ => Vec::new(),
    };
    values
        .into_iter()
        .map(|value| (text_of(condition, "field"), value.to_owned()))
        .collect()
}

/// What some rules do where a condition holds; the first that says so counts, and is noted with its values.
fn done_by(
    rules: &[Value],
    condition: &Value,
    shown: &mut Vec<(usize, Vec<(String, String)>)>,
) -> (String, String) {
    let wanted = values_of(condition);
    let found = rules.iter().enumerate().find(|(_, rule)| {
        let own = condition_of(rule);
        let has = values_of(&own);
        own == *condition || (!wanted.is_empty() && wanted.iter().all(|pair| has.contains(pair)))
    });
    let Some((at, rule)) = found else {
        return Default::default();
    };
    shown.push((at, wanted));
    action_of(rule)
}

/// Returns the label of a condition.
fn label(condition: &Value) -> String {
    if let Some(code) = condition.get("when").and_then(Value::as_str) {
        return code.to_owned();
    }
    let field = text_of(condition, "field");
    let list = |key: &str| {
        let values = match condition.get(key)? {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        let values = values
            .iter()
            .map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        values.reduce(|before, last| text!("setup-choices-or", before = before, last = last))
    };
    if let Some(values) = list("is") {
        return text!(
            "setup-choices-field-is-values",
            field = field,
            values = values
        );
    }
    if let Some(values) = list("is_not") {
        return text!(
            "setup-choices-field-is-not-values",
            field = field,
            values = values
        );
    }
    if let Some(values) = list("contains") {
        return text!(
            "setup-choices-field-contains-values",
            field = field,
            values = values
        );
    }
    if condition.get("blank").is_some() {
        return text!("setup-choices-field-is-blank", field = field);
    }
    text!("setup-choices-field-has-a-value", field = field)
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
            let lines = rule_lines(draft, &sample, |_| None).into_iter();
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
        let lines = rule_lines(&draft, &sample, |_| None);
        let chosen = lines.iter().zip(["remove_attendee", "", "remove_attendee"]);
        let rules = rules_of(chosen.map(|(line, then)| (line.condition.as_str(), then, "")));
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
        // A proposal that was taken back is not proposed again.
        draft.rules = Some(Vec::new());
        assert!(shown(&draft).iter().all(|(_, then)| then.is_empty()));
    }
    #[test]
    fn a_value_gives_a_group_and_rules_of_ones_own_stay() {
        let sample = sample();
        let own = [
            json!({"field": "status", "is": ["confirmed"], "then": {"add_group": "Guests"}}),
            json!({"field": "status", "is": ["confirmed", "new"], "then": "ignore"}),
            json!({"field": "company", "contains": ["ACME"], "then": {"add_group": "Staff"}}),
            json!({"when": "vip and not late", "then": {"remove_group": "Late"}}),
        ];
        let draft = SetupDraft {
            rules: Some(own.to_vec()),
            ..SetupDraft::default()
        };
        let lines = rule_lines(&draft, &sample, |_| Some((3, 45)));
        let shown: Vec<(&str, &str, &str)> = lines
            .iter()
            .map(|line| (line.label.as_str(), line.then.as_str(), line.group.as_str()))
            .filter(|(_, then, _)| !then.is_empty())
            .collect();
        assert_eq!(
            shown,
            [
                ("status is confirmed", "add_group", "Guests"),
                ("status is confirmed or new", "ignore", ""),
                ("company contains ACME", "add_group", "Staff"),
                ("vip and not late", "remove_group", "Late"),
            ]
        );
        assert_eq!(lines.last().unwrap().reason, "Matches 3 of 45");
        let chosen = lines.iter().map(|line| {
            (
                line.condition.as_str(),
                line.then.as_str(),
                line.group.as_str(),
            )
        });
        assert_eq!(rules_of(chosen), own);
        // A group without a name is called like the value.
        let nameless =
            rules_of([(r#"{"field":"type","is":["VIP"]}"#, "add_group", "")].into_iter());
        assert_eq!(
            nameless,
            [json!({"field": "type", "is": ["VIP"], "then": {"add_group": "VIP"}})]
        );
    }
}
