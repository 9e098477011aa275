//! What an answer says of further pages: the vocabulary of registration systems and of the frameworks they are made with.

use serde_json::{Map, Value};

/// Objects beside the list that speak of its pages, their names without case and what joins words.
const HOLDERS: [&str; 17] = [
    "meta",
    "metadata",
    "links",
    "link",
    "paging",
    "pagination",
    "paginator",
    "page",
    "pages",
    "pageinfo",
    "pagemeta",
    "cursor",
    "cursors",
    "responsemetadata",
    "pagedata",
    "resultinfo",
    "hits",
];

/// A sign that there is more.
#[derive(Debug, PartialEq, Eq)]
pub struct PageSign {
    /// Where it stands, such as `meta.next` or `the Link header`.
    pub place: String,
    /// What it says.
    pub says: PageSays,
}

/// What a sign says.
#[derive(Debug, PartialEq, Eq)]
pub enum PageSays {
    /// Where the next page is.
    Link,
    /// By what to ask for the next page.
    Mark,
    /// That there is one.
    More,
    /// How many pages there are.
    Pages(u64),
    /// How many records there are.
    Records(u64),
}

/// The signs around the list of an answer, the outermost first. The object that holds the list may be some levels down; the
/// list itself is not looked into.
#[must_use]
pub fn page_signs_beside(envelope: &Value, list: &[String]) -> Vec<PageSign> {
    let mut signs = Vec::new();
    let mut prefix = String::new();
    let mut at = Some(envelope);
    for name in list {
        if let Some(fields) = at.and_then(Value::as_object) {
            of_object(fields, &prefix, name, &mut signs);
        }
        prefix = format!("{prefix}{name}.");
        at = at.and_then(|at| at.get(name));
    }
    signs
}

/// A name without case and what joins words.
pub(crate) fn folded(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The signs among the fields of an object beside its field `list`, and in objects there that speak of pages.
fn of_object(fields: &Map<String, Value>, prefix: &str, list: &str, signs: &mut Vec<PageSign>) {
    for (name, value) in fields.iter().filter(|(name, _)| *name != list) {
        let folded = folded(name);
        let place = format!("{prefix}{}", step(name));
        if let (Some(PageSays::Mark), Value::Object(inner)) = (sign(&folded, value), value) {
            signs.extend(inner.iter().find_map(|(name, value)| {
                let says = next(value).filter(|says| *says != PageSays::More)?;
                let place = format!("{place}.{}", step(name));
                Some(PageSign { place, says })
            }));
        } else if let Some(says) = sign(&folded, value) {
            signs.push(PageSign { place, says });
        } else if HOLDERS.contains(&folded.as_str())
            && let Value::Object(inner) = value
        {
            of_object(inner, &format!("{prefix}{}.", step(name)), "", signs);
        }
    }
}

/// A name as a step of a path.
fn step(name: &str) -> String {
    if name.contains(['.', '[', ']']) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

/// What a field says of more pages, by its name without case and what joins words.
fn sign(name: &str, value: &Value) -> Option<PageSays> {
    match name {
        "next" | "nextlink" | "nexturl" | "nexthref" | "nexturi" | "nextpage" | "nextpageurl"
        | "nextpagelink" | "nextpageuri" | "odatanextlink" | "linknext" | "nextresults"
        | "nextrecordsurl" => next(value),
        "nextpagetoken" | "nexttoken" | "nextcursor" | "nextpagecursor" | "nextpagekey"
        | "nextkey" | "continuationtoken" | "continuation" | "nextoffset" | "nextstart"
        | "nextmarker" => is_filled(value).then_some(PageSays::Mark),
        "hasmore" | "hasmoreitems" | "hasmorepages" | "hasmoreresults" | "hasmorerecords"
        | "moreitems" | "morepages" | "moreavailable" | "moreresults" | "morerecords"
        | "hasnext" | "hasnextpage" | "more" | "istruncated" | "truncated"
        | "incompleteresults" | "ispartial" => is_true(value).then_some(PageSays::More),
        "last" | "islast" | "islastpage" | "lastpagereached" | "nomore" | "done" => {
            is_false(value).then_some(PageSays::More)
        }
        "totalpages" | "lastpage" | "pagecount" | "pagescount" | "numpages" | "numberofpages"
        | "pagetotal" | "pages" | "maxpage" | "totalpagecount" | "totalnumberofpages" => {
            whole(value).map(PageSays::Pages)
        }
        "total"
        | "count"
        | "totalcount"
        | "totalresults"
        | "totalitems"
        | "totalrecords"
        | "totalelements"
        | "totalrows"
        | "totalhits"
        | "totalsize"
        | "totalentries"
        | "totalobjects"
        | "itemcount"
        | "itemscount"
        | "recordcount"
        | "resultcount"
        | "numresults"
        | "numfound"
        | "nhits"
        | "objectcount"
        | "odatacount"
        | "totalattendees"
        | "attendeecount"
        | "totalnumber"
        | "totalnumberofresults"
        | "totalnumberofitems" => whole(value).map(PageSays::Records),
        _ => None,
    }
}

/// What the next page is given as: its address, its number, or more about it.
fn next(value: &Value) -> Option<PageSays> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let is_link = text.starts_with(['/', '?']) || text.contains("://");
            match text {
                "" | "0" | "false" | "False" | "null" | "None" => None,
                _ if is_link => Some(PageSays::Link),
                _ => Some(PageSays::Mark),
            }
        }
        Value::Bool(true) => Some(PageSays::More),
        Value::Number(number) if number.as_f64() != Some(0.0) => Some(PageSays::More),
        Value::Object(fields) => {
            let mut filled = fields.values().filter(|value| is_filled(value));
            filled.next().map(|_| PageSays::Mark)
        }
        _ => None,
    }
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::String(text) => !matches!(text.trim(), "" | "0" | "false" | "null" | "None"),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => fields.values().any(is_filled),
        Value::Null | Value::Bool(_) => false,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_u64() == Some(1),
        Value::String(text) => matches!(folded(text).as_str(), "true" | "yes" | "1"),
        _ => false,
    }
}

fn is_false(value: &Value) -> bool {
    *value == Value::Bool(false) || matches!(value, Value::String(text) if folded(text) == "false")
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        // Such as Elasticsearch's.
        Value::Object(fields) => fields.get("value").and_then(Value::as_u64),
        _ => None,
    }
}
