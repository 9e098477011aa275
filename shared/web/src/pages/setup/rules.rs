//! The fourth step: what the values of the records do.

use askama::Template;
use axum::extract::{Extension, State};

use super::super::{PageResult, Shell, render};
use super::{Step, StepHead, keep, sampled, to};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{FormFields, Named};
use crate::setup::{RuleLine, rule_lines, rules_of};

#[derive(Template)]
#[template(path = "setup/rules.html")]
struct RulesPage {
    shell: Shell,
    head: StepHead,
    /// What is proposed or was chosen.
    first: Vec<RuleLine>,
    /// The other values that occur.
    others: Vec<RuleLine>,
}

/// Begins the names of the form's fields.
const THEN: &str = "then.";

/// The page.
pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
) -> PageResult {
    let (draft, sample) = match Box::pin(sampled(&console, &session, &handle)).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere.into_page(),
    };
    let lines = rule_lines(&draft, &sample).into_iter();
    let (first, others) = lines.partition(|line| line.is_proposed || !line.then.is_empty());
    render(&RulesPage {
        shell: Shell::new(Some(&session)),
        head: StepHead::new(&handle, &draft, Step::Rules),
        first,
        others,
    })
}

/// Takes the choices in.
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
    let lines = rule_lines(&draft, &sample);
    let chosen = lines.iter().map(|line| {
        let name = format!("{THEN}{}", line.condition);
        (line.condition.as_str(), name)
    });
    let chosen: Vec<(&str, &str)> = chosen
        .map(|(condition, name)| (condition, form.get(&name)))
        .collect();
    draft.rules = Some(rules_of(chosen.into_iter()));
    keep(&console, &session, &handle, &draft).await?;
    Ok(to(&Step::Check.path(&handle)))
}
