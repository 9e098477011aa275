//! Signs in an answer that there are records which were not read: a next page, or a number of pages
//! or records.

use attendee_sync_domain::feed::page_signs_beside;
pub(super) use attendee_sync_domain::feed::{PageSays as Says, PageSign as Offer};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::web_links::next_in_header;

/// How much was read of a feed.
pub(super) struct ReadAmount {
    pub(super) pages: u64,
    pub(super) records: u64,
    /// How many records a declared total may count that are never sent.
    pub(super) slack: u64,
    /// Whether the whole feed was requested, so that declared numbers apply.
    pub(super) everything: bool,
    /// Whether its last page had a record: after an empty page, links and flags do not count.
    pub(super) ended_full: bool,
}

/// Returns the clearest sign that there is more than was read. `list` is the path of the list;
/// `known` are the places that the document's pagination uses.
pub(super) fn more_than_read(
    envelope: &Value,
    headers: &HeaderMap,
    list: &[String],
    known: &[String],
    read: &ReadAmount,
) -> Option<Offer> {
    let mut offers = in_headers(headers);
    offers.extend(page_signs_beside(envelope, list));
    let is_more = |offer: &Offer| match offer.says {
        Says::Link | Says::Mark | Says::More => read.ended_full,
        Says::Pages(pages) => read.everything && pages > read.pages,
        Says::Records(records) => read.everything && records > read.records + read.slack,
    };
    let mut offers = offers
        .into_iter()
        .filter(|offer| !known.contains(&offer.place) && is_more(offer));
    let first = offers.next()?;
    // A link is the clearest sign, as it can be followed.
    let link = offers.find(|offer| offer.says == Says::Link);
    Some(match link {
        Some(link) if first.says != Says::Link => link,
        _ => first,
    })
}

fn in_headers(headers: &HeaderMap) -> Vec<Offer> {
    let offer = |place: &str, says| Offer {
        place: format!("the {place} header"),
        says,
    };
    let number =
        |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let mut offers = Vec::new();
    if let Ok(Some(_)) = next_in_header(headers) {
        offers.push(offer("Link", Says::Link));
    }
    if number("x-next-page").is_some() {
        offers.push(offer("X-Next-Page", Says::More));
    }
    for name in [
        "X-Total-Pages",
        "X-WP-TotalPages",
        "X-Page-Count",
        "X-Pagination-Page-Count",
    ] {
        offers.extend(number(name).map(|pages| offer(name, Says::Pages(pages))));
    }
    for name in [
        "X-Total-Count",
        "X-WP-Total",
        "X-Total",
        "X-Pagination-Total-Count",
    ] {
        offers.extend(number(name).map(|records| offer(name, Says::Records(records))));
    }
    let range = headers
        .get("content-range")
        .and_then(|range| range.to_str().ok());
    // A value such as `items 0-19/45`; ranges of bytes do not count records.
    if let Some((unit, total)) = range.and_then(|range| range.rsplit_once('/'))
        && !unit.trim_start().starts_with("bytes")
        && let Ok(records) = total.trim().parse()
    {
        offers.push(offer("Content-Range", Says::Records(records)));
    }
    offers
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
