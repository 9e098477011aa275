//! Lists as files, and what is said of parameters that cannot be used.

use axum::http::StatusCode;
use serde_json::Value;

use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, person};

/// More people than are read at a time.
const MANY: usize = 450;

async fn world() -> ConsoleWorld {
    let mut people: Vec<Value> = (1..MANY).map(|id| person(id, "Ada")).collect();
    people.push(person(MANY, "=Zo\u{eb}"));
    let world = ConsoleWorld::with(people).await;
    world.sync().await;
    for email in ["p1@example.org", "stranger@example.org"] {
        let path = format!("/api/v1/communities/acme/suppressions/{email}");
        let put = world.send(TestRequest::put(&path).bearer(TOKEN)).await;
        assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.body);
    }
    world
}

async fn file(world: &ConsoleWorld, path: &str) -> TestResponse {
    let path = format!("/api/v1{path}");
    world.send(TestRequest::get(&path).bearer(TOKEN)).await
}

#[tokio::test]
async fn every_list_is_a_file_in_each_form() {
    let world = world().await;
    for (path, name, columns, rows) in [
        (
            "/events/devcon/attendees",
            "devcon-attendees",
            "email,title,first_name,",
            MANY,
        ),
        (
            "/communities/acme/users",
            "acme-users",
            "email,title,first_name,",
            MANY,
        ),
        (
            "/communities/acme/suppressions",
            "acme-suppressions",
            "person,email,reason,since",
            2,
        ),
        ("/events/devcon/runs", "devcon-runs", "run,event,mode,", 1),
        (
            "/runs/devcon.1/issues",
            "devcon-run-1-issues",
            "severity,position,",
            0,
        ),
    ] {
        let csv = file(&world, &format!("{path}.csv")).await;
        assert_eq!(csv.status, StatusCode::OK, "{path}: {}", csv.body);
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert!(csv.body.starts_with(columns), "{path}: {}", csv.body);
        assert_eq!(csv.body.lines().count(), rows + 1, "{path}");
        assert_eq!(
            csv.header("content-disposition"),
            format!("attachment; filename=\"{name}.csv\"")
        );
        let lines = file(&world, &format!("{path}.jsonl")).await;
        let lines = lines.body.lines();
        let lines: Vec<Value> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), rows, "{path}");
        let whole = file(&world, &format!("{path}.json")).await;
        assert_eq!(whole.header("content-type"), "application/json");
        assert_eq!(whole.json(), Value::from(lines), "{path}");
    }
}

#[tokio::test]
async fn a_file_says_of_each_what_the_list_says() {
    let world = world().await;
    let users = file(&world, "/communities/acme/users.csv").await.body;
    assert!(users.contains(",'=Zo\u{eb},"), "a formula: {users}");
    let listed = world.api("/communities/acme/users?limit=500").await;
    let whole = file(&world, "/communities/acme/users.json").await.json();
    assert_eq!(listed["items"], whole);
    let suppressed = file(&world, "/communities/acme/suppressions.csv")
        .await
        .body;
    assert!(suppressed.contains(",p1@example.org,hand,"), "{suppressed}");
    assert!(!suppressed.contains("stranger"), "{suppressed}");
    let runs = file(&world, "/events/devcon/runs.csv").await.body;
    let row = runs.lines().nth(1).unwrap();
    assert!(row.starts_with("devcon.1,devcon,sync,succeeded,"), "{row}");
    assert!(row.contains(",450,450,0,0,"), "{row}");
    let audit = file(&world, "/communities/acme/audit.csv").await.body;
    assert!(audit.starts_with("at,by,action,what\n"), "{audit}");
    for action in ["list_exported", "suppression_added", "sync_started"] {
        assert!(audit.contains(&format!(",{action},")), "{action}: {audit}");
    }
}

#[tokio::test]
async fn a_page_links_its_list_as_files() {
    let world = world().await;
    let browser = world.browser().await;
    for page in [
        "/events/devcon/runs",
        "/communities/acme/suppressions",
        "/communities/acme/audit",
    ] {
        let shown = browser.page(page).await;
        for format in ["csv", "json", "jsonl"] {
            let address = format!("{page}/file?format={format}");
            let link = format!("href=\"{address}\" download");
            assert!(shown.contains(&link), "{address}: {shown}");
            let came = browser.open(&address).await;
            assert_eq!(came.status, StatusCode::OK, "{address}: {}", came.body);
            assert!(
                came.header("content-disposition")
                    .ends_with(&format!(".{format}\""))
            );
        }
        let wrong = browser.open(&format!("{page}/file?format=xlsx")).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{page}");
        assert!(
            wrong.body.contains("Format is csv, json or jsonl"),
            "{}",
            wrong.body
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_no_file() {
    let world = ConsoleWorld::with(Vec::new()).await;
    for list in [
        "/events/none/attendees",
        "/events/none/runs",
        "/runs/devcon.9/changes",
        "/runs/devcon.9/issues",
        "/communities/none/users",
        "/communities/none/suppressions",
        "/communities/none/audit",
    ] {
        for format in ["csv", "json", "jsonl"] {
            file(&world, &format!("{list}.{format}")).await.problem(404);
        }
    }
}

#[tokio::test]
async fn a_parameter_that_cannot_be_used_is_refused_by_its_name() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let (attendees, run) = ("/events/devcon/attendees", "/runs/devcon.1");
    for (path, parameter) in [
        (attendees.to_owned(), "status"),
        (attendees.to_owned(), "invitation"),
        (attendees.to_owned(), "changed_in"),
        (attendees.to_owned(), "updated_since"),
        (attendees.to_owned(), "sort"),
        (attendees.to_owned(), "limit"),
        (attendees.to_owned(), "cursor"),
        (format!("{attendees}.csv"), "sort"),
        (format!("{run}/changes"), "action"),
        (format!("{run}/issues"), "severity"),
        (format!("{run}/issues"), "limit"),
        (format!("{run}/issues"), "cursor"),
        (format!("{run}/issues.json"), "severity"),
        ("/events/devcon/runs".to_owned(), "limit"),
        ("/events/devcon/runs".to_owned(), "cursor"),
        ("/communities/acme/users".to_owned(), "limit"),
        ("/communities/acme/users".to_owned(), "cursor"),
        ("/communities/acme/suppressions".to_owned(), "cursor"),
        ("/communities/acme/audit".to_owned(), "limit"),
    ] {
        let answer = file(&world, &format!("{path}?{parameter}=wrong-one")).await;
        let detail = answer.problem(400)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(parameter), "{path}: {detail}");
    }
    let browser = world.browser().await;
    for (page, parameter) in [
        ("/events/devcon", "after"),
        ("/events/devcon/runs", "before"),
        ("/events/devcon/runs/1", "issues"),
        ("/communities/acme/suppressions", "after"),
    ] {
        let answer = browser.open(&format!("{page}?{parameter}=wrong-one")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{page}");
        assert!(answer.body.contains(parameter), "{page}: {}", answer.body);
    }
}
