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

#[tokio::test]
async fn groups_are_made_renamed_and_deleted_in_the_console() {
    let world = world().await;
    let browser = world.browser().await;
    let create = async |name: &str| {
        let fields = [
            ("name", name),
            ("hidden", "on"),
            ("here", "on"),
            ("ends", "at"),
            ("ends_at", "2026-12-05T18:00"),
        ];
        browser.submit("/events/devcon/new-group", &fields).await
    };
    assert!(
        browser
            .page("/events/devcon/new-group")
            .await
            .contains("Create the group")
    );
    let made = create("Jury").await;
    assert_eq!(
        made.header("location"),
        "/events/devcon/groups/jury",
        "{}",
        made.body
    );
    for path in [GROUPS, made.header("location")] {
        let page = browser.page(path).await;
        for badge in [
            "not visible to attendees",
            "Only in this event",
            "Ends 5 Dec 2026, 18:00",
        ] {
            assert!(page.contains(badge), "{path}, {badge}: {page}");
        }
    }
    for (name, reason) in [
        ("jury", "There is a group"),
        (" ", "Enter the name of the group."),
    ] {
        let refused = create(name).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        assert!(refused.body.contains(reason), "{}", refused.body);
    }
    let form = browser.page("/events/devcon/groups/speakers/edit").await;
    assert!(form.contains("value=\"Speakers\""), "{form}");
    let renamed = browser
        .submit("/events/devcon/groups/speakers/edit", &[("name", "Panel")])
        .await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.body);
    assert!(
        renamed
            .body
            .contains("The source of devcon named the group"),
        "{}",
        renamed.body
    );
    assert_eq!(
        world.api("/communities/acme/groups/panel").await["members"],
        3
    );
    let page = browser.page("/events/devcon/groups/panel/delete").await;
    assert!(
        page.contains("3 members of acme lose this group") && page.contains("sync: 3"),
        "{page}"
    );
    let deletion = "/events/devcon/groups/panel/delete";
    let refused = browser.submit(deletion, &[("confirm", "Other")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let deleted = browser.submit(deletion, &[("confirm", "panel")]).await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER, "{}", deleted.body);
    assert!(!browser.page(GROUPS).await.contains("Panel"));
}

#[tokio::test]
async fn groups_are_made_renamed_and_deleted_by_the_api() {
    let world = world().await;
    let groups = "/api/v1/communities/acme/groups";
    let send = |method: &str, path: String, body: serde_json::Value| {
        let ask = TestRequest::new(method, &path).bearer("operator-of-acme");
        let ask = if body.is_null() { ask } else { ask.json(&body) };
        world.send(ask)
    };
    let jury =
        serde_json::json!({"name": "Jury", "event": "devcon", "ends": "starts", "hidden": true});
    let made = send("POST", groups.to_owned(), jury.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(
        made.json()["options"],
        serde_json::json!({"event": "devcon", "ends": "starts", "hidden": true})
    );
    send("POST", groups.to_owned(), jury).await.problem(409);
    let of_nowhere = serde_json::json!({"name": "X", "event": "nowhere"});
    send("POST", groups.to_owned(), of_nowhere)
        .await
        .problem(422);
    let named = |name: &str| format!("{groups}/{name}");
    let change = serde_json::json!({"name": "Judges", "event": null, "ends": "2026-12-05T18:00"});
    let changed = send("PATCH", named("jury"), change).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(
        changed.json()["options"],
        serde_json::json!({"ends": "2026-12-05T18:00:00", "hidden": true})
    );
    let listed = world.api("/communities/acme/groups").await;
    assert!(listed.to_string().contains("Judges") && !listed.to_string().contains("Jury"));
    let preview = send(
        "DELETE",
        named("speakers?preview=true"),
        serde_json::Value::Null,
    )
    .await;
    assert_eq!(
        preview.json()["given_by"]["event:devcon"],
        3,
        "{}",
        preview.body
    );
    let deleted = send("DELETE", named("speakers"), serde_json::Value::Null).await;
    assert_eq!(deleted.json(), preview.json());
    send("DELETE", named("speakers"), serde_json::Value::Null)
        .await
        .problem(404);
    let user = world.api("/communities/acme/users/p1@example.org").await;
    assert_eq!(user["groups"], serde_json::json!([]));
}

#[tokio::test]
async fn the_editor_warns_where_an_invitation_prints_groups_that_are_hidden() {
    let world = ConsoleWorld::inviting(500, vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    let editor = "/events/devcon/invitations";
    let warning = "attendees are not to see all of them: Speakers";
    let mut document = super::post::inviting(500);
    document["invitations"]["template"]["body_markdown"] = "{{ groups | join(', ') }}".into();
    world.configure(&document).await;
    assert!(!browser.page(editor).await.contains(warning));
    let hide = TestRequest::new("PATCH", "/api/v1/communities/acme/groups/speakers");
    let hidden = world
        .send(
            hide.json(&serde_json::json!({"hidden": true}))
                .bearer(TOKEN),
        )
        .await;
    assert_eq!(hidden.status, StatusCode::OK, "{}", hidden.body);
    let page = browser.page(editor).await;
    assert!(page.contains(warning), "{page}");
}
