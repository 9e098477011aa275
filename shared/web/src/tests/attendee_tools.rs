//! What helps with a long list of attendees: columns, saved filters, the print view, and one thing done with many of them.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, document, person};

const LIST: &str = "/events/devcon";
const FILTERS: &str = "/events/devcon/filters";
const ACT: &str = "/events/devcon/selection";

async fn world(people: usize) -> ConsoleWorld {
    let people = (1..=people)
        .map(|id| person(id, &format!("No{id}")))
        .collect();
    let world = ConsoleWorld::with(people).await;
    world.sync().await;
    world
}

async fn groups(world: &ConsoleWorld, id: usize) -> String {
    let path = format!("/events/devcon/attendees/p{id}@example.org");
    world.api(&path).await["groups"].to_string()
}

async fn act(browser: &Browser<'_>, status: StatusCode, fields: &[(&str, &str)]) -> String {
    let answer = browser.submit(ACT, fields).await;
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.body
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&field).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn columns_are_chosen_and_stay_in_the_address() {
    let world = world(1).await;
    let browser = world.browser().await;
    let page = browser.page(LIST).await;
    assert!(page.contains(">Company</a></th>"), "{page}");
    assert!(!page.contains("<th scope=\"col\">Source ID</th>"), "{page}");
    let typed = [
        ("status", "attending"),
        ("sort", "name"),
        ("column-email", "on"),
        ("column-source_id", "on"),
    ];
    let answer = browser.submit(LIST, &typed).await;
    assert_eq!(
        answer.header("location"),
        "/events/devcon?columns=email.source_id"
    );
    let page = browser.page(answer.header("location")).await;
    assert!(page.contains("<th scope=\"col\">Source ID</th>"), "{page}");
    assert!(
        page.contains("<td data-label=\"Source ID\" dir=\"auto\">1</td>"),
        "{page}"
    );
    assert!(!page.contains("data-label=\"Company\""), "{page}");
    assert!(
        page.contains("href=\"/events/devcon?sort=email&#38;columns=email.source_id\""),
        "{page}"
    );
    let odd = browser.page("/events/devcon?columns=shoe_size").await;
    assert!(odd.contains("data-label=\"Company\""), "{odd}");
}

#[tokio::test]
async fn a_filter_is_saved_for_whoever_saved_it_and_deleted_again() {
    let world = world(3).await;
    let browser = world.browser().await;
    let save = |name| {
        [
            ("list.group", "speakers"),
            ("list.columns", "email"),
            ("list.words", "0123"),
            ("list.after", "0123456789abcdef0123456789abcdef"),
            ("name", name),
        ]
    };
    let answer = browser.submit(FILTERS, &save(" <b>VIPs</b> ")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = browser.page(LIST).await;
    let link = "<a href=\"/events/devcon?group=speakers&#38;columns=email#list\" dir=\"auto\">&#60;b&#62;VIPs&#60;/b&#62;</a>";
    assert!(page.contains(link), "{page}");
    let shown = browser
        .page("/events/devcon?group=speakers&columns=email")
        .await;
    assert!(
        shown.contains("dir=\"auto\" aria-current=\"page\">"),
        "{shown}"
    );
    // Nobody else has it, and whoever only reads may save their own.
    let viewer = world.browser_of("viewer-of-acme").await;
    let page = viewer.page(LIST).await;
    assert!(!page.contains("VIPs"), "{page}");
    let answer = viewer.submit(FILTERS, &save("Mine")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(viewer.page(LIST).await.contains(">Mine</a>"));
    // A name is saved once.
    browser.submit(FILTERS, &save("<b>VIPs</b>")).await;
    let page = browser.page(LIST).await;
    assert_eq!(page.matches("VIPs&#60;/b&#62;</a>").count(), 1, "{page}");
    let delete = [("act", "delete"), ("name", "<b>VIPs</b>")];
    browser.submit(FILTERS, &delete).await;
    let page = browser.page(LIST).await;
    assert!(!page.contains("VIPs"), "{page}");
}

#[tokio::test]
async fn no_more_filters_are_saved_than_there_is_room_for() {
    let world = world(1).await;
    let browser = world.browser().await;
    for number in 0..20 {
        let name = format!("Filter {number}");
        let answer = browser.submit(FILTERS, &[("name", &name)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    let long = "x".repeat(61);
    for (name, reason) in [
        ("One more", "You have saved 20 filters for this event"),
        ("  ", "Enter a name for the filter."),
        (long.as_str(), "The name has at most 60 characters."),
    ] {
        let answer = browser.submit(FILTERS, &[("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.body.contains(reason), "{reason}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_print_view_has_many_people_on_a_page_and_says_what_they_are() {
    let world = world(120).await;
    let browser = world.browser().await;
    let list = browser.page("/events/devcon?group=speakers").await;
    let link = "href=\"/events/devcon?group=speakers&#38;print=yes#list\">Print view";
    assert!(list.contains(link), "{list}");
    let page = browser
        .page("/events/devcon?group=speakers&print=yes")
        .await;
    assert_eq!(page.matches("<th scope=\"row\">").count(), 120);
    assert!(
        page.contains(
            "<p class=\"printed\">Attending; group: Speakers (120); 120 people; 1 Nov 2026, 13:00:00 CET</p>"
        ),
        "{page}"
    );
    assert!(!page.contains("type=\"checkbox\""), "{page}");
}

#[tokio::test]
async fn everybody_on_a_page_is_meant_without_a_script() {
    let world = world(120).await;
    let browser = world.browser().await;
    let first = browser.page(LIST).await;
    assert!(first.contains("Select all 120 found"), "{first}");
    let (_, rest) = first.split_once("href=\"/events/devcon?after=").unwrap();
    let after = rest.split('#').next().unwrap();
    let second = [
        ("action", "group"),
        ("into", "Late"),
        ("page", "on"),
        ("list.after", after),
    ];
    let asked = act(&browser, StatusCode::OK, &second).await;
    assert!(asked.contains("Add 20 people to Late?"), "{asked}");
    let viewer = world.browser_of("viewer-of-acme").await;
    let page = viewer.page(LIST).await;
    assert!(
        !page.contains("Select all") && !page.contains("name=\"person-"),
        "{page}"
    );
}

#[tokio::test]
async fn a_group_that_was_assigned_by_hand_is_taken_back() {
    let world = world(2).await;
    let browser = world.browser().await;
    let all = |action| [("action", action), ("into", "VIP"), ("scope", "all")];
    for (action, question, after) in [
        ("group", "Add 2 people to VIP?", "[\"Speakers\",\"VIP\"]"),
        ("ungroup", "Remove 2 people from VIP?", "[\"Speakers\"]"),
    ] {
        let asked = act(&browser, StatusCode::OK, &all(action)).await;
        assert!(asked.contains(question), "{asked}");
        let people = hidden(&asked, "people");
        let sure = [
            ("action", action),
            ("into", "VIP"),
            ("people", people.as_str()),
            ("confirmed", "yes"),
        ];
        act(&browser, StatusCode::OK, &sure).await;
        assert_eq!(groups(&world, 1).await, after);
        assert_eq!(groups(&world, 2).await, after);
    }
}

#[tokio::test]
async fn many_people_are_changed_in_pieces_and_none_is_forgotten() {
    let world = world(620).await;
    let browser = world.browser().await;
    let all = [("action", "group"), ("into", "VIP"), ("scope", "all")];
    let asked = act(&browser, StatusCode::OK, &all).await;
    assert!(asked.contains("Add 620 people to VIP?"), "{asked}");
    assert!(asked.contains("And 600 more."), "{asked}");
    let mut page = asked;
    for text in [
        "500 of 620 people are done",
        "Added to the group: 620 people.",
    ] {
        let (people, changed) = (hidden(&page, "people"), hidden(&page, "done.changed"));
        let go_on = [
            ("action", "group"),
            ("into", "VIP"),
            ("people", people.as_str()),
            ("done.changed", changed.as_str()),
            ("confirmed", "yes"),
        ];
        page = act(&browser, StatusCode::OK, &go_on).await;
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("name=\"people\""), "{page}");
    assert_eq!(groups(&world, 620).await, "[\"Speakers\",\"VIP\"]");
}

#[tokio::test]
async fn a_failure_in_the_middle_says_who_is_left_and_can_be_gone_on_from() {
    let world = world(30).await;
    let browser = world.browser().await;
    let all = [("action", "take_out"), ("scope", "all")];
    let asked = act(&browser, StatusCode::OK, &all).await;
    let people = hidden(&asked, "people");
    let go_on = |people: &str, changed: &str| {
        [
            ("action".to_owned(), "take_out".to_owned()),
            ("people".to_owned(), people.to_owned()),
            ("done.changed".to_owned(), changed.to_owned()),
            ("confirmed".to_owned(), "yes".to_owned()),
        ]
    };
    world.fails_after_writes(8);
    let form = go_on(&people, "0");
    let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let stopped = browser.submit(ACT, &form).await;
    assert!(stopped.status.is_server_error(), "{}", stopped.status);
    assert!(
        stopped.body.contains("Stopped after ") && stopped.body.contains("were not finished"),
        "{}",
        stopped.body
    );
    let changed = hidden(&stopped.body, "done.changed");
    let left = hidden(&stopped.body, "people");
    let count: usize = changed.parse().unwrap();
    assert_eq!(count + left.split(' ').count(), 30);
    assert!(count > 0 && count < 30, "{count}");
    let form = go_on(&left, &changed);
    let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let done = act(&browser, StatusCode::OK, &form).await;
    assert!(done.contains("<h2>Done</h2>"), "{done}");
    let page = browser.page("/events/devcon?status=removed").await;
    assert!(page.contains("30 people</caption>"), "{page}");
}

#[tokio::test]
async fn a_country_is_shown_by_its_name_and_filtered_by_what_the_source_writes() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let mut with_countries = document();
    with_countries["mapping"]["country"] = json!("country");
    let path = "/api/v1/events/devcon/configuration";
    let ask = TestRequest::get(path).bearer(TOKEN);
    let etag = world.send(ask).await.header("etag").to_owned();
    let ask = TestRequest::put(path).bearer(TOKEN).with("if-match", &etag);
    let stored = world.send(ask.json(&with_countries)).await;
    assert!(stored.status.is_success(), "{}", stored.body);
    let from = |id, country: &str| {
        let mut record = person(id, "Ada");
        record["country"] = json!(country);
        record
    };
    world.registered(vec![from(1, "CZ"), from(2, "Utopia"), from(3, "at")]);
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.page(LIST).await;
    let offers = "<option value=\"at\">Austria (1)</option>\n<option value=\"CZ\">Czechia (1)</option>\n<option value=\"Utopia\">Utopia (1)</option>";
    assert!(page.contains(offers), "{page}");
    for shown in ["Austria", "Czechia", "Utopia"] {
        let cell = format!("<td data-label=\"Country\" dir=\"auto\">{shown}</td>");
        assert!(page.contains(&cell), "{cell}: {page}");
    }
    let attendee = world.api("/events/devcon/attendees/p1@example.org").await;
    assert_eq!(attendee["profile"]["country"], "CZ");
    let id = attendee["person"].as_str().unwrap();
    let page = browser.page(&format!("/events/devcon/people/{id}")).await;
    assert!(page.contains("Czechia"), "{page}");
}
