//! The third step: matches the source's fields with ours, beside the values of a record.

use askama::Template;
use attendee_sync_domain::expression::Expression;
use attendee_sync_domain::feed::FieldFound;
use axum::extract::{Extension, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::configurator::refused as unprocessable;
use super::super::{PageResult, Shell, render};
use super::{Step, StepHead, keep, label_of_field, sampled, to};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::setup::{FieldChoice, SetupDraft, SetupSample, evaluated};
use crate::texts::{t, text};
use crate::words;

/// Our fields; the required ones come first.
pub(super) const FIELDS: [&str; 12] = [
    "email",
    "first_name",
    "last_name",
    "source_id",
    "title",
    "job_title",
    "company",
    "country",
    "groups",
    "biography",
    "additional_info",
    "digital_badge",
];
/// The number of required fields.
pub(super) const NEEDED: usize = 4;
/// Longest example shown, in characters.
const EXAMPLE: usize = 40;

#[derive(Template)]
#[template(path = "setup/fields.html")]
struct FieldsPage {
    shell: Shell,
    head: StepHead,
    rows: Vec<SetupFieldRow>,
    /// The record that is shown, counting from 1, and the number of records.
    record: usize,
    records: usize,
    /// Issues of the record that is shown.
    issues: Vec<String>,
}

struct SetupFieldRow {
    field: &'static str,
    label: String,
    is_needed: bool,
    options: Vec<FieldOption>,
    /// What can be done to it: name, title, whether it is chosen.
    ways: Vec<(&'static str, &'static str, bool)>,
    /// An expression of one's own, and what is wrong with it: the reason, and where in it.
    code: String,
    wrong: Option<WrongCode>,
    value: String,
    reason: String,
}

/// Why an expression cannot be used.
struct WrongCode {
    reason: String,
    /// The line it is in, and below it a caret.
    caret: Option<String>,
}

struct FieldOption {
    value: String,
    title: String,
    chosen: bool,
}

#[derive(Deserialize)]
pub(in crate::pages) struct FieldsQuery {
    record: Option<usize>,
}

/// The mapping that is chosen, or else proposed.
pub(super) fn mapping_of(draft: &SetupDraft, sample: &SetupSample) -> Map<String, Value> {
    let proposed = || {
        let fields = sample.mapping.iter();
        fields
            .map(|field| (field.field.clone(), field.mapping.clone()))
            .collect()
    };
    draft.mapping.clone().unwrap_or_else(proposed)
}

fn option_of(found: &FieldFound) -> (Value, String) {
    let example = found
        .example
        .as_deref()
        .unwrap_or(t("setup-fields-no-value-yet"));
    let mut short: String = example.chars().take(EXAMPLE).collect();
    if short.len() < example.len() {
        short.push('…');
    }
    (json!(found.path), format!("{}: {short}", found.path))
}

/// Returns the possible origins of one of our fields: the chosen one, the proposed one, and each of
/// the source's fields.
fn options_of(field: &str, draft: &SetupDraft, sample: &SetupSample) -> Vec<(Value, String)> {
    let all = sample.fields.iter().map(option_of);
    let mut options: Vec<(Value, String)> = Vec::new();
    let proposed = sample.mapping.iter().find(|own| own.field == field);
    let proposed = proposed.map(|own| own.mapping.clone());
    let chosen = mapping_of(draft, sample).get(field).cloned();
    let as_it_is = |mapping: &Value| {
        let offered = proposed.as_ref();
        FieldChoice::of(mapping, field, &sample.fields, offered) == FieldChoice::As(mapping.clone())
    };
    let specials = [proposed.clone(), chosen].into_iter().flatten();
    for special in specials.filter(as_it_is) {
        let is_plain = sample
            .fields
            .iter()
            .any(|found| special.as_str() == Some(found.path.as_str()));
        if !is_plain && options.iter().all(|(value, _)| *value != special) {
            let title = title_of(&special);
            options.push((special, title));
        }
    }
    options.extend(all);
    options
}

/// Describes a combination of fields in words.
fn title_of(mapping: &Value) -> String {
    if let Some(path) = mapping.as_str().or_else(|| mapping.get("path")?.as_str()) {
        let of = |key: &str| mapping.get(key).and_then(Value::as_str);
        return match (of("separator"), of("default")) {
            (Some(separator), _) => text!(
                "setup-fields-path-split-at-separator",
                path = path,
                separator = separator
            ),
            (None, Some(other)) => text!(
                "setup-fields-path-or-other-where",
                path = path,
                other = other
            ),
            (None, None) => path.to_owned(),
        };
    }
    if let Some(several) = mapping.as_array() {
        let all = several
            .iter()
            .map(title_of)
            .reduce(|before, last| text!("setup-fields-and", before = before, last = last))
            .unwrap_or_default();
        return text!("setup-fields-together", fields = all);
    }
    t("setup-fields-put-together-from-several").to_owned()
}

impl WrongCode {
    fn new(code: &str, reason: &str) -> Self {
        Self {
            reason: words::sentence(reason),
            caret: Expression::fault_at(code).map(|at| words::caret(code, at)),
        }
    }
}

impl FieldsPage {
    /// Whether the expressions are shown.
    fn opens_code(&self) -> bool {
        self.rows.iter().any(|row| !row.code.is_empty())
    }

    fn is_refused(&self) -> bool {
        self.rows.iter().any(|row| row.wrong.is_some())
    }

    fn new(
        console: &Console,
        session: &Session,
        handle: &str,
        (draft, sample): (&SetupDraft, &SetupSample),
        record: usize,
    ) -> Self {
        let mapping = mapping_of(draft, sample);
        let records = sample.records.len();
        let record = record.clamp(1, records.max(1));
        let tried = SetupDraft {
            mapping: Some(mapping.clone()),
            rules: None,
            ..draft.clone()
        };
        let document = console.app.check_for_test(&tried.asked_document());
        let shown = sample.records.get(record - 1);
        let (values, issues) = match (document, shown) {
            (Ok(document), Some(shown)) => evaluated(&document, shown),
            _ => Default::default(),
        };
        let rows = FIELDS.iter().enumerate().map(|(at, field)| {
            let chosen = mapping.get(*field);
            let options = options_of(field, draft, sample).into_iter();
            let proposed = sample.mapping.iter().find(|own| own.field == *field);
            let choice = chosen.map(|mapping| {
                let offered = proposed.map(|own| &own.mapping);
                FieldChoice::of(mapping, field, &sample.fields, offered)
            });
            let from = choice.as_ref().and_then(FieldChoice::from);
            SetupFieldRow {
                field,
                label: label_of_field(field),
                is_needed: at < NEEDED,
                options: options
                    .map(|(value, title)| FieldOption {
                        chosen: from.as_ref() == Some(&value),
                        value: value.to_string(),
                        title,
                    })
                    .collect(),
                ways: choice
                    .as_ref()
                    .map_or_else(|| FieldChoice::As(Value::Null).ways(), FieldChoice::ways),
                code: choice.as_ref().map_or("", FieldChoice::code).to_owned(),
                wrong: None,
                value: values.get(*field).cloned().unwrap_or_default(),
                reason: proposed
                    .filter(|own| Some(&own.mapping) == chosen)
                    .map(|own| words::sentence(&own.reason))
                    .unwrap_or_default(),
            }
        });
        Self {
            shell: Shell::new(Some(session)),
            head: StepHead::new(handle, draft, Step::Fields),
            rows: rows.collect(),
            record,
            records,
            issues: issues
                .iter()
                .map(|reason| words::sentence(reason))
                .collect(),
        }
    }
}

pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
    QueryParameters(asked): QueryParameters<FieldsQuery>,
) -> PageResult {
    match Box::pin(sampled(&console, &session, &handle)).await {
        Ok((draft, sample)) => render(&FieldsPage::new(
            &console,
            &session,
            &handle,
            (&draft, &sample),
            asked.record.unwrap_or(1),
        )),
        Err(elsewhere) => elsewhere.into_page(),
    }
}

/// Reads the choices; shows another record, or continues with the next step.
pub(in crate::pages) async fn submit(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(form): Extension<FormFields>,
    Named(handle): Named<String>,
) -> PageResult {
    let (mut draft, sample) = match Box::pin(sampled(&console, &session, &handle)).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere.into_page(),
    };
    let mut mapping = Map::new();
    let mut wrong = Vec::new();
    for field in FIELDS {
        let chosen: Option<Value> = serde_json::from_str(form.get(field)).ok();
        let options = options_of(field, &draft, &sample).into_iter();
        let offered = options
            .map(|(value, _)| value)
            .find(|value| chosen.as_ref() == Some(value));
        let code = form.get(&format!("code.{field}")).trim();
        if let Err(error) = code.parse::<Expression>()
            && !code.is_empty()
        {
            wrong.push((
                field,
                code.to_owned(),
                WrongCode::new(code, &error.to_string()),
            ));
        }
        let how = form.get(&format!("how.{field}"));
        if let Some(choice) = FieldChoice::typed(offered, how, code) {
            mapping.insert(field.to_owned(), choice.mapping(field));
        }
    }
    if !wrong.is_empty() {
        // The others are kept; these are shown again as they were typed.
        for (field, _, _) in &wrong {
            mapping.remove(*field);
        }
        draft.mapping = Some(mapping);
        keep(&console, &session, &handle, &draft).await?;
        let record = form.get("record").parse().unwrap_or(1);
        let mut page = FieldsPage::new(&console, &session, &handle, (&draft, &sample), record);
        for (field, code, why) in wrong {
            if let Some(row) = page.rows.iter_mut().find(|row| row.field == field) {
                (row.code, row.wrong) = (code, Some(why));
            }
        }
        return unprocessable(render(&page));
    }
    draft.mapping = Some(mapping);
    keep(&console, &session, &handle, &draft).await?;
    let record: usize = form.get("record").parse().unwrap_or(1);
    let record = match form.get("go") {
        "previous" => record.saturating_sub(1).max(1),
        "next" => record.saturating_add(1),
        "show" => record,
        _ => return Ok(to(&Step::Rules.path(&handle))),
    };
    Ok(to(&format!(
        "{}?record={record}#fields",
        Step::Fields.path(&handle)
    )))
}
