//! What can be chosen in the steps: what is done to a field, what a value means, and what to mend.

use attendee_sync_testkit::peers::{HttpPeer, Request, ResponseTemplate};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TestForm, TestResponse};

const FIRST: &str = "/new-event/steps";

/// A list with full names, codes of countries and kinds of tickets.
fn serve() -> HttpPeer {
    let peer = HttpPeer::answering_not_found();
    let person = |number: usize| {
        json!({"id": number, "mail": format!("p{number}@example.org"), "full_name": "Ada King Lovelace",
            "land": "NL", "ticket": if number == 3 { "VIP" } else { "Visitor" }, "labels": [" First ", "Second"]})
    };
    let answer: Vec<Value> = (1..=9).map(person).collect();
    peer.answer(move |_: &Request| ResponseTemplate::new(200).set_body_json(&answer));
    peer
}

async fn step(browser: &Browser<'_>, path: &str) -> (String, TestForm) {
    let page = browser.open(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    let form = page.fields();
    (page.body, form)
}

fn leads_on(answer: &TestResponse) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

/// Connects; returns the path of the steps, without the name of one.
async fn connected(browser: &Browser<'_>, peer: &HttpPeer) -> String {
    let (_, mut form) = step(browser, FIRST).await;
    form.insert("name".to_owned(), "DevCon".to_owned());
    form.insert("url".to_owned(), peer.origin());
    let list = leads_on(&browser.send_form(FIRST, &form).await);
    list.trim_end_matches("list").to_owned()
}

fn refused(answer: &TestResponse) -> &str {
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.body
    );
    &answer.body
}

#[tokio::test]
async fn what_is_done_to_a_field_is_chosen_and_shown_again() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve();
    let browser = world.browser().await;
    let fields = format!("{}fields", connected(&browser, &peer).await);
    let (page, mut form) = step(&browser, &fields).await;
    // The name that was split by the proposal is a choice like any other.
    assert_eq!(
        (&*form["first_name"], &*form["how.first_name"]),
        ("\"full_name\"", "first_word")
    );
    assert_eq!(
        (&*form["last_name"], &*form["how.last_name"]),
        ("\"full_name\"", "other_words")
    );
    assert!(page.contains("King Lovelace"), "{page}");
    for (field, from, how) in [
        ("company", "\"labels\"", "first_item"),
        ("country", "\"land\"", "country"),
        ("title", "\"ticket\"", "trim"),
    ] {
        form.insert(field.to_owned(), from.to_owned());
        form.insert(format!("how.{field}"), how.to_owned());
    }
    form.insert(
        "code.job_title".to_owned(),
        "ticket ~ ' of ' ~ land".to_owned(),
    );
    form.insert("go".to_owned(), "show".to_owned());
    leads_on(&browser.send_form(&fields, &form).await);
    let (page, form) = step(&browser, &fields).await;
    for (field, from, how) in [
        ("company", "\"labels\"", "first_item"),
        ("country", "\"land\"", "country"),
        ("title", "\"ticket\"", "trim"),
    ] {
        assert_eq!(
            (&*form[field], &*form[&format!("how.{field}")]),
            (from, how)
        );
    }
    assert_eq!(form["code.job_title"], "ticket ~ ' of ' ~ land");
    for value in ["Visitor of NL", "Netherlands", "First"] {
        assert!(page.contains(value), "{value}: {page}");
    }
}

#[tokio::test]
async fn an_expression_that_does_not_compile_is_shown_with_its_place() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve();
    let browser = world.browser().await;
    let fields = format!("{}fields", connected(&browser, &peer).await);
    let (_, mut form) = step(&browser, &fields).await;
    form.insert("code.company".to_owned(), "land or or ticket".to_owned());
    form.insert("country".to_owned(), "\"land\"".to_owned());
    let answer = browser.send_form(&fields, &form).await;
    let page = refused(&answer);
    assert!(
        page.contains("<pre class=\"caret\">land or or ticket\n           ^</pre>"),
        "{page}"
    );
    assert!(page.contains("value=\"land or or ticket\""), "{page}");
    // What else was chosen is kept.
    assert_eq!(answer.fields()["country"], "\"land\"");
}

#[tokio::test]
async fn a_value_gives_a_group_and_rules_are_added_by_choice_and_by_code() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve();
    let browser = world.browser().await;
    let steps = connected(&browser, &peer).await;
    let rules = format!("{steps}rules");
    let (page, mut form) = step(&browser, &rules).await;
    let vip = json!({"field": "ticket", "is": ["VIP"]}).to_string();
    assert!(page.contains("Matches 1 of 9"), "{page}");
    form.insert(format!("then.{vip}"), "add_group".to_owned());
    form.insert("new.field".to_owned(), "mail".to_owned());
    form.insert("new.test".to_owned(), "contains".to_owned());
    form.insert("go".to_owned(), "add".to_owned());
    let answer = browser.send_form(&rules, &form).await;
    assert!(
        refused(&answer).contains("Enter the value to compare with"),
        "{}",
        answer.body
    );
    form.insert("new.value".to_owned(), "p1@".to_owned());
    form.insert("new.then".to_owned(), "add_group".to_owned());
    form.insert("new.group".to_owned(), "First".to_owned());
    assert_eq!(leads_on(&browser.send_form(&rules, &form).await), rules);
    let (page, mut form) = step(&browser, &rules).await;
    assert!(page.contains("mail contains p1@"), "{page}");
    assert_eq!(form[&format!("group.{vip}")], "VIP");

    form.insert("go".to_owned(), "code".to_owned());
    form.insert(
        "code".to_owned(),
        "[{\"when\": \"land or or ticket\", \"then\": \"ignore\"}]".to_owned(),
    );
    let answer = browser.send_form(&rules, &form).await;
    let page = refused(&answer);
    assert!(page.contains("Rule 1: "), "{page}");
    assert!(
        page.contains("<pre class=\"caret\">land or or ticket\n"),
        "{page}"
    );
    form.insert("code".to_owned(), "[{]".to_owned());
    let answer = browser.send_form(&rules, &form).await;
    assert!(
        refused(&answer).contains("<pre class=\"caret\">[{]\n  ^</pre>"),
        "{}",
        answer.body
    );

    let (_, mut form) = step(&browser, &rules).await;
    let mut all: Vec<Value> = serde_json::from_str(&form["code"]).unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    all.push(json!({"when": "id > 7", "then": "remove_attendee"}));
    form.insert("code".to_owned(), json!(all).to_string());
    form.insert("go".to_owned(), "code".to_owned());
    leads_on(&browser.send_form(&rules, &form).await);
    let (page, form) = step(&browser, &rules).await;
    assert!(page.contains("Matches 2 of 9"), "{page}");
    let check = leads_on(&browser.send_form(&rules, &form).await);
    let (_, form) = step(&browser, &check).await;
    leads_on(&browser.send_form(&check, &form).await);
    let document = world.api("/events/devcon/configuration").await;
    assert_eq!(
        document["rules"],
        json!([
            {"field": "ticket", "is": "VIP", "then": {"add_group": "VIP"}},
            {"field": "mail", "contains": "p1@", "then": {"add_group": "First"}},
            {"when": "id > 7", "then": "remove_attendee"},
        ])
    );
}

#[tokio::test]
async fn the_check_of_the_whole_list_leads_to_what_mends_each_finding() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = HttpPeer::answering_not_found();
    let person = |number: usize| {
        json!({"id": number, "mail": if number == 8 { "nobody".to_owned() } else { format!("p{number}@gmial.com") },
            "first": "Ada", "last": "Lovelace", "company": Value::Null})
    };
    let answer: Vec<Value> = (1..=9).map(person).collect();
    peer.answer(move |_: &Request| ResponseTemplate::new(200).set_body_json(&answer));
    let browser = world.browser().await;
    let steps = connected(&browser, &peer).await;
    let fields = format!("{steps}fields");
    let (_, mut form) = step(&browser, &fields).await;
    form.insert("company".to_owned(), "\"company\"".to_owned());
    leads_on(&browser.send_form(&fields, &form).await);
    let (page, _) = step(&browser, &format!("{steps}check")).await;
    assert!(page.contains("Check of the whole list"), "{page}");
    assert!(page.contains("some records would be rejected"), "{page}");
    // A field that no record has is a warning that leads to the field.
    let row = page
        .split("<tr>")
        .find(|row| row.contains("No record has a value at company"));
    let row = row.unwrap_or_else(|| panic!("{page}"));
    assert!(row.contains("Warning"), "{row}");
    assert!(row.contains(&format!("href=\"{fields}#company\"")), "{row}");
    assert!(page.contains(&format!("href=\"{fields}#email\"")), "{page}");
}
