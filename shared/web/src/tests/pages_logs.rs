//! The logs of runs: their history, their changes and issues looked through, and as files.

use attendee_sync_domain::run::Action;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, TestResponse, person};

const RUN: &str = "/events/devcon/runs/2";

/// Run 1 adds five people. Run 2 adds one, updates one, removes one, and rejects two records.
async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with((1..=5).map(|id| person(id, "Ada")).collect()).await;
    world.sync().await;
    let mut all: Vec<Value> = (1..=5).map(|id| person(id, "Ada")).collect();
    all[1]["first"] = json!("=Zo\u{eb}");
    all[2]["canceled"] = json!(true);
    all.push(person(6, "Bob"));
    all.push(json!({"id": "7", "email": "nobody"}));
    all.push(json!({"id": "8", "first": "x", "email": "also nobody"}));
    world.registered(all);
    world.sync().await;
    world
}

async fn find(browser: &Browser<'_>, fields: &[(&str, &str)]) -> String {
    let answer = browser.submit(RUN, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let address = answer.header("location").to_owned();
    for (_, typed) in fields.iter().filter(|(name, _)| *name == "search") {
        assert!(!address.contains(typed), "{address} names people");
    }
    address.strip_suffix("#changes").unwrap().to_owned()
}

/// The addresses of those whose changes a page shows.
fn who(page: &str) -> Vec<&str> {
    let rows = page.split("<span class=\"who\">p").skip(1);
    rows.map(|rest| rest.split('@').next().unwrap()).collect()
}

async fn api(world: &ConsoleWorld, path: &str) -> TestResponse {
    let path = format!("/api/v1/runs/devcon.2/{path}");
    world.send(TestRequest::get(&path).bearer(TOKEN)).await
}

#[tokio::test]
async fn the_history_is_drawn_and_stands_in_the_table() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/runs").await;
    for text in [
        "<svg role=\"img\" aria-label=\"History of 2 runs, the oldest first. Records read: at most 8. People changed: at most 5.",
        "<rect class=\"added\"",
        "<rect class=\"updated\"",
        "<rect class=\"removed\"",
        "at most 8</text>",
        "Runs 1 to 2, the oldest on the left",
        "<td data-label=\"Records\" class=\"number\">8</td>",
        "<td data-label=\"Changes\" class=\"number\">3</td>",
        "<td data-label=\"Seconds\" class=\"number\">&#60; 0.1</td>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains(" style="), "{page}");
    let one = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    one.sync().await;
    let page = one.browser().await.page("/events/devcon/runs").await;
    assert!(!page.contains("<svg"), "{page}");
}

#[tokio::test]
async fn changes_are_found_by_action_and_by_words_that_no_address_names() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser.page(RUN).await;
    assert_eq!(who(&page).len(), 3, "{page}");
    // What the page offers is what the API takes.
    for action in Action::ALL {
        let offer = format!("<option value=\"{}\"", action.name());
        assert!(page.contains(&offer), "{offer}: {page}");
    }
    for (fields, expected) in [
        (&[("action", "added")][..], &["6"][..]),
        (&[("action", "updated")], &["2"]),
        (&[("action", "removed")], &["3"]),
        (&[("search", "p6@")], &["6"]),
        // Their name as it is now, and as it was.
        (&[("search", "ZOE")], &["2"]),
        // Their name stands in no field of their change.
        (&[("search", "ada doe"), ("action", "removed")], &["3"]),
        (&[("search", "p6@"), ("action", "removed")], &[]),
    ] {
        let address = find(&browser, fields).await;
        let page = browser.page(&address).await;
        assert_eq!(who(&page), expected, "{fields:?}");
        assert_eq!(
            page.contains("No changes of this run match. <a href=\"/events/devcon/runs/2#changes\">Show all changes</a>"),
            expected.is_empty(),
            "{page}"
        );
    }
    let wrong = browser.open(&format!("{RUN}?action=gone")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn words_that_are_forgotten_are_asked_for_again() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser
        .page(&format!("{RUN}?words=gone&action=added"))
        .await;
    assert!(page.contains("Type it again."), "{page}");
    assert_eq!(who(&page), ["6"]);
    let file = browser
        .open(&format!("{RUN}/changes/file?words=gone"))
        .await;
    assert_eq!(file.status, StatusCode::GONE, "{}", file.body);
}

#[tokio::test]
async fn issues_are_found_by_severity_kind_and_field_beside_the_other_filter() {
    let world = world().await;
    let browser = world.browser().await;
    let issues = world.api("/runs/devcon.2/issues").await;
    let count = issues["items"].as_array().unwrap().len();
    assert_eq!(count, 2, "{issues}");
    let code = issues["items"][0]["code"].as_str().unwrap();
    let shown = |page: &str| page.matches("data-label=\"Problem\"").count();
    for (question, expected) in [
        (String::new(), 2),
        ("?severity=error".to_owned(), 2),
        ("?severity=notice".to_owned(), 0),
        (format!("?code={code}&field=email"), 2),
        ("?field=company".to_owned(), 0),
    ] {
        let page = browser.page(&format!("{RUN}{question}")).await;
        assert_eq!(shown(&page), expected, "{question}: {page}");
        let none = page.contains("No issues of this run match.");
        assert_eq!(none, expected == 0, "{question}: {page}");
        assert!(page.contains("E-mail (2)</option>"), "{page}");
        let chosen = page.contains("selected>Notice (0)</option>");
        assert_eq!(chosen, question.contains("notice"), "{page}");
        let api = api(&world, &format!("issues{question}")).await.json();
        assert_eq!(api["items"].as_array().unwrap().len(), expected);
    }
    let both = find(&browser, &[("action", "added"), ("field", "company")]).await;
    let page = browser.page(&both).await;
    assert_eq!((who(&page), shown(&page)), (vec!["6"], 0));
    assert!(
        page.contains("<input type=\"hidden\" name=\"action\" value=\"added\">"),
        "{page}"
    );
    assert!(
        page.contains("<input type=\"hidden\" name=\"field\" value=\"company\">"),
        "{page}"
    );
}

#[tokio::test]
async fn what_is_looked_for_is_found_on_a_later_page_of_a_long_log() {
    let world = ConsoleWorld::with((1..=2_500).map(|id| person(id, "Ada")).collect()).await;
    world.sync().await;
    let first = world.api("/runs/devcon.1/changes").await;
    assert!(first["next_cursor"].is_string(), "it is one page only");
    let last = first["next_cursor"].as_str().unwrap();
    let later = world
        .api(&format!(
            "/runs/devcon.1/changes?cursor={}",
            last.replace('#', "%23")
        ))
        .await;
    let email = later["items"][0]["email"].as_str().unwrap();
    let browser = world.browser().await;
    let run = "/events/devcon/runs/1";
    let answer = browser.submit(run, &[("search", email)]).await;
    let address = answer.header("location").to_owned();
    let page = browser.page(address.split('#').next().unwrap()).await;
    assert!(page.contains(&format!("<span class=\"who\">{email}")));
    // Paging keeps the filter.
    let page = browser.page(&format!("{run}?action=added")).await;
    assert!(
        page.contains(&format!("href=\"{run}?action=added&#38;changes=")),
        "{}",
        page.len()
    );
    let file = browser.open(&format!("{run}/changes/file")).await;
    let lines = file.body.lines().count();
    let fields = first["items"][0]["fields"].as_array().unwrap().len();
    assert_eq!(lines, 1 + 2_500 * fields);
}

#[tokio::test]
async fn changes_and_issues_are_files_as_far_as_the_filters_let_them_through() {
    let world = world().await;
    let browser = world.browser().await;
    let csv = browser
        .open(&format!("{RUN}/changes/file?action=updated"))
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"devcon-run-2-changes.csv\""
    );
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines[0], "person,email,action,field,before,after,reason");
    assert!(
        lines[1].ends_with(",p2@example.org,updated,first_name,Ada,'=Zo\u{eb},"),
        "{}",
        csv.body
    );
    assert_eq!(lines.len(), 2);
    let same = api(&world, "changes.csv?action=updated").await;
    assert_eq!(same.body, csv.body);

    let answer = browser.submit(RUN, &[("search", "zoe")]).await;
    let (address, _) = answer.header("location").split_once('#').unwrap();
    let question = address.strip_prefix(RUN).unwrap();
    let found = browser
        .open(&format!("{RUN}/changes/file{question}&format=jsonl"))
        .await;
    assert_eq!(found.header("content-type"), "application/jsonl");
    let line: Value = serde_json::from_str(found.body.trim()).unwrap();
    assert_eq!(
        (&line["field"], &line["before"], &line["after"]),
        (&json!("first_name"), &json!("Ada"), &json!("=Zo\u{eb}"))
    );
    let removed = api(&world, "changes.jsonl?action=removed&search=ada").await;
    assert!(removed.body.contains("p3@example.org"), "{}", removed.body);
    assert!(!removed.body.contains("p6@example.org"));

    let issues = api(&world, "issues.csv?field=email").await;
    let lines: Vec<&str> = issues.body.lines().collect();
    assert_eq!(
        lines[0],
        "severity,position,source_id,person,field,code,reason"
    );
    assert_eq!(lines.len(), 3, "{}", issues.body);
    assert!(lines[1].starts_with("error,7,"), "{}", lines[1]);
    let none = api(&world, "issues.jsonl?severity=notice").await;
    assert_eq!(none.body, "");
    let page = browser.open(&format!("{RUN}/issues/file")).await;
    assert_eq!(page.body, issues.body);
    for wrong in [
        "changes?action=x",
        "changes.csv?action=x",
        "changes.jsonl?action=x",
        "issues?severity=x",
        "issues.csv?severity=x",
        "issues.jsonl?severity=x",
    ] {
        api(&world, wrong).await.problem(400);
    }
    for missing in ["changes.csv", "changes.jsonl", "issues.csv", "issues.jsonl"] {
        let path = format!("/api/v1/runs/devcon.9/{missing}");
        world
            .send(TestRequest::get(&path).bearer(TOKEN))
            .await
            .problem(404);
    }
}

#[tokio::test]
async fn a_failed_run_says_what_to_do_and_no_figure_that_means_nothing() {
    let world = ConsoleWorld::with(Vec::new()).await;
    world.source_fails("the source answered 500");
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/runs/1").await;
    for text in [
        "What to do</h2>",
        "href=\"/events/devcon/doctor\"",
        "No issues with single records. The reason for the failure is shown above.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for text in ["Whole feed read", "no records", "0.0 s", "Records read"] {
        assert!(!page.contains(text), "{text}: {page}");
    }
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(preview.status, StatusCode::BAD_GATEWAY);
    assert!(
        preview
            .body
            .contains("<a class=\"button\" href=\"/events/devcon\">Back to the event</a>"),
        "{}",
        preview.body
    );
}

#[tokio::test]
async fn who_would_be_taken_out_is_said_plainly() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    let page = browser.page(RUN).await;
    let plainly = "<strong>Would be removed from the event.</strong>";
    assert_eq!(page.matches(plainly).count(), 12, "{page}");
    // The filter is over what went through; what waits stays in sight.
    let none = browser.page(&format!("{RUN}?action=removed")).await;
    assert!(
        none.contains("No changes that were applied match."),
        "{none}"
    );
    assert_eq!(none.matches(plainly).count(), 12, "{none}");
    let preview = browser.submit("/events/devcon/preview", &[]).await.body;
    let (_, named) = preview
        .split_once("12 people would be removed from the event: ")
        .unwrap();
    let named = named.split_once('<').unwrap().0;
    assert!(named.ends_with(", and 7 more."), "{named}");
    assert_eq!(named.matches('@').count(), 5, "{named}");
    browser.submit(&format!("{RUN}/approve"), &[]).await;
    world.settled().await;
    let page = browser.page(RUN).await;
    assert!(
        page.contains("<strong>Removed from the event.</strong>"),
        "{page}"
    );
}
