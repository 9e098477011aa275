//! Proposes rules without code from fields that say whether a person attends: states, flags and
//! times of a cancellation.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::fields::ProposeField;
use super::names::{plain, words_of};
use super::values::{is_label, shown};
use super::{ProposedFieldValues, ProposedRule};
use crate::config::Rule;

/// Most different values of a field whose values are listed.
const MAX_VALUES: usize = 12;
/// Most fields listed.
const MAX_FIELDS: usize = 30;
/// Longest value shown, in characters.
const MAX_CHARS: usize = 40;

const STATES: &[&str] = &[
    "status",
    "state",
    "zustand",
    "statut",
    "etat",
    "estado",
    "stato",
    "situacao",
    "situacion",
    "toestand",
    "approval",
    "rsvp",
    "attendance",
    "stage",
    "anmeldestatus",
    "teilnahmestatus",
    "buchungsstatus",
    "disposition",
    "response",
    "reply",
];
const GONE: &[&str] = &[
    "cancelled",
    "canceled",
    "cancel",
    "cancellation",
    "refunded",
    "refund",
    "void",
    "voided",
    "declined",
    "decline",
    "rejected",
    "withdrawn",
    "denied",
    "deleted",
    "removed",
    "revoked",
    "expired",
    "inactive",
    "notattending",
    "notgoing",
    "notcoming",
    "unregistered",
    "deregistered",
    "archived",
    "chargedback",
    "deniedapproval",
    "abgesagt",
    "storniert",
    "abgelehnt",
    "zuruckgezogen",
    "abgemeldet",
    "erstattet",
    "geloscht",
    "ungultig",
    "inaktiv",
    "annule",
    "annulee",
    "refuse",
    "refusee",
    "rembourse",
    "remboursee",
    "decline",
    "declinee",
    "desinscrit",
    "supprime",
    "geannuleerd",
    "afgemeld",
    "afgewezen",
    "terugbetaald",
    "geweigerd",
    "ingetrokken",
    "cancelado",
    "cancelada",
    "anulado",
    "anulada",
    "rechazado",
    "rechazada",
    "reembolsado",
    "reembolsada",
    "eliminado",
    "annullato",
    "annullata",
    "cancellato",
    "cancellata",
    "rifiutato",
    "rifiutata",
    "rimborsato",
    "rimborsata",
    "recusado",
    "recusada",
    "excluido",
    "inativo",
    "inactivo",
    "inattivo",
    "stornierung",
    "annulation",
    "cancelacion",
    "cancelamento",
    "annullamento",
    "noshow",
];
const WAITING: &[&str] = &[
    "waitlist",
    "waitlisted",
    "waitinglist",
    "waiting",
    "onwaitlist",
    "onwaitinglist",
    "standby",
    "warteliste",
    "aufwarteliste",
    "listeattente",
    "enattente",
    "wachtlijst",
    "wachtend",
    "listaespera",
    "enespera",
    "listadespera",
    "listaattesa",
    "inattesa",
    "emespera",
];
const TESTS: &[&str] = &[
    "test",
    "testmode",
    "testrecord",
    "istest",
    "testorder",
    "testticket",
    "sandbox",
    "demo",
    "testmodus",
    "prueba",
    "teste",
    "prova",
];
const LIVE: &[&str] = &[
    "active",
    "isactive",
    "enabled",
    "attending",
    "isattending",
    "aktiv",
    "actif",
    "actief",
    "activo",
    "attivo",
    "ativo",
    "valid",
    "isvalid",
];
const TRUE: &[&str] = &[
    "true", "yes", "1", "y", "t", "ja", "j", "oui", "si", "sim", "x",
];
const FALSE: &[&str] = &["false", "no", "0", "n", "f", "nein", "non", "nee", "nao"];

/// Returns the proposed rules, and the fields with few values.
pub(super) fn rules_of(
    fields: &[ProposeField<'_>],
    records: usize,
) -> (Vec<ProposedRule>, Vec<ProposedFieldValues>) {
    let mut rules: Vec<ProposedRule> = Vec::new();
    let mut values = Vec::new();
    for field in fields {
        let counts = counts_of(field);
        let is_few = counts.len() <= MAX_VALUES
            && counts
                .iter()
                .all(|(text, _)| text.chars().count() <= MAX_CHARS);
        let repeats = counts.len() < field.values.len();
        let counted = ProposedFieldValues {
            field: field.path(),
            blank: records.saturating_sub(field.values.len()),
            values: counts,
        };
        rules.extend(rules_for(field, &counted, records));
        let is_about = is_state(field) || says(field, GONE) || says(field, WAITING);
        let is_choice = repeats && field.percent(|text| is_label(text) || is_flag(text)) == 100;
        if is_few
            && !counted.values.is_empty()
            && (is_about || is_choice)
            && values.len() < MAX_FIELDS
        {
            values.push(counted);
        }
    }
    // A proposal that the check of documents refuses is dropped.
    rules.retain(|rule| serde_json::from_value::<Rule>(rule.rule.clone()).is_ok());
    // Rules that ignore a record come first.
    rules.sort_by_key(|rule| rule.rule.get("then") != Some(&json!("ignore")));
    (rules, values)
}

/// Returns the rule that ignores the row with the names of the columns.
pub(super) fn rule_for_head(head: &[Value], records: usize) -> Option<ProposedRule> {
    let named = head.iter().enumerate().find_map(|(place, cell)| {
        Some((place, cell.as_str().filter(|text| !text.trim().is_empty())?))
    });
    let (place, text) = named?;
    Some(ProposedRule {
        rule: json!({ "field": format!("[{place}]"), "is": [text], "then": "ignore" }),
        reason: format!("the first row names the columns; matches 1 of {records}"),
        matches: 1,
        of: records,
        example: Some(shown(text)),
    })
}

/// The values of a field that are texts, numbers or flags, the most frequent first.
fn counts_of(field: &ProposeField<'_>) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for text in field.texts() {
        let is_full = counts.len() > MAX_VALUES;
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            // The values counted so far already show that there are too many.
            None if is_full => {}
            None => counts.push((text, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

fn joined(text: &str) -> String {
    words_of(text).concat()
}

fn is_flag(text: &str) -> bool {
    let text = plain(text);
    TRUE.contains(&text.as_str()) || FALSE.contains(&text.as_str())
}

fn own_name(field: &ProposeField<'_>) -> Vec<String> {
    field
        .names()
        .last()
        .map(|name| words_of(name))
        .unwrap_or_default()
}

fn is_state(field: &ProposeField<'_>) -> bool {
    let words = own_name(field);
    // A state in an address is a place.
    let is_place = field.steps.iter().any(|step| {
        words_of(step)
            .iter()
            .any(|word| word.contains("addr") || word == "billing")
    });
    !is_place && words.iter().any(|word| STATES.contains(&word.as_str()))
}

/// Returns whether a field's name itself states the fact: `cancelled`, `is_cancelled`,
/// `cancelled_at`.
fn says(field: &ProposeField<'_>, list: &[&str]) -> bool {
    let words = own_name(field);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.retain(|word| {
        !matches!(
            *word,
            "at" | "on"
                | "date"
                | "time"
                | "am"
                | "le"
                | "ist"
                | "was"
                | "has"
                | "been"
                | "datum"
                | "attendee"
                | "guest"
                | "ticket"
                | "registration"
                | "order"
                | "flag"
                | "mode"
                | "fecha"
                | "data"
                | "op"
        )
    });
    list.contains(&words.concat().as_str())
}

fn rules_for(
    field: &ProposeField<'_>,
    counted: &ProposedFieldValues,
    records: usize,
) -> Vec<ProposedRule> {
    let make = |test: (&str, Value), then: &str, matches: usize, example: Option<String>| {
        let mut rule = json!({ "field": counted.field, "then": then });
        if let Value::Object(fields) = &mut rule {
            fields.insert(test.0.to_owned(), test.1);
        }
        ProposedRule {
            rule,
            reason: format!("{}; matches {matches} of {records}", sentence(counted)),
            matches,
            of: records,
            example,
        }
    };
    let is = |values: &[&(String, usize)], then: &str| {
        let matches = values.iter().map(|(_, count)| count).sum();
        let texts: Vec<&str> = values.iter().map(|(text, _)| text.as_str()).collect();
        make(
            ("is", json!(texts)),
            then,
            matches,
            values.first().map(|(text, _)| text.clone()),
        )
    };
    if field.level > 2 || field.values.iter().any(|(_, value)| value.is_array()) {
        return Vec::new();
    }
    let means = |list: &[&str]| -> Vec<&(String, usize)> {
        counted
            .values
            .iter()
            .filter(|(text, _)| list.contains(&joined(text).as_str()))
            .collect()
    };
    if is_state(field) {
        let (gone, waiting, tests) = (means(GONE), means(WAITING), means(TESTS));
        let mut rules = Vec::new();
        rules.extend((!waiting.is_empty()).then(|| is(&waiting, "ignore")));
        rules.extend((!tests.is_empty()).then(|| is(&tests, "ignore")));
        rules.extend((!gone.is_empty()).then(|| is(&gone, "remove_attendee")));
        return rules;
    }
    let all_flags =
        field.values.iter().all(|(_, value)| !value.is_array()) && field.percent(is_flag) == 100;
    let then = match field {
        field if says(field, GONE) => "remove_attendee",
        field if says(field, WAITING) || says(field, TESTS) => "ignore",
        field if says(field, LIVE) && all_flags && !field.values.is_empty() => {
            let no = value_for(field, false);
            let matches = counted
                .values
                .iter()
                .filter(|(text, _)| *text == no)
                .map(|(_, count)| count)
                .sum();
            return vec![make(
                ("is", json!([no])),
                "remove_attendee",
                matches,
                Some(no.clone()),
            )];
        }
        _ => return Vec::new(),
    };
    if all_flags && !field.values.is_empty() {
        let yes = value_for(field, true);
        let matches = counted
            .values
            .iter()
            .filter(|(text, _)| *text == yes)
            .map(|(_, count)| count)
            .sum();
        return vec![make(("is", json!([yes])), then, matches, Some(yes.clone()))];
    }
    let is_time = own_name(field).iter().any(|word| {
        matches!(
            word.as_str(),
            "at" | "on" | "date" | "time" | "am" | "le" | "datum" | "fecha" | "data" | "op"
        )
    });
    if is_time {
        let example = field.texts().next().map(|text| shown(&text));
        return vec![make(
            ("not_blank", json!(true)),
            then,
            field.values.len(),
            example,
        )];
    }
    Vec::new()
}

/// Returns the value that a field's records use for yes or no.
fn value_for(field: &ProposeField<'_>, wanted: bool) -> String {
    let list = if wanted { TRUE } else { FALSE };
    let mut texts = field.texts();
    if let Some(text) = texts.find(|text| list.contains(&plain(text).as_str())) {
        return text;
    }
    let opposite = field
        .texts()
        .next()
        .map(|text| plain(&text))
        .unwrap_or_default();
    let pair = [
        ("true", "false"),
        ("yes", "no"),
        ("1", "0"),
        ("y", "n"),
        ("ja", "nein"),
        ("oui", "non"),
        ("si", "no"),
        ("sim", "nao"),
    ];
    let found = pair
        .iter()
        .find(|(yes, no)| opposite == *yes || opposite == *no);
    let (yes, no) = found.copied().unwrap_or(("true", "false"));
    if wanted {
        yes.to_owned()
    } else {
        no.to_owned()
    }
}

/// A field's values with their counts: "status: confirmed 41, cancelled 3".
fn sentence(counted: &ProposedFieldValues) -> String {
    let shown_values = counted.values.iter().take(MAX_VALUES);
    let mut parts: Vec<String> = shown_values
        .map(|(text, count)| format!("{} {count}", shown(text)))
        .collect();
    if counted.values.len() > MAX_VALUES {
        parts = vec![format!(
            "{} records have a value",
            counted.values.iter().map(|(_, count)| count).sum::<usize>()
        )];
    }
    if counted.blank > 0 {
        parts.push(format!("blank {}", counted.blank));
    }
    format!("{}: {}", counted.field, parts.join(", "))
}
