//! The next page: a link is found among others, and followed to the same server alone, without a
//! credential.
//!
//! Input: lines; each is a `Link` header, and a link itself.

use attendee_sync_adapters::source::fuzzing::{follow, next_link, with_parameter};
use url::Url;

use crate::text::{first_line, text};

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let input = text(input);
    let values: Vec<&[u8]> = input.lines().map(str::as_bytes).collect();
    if let Some(Ok(Some(target))) = next_link(&values) {
        assert!(input.contains(&target), "a link that nobody sent");
    }
    let (first, second) = first_line(input);
    is_found_among_others(first, second);
    for link in input.lines() {
        for page in [
            "https://r.example/api/people?page=1",
            "http://r.example/",
            "https://r.example:8443/",
        ] {
            stays(&Url::parse(page).unwrap(), link);
        }
    }
    adds_a_parameter(first, second);
}

/// Whatever stands in the titles and targets around it, the next link is found.
fn is_found_among_others(title: &str, target: &str) {
    let text = |text: &str, not: &str| -> String {
        let keep = |c: &char| !c.is_control() && !not.contains(*c);
        text.chars().filter(keep).collect()
    };
    let quoted = text(title, "").replace('\\', "\\\\").replace('"', "\\\"");
    let target = text(target, "<>");
    let header = format!(
        "<{target}>; title=\"{quoted}\"; rel=\"prev first\", ,<{target}/2>;title=\"{quoted}\" ; REL=Next , <x>"
    );
    let expected = format!("{target}/2").trim().to_owned();
    let found = next_link(&[header.as_bytes()]).unwrap().unwrap();
    assert_eq!(found, Some(expected), "{header}");
}

fn stays(page: &Url, link: &str) {
    let Ok(target) = follow(page, page, link) else {
        return;
    };
    let is_same = target.origin() == page.origin();
    let is_upgraded = page.scheme() == "http"
        && target.scheme() == "https"
        && page.host() == target.host()
        && target.port().is_none();
    assert!(is_same || is_upgraded, "{link:?} leads to {target}");
    assert_eq!((target.username(), target.password()), ("", None));
    assert_eq!(target.fragment(), None);
    // Where it leads it leads again.
    assert_eq!(follow(page, page, target.as_str()).unwrap(), target);
}

/// One parameter of that name, the others as they were.
fn adds_a_parameter(name: &str, query: &str) {
    let mut url = Url::parse("https://r.example/api").unwrap();
    url.set_query(Some(query));
    let with = with_parameter(&url, name, query);
    let mut expected: Vec<_> = url
        .query_pairs()
        .filter(|(other, _)| other != name)
        .collect();
    expected.push((name.into(), query.into()));
    assert_eq!(with.query_pairs().collect::<Vec<_>>(), expected);
    assert_eq!(with_parameter(&with, name, query), with);
}
