//! Finds the names of paging parameters: in the request's address or body, otherwise by a guess.

use serde_json::Value;

use super::envelope::{EnvelopeField, ProposeEnvelope};
use super::paging::url_of;
use crate::feed::folded_name;

const CURSORS: &[&str] = &[
    "cursor",
    "after",
    "pagetoken",
    "nexttoken",
    "nextpagetoken",
    "continuation",
    "continuationtoken",
    "startingafter",
    "token",
    "marker",
    "paginationcursor",
    "paginationtoken",
    "scrollid",
    "nextcursor",
    "pagecursor",
    "startafter",
];
const PAGES: &[&str] = &[
    "page",
    "pagenumber",
    "pageno",
    "pagenum",
    "pageindex",
    "p",
    "currentpage",
    "seite",
    "pg",
];
const LIMITS: &[&str] = &[
    "limit",
    "count",
    "perpage",
    "pagesize",
    "size",
    "maxresults",
    "take",
    "top",
    "rows",
];
const SIZES: &[&str] = &[
    "first",
    "limit",
    "size",
    "pagesize",
    "perpage",
    "count",
    "pagelimit",
];

/// Returns the names of an address's query parameters.
pub(super) fn query_names(url: &str) -> Vec<String> {
    let url = url_of(url);
    let pairs = url.iter().flat_map(|url| {
        url.query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect::<Vec<_>>()
    });
    pairs.collect()
}

/// Returns the parameter for a cursor, and whether it is known and not guessed.
pub(super) fn cursor_parameter(
    url: &str,
    mark: &str,
    envelope: &ProposeEnvelope<'_>,
) -> (String, bool) {
    let asked = query_names(url)
        .into_iter()
        .find(|name| CURSORS.contains(&folded_name(name).as_str()));
    if let Some(asked) = asked {
        return (asked, true);
    }
    let stem = without_next(mark);
    // The answer may repeat a parameter of the request, such as `currentToken`; the rest of that
    // name is the parameter's name.
    let current = format!("current{}", folded_name(&stem));
    let is_known =
        folded_name(mark) == folded_name(&stem) || envelope.named(&[current.as_str()]).is_some();
    (stem, is_known)
}

/// `cursor` of `next_cursor`, `pageToken` of `nextPageToken`.
fn without_next(name: &str) -> String {
    let folded = folded_name(name);
    if folded == "endcursor" {
        return "after".to_owned();
    }
    let Some(rest) = folded
        .strip_prefix("next")
        .and_then(|_| name.char_indices().nth(4))
    else {
        return name.to_owned();
    };
    let rest = name
        .get(rest.0..)
        .unwrap_or_default()
        .trim_start_matches(['_', '-', '.']);
    let mut letters = rest.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => "cursor".to_owned(),
    }
}

/// Returns the parameter for a page's number, and whether it is known and not guessed.
pub(super) fn page_parameter(url: &str, now: Option<&EnvelopeField<'_>>) -> (String, bool) {
    let names = query_names(url);
    let is_page = |name: &String| PAGES.contains(&folded_name(name).as_str());
    if let Some(asked) = names.iter().find(|name| is_page(name)) {
        return (asked.clone(), true);
    }
    // A source whose other parameters have brackets, as in JSON:API, expects them here, too.
    if names
        .iter()
        .any(|name| name.contains('[') && name.ends_with(']'))
    {
        return ("page[number]".to_owned(), false);
    }
    match now {
        Some(now)
            if ["page", "pagenumber", "pageno", "pageindex", "pagenum"]
                .contains(&now.folded.as_str()) =>
        {
            (now.name.to_owned(), now.folded == "page")
        }
        _ => ("page".to_owned(), false),
    }
}

/// Returns the parameter for the page size that belongs to the parameter for the offset.
pub(super) fn limit_parameter(names: &[String], answered: Option<&str>, offset: &str) -> String {
    let asked = names
        .iter()
        .find(|name| LIMITS.contains(&folded_name(name).as_str()));
    if let Some(asked) = asked {
        return asked.clone();
    }
    match (folded_name(offset).as_str(), answered) {
        // SCIM, RFC 7644, section 3.4.2.4.
        ("startindex", _) => "count".to_owned(),
        (_, Some(name)) if LIMITS.contains(&folded_name(name).as_str()) => name.to_owned(),
        ("skip", _) => "take".to_owned(),
        _ => "limit".to_owned(),
    }
}

/// Returns the path of the cursor in a request's body: an existing place for one, or beside the
/// page size.
pub(super) fn body_parameter(body: &Value, mark: &str) -> String {
    if let Some(path) = place_in(body, "", 0) {
        return path;
    }
    let Some(query) = body.get("query").and_then(Value::as_str) else {
        return without_next(mark);
    };
    format!("variables.{}", variable_in(query).unwrap_or("after"))
}

fn place_in(body: &Value, prefix: &str, depth: usize) -> Option<String> {
    let fields = body.as_object().filter(|_| depth < 5)?;
    let own = fields.iter().find(|(name, value)| {
        CURSORS.contains(&folded_name(name).as_str()) && (value.is_null() || value.is_string())
    });
    if let Some((name, _)) = own {
        return Some(format!("{prefix}{name}"));
    }
    fields.iter().find_map(|(name, value)| {
        let prefix = format!("{prefix}{name}.");
        let is_about_pages =
            ["cursor", "page", "paging", "pagination"].contains(&folded_name(name).as_str());
        let has_size = value.as_object().is_some_and(|inner| {
            inner
                .keys()
                .any(|key| SIZES.contains(&folded_name(key).as_str()))
        });
        place_in(value, &prefix, depth + 1)
            .or_else(|| (is_about_pages && has_size).then(|| format!("{prefix}after")))
    })
}

/// Returns the variable that a GraphQL query passes to `after`.
fn variable_in(query: &str) -> Option<&str> {
    let (_, after) = query.split_once("after:")?;
    let variable = after.trim_start().strip_prefix('$')?;
    let end = variable.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    variable
        .get(..end.unwrap_or(variable.len()))
        .filter(|name| !name.is_empty())
}
