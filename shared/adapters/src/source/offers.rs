//! What an answer says of records that were not read: a next page, or a number of pages or records.

use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use super::told::plain;
use super::web_links::next_in_header;

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

/// How much was read of a feed.
pub(super) struct ReadAmount {
    pub(super) pages: u64,
    pub(super) records: u64,
    /// How many records a declared total may count that are never sent.
    pub(super) slack: u64,
    /// Whether all of it was asked for, so that its numbers count.
    pub(super) everything: bool,
    /// Whether its last page held a record: after one without, links and flags count for nothing.
    pub(super) ended_full: bool,
}

/// A sign that there is more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MoreSign {
    /// Where it stands, such as `meta.next` or `the Link header`.
    pub(super) place: String,
    /// What it says.
    pub(super) says: SignMeaning,
}

/// What a sign says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SignMeaning {
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

/// The plainest sign that there is more than was read. Where the list is, `list` says; `known` are the places that the
/// document's paging goes by.
pub(super) fn more_than_read(
    envelope: &Value,
    headers: &HeaderMap,
    list: &[String],
    known: &[String],
    read: &ReadAmount,
) -> Option<MoreSign> {
    let mut offers = in_headers(headers);
    let mut prefix = String::new();
    let mut at = Some(envelope);
    // The object that holds the list may be some levels down; the list itself is not looked into.
    for name in list {
        if let Some(fields) = at.and_then(Value::as_object) {
            of_object(fields, &prefix, name, &mut offers);
        }
        prefix = format!("{prefix}{name}.");
        at = at.and_then(|at| at.get(name));
    }
    let is_more = |offer: &MoreSign| match offer.says {
        SignMeaning::Link | SignMeaning::Mark | SignMeaning::More => read.ended_full,
        SignMeaning::Pages(pages) => read.everything && pages > read.pages,
        SignMeaning::Records(records) => read.everything && records > read.records + read.slack,
    };
    let mut offers = offers
        .into_iter()
        .filter(|offer| !known.contains(&offer.place) && is_more(offer));
    let first = offers.next()?;
    // A link says most: by it one can go on.
    let link = offers.find(|offer| offer.says == SignMeaning::Link);
    Some(match link {
        Some(link) if first.says != SignMeaning::Link => link,
        _ => first,
    })
}

fn in_headers(headers: &HeaderMap) -> Vec<MoreSign> {
    let offer = |place: &str, says| MoreSign {
        place: format!("the {place} header"),
        says,
    };
    let number =
        |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let mut offers = Vec::new();
    if let Ok(Some(_)) = next_in_header(headers) {
        offers.push(offer("Link", SignMeaning::Link));
    }
    if number("x-next-page").is_some() {
        offers.push(offer("X-Next-Page", SignMeaning::More));
    }
    for name in [
        "X-Total-Pages",
        "X-WP-TotalPages",
        "X-Page-Count",
        "X-Pagination-Page-Count",
    ] {
        offers.extend(number(name).map(|pages| offer(name, SignMeaning::Pages(pages))));
    }
    for name in [
        "X-Total-Count",
        "X-WP-Total",
        "X-Total",
        "X-Pagination-Total-Count",
    ] {
        offers.extend(number(name).map(|records| offer(name, SignMeaning::Records(records))));
    }
    let range = headers
        .get("content-range")
        .and_then(|range| range.to_str().ok());
    // Such as `items 0-19/45`; bytes are no records.
    if let Some((unit, total)) = range.and_then(|range| range.rsplit_once('/'))
        && !unit.trim_start().starts_with("bytes")
        && let Ok(records) = total.trim().parse()
    {
        offers.push(offer("Content-Range", SignMeaning::Records(records)));
    }
    offers
}

/// The signs among the fields of an object beside its field `list`, and in objects there that speak of pages.
fn of_object(fields: &Map<String, Value>, prefix: &str, list: &str, offers: &mut Vec<MoreSign>) {
    for (name, value) in fields.iter().filter(|(name, _)| *name != list) {
        let folded = plain(name);
        let place = format!("{prefix}{}", step(name));
        if let (Some(SignMeaning::Mark), Value::Object(inner)) = (sign(&folded, value), value) {
            offers.extend(inner.iter().find_map(|(name, value)| {
                let says = next(value).filter(|says| *says != SignMeaning::More)?;
                let place = format!("{place}.{}", step(name));
                Some(MoreSign { place, says })
            }));
        } else if let Some(says) = sign(&folded, value) {
            offers.push(MoreSign { place, says });
        } else if HOLDERS.contains(&folded.as_str())
            && let Value::Object(inner) = value
        {
            of_object(inner, &format!("{prefix}{}.", step(name)), "", offers);
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
fn sign(name: &str, value: &Value) -> Option<SignMeaning> {
    match name {
        "next" | "nextlink" | "nexturl" | "nexthref" | "nexturi" | "nextpage" | "nextpageurl"
        | "nextpagelink" | "nextpageuri" | "odatanextlink" | "linknext" | "nextresults"
        | "nextrecordsurl" => next(value),
        "nextpagetoken" | "nexttoken" | "nextcursor" | "nextpagecursor" | "nextpagekey"
        | "nextkey" | "continuationtoken" | "continuation" | "nextoffset" | "nextstart"
        | "nextmarker" => is_filled(value).then_some(SignMeaning::Mark),
        "hasmore" | "hasmoreitems" | "hasmorepages" | "hasmoreresults" | "hasmorerecords"
        | "moreitems" | "morepages" | "moreavailable" | "moreresults" | "morerecords"
        | "hasnext" | "hasnextpage" | "more" | "istruncated" | "truncated"
        | "incompleteresults" | "ispartial" => is_true(value).then_some(SignMeaning::More),
        "last" | "islast" | "islastpage" | "lastpagereached" | "nomore" | "done" => {
            is_false(value).then_some(SignMeaning::More)
        }
        "totalpages" | "lastpage" | "pagecount" | "pagescount" | "numpages" | "numberofpages"
        | "pagetotal" | "pages" | "maxpage" | "totalpagecount" | "totalnumberofpages" => {
            whole(value).map(SignMeaning::Pages)
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
        | "totalnumberofitems" => whole(value).map(SignMeaning::Records),
        _ => None,
    }
}

/// What the next page is given as: its address, its number, or more about it.
fn next(value: &Value) -> Option<SignMeaning> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let is_link = text.starts_with(['/', '?']) || text.contains("://");
            match text {
                "" | "0" | "false" | "False" | "null" | "None" => None,
                _ if is_link => Some(SignMeaning::Link),
                _ => Some(SignMeaning::Mark),
            }
        }
        Value::Bool(true) => Some(SignMeaning::More),
        Value::Number(number) if number.as_f64() != Some(0.0) => Some(SignMeaning::More),
        Value::Object(fields) => {
            let mut filled = fields.values().filter(|value| is_filled(value));
            filled.next().map(|_| SignMeaning::Mark)
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
        Value::String(text) => matches!(plain(text).as_str(), "true" | "yes" | "1"),
        _ => false,
    }
}

fn is_false(value: &Value) -> bool {
    *value == Value::Bool(false) || matches!(value, Value::String(text) if plain(text) == "false")
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

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;

    fn found(
        envelope: &Value,
        list: &[&str],
        headers: &[(&'static str, &str)],
        read: &ReadAmount,
    ) -> String {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        let list: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
        let offer = more_than_read(envelope, &headers.collect(), &list, &[], read);
        offer.map_or(String::new(), |offer| {
            format!("{} {:?}", offer.place, offer.says)
        })
    }

    /// One page with three records.
    const THREE: ReadAmount = ReadAmount {
        pages: 1,
        records: 3,
        slack: 0,
        everything: true,
        ended_full: true,
    };

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of signs")]
    fn signs_that_there_is_more_are_found_where_they_stand() {
        for (envelope, list, said) in [
            (
                json!({"data": [], "next": "/p?page=2"}),
                &["data"][..],
                "next Link",
            ),
            (
                json!({"data": [], "meta": {"next": "https://r.example/2"}}),
                &["data"],
                "meta.next Link",
            ),
            (
                json!({"data": [], "links": {"next": "?page=2"}}),
                &["data"],
                "links.next Link",
            ),
            (
                json!({"data": [], "_links": {"next": {"href": "/2"}}}),
                &["data"],
                "_links.next.href Link",
            ),
            (
                json!({"data": [], "paging": {"next": {"after": "4", "link": "x"}}}),
                &["data"],
                "paging.next.after Mark",
            ),
            (
                json!({"value": [], "@odata.nextLink": "https://r.example/2"}),
                &["value"],
                "\"@odata.nextLink\" Link",
            ),
            (
                json!({"data": [], "nextPageToken": "abc"}),
                &["data"],
                "nextPageToken Mark",
            ),
            (
                json!({"data": [], "next_page": 2}),
                &["data"],
                "next_page More",
            ),
            (
                json!({"data": [], "has_more": true}),
                &["data"],
                "has_more More",
            ),
            (
                json!({"data": [], "pagination": {"has_more_items": true}}),
                &["data"],
                "pagination.has_more_items More",
            ),
            (
                json!({"content": [], "last": false, "totalPages": 3}),
                &["content"],
                "last More",
            ),
            (
                json!({"records": [], "done": false, "nextRecordsUrl": "/q/2"}),
                &["records"],
                "nextRecordsUrl Link",
            ),
            (
                json!({"data": {"people": {"nodes": [], "pageInfo": {"hasNextPage": true}}}}),
                &["data", "people", "nodes"],
                "data.people.pageInfo.hasNextPage More",
            ),
            (
                json!({"data": [], "meta": {"page": {"last-page": 4}}}),
                &["data"],
                "meta.page.last-page Pages(4)",
            ),
            (
                json!({"data": [], "meta": {"pages": 2}}),
                &["data"],
                "meta.pages Pages(2)",
            ),
            (
                json!({"data": [], "total": "45"}),
                &["data"],
                "total Records(45)",
            ),
            (
                json!({"data": [], "count": 4}),
                &["data"],
                "count Records(4)",
            ),
            (
                json!({"hits": {"total": {"value": 9}, "hits": []}}),
                &["hits", "hits"],
                "hits.total Records(9)",
            ),
            // A link says most.
            (
                json!({"data": [], "count": 9, "next": "/2"}),
                &["data"],
                "next Link",
            ),
        ] {
            assert_eq!(found(&envelope, list, &[], &THREE), said, "{envelope}");
        }
        for (header, said) in [
            (("link", "</2>; rel=next"), "the Link header Link"),
            (
                ("x-total-count", "4"),
                "the X-Total-Count header Records(4)",
            ),
            (
                ("x-wp-totalpages", "2"),
                "the X-WP-TotalPages header Pages(2)",
            ),
            (("x-next-page", "2"), "the X-Next-Page header More"),
            (
                ("content-range", "items 0-2/9"),
                "the Content-Range header Records(9)",
            ),
        ] {
            assert_eq!(found(&Value::Null, &[], &[header], &THREE), said);
        }
    }

    #[test]
    fn what_says_that_this_is_all_is_no_sign() {
        for envelope in [
            json!({"data": []}),
            json!({"data": [], "next": null, "meta": {"next": "", "total": 3, "pages": 1}}),
            json!({"data": [], "count": 2, "links": {"next": {"href": null}, "last": "/p?page=1"}}),
            json!({"data": [], "has_more": false, "nextPageToken": "", "next_page": 0}),
            json!({"data": [], "last": true, "totalElements": 3, "totalPages": 1, "done": true}),
            json!({"data": [], "paging": {"next": {}, "cursors": {"after": null}}}),
            json!({"data": [], "event": {"total": 500, "next": "/events/8", "count": 9}}),
            json!({"data": [], "next_event": "devcon-2027", "page": 1, "per_page": 2}),
        ] {
            assert_eq!(found(&envelope, &["data"], &[], &THREE), "", "{envelope}");
        }
        for header in [
            ("link", "</1>; rel=prev"),
            ("x-total-count", "3"),
            ("x-next-page", ""),
            ("content-range", "bytes 0-99/1000"),
            ("content-range", "items 0-2/*"),
        ] {
            assert_eq!(
                found(&Value::Null, &[], &[header], &THREE),
                "",
                "{header:?}"
            );
        }
        // Numbers are of the whole feed, and after an empty page nothing but they count.
        let envelope = json!({"data": [], "total": 9, "next": "/2"});
        let part = ReadAmount {
            everything: false,
            ended_full: false,
            ..THREE
        };
        assert_eq!(found(&envelope, &["data"], &[], &part), "");
    }
}
