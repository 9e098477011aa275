//! The list of attendees: searched, filtered, sorted, and as a file.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, TestResponse, document, person};

const LIST: &str = "/events/devcon";

fn from(id: usize, first: &str, country: &str, groups: &[&str]) -> Value {
    let mut record = person(id, first);
    record["country"] = json!(country);
    record["groups"] = json!(groups);
    record
}

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with(Vec::new()).await;
    let mut document = document();
    document["mapping"]["country"] = json!("country");
    document["invitations"] = json!({"enabled": false});
    let etag = {
        let ask = TestRequest::get("/api/v1/events/devcon/configuration").bearer(TOKEN);
        world.send(ask).await.header("etag").to_owned()
    };
    let ask = TestRequest::put("/api/v1/events/devcon/configuration");
    let stored = world
        .send(ask.bearer(TOKEN).with("if-match", &etag).json(&document))
        .await;
    assert!(stored.status.is_success(), "{}", stored.body);
    world.registered(vec![
        from(1, "Zo\u{eb}", "NL", &["VIP"]),
        from(2, "Ada", "DE", &["Speakers", "VIP"]),
        from(3, "Bob", "NL", &["Speakers"]),
        from(4, "Carl", "", &[]),
    ]);
    world.sync().await;
    world
}

async fn find(browser: &Browser<'_>, fields: &[(&str, &str)]) -> String {
    let answer = browser.submit(LIST, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let address = answer.header("location").to_owned();
    for (_, typed) in fields.iter().filter(|(name, _)| *name == "search") {
        assert!(!address.contains(typed), "{address} names people");
    }
    browser.page(&address).await
}

/// The first names on a page, in their order.
fn names(page: &str) -> Vec<&str> {
    page.split("aria-label=\"Select ")
        .skip(1)
        .map(|rest| rest.split(' ').next().unwrap())
        .collect()
}

async fn api(world: &ConsoleWorld, question: &str) -> TestResponse {
    let path = format!("/api/v1/events/devcon/attendees{question}");
    world.send(TestRequest::get(&path).bearer(TOKEN)).await
}

async fn api_names(world: &ConsoleWorld, question: &str) -> Vec<String> {
    let answer = api(world, question).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let first = |item: &Value| item["profile"]["first_name"].as_str().unwrap().to_owned();
    answer.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(first)
        .collect()
}

#[tokio::test]
async fn the_list_is_sorted_by_name_and_by_what_a_heading_says() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser.page(LIST).await;
    assert_eq!(names(&page), ["Ada", "Bob", "Carl", "Zo\u{eb}"]);
    assert!(page.contains("4 people</caption>"), "{page}");
    assert!(
        page.contains(
            "aria-sort=\"ascending\"><a href=\"/events/devcon?sort=-name\">Name \u{2191}"
        ),
        "{page}"
    );
    let turned = browser.page("/events/devcon?sort=-name").await;
    assert_eq!(names(&turned), ["Zo\u{eb}", "Carl", "Bob", "Ada"]);
    // Who has no country comes last.
    let page = browser.page("/events/devcon?sort=country").await;
    assert_eq!(names(&page)[0], "Ada");
    assert_eq!(names(&page)[3], "Carl");
    let wrong = browser.open("/events/devcon?sort=shoe_size").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_list_sorted_by_country_goes_by_the_names_of_countries() {
    let world = world().await;
    world.registered(vec![
        from(1, "Zo\u{eb}", "NL", &[]),
        from(2, "Ada", "CH", &[]),
        from(3, "Bob", "Germany", &[]),
        from(4, "Carl", "ES", &[]),
    ]);
    world.sync().await;
    // Germany, Netherlands, Spain, Switzerland.
    let browser = world.browser().await;
    let page = browser.page("/events/devcon?sort=country").await;
    assert_eq!(names(&page), ["Bob", "Zo\u{eb}", "Carl", "Ada"]);
}

#[tokio::test]
async fn filters_narrow_the_list_and_say_how_many_there_are() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser.page(LIST).await;
    for choice in [
        "<option value=\"vip\">VIP (2)</option>",
        "<option value=\"DE\">Germany (1)</option>\n<option value=\"NL\">Netherlands (2)</option>",
        "<td data-label=\"Country\" dir=\"auto\">Germany</td>",
    ] {
        assert!(page.contains(choice), "{choice}: {page}");
    }
    for (fields, expected) in [
        (&[("group", "vip")][..], &["Ada", "Zo\u{eb}"][..]),
        (&[("country", "NL")], &["Bob", "Zo\u{eb}"]),
        (&[("country", "NL"), ("group", "vip")], &["Zo\u{eb}"]),
        (&[("search", "zoe DOE")], &["Zo\u{eb}"]),
        (&[("search", "p3@")], &["Bob"]),
        (&[("search", "nobody")], &[]),
        (&[("status", "removed")], &[]),
        (
            &[("changed", "last_run")],
            &["Ada", "Bob", "Carl", "Zo\u{eb}"],
        ),
    ] {
        let page = find(&browser, fields).await;
        assert_eq!(names(&page), expected, "{fields:?}");
    }
}

#[tokio::test]
async fn who_was_changed_by_the_last_sync_is_found() {
    let world = world().await;
    let browser = world.browser().await;
    browser.page(LIST).await;
    world.registered(vec![
        from(1, "Zo\u{eb}", "NL", &["VIP"]),
        from(2, "Ada", "FR", &["Speakers", "VIP"]),
        from(3, "Bob", "NL", &["Speakers"]),
        from(4, "Carl", "", &[]),
        from(5, "Dora", "FR", &[]),
    ]);
    world.sync().await;
    let page = find(&browser, &[("changed", "last_run")]).await;
    assert_eq!(names(&page), ["Ada", "Dora"]);
    let page = find(&browser, &[("country", "FR")]).await;
    assert_eq!(names(&page), ["Ada", "Dora"]);
    world.sync().await;
    let page = find(&browser, &[("changed", "last_run")]).await;
    assert_eq!(names(&page), [""; 0]);
}

#[tokio::test]
async fn programs_ask_the_same() {
    let world = world().await;
    for (question, expected) in [
        ("?sort=name", &["Ada", "Bob", "Carl", "Zo\u{eb}"][..]),
        ("?sort=-email", &["Carl", "Bob", "Ada", "Zo\u{eb}"]),
        ("?search=bob&sort=name", &["Bob"]),
        ("?group=Speakers&sort=name", &["Ada", "Bob"]),
        ("?country=NL&sort=name", &["Bob", "Zo\u{eb}"]),
        (
            "?country=NL&group=&search=&invitation=&sort=name",
            &["Bob", "Zo\u{eb}"],
        ),
        ("?updated_since=2099-01-01T00:00:00Z", &[]),
    ] {
        assert_eq!(api_names(&world, question).await, expected, "{question}");
    }
    for wrong in [
        "?sort=size",
        "?updated_since=yesterday",
        "?status=gone",
        "?invitation=x",
    ] {
        api(&world, wrong).await.problem(400);
    }
}

#[tokio::test]
async fn a_sorted_list_is_walked_page_by_page_and_begins_again_where_it_moved() {
    let world = world().await;
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api(&world, &format!("?sort=-name&limit=1{cursor}"))
            .await
            .json();
        all.push(page["items"][0]["profile"]["first_name"].clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(all, ["Zo\u{eb}", "Carl", "Bob", "Ada"]);
    let gone = "&cursor=00000000000000000000000000000000";
    api(&world, &format!("?sort=name{gone}")).await.problem(409);
}

#[tokio::test]
async fn the_list_is_a_file_as_far_as_the_filters_let_it_through() {
    let world = world().await;
    let browser = world.browser().await;
    let csv = browser
        .open("/events/devcon/attendees/file?country=NL")
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        csv.header("content-disposition")
            .contains("devcon-attendees.csv")
    );
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", csv.body);
    assert!(
        lines[0].starts_with("email,")
            && lines[1].starts_with("p3@")
            && lines[2].starts_with("p1@")
    );
    let empty = api(&world, ".csv?search=nobody").await;
    assert_eq!(empty.body.lines().count(), 1, "{}", empty.body);
    let lines = api(&world, ".jsonl?sort=name").await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    let first: Value = serde_json::from_str(lines.body.lines().next().unwrap()).unwrap();
    assert_eq!(first["email"], "p2@example.org");
    assert_eq!(lines.body.lines().count(), 4);
}

#[tokio::test]
async fn words_that_are_kept_no_longer_do_not_turn_into_everybody() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser.page("/events/devcon?words=forgotten").await;
    assert!(page.contains("a search is kept for an hour"), "{page}");
    let file = browser
        .open("/events/devcon/attendees/file?words=forgotten")
        .await;
    assert_eq!(file.status, StatusCode::GONE);
    let all = [
        ("action", "take_out"),
        ("scope", "all"),
        ("list.words", "forgotten"),
        ("confirmed", "yes"),
    ];
    let acted = browser.submit("/events/devcon/selection", &all).await;
    assert_eq!(acted.status, StatusCode::GONE);
    assert_eq!(api_names(&world, "").await.len(), 4);
}
