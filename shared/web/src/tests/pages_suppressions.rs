//! What people see of addresses that get no mail.

use axum::http::StatusCode;

use super::world::{ConsoleWorld, TestRequest, person};

const PAGE: &str = "/communities/acme/suppressions";

#[tokio::test]
async fn an_address_is_put_there_and_taken_away_again() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let browser = world.browser().await;
    let empty = browser.page(PAGE).await;
    assert!(
        empty.contains("All users of the community can get mail."),
        "{empty}"
    );
    for email in ["P1@example.org", "stranger@example.org"] {
        let added = browser.submit(PAGE, &[("email", email)]).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        assert_eq!(added.header("location"), format!("{PAGE}?added=1"));
    }
    let page = browser.page(&format!("{PAGE}?added=1")).await;
    for text in [
        "The address is suppressed: it gets no more mail.",
        "Ada Doe <span class=\"faint\">p1@example.org</span>",
        "The organiser put this address on the suppression list.",
        "1 Nov 2026, 12:00:00 UTC",
        "Not a user of the community",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    // Who is no user is not known by name, and can be lifted all the same.
    assert!(!page.contains("stranger@example.org"), "{page}");
    for email in ["p1@example.org", "stranger@example.org"] {
        let person = world.person(email).await.to_string();
        assert!(page.contains(&format!("name=\"person\" value=\"{person}\"")));
        let lift = format!("{PAGE}/lift");
        let lifted = browser.submit(&lift, &[("person", &person)]).await;
        assert_eq!(
            lifted.header("location"),
            format!("{PAGE}?lifted=1"),
            "{}",
            lifted.body
        );
    }
    let page = browser.page(&format!("{PAGE}?lifted=1")).await;
    assert!(
        page.contains("can get mail again") && !page.contains("p1@example.org"),
        "{page}"
    );
}

#[tokio::test]
async fn what_is_no_address_is_refused_beside_the_field() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let refused = browser.submit(PAGE, &[("email", "<b>nonsense")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "aria-invalid=\"true\"",
        "There is no @ sign",
        "value=\"&#60;b&#62;nonsense\"",
    ] {
        assert!(refused.body.contains(text), "{text}: {}", refused.body);
    }
}

#[tokio::test]
async fn a_community_or_person_that_is_not_there_is_not_found() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let elsewhere = "/communities/none/suppressions";
    assert_eq!(browser.open(elsewhere).await.status, StatusCode::NOT_FOUND);
    let person = world.person("p1@example.org").await.to_string();
    for (path, fields) in [
        (elsewhere.to_owned(), ("email", "p1@example.org")),
        (format!("{elsewhere}/lift"), ("person", person.as_str())),
        (format!("{PAGE}/lift"), ("person", "nonsense")),
    ] {
        let answer = browser.submit(&path, &[fields]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = browser.open(&format!("{PAGE}?after=nonsense")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn its_forms_are_taken_only_from_a_page_of_the_session() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    for path in [PAGE.to_owned(), format!("{PAGE}/lift")] {
        let forged = TestRequest::post(&path)
            .form(&[("csrf", "guessed"), ("email", "p1@example.org")])
            .cookie(&browser.cookie);
        assert_eq!(
            world.send(forged).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let list = world.api("/communities/acme/suppressions").await;
    assert_eq!(list["items"], serde_json::json!([]));
}
