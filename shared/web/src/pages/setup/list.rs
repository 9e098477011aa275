//! The second step: chooses the list of people in the answer, and the paging.

use askama::Template;
use axum::extract::{Extension, State};
use serde_json::{Value, json};

use super::super::configurator::refused as unprocessable;
use super::super::{PageResult, Shell, render};
use super::{Step, StepHead, keep, place_of, problems, sampled, to};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{FormFields, Named};
use crate::setup::{AnswerNode, SetupDraft, SetupSample, asked_sample};
use crate::texts::{t, text};
use crate::words;

#[derive(Template)]
#[template(path = "setup/list.html")]
struct SetupListPage {
    shell: Shell,
    head: StepHead,
    lists: Vec<ShownList>,
    /// The whole answer, in HTML.
    tree: Option<String>,
    /// A description of the rows, where the answer has no lists to choose from.
    rows: Option<String>,
    paging: Vec<ShownPaging>,
    /// The reason for the proposed paging.
    reason: String,
    /// The number of people that reading further pages found.
    count: String,
    tone: &'static str,
    wrong: Vec<String>,
    /// The names of credentials in a pasted command that are not sent.
    left_out: String,
}

struct ShownList {
    path: String,
    title: String,
    reason: String,
    chosen: bool,
}

/// A part of the answer, and what is within it.
#[derive(Template)]
#[template(path = "part/tree.html")]
struct TreePart<'n> {
    node: &'n AnswerNode,
    /// Whether it is the list that is used.
    is_used: bool,
    /// Whether it is one of the lists that can be used.
    is_list: bool,
    is_open: bool,
    children: Vec<String>,
}

impl<'n> TreePart<'n> {
    fn new(node: &'n AnswerNode, used: &str, sample: &SetupSample) -> Self {
        let list = node.list.as_deref();
        let is_used = list == Some(used);
        let children = node.children.iter();
        Self {
            is_used,
            is_list: list.is_some_and(|list| offered(sample, list)),
            is_open: !is_used && leads_to(node, used),
            children: children
                .filter_map(|child| Self::new(child, used, sample).render().ok())
                .collect(),
            node,
        }
    }

    fn place(&self) -> String {
        self.node.list.as_deref().map(place_of).unwrap_or_default()
    }
}

/// Whether a list is within this part.
fn leads_to(node: &AnswerNode, list: &str) -> bool {
    let own = node.list.as_deref();
    own == Some(list) || node.children.iter().any(|child| leads_to(child, list))
}

/// Whether a list can be used: it was found, or it is in the tree.
fn offered(sample: &SetupSample, list: &str) -> bool {
    let is_found = sample.lists.iter().any(|found| found.path == list);
    let in_tree = || {
        sample
            .tree
            .as_ref()
            .is_some_and(|tree| leads_to(tree, list))
    };
    is_found || in_tree()
}

struct ShownPaging {
    value: String,
    title: String,
    chosen: bool,
}

impl SetupListPage {
    fn new(session: &Session, handle: &str, draft: &SetupDraft, sample: &SetupSample) -> Self {
        let records = draft.records.as_deref().unwrap_or("$[*]");
        let is_rows = draft
            .format
            .as_deref()
            .is_some_and(|format| format != "json");
        let lists = sample.lists.iter().filter(|_| !is_rows);
        let pagination = draft.pagination.clone().unwrap_or_else(none);
        let count = &sample.count;
        let found = text!(
            "setup-count",
            people = words::people(count.records),
            pages = words::counted(count.pages.max(1), "count-pages")
        );
        let (tone, count) = match &count.failed {
            Some(error) => (
                "bad",
                text!(
                    "setup-list-found-could-be-read",
                    found = found,
                    error = words::sentence(error)
                ),
            ),
            None if draft.is_example() => (
                "good",
                text!(
                    "setup-list-the-example-has-records",
                    records = words::people(count.records)
                ),
            ),
            None if count.whole => ("good", format!("{found}.")),
            None => (
                "good",
                text!("setup-list-at-least-found-the", found = found),
            ),
        };
        Self {
            shell: Shell::new(Some(session)),
            head: StepHead::new(handle, draft, Step::List),
            tree: sample
                .tree
                .as_ref()
                .filter(|_| !is_rows)
                .map(|node| TreePart::new(node, records, sample).render())
                .and_then(Result::ok),
            lists: lists
                .map(|list| {
                    let title = text!(
                        "setup-list-found-at",
                        people = words::people(list.count as u64),
                        place = place_of(&list.path)
                    );
                    let reason = words::sentence(&list.reason);
                    // The reason is not repeated where the title says the same.
                    let said = reason.trim_end_matches('.') == title;
                    ShownList {
                        reason: if said { String::new() } else { reason },
                        chosen: list.path == records,
                        path: list.path.clone(),
                        title,
                    }
                })
                .collect(),
            rows: is_rows.then(|| {
                text!(
                    "setup-list-the-answer-is-a",
                    rows = words::counted(sample.seen as u64, "count-rows")
                )
            }),
            paging: paging(draft, sample)
                .into_iter()
                .map(|value| ShownPaging {
                    title: title_of(&value),
                    chosen: value == pagination,
                    value: value.to_string(),
                })
                .collect(),
            reason: words::sentence(&sample.pagination_reason),
            count,
            tone,
            wrong: Vec::new(),
            left_out: draft.left_out.join(", "),
        }
    }
}

fn none() -> Value {
    json!({"type": "none"})
}

/// Returns the kinds of paging to choose from.
fn paging(draft: &SetupDraft, sample: &SetupSample) -> Vec<Value> {
    if draft.list.as_ref().is_some_and(|list| !list.is_example) {
        return Vec::new();
    }
    let mut all: Vec<Value> = Vec::new();
    let others = match draft.body {
        None => vec![
            json!({"type": "link_header"}),
            json!({"type": "page", "parameter": "page"}),
        ],
        Some(_) => Vec::new(),
    };
    let proposed = Some(sample.pagination.clone()).filter(Value::is_object);
    let ways = draft.pagination.clone().into_iter().chain(proposed);
    for way in ways.chain([none()]).chain(others) {
        if !all.contains(&way) {
            all.push(way);
        }
    }
    all
}

fn title_of(pagination: &Value) -> String {
    let text = |key: &str| pagination.get(key).and_then(Value::as_str);
    let of = |what: &str, key: &str| match text(key) {
        Some(name) => format!("{what} ({name})"),
        None => what.to_owned(),
    };
    match text("type").unwrap_or_default() {
        "next_link" => of(t("setup-list-a-link-to-the"), "path"),
        "link_header" => t("setup-list-a-link-to-the-next").to_owned(),
        "page" => of(t("setup-list-page-numbers-in-the"), "parameter"),
        "offset" => of(t("setup-list-offset-and-limit-in"), "offset_parameter"),
        "cursor" => of(t("setup-list-a-cursor-that-the"), "path"),
        _ => t("setup-list-no-pages-this-answer").to_owned(),
    }
}

pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
) -> PageResult {
    match Box::pin(sampled(&console, &session, &handle)).await {
        Ok((draft, sample)) => render(&SetupListPage::new(&session, &handle, &draft, &sample)),
        Err(elsewhere) => elsewhere.into_page(),
    }
}

/// Reads the choice, and queries the source again if it changed.
pub(in crate::pages) async fn submit(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(handle): Named<String>,
) -> PageResult {
    let (before, sample) = match Box::pin(sampled(&console, &session, &handle)).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere.into_page(),
    };
    let mut draft = before.clone();
    let chosen = fields.get("records");
    if offered(&sample, chosen) && draft.records.as_deref().unwrap_or("$[*]") != chosen {
        draft.records = Some(chosen.to_owned());
        draft.pagination = None;
        (draft.mapping, draft.rules) = (None, None);
    } else {
        let chosen: Option<Value> = serde_json::from_str(fields.get("pagination")).ok();
        let chosen = paging(&draft, &sample)
            .into_iter()
            .find(|way| chosen.as_ref() == Some(way));
        draft.pagination = chosen.or(draft.pagination);
    }
    if (&draft.records, &draft.pagination) == (&before.records, &before.pagination) {
        return Ok(to(&Step::Fields.path(&handle)));
    }
    match Box::pin(asked_sample(&console, &session, &mut draft)).await {
        Ok(sample) => {
            keep(&console, &session, &handle, &draft).await?;
            let next = if sample.count.failed.is_some() {
                Step::List
            } else {
                Step::Fields
            };
            Ok(to(&next.path(&handle)))
        }
        Err(failure) => {
            let mut page = SetupListPage::new(&session, &handle, &before, &sample);
            let problems = problems(failure)?.into_iter();
            page.wrong = problems
                .map(|problem| words::sentence(&problem.reason))
                .collect();
            unprocessable(render(&page))
        }
    }
}
