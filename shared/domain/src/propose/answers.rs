//! Reads lists of questions and answers, and of labelled values: `[{"question": "Job title",
//! "answer": "Engineer"}]`.

use serde_json::{Map, Value};

use super::fields::{ProposeField, quoted};
use super::names::plain;
use super::values::is_blank;

/// Names of a question, the best first.
const QUESTIONS: &[&str] = &[
    "question",
    "questiontext",
    "questiontitle",
    "questionname",
    "questionlabel",
    "label",
    "title",
    "fieldlabel",
    "fieldname",
    "name",
    "prompt",
    "frage",
    "pregunta",
    "domanda",
    "pergunta",
    "vraag",
    "key",
    "ref",
    "identifier",
    "questionidentifier",
    "questionid",
    "fieldid",
    "id",
    "type",
];
/// Names of an answer, the best first.
const ANSWERS: &[&str] = &[
    "answer",
    "answertext",
    "response",
    "responsetext",
    "value",
    "text",
    "antwort",
    "reponse",
    "respuesta",
    "risposta",
    "resposta",
    "antwoord",
    "email",
    "label",
    "labels",
    "choice",
    "choices",
    "number",
    "url",
    "phonenumber",
    "answers",
    "values",
    "content",
    "data",
];
/// Names of objects that contain a question.
const HOLDERS: &[&str] = &[
    "field",
    "question",
    "choice",
    "choices",
    "answer",
    "customfield",
    "definition",
];
/// Most questions examined in one list.
const MAX_QUESTIONS: usize = 60;

fn folded(name: &str) -> String {
    plain(name)
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// Returns whether a field's name says that it contains the answer to the question beside it.
pub(super) fn is_answer(name: &str) -> bool {
    ANSWERS
        .iter()
        .take(13)
        .any(|answer| *answer == folded(name))
}

/// Returns the question in an object that also has an answer; the question is the label of the
/// object's other fields.
pub(super) fn question_beside(fields: &Map<String, Value>) -> Option<&str> {
    let answer = fields.iter().find(|(name, _)| {
        let name = folded(name);
        ["answer", "answertext", "response", "value"].contains(&name.as_str())
    })?;
    ["question", "questiontext", "text", "label", "title", "name"]
        .iter()
        .find_map(|wanted| {
            let mut beside = fields.iter().filter(|(name, _)| *name != answer.0);
            let (_, question) =
                beside.find(|(name, value)| folded(name) == *wanted && value.is_string())?;
            question
                .as_str()
                .filter(|question| !question.trim().is_empty())
        })
}

/// A field that is one answer of a list.
pub(super) struct ProposeAnswer<'v> {
    /// The field that the answers are; its label is the question.
    pub(super) field: ProposeField<'v>,
    /// The expression that finds the answers.
    pub(super) expression: String,
}

/// Returns the answers in fields that are lists of objects, by their questions.
pub(super) fn answers_in<'v>(fields: &[ProposeField<'v>]) -> Vec<ProposeAnswer<'v>> {
    fields
        .iter()
        .filter(|field| field.level == 0)
        .flat_map(answers_of)
        .collect()
}

fn answers_of<'v>(list: &ProposeField<'v>) -> Vec<ProposeAnswer<'v>> {
    let items: Vec<(usize, &'v Map<String, Value>)> = list
        .values
        .iter()
        .filter_map(|(record, value)| Some((*record, value.as_array()?)))
        .flat_map(|(record, items)| {
            items
                .iter()
                .filter_map(move |item| Some((record, item.as_object()?)))
        })
        .collect();
    let Some(question) = question_of(&items) else {
        return Vec::new();
    };
    let mut asked: Vec<&str> = Vec::new();
    for (_, item) in &items {
        if let Some(text) = text_at(item, &question)
            && asked.len() < MAX_QUESTIONS
            && !asked.contains(&text)
        {
            asked.push(text);
        }
    }
    asked
        .into_iter()
        .filter_map(|text| {
            let of_it = items
                .iter()
                .filter(|(_, item)| text_at(item, &question) == Some(text));
            let of_it: Vec<_> = of_it.copied().collect();
            answer_to(list, text, &question, &of_it)
        })
        .collect()
}

fn answer_to<'v>(
    list: &ProposeField<'v>,
    text: &str,
    question: &[&str],
    items: &[(usize, &'v Map<String, Value>)],
) -> Option<ProposeAnswer<'v>> {
    let answer = answer_in(items, question)?;
    let values: Vec<(usize, &'v Value)> = items
        .iter()
        .filter_map(|(record, item)| Some((*record, at(item, &answer)?)))
        .filter(|(_, value)| !is_blank(value))
        .collect();
    let (list_in_words, asked, answered) =
        (list.expression(), question.join("."), answer.join("."));
    Some(ProposeAnswer {
        expression: format!(
            "({list_in_words} or []) | selectattr({}, 'eq', {}) | map(attribute={}) | first",
            quoted(&asked),
            quoted(text),
            quoted(&answered)
        ),
        field: ProposeField {
            level: list.level,
            steps: list.steps.clone(),
            label: Some(text.to_owned()),
            values,
        },
    })
}

/// Returns the path of the question: the text with the best name whose values differ within a
/// record.
fn question_of<'v>(items: &[(usize, &'v Map<String, Value>)]) -> Option<Vec<&'v str>> {
    let mut paths: Vec<(usize, Vec<&str>)> = Vec::new();
    for (_, item) in items.iter().take(30) {
        for (name, value) in *item {
            match value {
                Value::String(_) => add(&mut paths, vec![name]),
                Value::Object(inner) if HOLDERS.contains(&folded(name).as_str()) => {
                    for (below, value) in inner {
                        if value.is_string() {
                            add(&mut paths, vec![name, below]);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    paths.sort_by_key(|(rank, _)| *rank);
    let paths = paths.into_iter().map(|(_, path)| path);
    paths
        .into_iter()
        .find(|path| is_asked_once(items, path) && answer_in(items, path).is_some())
}

fn add<'v>(paths: &mut Vec<(usize, Vec<&'v str>)>, path: Vec<&'v str>) {
    let last = path.last().map(|name| folded(name)).unwrap_or_default();
    let rank = QUESTIONS.iter().position(|name| *name == last);
    if let Some(rank) = rank
        && !path.iter().any(|name| name.contains(['.', '\'']))
        && !paths.iter().any(|(_, known)| *known == path)
    {
        paths.push((rank, path));
    }
}

/// Returns whether no record has the same text twice at the path, and most items have one.
fn is_asked_once(items: &[(usize, &Map<String, Value>)], path: &[&str]) -> bool {
    let mut texts: Vec<(usize, &str)> = items
        .iter()
        .filter_map(|(record, item)| Some((*record, text_at(item, path)?)))
        .collect();
    let found = texts.len();
    texts.sort_unstable();
    texts.dedup();
    found == texts.len() && found * 10 >= items.len() * 8
}

/// Returns the path of the answer.
fn answer_in<'v>(
    items: &[(usize, &'v Map<String, Value>)],
    question: &[&str],
) -> Option<Vec<&'v str>> {
    let mut best: Option<(usize, Vec<&str>)> = None;
    let mut see = |path: Vec<&'v str>, value: &Value| {
        let last = path.last().map(|name| folded(name)).unwrap_or_default();
        let is_value = !matches!(value, Value::Object(_)) && !is_blank(value);
        if let Some(rank) = ANSWERS.iter().position(|name| *name == last)
            && is_value
            && path != question
            && !path.iter().any(|name| name.contains(['.', '\'']))
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, path));
        }
    };
    for (_, item) in items.iter().take(60) {
        for (name, value) in *item {
            see(vec![name], value);
            if let Value::Object(inner) = value
                && HOLDERS.contains(&folded(name).as_str())
                && !question.starts_with(&[name.as_str()])
            {
                for (below, value) in inner {
                    see(vec![name, below], value);
                }
            }
        }
    }
    best.map(|(_, path)| path)
}

fn at<'v>(item: &'v Map<String, Value>, path: &[&str]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(item.get(*first)?, |value, name| value.get(name))
}

fn text_at<'v>(item: &'v Map<String, Value>, path: &[&str]) -> Option<&'v str> {
    at(item, path)?
        .as_str()
        .filter(|text| !text.trim().is_empty())
}
