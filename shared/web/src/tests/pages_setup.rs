//! What people see who add an event step by step, over sources that answer on this machine.

use attendee_sync_testkit::peers::{HttpPeer, Request, ResponseTemplate};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TestForm, TestRequest, TestResponse};

const FIRST: &str = "/new-event/steps";
const KEY: &str = "s3cr3t-value";

/// What a source was asked.
struct SourceQuestion {
    query: String,
    authorization: String,
    body: Value,
}

/// Serves a source on this machine, which knows its own address.
fn serve(
    answer: impl Fn(&str, &SourceQuestion) -> ResponseTemplate + Send + Sync + 'static,
) -> HttpPeer {
    let peer = HttpPeer::answering_not_found();
    let own = peer.origin();
    peer.answer(move |request: &Request| {
        let authorization = request.headers.get("authorization");
        let question = SourceQuestion {
            query: request.url.query().unwrap_or_default().to_owned(),
            authorization: authorization
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            body: request.body_json().unwrap_or_default(),
        };
        answer(&own, &question)
    });
    peer
}

const NAMES: [&str; 6] = ["Ada", "Boris", "Carla", "Dewi", "Edsger", "Frances"];

fn registration(number: usize) -> Value {
    let name = NAMES[number % NAMES.len()];
    json!({
        "uuid": format!("r-{number}"),
        "ticket": {"type": "Visitor", "status": if number.is_multiple_of(5) { "cancelled" } else { "confirmed" }},
        "attendee": {
            "email": format!("p{number}@example.org"), "given_name": name,
            "family_name": "Lovelace", "company": "Analytical Engines",
        },
    })
}

/// A nested list, whose pages lead to each other by a link, behind a token.
fn nested(own: &str, question: &SourceQuestion) -> ResponseTemplate {
    if question.authorization != format!("Bearer {KEY}") {
        return ResponseTemplate::new(401)
            .insert_header("www-authenticate", "Bearer realm=\"api\"")
            .set_body_string("{}");
    }
    let page: usize = question
        .query
        .strip_prefix("page=")
        .map_or(1, |page| page.parse().unwrap());
    let people = (page * 10 - 9..=page * 10).map(registration);
    let next = (page < 3).then(|| format!("{own}/attendees?page={}", page + 1));
    let answer = json!({
        "data": {"registrations": people.collect::<Vec<_>>(), "tracks": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]},
        "meta": {"next": next},
    });
    ResponseTemplate::new(200).set_body_json(answer)
}

/// Opens a page that must be there; gives its text and its form.
async fn step(browser: &Browser<'_>, path: &str) -> (TestResponse, TestForm) {
    let page = browser.open(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    assert!(!page.body.contains(KEY), "{path} shows the key");
    let form = page.fields();
    (page, form)
}

/// Sends a form that must lead on; gives where.
async fn on(browser: &Browser<'_>, path: &str, form: &TestForm) -> String {
    let answer = browser.send_form(path, form).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "{path}: {}",
        answer.body
    );
    answer.header("location").to_owned()
}

/// Connects by the first page; gives where that leads.
async fn connected(browser: &Browser<'_>, typed: &[(&str, &str)]) -> String {
    let (_, mut form) = step(browser, FIRST).await;
    for (name, text) in typed {
        assert!(form.contains_key(*name), "{name}");
        form.insert((*name).to_owned(), (*text).to_owned());
    }
    on(browser, FIRST, &form).await
}

/// Connects in a way that is refused; gives the page.
async fn refused(browser: &Browser<'_>, typed: &[(&str, &str)]) -> TestResponse {
    let (_, mut form) = step(browser, FIRST).await;
    for (name, text) in typed {
        form.insert((*name).to_owned(), (*text).to_owned());
    }
    let answer = browser.send_form(FIRST, &form).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.body
    );
    assert!(!answer.body.contains(KEY), "{}", answer.body);
    answer
}

fn beside<'p>(page: &'p TestResponse, field: &str) -> &'p str {
    page.between(&format!("<p id=\"{field}-help\" class=\"faint\">"), "</p>")
}

/// Takes every step with what is proposed, and saves; gives the pages and the document.
async fn all_the_way(world: &ConsoleWorld, browser: &Browser<'_>, list: &str) -> (String, Value) {
    let mut pages = String::new();
    let mut path = list.to_owned();
    for _ in 0..4 {
        let (page, form) = step(browser, &path).await;
        pages.push_str(&page.body);
        path = on(browser, &path, &form).await;
    }
    assert!(path.ends_with("/live"), "{path}: {pages}");
    let live = browser.page(&path).await;
    assert!(live.contains("action=\"/events/devcon/runs\""), "{live}");
    for address in [
        "/events/devcon/configuration",
        "/events/devcon/configuration/document",
        "/events/devcon/invitations",
    ] {
        assert!(live.contains(&format!("href=\"{address}\"")), "{live}");
        browser.page(address).await;
    }
    // What was saved is not saved twice.
    assert_eq!(browser.open(list).await.header("location"), path);
    (pages, world.api("/events/devcon/configuration").await)
}

#[tokio::test]
async fn nested_list_behind_a_token_is_added_without_a_path() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(nested);
    let source = peer.origin();
    let browser = world.browser().await;
    let url = format!("{source}/attendees");
    let typed = [("name", "DevCon"), ("url", &url), ("credential", KEY)];
    let list = connected(&browser, &typed).await;
    let (pages, document) = all_the_way(&world, &browser, &list).await;
    for text in [
        "30 people in 3 pages",
        "10 people found at data.registrations",
        "p1@example.org",
        "Boris",
        "ticket.status is cancelled",
        "matches 2 of 10",
        "8 would attend, 2 removed by a rule",
        "Boris Lovelace",
    ] {
        assert!(pages.contains(text), "{text}: {pages}");
    }
    let source = &document["source"];
    assert_eq!(source["records"], "$.data.registrations[*]");
    assert_eq!(
        source["pagination"],
        json!({"type": "next_link", "path": "meta.next"})
    );
    assert_eq!(source["authentication"]["type"], "bearer");
    assert_eq!(document["mapping"]["email"], "attendee.email");
    assert_eq!(document["mapping"]["last_name"], "attendee.family_name");
    assert_eq!(document["community"], "devcon");
    assert_eq!(document["rules"][0]["then"], "remove_attendee");
    assert!(document.get("delete_flag").is_none_or(Value::is_null));
    assert_eq!(
        world.drawer.stored("devcon", "devcon", "devcon-token"),
        Some(KEY.to_owned())
    );
}

#[tokio::test]
async fn table_with_german_headers_is_added_without_a_path() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(|_, _| {
        let rows = "Buchungsnummer;Vorname;Nachname;E-Mail-Adresse;Firma;Status\n\
            B1;Ada;Schäfer;ada@example.org;Muster GmbH;bestätigt\n\
            B2;Bo;Weiß;bo@example.org;Muster GmbH;storniert\n\
            B3;Cy;Groß;cy@example.org;Beispiel AG;bestätigt\n";
        ResponseTemplate::new(200).set_body_raw(rows, "text/csv; charset=utf-8")
    });
    let source = peer.origin();
    let browser = world.browser().await;
    let list = connected(&browser, &[("name", "DevCon"), ("url", &source)]).await;
    let (pages, document) = all_the_way(&world, &browser, &list).await;
    for text in ["3 people in 1 page", "Schäfer", "Status is storniert"] {
        assert!(pages.contains(text), "{text}: {pages}");
    }
    assert_eq!(document["source"]["format"], "csv");
    assert_eq!(document["mapping"]["first_name"], "Vorname");
    assert_eq!(document["mapping"]["company"], "Firma");
    assert_eq!(document["rules"][0]["is"], "storniert");
}

#[tokio::test]
async fn pasted_graphql_request_is_added_without_a_path() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(|_, question| {
        if question.authorization != format!("Bearer {KEY}") {
            let errors = json!({"errors": [{"message": "not authenticated"}]});
            return ResponseTemplate::new(200).set_body_json(errors);
        }
        let first = question.body["variables"]["after"].is_null();
        let people = if first { 1..=4 } else { 5..=6 };
        let nodes: Vec<Value> = people.map(registration).collect();
        ResponseTemplate::new(200).set_body_json(json!({"data": {"event": {"attendees": {
            "nodes": nodes, "pageInfo": {"hasNextPage": first, "endCursor": if first { json!("c4") } else { Value::Null }},
        }}}}))
    });
    let source = peer.origin();
    let browser = world.browser().await;
    let command = format!(
        "curl -X POST '{source}/graphql' \\\r\n  -H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json' \\\r\n  --data-raw '{{\"query\":\"query($after: String) {{ event {{ attendees(after: $after) {{ nodes {{ uuid }} pageInfo {{ hasNextPage endCursor }} }} }} }}\",\"variables\":{{\"after\":null}}}}'"
    );
    let list = connected(&browser, &[("name", "DevCon"), ("curl", &command)]).await;
    let (pages, document) = all_the_way(&world, &browser, &list).await;
    assert!(pages.contains("6 people in 2 pages"), "{pages}");
    assert_eq!(document["source"]["method"], "POST");
    assert_eq!(document["source"]["pagination"]["type"], "cursor");
    assert_eq!(document["mapping"]["source_id"], "uuid");
    assert!(!document.to_string().contains(KEY));
}

#[tokio::test]
async fn wrong_key_is_said_beside_the_key() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(|_, _| {
        ResponseTemplate::new(401)
            .insert_header("www-authenticate", "Basic realm=\"api\"")
            .set_body_string("{}")
    });
    let source = peer.origin();
    let browser = world.browser().await;
    let asked = refused(&browser, &[("name", "DevCon"), ("url", &source)]).await;
    assert!(
        beside(&asked, "credential").contains("user name and a password (Basic)"),
        "{}",
        asked.body
    );
    assert!(
        asked
            .body
            .contains("<option value=\"basic\" selected>User name and password")
    );
    // On the page that came back, with what was typed still there.
    let mut form = asked.fields();
    assert_eq!(form["name"], "DevCon");
    form.insert("credential".to_owned(), KEY.to_owned());
    let action = asked.between("<form method=\"post\" action=\"/new-event", "\"");
    let action = format!("/new-event{action}");
    let nameless = browser.send_form(&action, &form).await;
    assert!(
        beside(&nameless, "key_name").contains("Enter the user name"),
        "{}",
        nameless.body
    );
    let mut form = nameless.fields();
    form.insert("key_name".to_owned(), "ada".to_owned());
    let wrong = browser.send_form(&action, &form).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        beside(&wrong, "credential").contains("refused this key (401)"),
        "{}",
        wrong.body
    );
    assert!(!wrong.body.contains(KEY));
}

#[tokio::test]
async fn what_is_no_list_is_said_beside_the_address() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(|_, question| match question.query.as_str() {
        "empty" => ResponseTemplate::new(200).set_body_json(json!([])),
        "gone" => ResponseTemplate::new(404).set_body_string("nothing here"),
        _ => ResponseTemplate::new(200).set_body_raw(
            "<!doctype html><html><p>Sign in</html>",
            "text/html; charset=utf-8",
        ),
    });
    let source = peer.origin();
    let browser = world.browser().await;
    for (url, text) in [
        (source.clone(), "web page"),
        (format!("{source}/?empty"), "nobody has registered yet"),
        (format!("{source}/?gone"), "404"),
        ("registration".to_owned(), ""),
        (String::new(), "Required"),
    ] {
        let page = refused(&browser, &[("name", "DevCon"), ("url", &url)]).await;
        let beside = beside(&page, "url");
        assert!(beside.contains("class=\"wrong\""), "{url}: {}", page.body);
        assert!(beside.contains(text), "{url}: {beside}");
    }
    let page = refused(&browser, &[("name", "DevCon"), ("curl", "wget x")]).await;
    assert!(beside(&page, "curl").contains("no curl command"));
}

#[tokio::test]
async fn what_is_chosen_stays_back_and_forth_and_in_a_later_session() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(nested);
    let source = peer.origin();
    let browser = world.browser().await;
    let url = format!("{source}/attendees");
    let typed = [("name", "DevCon"), ("url", &url), ("credential", KEY)];
    let list = connected(&browser, &typed).await;
    let fields = list.replace("/list", "/fields");
    let (_, mut form) = step(&browser, &fields).await;
    form.insert("company".to_owned(), String::new());
    form.insert("title".to_owned(), "\"ticket.type\"".to_owned());
    form.insert("go".to_owned(), "next".to_owned());
    let next = on(&browser, &fields, &form).await;
    let (page, _) = step(&browser, next.split('#').next().unwrap()).await;
    assert!(page.body.contains("p2@example.org"), "{}", page.body);
    let (_, form) = step(&browser, &list).await;
    on(&browser, &list, &form).await;
    let chosen = |form: &TestForm| (form["company"].clone(), form["title"].clone());
    let expected = (String::new(), "\"ticket.type\"".to_owned());
    assert_eq!(chosen(&step(&browser, &fields).await.1), expected);

    // What was begun is found again where events are added.
    let begun = browser.submit(FIRST, &[("name", "Gala")]).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let cookies = format!("{}; {cookie}", browser.cookie);
    let choice = world.send(TestRequest::get("/new-event").cookie(&cookies));
    assert!(choice.await.body.contains("Continue with Gala"));
    assert!(!browser.page("/new-event").await.contains("Continue with"));

    // Nobody else opens it; whoever began it does, from another session, once they typed the key again.
    let other = world.browser_of("admin-of-acme").await;
    let unseen = other.open(&fields).await;
    assert_eq!(unseen.status, StatusCode::NOT_FOUND);
    assert!(unseen.body.contains("href=\"/new-event/steps\""));
    world.clock.later(SignedDuration::from_hours(30));
    let later = world.browser().await;
    let again = later.open(&fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(beside(&again, "credential").contains("class=\"wrong\""));
    let mut form = again.fields();
    assert_eq!(form["url"], url);
    form.insert("credential".to_owned(), KEY.to_owned());
    on(&later, &list.replace("/list", "/connect"), &form).await;
    assert_eq!(chosen(&step(&later, &fields).await.1), expected);
    world.clock.later(SignedDuration::from_hours(8 * 24));
    let much_later = world.browser().await;
    assert_eq!(much_later.open(&fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_missing_leads_to_the_step_that_mends_it() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = serve(nested);
    let source = peer.origin();
    let browser = world.browser().await;
    let url = format!("{source}/attendees");
    let typed = [("name", "DevCon"), ("url", &url), ("credential", KEY)];
    let list = connected(&browser, &typed).await;
    let fields = list.replace("/list", "/fields");
    let (_, mut form) = step(&browser, &fields).await;
    form.insert("email".to_owned(), String::new());
    on(&browser, &fields, &form).await;
    let check = list.replace("/list", "/check");
    let (page, form) = step(&browser, &check).await;
    let mend = format!("<a href=\"{fields}#email\">Mend it under");
    assert!(page.body.contains(&mend), "{}", page.body);
    let refused = browser.send_form(&check, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Not saved."), "{}", refused.body);
    // What another choice of pages would leave unread is said at once.
    let (_, mut form) = step(&browser, &list).await;
    form.insert("pagination".to_owned(), json!({"type": "none"}).to_string());
    assert_eq!(on(&browser, &list, &form).await, list);
    let (page, _) = step(&browser, &list).await;
    let count = "10 people in 1 page could be read, and that is not all";
    assert!(page.body.contains(count), "{}", page.body);

    // Another list, and what was read by it.
    let (page, mut form) = step(&browser, &list).await;
    assert!(page.body.contains("data.tracks"), "{}", page.body);
    // The answer is there as a tree, with a button at each list.
    let button = "<button name=\"records\" value=\"$.data.tracks[*]\">Use this list";
    assert!(page.body.contains(button), "{}", page.body);
    assert!(page.body.contains("This list is used"), "{}", page.body);
    form.insert("records".to_owned(), "$.data.tracks[*]".to_owned());
    on(&browser, &list, &form).await;
    let (page, _) = step(&browser, &list).await;
    assert!(
        page.body.contains("value=\"$.data.tracks[*]\" checked"),
        "{}",
        page.body
    );
}
