//! Lists that are pasted or uploaded: an event without an address, from nothing to its syncs.

use attendee_sync_testkit::peers::{HttpPeer, Request, ResponseTemplate};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TOKEN, TestForm, TestRequest, TestResponse};

const FIRST: &str = "/new-event/steps";
const UPLOAD: &str = "/api/v1/events/devcon/upload";
const LIST: &str = "Nr;E-Mail;Vorname;Nachname;Status\n\
    1;ada@example.org;Ada;Schäfer;bestätigt\n\
    2;bo@example.org;Bo;Ek;bestätigt\n";
const SPREADSHEET: &[u8] = include_bytes!("../../../../tests/fixtures/spreadsheets/people.xlsx");

/// Sends a form with a file, as a browser does.
pub(super) async fn send_file(
    browser: &Browser<'_>,
    path: &str,
    form: &TestForm,
    (name, bytes): (&str, &[u8]),
) -> TestResponse {
    let mut body = Vec::new();
    for (field, value) in form.iter().filter(|(field, _)| *field != "file") {
        let part =
            format!("--end\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let head = format!(
        "--end\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(bytes);
    body.extend(b"\r\n--end--\r\n");
    let ask = TestRequest::post(path)
        .body("multipart/form-data; boundary=end", body)
        .cookie(&browser.cookie);
    browser.world.send(ask).await
}

async fn open(browser: &Browser<'_>, path: &str) -> (String, TestForm) {
    let page = browser.open(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    let form = page.fields();
    (page.body, form)
}

fn leads_on(answer: &TestResponse) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

/// Takes the steps from this one on with what is proposed; returns their pages and where they lead.
async fn steps(browser: &Browser<'_>, from: &str, many: usize) -> (String, String) {
    let (mut pages, mut path) = (String::new(), from.to_owned());
    for _ in 0..many {
        let (page, form) = open(browser, &path).await;
        pages.push_str(&page);
        path = leads_on(&browser.send_form(&path, &form).await);
    }
    (pages, path)
}

/// An event whose list was uploaded, saved and synced.
async fn uploaded(world: &ConsoleWorld, file: (&str, &[u8])) -> String {
    let browser = world.browser().await;
    let (_, mut form) = open(&browser, FIRST).await;
    form.insert("name".to_owned(), "DevCon".to_owned());
    let list = leads_on(&send_file(&browser, FIRST, &form, file).await);
    let (pages, live) = steps(&browser, &list, 4).await;
    assert!(live.ends_with("/live"), "{live}: {pages}");
    world.sync().await;
    assert_eq!(
        newest(world).await["state"],
        "succeeded",
        "{}",
        newest(world).await
    );
    pages
}

async fn newest(world: &ConsoleWorld) -> Value {
    let runs = world.api("/events/devcon/runs").await;
    runs["items"][0].clone()
}

async fn put(world: &ConsoleWorld, list: impl Into<Vec<u8>>) -> TestResponse {
    let ask = TestRequest::put(UPLOAD).bearer(TOKEN);
    let ask = ask.body("application/octet-stream", list.into());
    world.send(ask).await
}

#[tokio::test]
async fn an_uploaded_table_becomes_an_event_and_a_new_one_takes_its_place() {
    let world = ConsoleWorld::asking_over_http().await;
    let pages = uploaded(&world, ("people.csv", LIST.as_bytes())).await;
    assert!(pages.contains("2 people in 1 page."), "{pages}");
    let document = world.api("/events/devcon/configuration").await;
    assert_eq!(document["source"]["upload"], true);
    assert_eq!(document["source"]["format"], "csv");
    assert_eq!(document["source"].get("url"), None);
    assert_eq!(newest(&world).await["added"], 2);

    // The same list again is known to be the same.
    world.sync().await;
    assert_eq!(newest(&world).await["records_read"], 0);

    let longer = format!("{LIST}3;cy@example.org;Cy;Groß;bestätigt\n");
    let answer = put(&world, longer).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    assert_eq!(world.settled().await["added"], 1);

    let browser = world.browser().await;
    let (page, form) = open(&browser, "/events/devcon/upload").await;
    assert!(page.contains("List uploaded by a program"), "{page}");
    let event = browser.page("/events/devcon").await;
    assert!(event.contains("Upload a new list"), "{event}");
    let again = send_file(
        &browser,
        "/events/devcon/upload",
        &form,
        ("new.csv", LIST.as_bytes()),
    );
    assert_eq!(leads_on(&again.await), "/events/devcon");
    assert_eq!(world.settled().await["unchanged"], 2);
    let audit = world.api("/communities/devcon/audit").await.to_string();
    assert!(audit.contains("list_uploaded"), "{audit}");
}

#[tokio::test]
async fn an_uploaded_spreadsheet_becomes_an_event() {
    let world = ConsoleWorld::asking_over_http().await;
    uploaded(&world, ("people.xlsx", SPREADSHEET)).await;
    assert_eq!(newest(&world).await["added"], 2);
    let ada = world.api("/events/devcon/attendees/ada@example.org").await;
    assert!(ada.to_string().contains("Schäfer"), "{ada}");
}

#[tokio::test]
async fn what_is_no_list_of_the_event_is_refused_with_the_reason() {
    let world = ConsoleWorld::asking_over_http().await;
    uploaded(&world, ("people.csv", LIST.as_bytes())).await;
    for (file, reason) in [
        (
            b"[{\"id\": 1}]".to_vec(),
            "it is read as JSON, and the list of this event is set to CSV",
        ),
        (b"%PDF-1.7".to_vec(), "a PDF file"),
        (Vec::new(), "it is empty"),
        (
            b"PK\x03\x04 xl/workbook".to_vec(),
            "the spreadsheet cannot be read",
        ),
    ] {
        let answer = put(&world, file.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(reason), "{reason}: {}", answer.body);
        let browser = world.browser().await;
        let (_, form) = open(&browser, "/events/devcon/upload").await;
        let page = send_file(&browser, "/events/devcon/upload", &form, ("new", &file)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
    }
    // Nothing took the place of the list.
    assert_eq!(newest(&world).await["run"], "devcon.1");
    let browser = world.browser().await;
    assert!(
        browser
            .page("/events/devcon/upload")
            .await
            .contains("people.csv")
    );
}

#[tokio::test]
async fn a_file_that_is_too_large_here_is_refused_with_the_limit() {
    let queues = attendee_sync_testkit::queues::QueueStage::new(
        attendee_sync_testkit::queues::Delivery::Calm,
    );
    let world = ConsoleWorld::in_cloud(&queues, None).await;
    let browser = world.browser().await;
    let (page, mut form) = open(&browser, FIRST).await;
    assert!(page.contains("at most 4.0 MB"), "{page}");
    form.insert("name".to_owned(), "DevCon".to_owned());
    let large = vec![b'a'; 6_000_000];
    let refused = send_file(&browser, FIRST, &form, ("large.csv", &large)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        refused.body.contains("at most 4.0 MB are taken here"),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn an_erasure_deletes_the_uploaded_list() {
    let world = ConsoleWorld::asking_over_http().await;
    uploaded(&world, ("people.csv", LIST.as_bytes())).await;
    let erased = TestRequest::new("DELETE", "/api/v1/communities/devcon/users/bo@example.org");
    let erased = world.send(erased.bearer(TOKEN)).await;
    assert!(erased.status.is_success(), "{}", erased.body);
    let event = "devcon".parse().unwrap();
    assert_eq!(world.app.uploaded_list(&event).await.unwrap(), None);
    world.sync().await;
    let run = newest(&world).await;
    assert_eq!(run["state"], "failed");
    assert!(
        run.to_string()
            .contains("upload the list on the page of the event"),
        "{run}"
    );
    // Who is left stays an attendee.
    world.api("/events/devcon/attendees/ada@example.org").await;
}

#[tokio::test]
async fn an_erasure_by_the_list_itself_lets_its_run_end() {
    let world = ConsoleWorld::asking_over_http().await;
    uploaded(&world, ("people.csv", LIST.as_bytes())).await;
    let mut document = world.api("/events/devcon/configuration").await;
    document["delete_flag"] =
        json!({"path": "Status", "true_values": ["gelöscht"], "false_values": ["bestätigt"]});
    let stored = TestRequest::put("/api/v1/events/devcon/configuration").json(&document);
    let stored = world.send(stored).await;
    assert!(stored.status.is_success(), "{}", stored.body);
    let list = LIST.replace("Ek;bestätigt", "Ek;gelöscht");
    assert_eq!(put(&world, list).await.status, StatusCode::ACCEPTED);
    let run = world.settled().await;
    assert_eq!(
        (&run["state"], &run["erased"]),
        (&json!("succeeded"), &json!(1)),
        "{run}"
    );
    let event = "devcon".parse().unwrap();
    assert_eq!(world.app.uploaded_list(&event).await.unwrap(), None);
}

#[tokio::test]
async fn a_pasted_example_goes_on_without_an_address_that_is_added_later() {
    let world = ConsoleWorld::asking_over_http().await;
    let peer = HttpPeer::answering_not_found();
    let person = |number: usize| {
        json!({"uuid": format!("r-{number}"), "mail": format!("p{number}@example.org"),
            "given": "Ada", "family": "Lovelace"})
    };
    let answer = json!({"data": {"people": (1..=7).map(person).collect::<Vec<_>>()}});
    peer.answer(move |_: &Request| ResponseTemplate::new(200).set_body_json(&answer));
    let example = json!({"data": {"people": [person(1), person(2)]}}).to_string();

    let browser = world.browser().await;
    let (_, mut form) = open(&browser, FIRST).await;
    form.insert("name".to_owned(), "DevCon".to_owned());
    form.insert("example".to_owned(), "{\"data\": ".to_owned());
    let broken = browser.send_form(FIRST, &form).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.body.contains("begins as JSON"), "{}", broken.body);

    form.insert("example".to_owned(), example);
    let list = leads_on(&browser.send_form(FIRST, &form).await);
    let (pages, check) = steps(&browser, &list, 3).await;
    for text in [
        "The example has 2 people",
        "2 people found at data.people",
        "p1@example.org",
    ] {
        assert!(pages.contains(text), "{text}: {pages}");
    }
    let (page, form) = open(&browser, &check).await;
    assert!(
        page.contains("only an example was pasted") || page.contains("Only an example was pasted"),
        "{page}"
    );
    let refused = browser.send_form(&check, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    let connect = check.replace("/check", "/connect");
    let (_, mut form) = open(&browser, &connect).await;
    form.insert("url".to_owned(), peer.origin());
    let list = leads_on(&browser.send_form(&connect, &form).await);
    let (pages, live) = steps(&browser, &list, 4).await;
    assert!(pages.contains("7 people in 1 page"), "{pages}");
    assert!(live.ends_with("/live"), "{live}");
    let document = world.api("/events/devcon/configuration").await;
    assert_eq!(document["source"]["records"], "$.data.people[*]");
    assert_eq!(document["mapping"]["email"], "mail");
    assert_eq!(document["source"].get("upload"), None);
}
