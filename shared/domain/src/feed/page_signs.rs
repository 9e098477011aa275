//! Finds signs in an answer that there are further pages, by the names that registration systems
//! and their frameworks use.

use serde_json::{Map, Value};

/// Names of objects beside the list that contain paging fields, without case and separators.
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

/// A sign that there are further pages.
#[derive(Debug, PartialEq, Eq)]
pub struct PageSign {
    /// The place of the sign, such as `meta.next` or `the Link header`.
    pub place: String,
    /// The meaning of the sign.
    pub says: PageSays,
}

/// The meaning of a sign.
#[derive(Debug, PartialEq, Eq)]
pub enum PageSays {
    /// The address of the next page.
    Link,
    /// The cursor of the next page.
    Mark,
    /// The statement that there is a next page.
    More,
    /// The number of pages.
    Pages(u64),
    /// The number of records.
    Records(u64),
}

/// Returns the signs around the list of an answer, the outermost first. The object that contains
/// the list may be some levels down; the list itself is not examined.
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

/// Returns a name without case and separators.
pub(crate) fn folded(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Collects the signs among the fields of an object beside its field `list`, and in its objects
/// about paging.
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

/// Returns the meaning of a field for paging, by its name without case and separators.
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

/// Returns the meaning of a field about the next page: its address, its number, or an object with
/// details.
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
        // Elasticsearch writes the total as an object.
        Value::Object(fields) => fields.get("value").and_then(Value::as_u64),
        _ => None,
    }
}
