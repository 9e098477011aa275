//! The groups of a community, and the members of one.

use axum::http::StatusCode;

use super::world::{ConsoleWorld, TOKEN, TestRequest, person};

const GROUPS: &str = "/events/devcon/groups";

async fn world() -> ConsoleWorld {
    let mut third = person(3, "Cy");
    third["groups"] = serde_json::json!(["Speakers", "A/B & <i>C</i>"]);
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob"), third]).await;
    world.sync().await;
    world
}

#[tokio::test]
async fn groups_say_how_many_are_in_them_and_who_put_them_there() {
    let world = world().await;
    let browser = world.browser().await;
    let add = [("group", "speakers"), ("email", "P1@example.org")];
    let added = browser.submit(GROUPS, &add).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let page = browser.page(GROUPS).await;
    for text in [
        "<a href=\"/events/devcon/groups/speakers\">Speakers</a>",
        "class=\"number\">3</td>",
        "This event\u{2019}s sync: 3, By hand: 1",
        "A/B &#38; &#60;i&#62;C&#60;/i&#62;</a>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let details = world.api("/communities/acme/groups/SPEAKERS").await;
    assert_eq!(details["members"], 3);
    assert_eq!(details["given_by"]["hand"], 1);
    assert_eq!(details["given_by"]["event:devcon"], 3);
    let none = TestRequest::get("/api/v1/communities/acme/groups/none").bearer(TOKEN);
    world.send(none).await.problem(404);
}

#[tokio::test]
async fn the_members_of_a_group_are_listed_added_and_taken_away_by_hand() {
    let world = world().await;
    let browser = world.browser().await;
    let odd = "/events/devcon/groups/a%2Fb%20%26%20%3Ci%3Ec%3C%2Fi%3E";
    let page = browser.page(odd).await;
    assert!(
        page.contains("Cy Doe") && !page.contains("Ada Doe"),
        "{page}"
    );
    assert!(
        !page.contains("who was added by hand"),
        "what a sync gave is not taken by hand"
    );
    let fields = [
        ("group", "A/B & <i>C</i>"),
        ("from", "A/B & <i>C</i>"),
        ("email", "p1@example.org"),
    ];
    let added = browser.submit(GROUPS, &fields).await;
    assert_eq!(added.header("location"), format!("{odd}?done=added"));
    let page = browser.page(added.header("location")).await;
    assert!(
        page.contains("No sync removes it")
            && page.contains("Ada Doe")
            && page.contains("who was added by hand"),
        "{page}"
    );
    let taken = browser
        .submit(GROUPS, &[fields[0], fields[1], fields[2], ("take", "yes")])
        .await;
    assert_eq!(taken.header("location"), format!("{odd}?done=taken_away"));
    assert!(!browser.page(odd).await.contains("Ada Doe"));
    let again = browser
        .submit(GROUPS, &[fields[0], fields[1], fields[2], ("take", "yes")])
        .await;
    assert_eq!(again.header("location"), format!("{odd}?done=unchanged"));
}

#[tokio::test]
async fn who_cannot_be_added_is_refused_beside_the_field() {
    let world = world().await;
    let browser = world.browser().await;
    for (group, email, reason) in [
        (
            "VIP",
            "nobody@example.org",
            "No user of the community has this address.",
        ),
        (
            "VIP",
            "nonsense",
            "There is no @ sign in the e-mail address.",
        ),
        (" ", "p1@example.org", "Enter the name of the group."),
    ] {
        for from in ["", "Speakers"] {
            let fields = [("group", group), ("email", email), ("from", from)];
            let refused = browser.submit(GROUPS, &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.body.contains(reason), "{reason}: {}", refused.body);
            let typed = format!("value=\"{email}\"");
            assert!(refused.body.contains(&typed), "{typed}: {}", refused.body);
        }
    }
    let none = browser.open("/events/devcon/groups/none").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
