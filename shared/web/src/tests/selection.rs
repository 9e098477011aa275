//! One thing done with many attendees.

use axum::http::StatusCode;

use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, person};

const ACT: &str = "/events/devcon/selection";

async fn world(people: usize) -> ConsoleWorld {
    let people = (1..=people)
        .map(|id| person(id, &format!("No{id}")))
        .collect();
    let world = ConsoleWorld::with(people).await;
    world.sync().await;
    world
}

/// The name of the box before somebody.
async fn box_of(world: &ConsoleWorld, id: usize) -> String {
    let path = format!("/events/devcon/attendees/p{id}@example.org");
    let person = world.api(&path).await["person"]
        .as_str()
        .unwrap()
        .to_owned();
    format!("person-{person}")
}

async fn act(browser: &Browser<'_>, status: StatusCode, fields: &[(&str, &str)]) -> String {
    let answer = browser.submit(ACT, fields).await;
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.body
}

async fn groups(world: &ConsoleWorld, id: usize) -> String {
    let path = format!("/events/devcon/attendees/p{id}@example.org");
    world.api(&path).await["groups"].to_string()
}

#[tokio::test]
async fn a_group_is_given_to_those_selected_once_it_was_confirmed() {
    let world = world(3).await;
    let browser = world.browser().await;
    let (one, two) = (box_of(&world, 1).await, box_of(&world, 2).await);
    let chosen = [
        ("action", "group"),
        ("into", " <b>VIP</b> "),
        (&*one, "on"),
        (&*two, "on"),
    ];
    let asked = act(&browser, StatusCode::OK, &chosen).await;
    for text in [
        "Add 2 people to &#60;b&#62;VIP&#60;/b&#62;?",
        "No1 Doe, p1@example.org",
        one.trim_start_matches("person-"),
    ] {
        assert!(asked.contains(text), "{text}: {asked}");
    }
    assert_eq!(
        groups(&world, 1).await,
        "[\"Speakers\"]",
        "nothing is done before"
    );
    let mut confirmed = chosen.to_vec();
    confirmed.push(("confirmed", "yes"));
    let done = act(&browser, StatusCode::OK, &confirmed).await;
    assert!(done.contains("Added to the group: 2 people."), "{done}");
    assert_eq!(groups(&world, 2).await, "[\"<b>VIP</b>\",\"Speakers\"]");
    assert_eq!(groups(&world, 3).await, "[\"Speakers\"]");
    let again = act(&browser, StatusCode::OK, &confirmed).await;
    assert!(
        again.contains("Added to the group: 0 people.")
            && again.contains("In the group by hand already: 2 people."),
        "{again}"
    );
}

#[tokio::test]
async fn who_is_taken_out_stays_out_until_they_are_let_in_again() {
    let world = world(2).await;
    let browser = world.browser().await;
    let one = box_of(&world, 1).await;
    let taking = [("action", "take_out"), (&*one, "on")];
    let asked = act(&browser, StatusCode::OK, &taking).await;
    assert!(
        asked.contains("Remove and block 1 person?") && asked.contains("class=\"danger\""),
        "{asked}"
    );
    act(
        &browser,
        StatusCode::OK,
        &[taking[0], taking[1], ("confirmed", "yes")],
    )
    .await;
    for _ in 0..2 {
        let access = world.api("/events/devcon/access/p1@example.org").await;
        assert_eq!(access["allowed"], false);
        assert!(
            access["reason"]
                .as_str()
                .unwrap()
                .starts_with("Removed and blocked by hand on "),
            "{access}"
        );
        // Their record changes; they stay out.
        let mut record = person(1, "Changed");
        record["company"] = "Other Ltd".into();
        world.registered(vec![record, person(2, "No2")]);
        world.sync().await;
    }
    let page = browser.page("/events/devcon?status=removed").await;
    assert!(
        page.contains("Removed by hand.") && page.contains("value=\"let_in\""),
        "{page}"
    );
    let letting = [("action", "let_in"), (&*one, "on"), ("confirmed", "yes")];
    let done = act(&browser, StatusCode::OK, &letting).await;
    assert!(
        done.contains("Unblocked; they have access if the source lists them: 1 person."),
        "{done}"
    );
    let attendee = world.api("/events/devcon/attendees/p1@example.org").await;
    assert_eq!(attendee["status"], "attending");
    assert_eq!(attendee["profile"]["first_name"], "Changed");
    assert_eq!(attendee["groups"][0], "Speakers");
}

#[tokio::test]
async fn all_of_a_list_are_meant_where_that_is_said() {
    let world = world(5).await;
    let browser = world.browser().await;
    let all = [
        ("action", "group"),
        ("into", "All"),
        ("scope", "all"),
        ("list.group", "speakers"),
    ];
    let asked = act(&browser, StatusCode::OK, &all).await;
    assert!(asked.contains("Add 5 people to All?"), "{asked}");
    assert!(
        asked.contains("name=\"list.group\" value=\"speakers\""),
        "{asked}"
    );
}

#[tokio::test]
async fn nothing_is_done_where_it_is_not_said_what_and_to_whom() {
    let world = world(1).await;
    let browser = world.browser().await;
    let one = box_of(&world, 1).await;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    for (fields, reason) in [
        (
            &[("action", "group"), ("into", "  "), (&*one, "on")][..],
            "Enter the name of the group first.",
        ),
        (
            &[("action", "group"), ("into", "VIP")],
            "Select at least one person.",
        ),
        (
            &[
                ("action", "group"),
                ("into", "VIP"),
                ("person-nonsense", "on"),
            ],
            "Select at least one person.",
        ),
        (&[("action", "explode"), (&*one, "on")], "Choose an action."),
        (
            &[("action", "invite"), (&*one, "on")],
            "Invitations are off.",
        ),
    ] {
        let page = act(&browser, status, fields).await;
        assert!(page.contains(reason), "{reason}: {page}");
    }
    let foreign = TestRequest::post(ACT).form(&[("action", "take_out"), (&one, "on")]);
    assert_ne!(world.send(foreign).await.status, StatusCode::OK);
}

#[tokio::test]
async fn too_many_are_not_changed_by_hand() {
    let world = world(5_001).await;
    let browser = world.browser().await;
    let all = [
        ("action", "take_out"),
        ("scope", "all"),
        ("confirmed", "yes"),
    ];
    let page = act(&browser, StatusCode::UNPROCESSABLE_ENTITY, &all).await;
    assert!(
        page.contains("These are 5,001 people. At most 5,000"),
        "{page}"
    );
    let access = world.api("/events/devcon/access/p1@example.org").await;
    assert_eq!(access["allowed"], true);
}

#[tokio::test]
async fn programs_bar_somebody_and_lift_it() {
    let world = world(1).await;
    let path = "/api/v1/events/devcon/attendees/p1@example.org/block";
    for (method, changed, allowed) in [
        ("PUT", true, false),
        ("PUT", false, false),
        ("DELETE", true, true),
        ("DELETE", false, true),
    ] {
        let answer = world
            .send(TestRequest::new(method, path).bearer(TOKEN))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.json()["changed"], changed, "{method}");
        let access = world.api("/events/devcon/access/p1@example.org").await;
        assert_eq!(access["allowed"], allowed, "{method}");
    }
    let nobody = "/api/v1/events/devcon/attendees/nobody@example.org/block";
    world
        .send(TestRequest::put(nobody).bearer(TOKEN))
        .await
        .problem(404);
}
