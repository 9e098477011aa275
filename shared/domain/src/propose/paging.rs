//! Proposes the paging, by the answer, its headers and the address of the request.

use std::fmt::Write;

use serde_json::{Value, json};
use url::Url;

use super::envelope::{EnvelopeField, ProposeEnvelope, step};
use super::parameters::{
    body_parameter, cursor_parameter, limit_parameter, page_parameter, query_names,
};
use super::values::{counted, example_of};
use super::{ProposeAnswered, ProposedConfidence, ProposedPagination};
use crate::config::Pagination;
use crate::feed::PageSays;

const NEXT_LINKS: &[&str] = &[
    "nextlink",
    "nexturl",
    "nexthref",
    "nexturi",
    "nextpageurl",
    "nextpagelink",
    "odatanextlink",
    "nextrecordsurl",
    "next",
];
const NEXT_CURSORS: &[&str] = &[
    "endcursor",
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "nextpagecursor",
    "continuationtoken",
    "continuation",
    "nextkey",
    "nextmarker",
    "nextpagekey",
];
const MORE: &[&str] = &[
    "hasmore",
    "hasmoreitems",
    "hasmorepages",
    "hasmoreresults",
    "hasmorerecords",
    "hasnextpage",
    "hasnext",
    "more",
    "moreitems",
    "moreavailable",
    "moreresults",
];
const PAGES_NOW: &[&str] = &[
    "page",
    "currentpage",
    "pagenumber",
    "pageno",
    "pageindex",
    "pagenum",
    "number",
    "currentpagenumber",
];
const OFFSETS_NOW: &[&str] = &[
    "offset",
    "skip",
    "startindex",
    "start",
    "startat",
    "from",
    "firstresult",
];
const LIMITS: &[&str] = &[
    "limit",
    "count",
    "itemsperpage",
    "perpage",
    "pagesize",
    "size",
    "maxresults",
    "take",
    "top",
    "rows",
    "pagelimit",
];

/// Returns the proposal for an answer with this many elements in its list.
pub(super) fn pagination_of(
    answered: &ProposeAnswered<'_>,
    list: &[String],
    elements: &[&Value],
) -> ProposedPagination {
    let paging = AnswerPaging {
        envelope: ProposeEnvelope::around(answered.body, list),
        answered,
        list,
        elements,
    };
    let found = paging
        .in_body()
        .or_else(|| paging.by_link())
        .or_else(|| paging.by_header());
    let found = found
        .or_else(|| paging.by_cursor())
        .or_else(|| paging.after_last());
    let found = found
        .or_else(|| paging.by_offset())
        .or_else(|| paging.by_page());
    let found = found
        .or_else(|| paging.by_blank_link())
        .or_else(|| paging.by_total());
    // A proposal that the check of documents refuses is dropped.
    let found = found
        .filter(|found| serde_json::from_value::<Pagination>(found.pagination.clone()).is_ok());
    found.unwrap_or_else(|| paging.none())
}

struct AnswerPaging<'a> {
    envelope: ProposeEnvelope<'a>,
    answered: &'a ProposeAnswered<'a>,
    list: &'a [String],
    elements: &'a [&'a Value],
}

fn proposed(
    pagination: Value,
    is_sure: bool,
    reason: String,
    example: Option<String>,
) -> ProposedPagination {
    ProposedPagination {
        pagination,
        confidence: if is_sure {
            ProposedConfidence::Certain
        } else {
            ProposedConfidence::Likely
        },
        reason,
        example,
    }
}

impl AnswerPaging<'_> {
    /// Proposes a cursor in the request's body, where the request has a body and the answer
    /// contains a cursor.
    fn in_body(&self) -> Option<ProposedPagination> {
        let body = self.answered.request_body?;
        let mark = self.mark()?;
        let mut pagination = json!({
            "type": "cursor", "in": "body", "path": mark.path, "parameter": body_parameter(body, mark.name),
        });
        self.add_more(&mut pagination);
        let reason = format!(
            "the answer gives in {} where to go on, and the request has a body that can take it",
            mark.path
        );
        Some(proposed(pagination, false, reason, example_of(mark.value)))
    }

    fn by_link(&self) -> Option<ProposedPagination> {
        let sign = self.envelope.sign(|says| *says == PageSays::Link)?;
        let example = self
            .envelope
            .at(&sign.place)
            .and_then(|field| example_of(field.value));
        let reason = format!("{} has the address of the next page", sign.place);
        Some(proposed(
            json!({ "type": "next_link", "path": sign.place }),
            true,
            reason,
            example,
        ))
    }

    fn by_header(&self) -> Option<ProposedPagination> {
        let mut links = self
            .answered
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("link"));
        let (_, link) = links.find(|(_, value)| {
            let value = value.to_ascii_lowercase().replace(['"', '\'', ' '], "");
            value.contains("rel=next")
        })?;
        let reason = "the Link header has the address of the next page".to_owned();
        Some(proposed(
            json!({ "type": "link_header" }),
            true,
            reason,
            Some(super::values::shown(link)),
        ))
    }

    /// Returns the field with the cursor, even where it is blank, as on a last page.
    fn mark(&self) -> Option<&EnvelopeField<'_>> {
        let sign = self.envelope.sign(|says| *says == PageSays::Mark);
        let at_sign = sign.and_then(|sign| self.envelope.at(&sign.place));
        let is_mark = |field: &&EnvelopeField<'_>| {
            matches!(
                field.value,
                Value::String(_) | Value::Number(_) | Value::Null
            )
        };
        at_sign
            .or_else(|| self.envelope.named(NEXT_CURSORS))
            .filter(is_mark)
    }

    fn add_more(&self, pagination: &mut Value) {
        if let (Some(more), Value::Object(fields)) = (self.envelope.named(MORE), pagination)
            && more.value.is_boolean()
        {
            fields.insert("more_path".to_owned(), json!(more.path));
        }
    }

    fn by_cursor(&self) -> Option<ProposedPagination> {
        // Some systems call the cursor an offset; then it is no number.
        let is_text = |field: &&EnvelopeField<'_>| {
            field
                .value
                .as_str()
                .is_some_and(|text| !text.is_empty() && text.parse::<u64>().is_err())
        };
        let mark = self
            .mark()
            .or_else(|| self.envelope.named(&["offset", "cursor"]).filter(is_text))?;
        let is_number = mark
            .value
            .as_str()
            .is_some_and(|text| text.parse::<u32>().is_ok_and(|page| page < 100_000));
        if is_number && mark.folded.starts_with("nextpage") {
            return None;
        }
        let (parameter, is_known) = cursor_parameter(self.answered.url, mark.name, &self.envelope);
        let mut pagination = json!({ "type": "cursor", "parameter": parameter, "path": mark.path });
        self.add_more(&mut pagination);
        let mut reason = format!("{} says where to go on", mark.path);
        if mark.value.is_null() {
            reason.push_str("; it is blank here, as on a last page");
        }
        if !is_known {
            let _written = write!(
                reason,
                "; that the parameter is called {parameter} is a guess from its name"
            );
        }
        Some(proposed(
            pagination,
            is_known,
            reason,
            example_of(mark.value),
        ))
    }

    /// Proposes the last record as the cursor, where the answer says only that there is more.
    fn after_last(&self) -> Option<ProposedPagination> {
        let more = self
            .envelope
            .named(MORE)
            .filter(|more| *more.value == json!(true))?;
        if self
            .envelope
            .named(PAGES_NOW)
            .or_else(|| self.envelope.named(OFFSETS_NOW))
            .is_some()
            || self.envelope.pages().is_some()
        {
            return None;
        }
        let id = self.elements.last()?.get("id")?;
        let list: Vec<String> = self.list.iter().map(|name| step(name)).collect();
        let names = query_names(self.answered.url);
        let known = ["starting_after", "after", "after_id", "since_id"]
            .into_iter()
            .find(|name| names.iter().any(|known| known == name));
        let parameter = known.unwrap_or("starting_after");
        let pagination = json!({
            "type": "cursor", "parameter": parameter, "path": format!("{}[-1].id", list.join(".")), "more_path": more.path,
        });
        let reason = format!(
            "{} says that there is more, and names no place to go on from: the last record's id may be it; that the \
             parameter is called {parameter} is a guess",
            more.path
        );
        Some(proposed(pagination, false, reason, example_of(id)))
    }

    fn by_offset(&self) -> Option<ProposedPagination> {
        let names = query_names(self.answered.url);
        let now = self
            .envelope
            .named(OFFSETS_NOW)
            .filter(|now| now.value.is_u64());
        let asked = names.iter().find(|name| {
            matches!(
                crate::feed::folded_name(name).as_str(),
                "offset" | "skip" | "startindex" | "startat"
            )
        });
        let parameter = asked
            .map(String::as_str)
            .or_else(|| now.map(|now| now.name))?;
        // A "from" 1 "to" 3 in an answer describes the page and is no offset.
        if asked.is_none() && self.envelope.named(&["to"]).is_some() {
            return None;
        }
        let limit = self
            .envelope
            .named(LIMITS)
            .filter(|limit| limit.value.is_u64());
        let count = u64::try_from(self.elements.len()).unwrap_or(0).max(1);
        let size = limit
            .and_then(|limit| limit.value.as_u64())
            .filter(|size| *size > 0)
            .unwrap_or(count);
        let start = now
            .and_then(|now| now.value.as_u64())
            .filter(|start| *start <= 1)
            .unwrap_or(0);
        let total = self.envelope.total();
        let has_evidence =
            total.is_some() || limit.is_some() || self.envelope.named(MORE).is_some();
        let limit_parameter = limit_parameter(&names, limit.map(|limit| limit.name), parameter);
        let mut pagination = json!({
            "type": "offset", "offset_parameter": parameter, "start": start,
            "limit_parameter": limit_parameter, "limit": size.min(1_000),
        });
        let mut reason = format!("records are counted from {parameter}");
        if let (Some((place, total)), Value::Object(fields)) = (total, &mut pagination) {
            fields.insert("total_path".to_owned(), json!(place));
            let _written = write!(reason, ", and {place} says that there are {total}");
        }
        let is_sure = asked.is_some() && total.is_some();
        has_evidence.then(|| {
            proposed(
                pagination,
                is_sure,
                reason,
                total.map(|(_, total)| total.to_string()),
            )
        })
    }

    fn by_page(&self) -> Option<ProposedPagination> {
        let pages = self.envelope.pages();
        let next = self
            .envelope
            .named(&["nextpage", "nextpagenumber"])
            .filter(|next| !next.value.is_boolean());
        let now = self
            .envelope
            .named(PAGES_NOW)
            .filter(|now| now.value.is_u64());
        let total = self.envelope.total();
        let more = self.envelope.named(MORE);
        let header = self.header(&[
            "x-total-pages",
            "x-wp-totalpages",
            "x-page-count",
            "x-next-page",
        ]);
        if pages.is_none()
            && next.is_none()
            && header.is_none()
            && (now.is_none() || (total.is_none() && more.is_none()))
        {
            return None;
        }
        let (parameter, is_known) = page_parameter(self.answered.url, now);
        let mut pagination = json!({ "type": "page", "parameter": parameter });
        let zero = now.and_then(|now| now.value.as_u64()) == Some(0);
        let end = pages.map(|(place, _)| ("total_pages_path", place));
        let end = end.or_else(|| Some(("next_path", next?.path.as_str())));
        let end = end.or_else(|| Some(("next_path", more?.path.as_str())));
        if let Value::Object(fields) = &mut pagination {
            if zero {
                fields.insert("start".to_owned(), json!(0));
            }
            if let Some((key, place)) = end {
                fields.insert(key.to_owned(), json!(place));
            }
        }
        let mut reason = match (pages, next, total) {
            (Some((place, pages)), _, _) => format!("{place} says that there are {pages} pages"),
            (None, Some(next), _) => format!("{} gives the number of the next page", next.path),
            (None, None, Some((place, total))) => {
                format!("pages are numbered, and {place} says that there are {total} records")
            }
            (None, None, None) => "the answer counts pages".to_owned(),
        };
        if !is_known {
            let _written = write!(
                reason,
                "; that the parameter is called {parameter} is a guess"
            );
        }
        let example = pages
            .map(|(_, pages)| pages.to_string())
            .or_else(|| next.and_then(|next| example_of(next.value)));
        Some(proposed(pagination, is_known, reason, example))
    }

    /// Proposes a field for the next page's address that is blank now: there is one page, and may
    /// be more later.
    fn by_blank_link(&self) -> Option<ProposedPagination> {
        let blank = self
            .envelope
            .named(NEXT_LINKS)
            .filter(|next| next.value.is_null() || *next.value == json!(""))?;
        let reason = format!(
            "{} is for the address of the next page; it is blank here, as there is one page",
            blank.path
        );
        Some(proposed(
            json!({ "type": "next_link", "path": blank.path }),
            false,
            reason,
            None,
        ))
    }

    fn by_total(&self) -> Option<ProposedPagination> {
        let header = self.header(&[
            "x-total-count",
            "x-wp-total",
            "x-total",
            "x-pagination-total-count",
        ]);
        let header = header.and_then(|(name, value)| Some((name, value.trim().parse().ok()?)));
        let (place, total) = self.envelope.total().or(header)?;
        if total <= u64::try_from(self.elements.len()).unwrap_or(u64::MAX) {
            return None;
        }
        let (parameter, is_known) = page_parameter(self.answered.url, None);
        let reason = format!(
            "{place} says that there are {total} records, and {} are here; the answer does not say how the others are asked \
             for{}",
            self.elements.len(),
            if is_known {
                String::new()
            } else {
                format!(", and {parameter} is a guess")
            }
        );
        Some(proposed(
            json!({ "type": "page", "parameter": parameter }),
            false,
            reason,
            Some(total.to_string()),
        ))
    }

    fn header(&self, names: &[&str]) -> Option<(&str, &str)> {
        let mut headers = self.answered.headers.iter();
        let found = headers.find(|(name, value)| {
            names.contains(&name.to_ascii_lowercase().as_str()) && !value.trim().is_empty()
        })?;
        Some((&found.0, &found.1))
    }

    fn none(&self) -> ProposedPagination {
        let here = self.elements.len();
        let reason = match self.envelope.total() {
            Some((place, total)) => {
                format!(
                    "{place} says {total}, and {here} of them came with this answer: there is one page"
                )
            }
            None => format!(
                "the answer has {}, and nothing in it says that there are more",
                counted(here, "record", "records")
            ),
        };
        proposed(json!({ "type": "none" }), false, reason, None)
    }
}

/// Returns a text as a URL, whose parameters can be examined.
pub(super) fn url_of(text: &str) -> Option<Url> {
    Url::parse(text).ok()
}
