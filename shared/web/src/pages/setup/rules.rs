//! The fourth step: chooses what happens for each value of the records.

use askama::Template;
use attendee_sync_domain::config::check_for_test;
use attendee_sync_domain::expression::Expression;
use axum::extract::{Extension, State};
use serde_json::{Value, json};

use super::super::configurator::refused as unprocessable;
use super::super::{PageResult, Shell, render};
use super::{Step, StepHead, keep, sampled, to};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::setup::{RuleLine, SetupDraft, SetupSample, holding, rule_lines, rules_of};
use crate::texts::{TextId, id, t, text};
use crate::words;

#[derive(Template)]
#[template(path = "setup/rules.html")]
struct RulesPage {
    shell: Shell,
    head: StepHead,
    /// The conditions that are proposed or chosen.
    first: Vec<RuleLine>,
    others: Vec<RuleLine>,
    /// Their fields, and the values that occur.
    fields: Vec<String>,
    values: Vec<String>,
    new: NewRule,
    /// The rules as a document writes them; and what is wrong with them, and where.
    code: String,
    wrong_code: Option<(String, Option<String>)>,
}

/// A rule that somebody adds.
#[derive(Default)]
struct NewRule {
    field: String,
    test: String,
    value: String,
    then: String,
    group: String,
    wrong: Option<String>,
}

/// The prefix of the names of the form's fields.
const THEN: &str = "then.";
const GROUP: &str = "group.";
/// The comparisons, as a document and as people call them.
const TESTS: [(&str, TextId); 5] = [
    ("is", id("setup-rules-is")),
    ("is_not", id("setup-rules-is-not")),
    ("contains", id("setup-rules-contains")),
    ("blank", id("setup-rules-is-blank")),
    ("not_blank", id("setup-rules-has-a-value")),
];

impl NewRule {
    fn typed(form: &FormFields) -> Self {
        let text = |name: &str| form.get(&format!("new.{name}")).trim().to_owned();
        Self {
            field: text("field"),
            test: text("test"),
            value: text("value"),
            then: text("then"),
            group: text("group"),
            wrong: None,
        }
    }

    fn tests(&self) -> [(&'static str, &'static str, bool); 5] {
        TESTS.map(|(name, title)| (name, title.text(), name == self.test))
    }

    /// Its condition; nothing where nobody began to type one.
    fn condition(&self) -> Result<Option<String>, &'static str> {
        if self.field.is_empty() {
            if self.value.is_empty() {
                return Ok(None);
            }
            return Err(t("setup-rules-choose-a-field"));
        }
        if !TESTS.iter().any(|(name, _)| *name == self.test) {
            return Err(t("setup-rules-choose-a-comparison"));
        }
        let mut condition = json!({ "field": self.field });
        let value = match self.test.as_str() {
            "blank" | "not_blank" => json!(true),
            _ if self.value.is_empty() => return Err(t("setup-rules-enter-the-value-to")),
            _ => json!([self.value]),
        };
        if let Some(fields) = condition.as_object_mut() {
            fields.insert(self.test.clone(), value);
        }
        match (self.then.as_str(), self.group.is_empty()) {
            ("", _) => Err(t("setup-rules-choose-what-the-rule")),
            ("add_group", true)
                if matches!(self.test.as_str(), "is_not" | "blank" | "not_blank") =>
            {
                Err(t("setup-rules-enter-the-name-of"))
            }
            _ => Ok(Some(condition.to_string())),
        }
    }
}

impl RulesPage {
    fn new(
        console: &Console,
        session: &Session,
        handle: &str,
        (draft, sample): (&SetupDraft, &SetupSample),
    ) -> Self {
        let lines = lines(console, draft, sample);
        let chosen = lines.iter();
        let chosen = rules_of(chosen.map(|line| (&*line.condition, &*line.then, &*line.group)));
        let lines = lines.into_iter();
        let (first, others) = lines.partition(|line| line.is_proposed || !line.then.is_empty());
        let values = sample.values.iter().flat_map(|found| &found.values);
        let mut values: Vec<String> = values.map(|(value, _)| value.clone()).collect();
        values.sort();
        values.dedup();
        Self {
            shell: Shell::new(Some(session)),
            head: StepHead::new(handle, draft, Step::Rules),
            first,
            others,
            fields: sample
                .fields
                .iter()
                .map(|found| found.path.clone())
                .collect(),
            values,
            new: NewRule::default(),
            code: serde_json::to_string_pretty(&chosen).unwrap_or_default(),
            wrong_code: None,
        }
    }
}

/// The lines, those of one's own with how many of the records that were read they match.
fn lines(console: &Console, draft: &SetupDraft, sample: &SetupSample) -> Vec<RuleLine> {
    rule_lines(draft, sample, |condition| {
        let mut rule = condition.clone();
        rule.as_object_mut()?
            .insert("then".to_owned(), json!("ignore"));
        let tried = SetupDraft {
            rules: Some(vec![rule]),
            ..draft.clone()
        };
        let document = console.app.check_for_test(&tried.asked_document()).ok()?;
        Some((holding(&document, &sample.records), sample.records.len()))
    })
}

pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
) -> PageResult {
    let (draft, sample) = match Box::pin(sampled(&console, &session, &handle)).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere.into_page(),
    };
    render(&RulesPage::new(
        &console,
        &session,
        &handle,
        (&draft, &sample),
    ))
}

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
    if form.get("go") == "code" {
        return by_code(
            &console,
            &session,
            &handle,
            (draft, &sample),
            form.get("code"),
        )
        .await;
    }
    let lines = lines(&console, &draft, &sample);
    let new = NewRule::typed(&form);
    let added = new.condition();
    let chosen = lines.iter().map(|line| {
        let condition = line.condition.as_str();
        let then = form.get(&format!("{THEN}{condition}"));
        (condition, then, form.get(&format!("{GROUP}{condition}")))
    });
    let further = added.as_ref().ok().and_then(Option::as_deref);
    let further = further.map(|condition| (condition, &*new.then, &*new.group));
    draft.rules = Some(rules_of(chosen.chain(further)));
    keep(&console, &session, &handle, &draft).await?;
    if let Err(reason) = added {
        let mut page = RulesPage::new(&console, &session, &handle, (&draft, &sample));
        page.new = NewRule {
            wrong: Some(words::sentence(reason)),
            ..new
        };
        return unprocessable(render(&page));
    }
    if form.get("go") == "add" {
        return Ok(to(&Step::Rules.path(&handle)));
    }
    Ok(to(&Step::Check.path(&handle)))
}

/// Takes the rules in as somebody wrote them.
async fn by_code(
    console: &Console,
    session: &Session,
    handle: &str,
    (mut draft, sample): (SetupDraft, &SetupSample),
    code: &str,
) -> PageResult {
    let code = code.replace("\r\n", "\n");
    let wrong = match serde_json::from_str::<Vec<Value>>(&code) {
        Ok(rules) => {
            draft.rules = Some(rules);
            wrong_rule(console, &draft)
        }
        Err(error) => {
            let line = error.line().saturating_sub(1);
            let before: usize = code.split_inclusive('\n').take(line).map(str::len).sum();
            let at = (before + error.column().saturating_sub(1)).min(code.len());
            let reason = text!("setup-rules-this-is-no-list", error = error);
            Some((reason, Some(words::caret(&code, at))))
        }
    };
    if let Some((reason, caret)) = wrong {
        let before = SetupDraft {
            rules: None,
            ..draft
        };
        let mut page = RulesPage::new(console, session, handle, (&before, sample));
        (page.code, page.wrong_code) = (code, Some((words::sentence(&reason), caret)));
        return unprocessable(render(&page));
    }
    keep(console, session, handle, &draft).await?;
    Ok(to(&Step::Rules.path(handle)))
}

/// What is wrong with the rules, and where in an expression.
fn wrong_rule(console: &Console, draft: &SetupDraft) -> Option<(String, Option<String>)> {
    let problems = match check_for_test(&draft.asked_document(), console.app.addresses()) {
        Ok(checked) => checked.problems,
        Err(problems) => problems.0,
    };
    let mut problems = problems.into_iter();
    let problem = problems.find(|problem| problem.path.starts_with("rules"))?;
    let number = problem.path.trim_start_matches("rules[").split(']').next();
    let number: Option<usize> = number.and_then(|number| number.parse().ok());
    let rule = number.and_then(|number| draft.rules.as_ref()?.get(number));
    let code = rule.and_then(|rule| rule.get("when")?.as_str());
    let caret = code.and_then(|code| Some(words::caret(code, Expression::fault_at(code)?)));
    let reason = problem.reason;
    let reason = match number {
        Some(at) => text!("setup-rules-in-rule", number = at + 1, reason = reason),
        None => reason,
    };
    Some((reason, caret))
}
