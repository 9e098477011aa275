//! One person, as the help desk and programs see them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::post::inviting;
use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, person};

async fn world() -> ConsoleWorld {
    let world =
        ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob"), person(3, "Adam")]).await;
    world.sync().await;
    world
}

/// The path of the page that answers it: no result is a page of a form.
async fn found_at(browser: &Browser<'_>, who: &str) -> String {
    let path = "/events/devcon/help-desk";
    let answer = browser.submit(path, &[("who", who)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let place = answer.header("location").to_owned();
    assert!(!place.contains('@'), "{place}");
    place
}

async fn look_up(browser: &Browser<'_>, who: &str) -> String {
    let place = found_at(browser, who).await;
    browser.page(&place).await
}

fn href<'p>(page: &'p str, text: &str) -> &'p str {
    let before = page.split(text).next().unwrap_or_default();
    before
        .rsplit("href=\"")
        .next()
        .unwrap_or_default()
        .split('"')
        .next()
        .unwrap_or_default()
}

#[tokio::test]
async fn an_address_says_at_once_whether_they_may_come_in_and_why() {
    let world = world().await;
    let browser = world.browser().await;
    let ada = look_up(&browser, " P1@example.org ").await;
    for text in [
        ">Has access</span>",
        "Ada Doe",
        "added by run devcon.1",
        "Example Ltd",
        "Speakers",
        "Grants access",
        "Sync this person now",
    ] {
        assert!(ada.contains(text), "{text}: {ada}");
    }
    let nobody = look_up(&browser, "nobody@example.org").await;
    for text in [
        ">No access</span>",
        "Nobody with this address is in the event",
        "Sync this person now",
    ] {
        assert!(nobody.contains(text), "{text}: {nobody}");
    }
}

#[tokio::test]
async fn part_of_a_name_finds_those_it_may_be() {
    let world = world().await;
    let browser = world.browser().await;
    let several = look_up(&browser, "ada doe").await;
    assert!(
        several.contains("Ada Doe") && several.contains("Adam Doe"),
        "{several}"
    );
    assert!(!several.contains("Bob"), "{several}");
    let link = href(&several, "Adam Doe");
    assert!(
        link.starts_with("/events/devcon/people/") && !link.contains('@'),
        "{link}"
    );
    assert!(browser.page(link).await.contains(">Has access</span>"));
    let only = look_up(&browser, "BÓB").await;
    assert!(
        only.contains(">Has access</span>") && only.contains("Bob Doe"),
        "{only}"
    );
    let none = look_up(&browser, "<script>").await;
    assert!(
        none.contains("Nobody found") && !none.contains("<script>"),
        "{none}"
    );
}

#[tokio::test]
async fn a_group_given_by_hand_outlives_a_sync_and_can_be_taken_away() {
    let world = world().await;
    let browser = world.browser().await;
    let list = browser.page("/events/devcon").await;
    let page = href(&list, ">Ada Doe<").to_owned();
    let groups = format!("{page}/groups");
    let given = browser.submit(&groups, &[("group", "Press")]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.body);
    let shown = browser.page(given.header("location")).await;
    assert!(shown.contains("Added to the group by hand"), "{shown}");
    world.registered(vec![person(1, "Adele")]);
    world.sync().await;
    let shown = browser.page(&page).await;
    assert!(
        shown.contains("Adele Doe") && shown.contains("Press"),
        "{shown}"
    );
    assert!(
        !shown.contains("Remove from Speakers"),
        "a sync gave that: {shown}"
    );
    let taken = [("group", "Press"), ("take", "yes")];
    let taken = browser.submit(&groups, &taken).await;
    let shown = browser.page(taken.header("location")).await;
    assert!(!shown.contains("which was assigned by hand"), "{shown}");
    let empty = browser.submit(&groups, &[("group", "  ")]).await;
    assert!(
        empty.body.contains("enter the name of the group"),
        "{}",
        empty.body
    );
}

#[tokio::test]
async fn an_invitation_is_sent_and_sent_again_from_their_page() {
    let world = world().await;
    let browser = world.browser().await;
    let list = browser.page("/events/devcon").await;
    let page = href(&list, ">Ada Doe<").to_owned();
    assert!(
        !browser.page(&page).await.contains(">Invite<"),
        "they are off"
    );
    world.configure(&inviting(500)).await;
    assert!(browser.page(&page).await.contains(">Invite<"));
    let invite = format!("{page}/invite");
    let invited = browser.submit(&invite, &[]).await;
    let shown = browser.page(invited.header("location")).await;
    assert!(
        shown.contains("The invitation is queued") && shown.contains(">Queued</span>"),
        "{shown}"
    );
    let twice = browser.submit(&invite, &[]).await;
    assert!(twice.header("location").ends_with("done=not_invited"));
}

#[tokio::test]
async fn programs_ask_for_one_person() {
    let world = world().await;
    let attendee = world.api("/events/devcon/attendees/P1@example.org").await;
    assert_eq!(attendee["email"], "p1@example.org");
    let access = world.api("/events/devcon/access/p1@example.org").await;
    assert_eq!(
        (&access["allowed"], &access["groups"]),
        (&json!(true), &json!(["Speakers"]))
    );
    assert!(
        access["locked_fields"]
            .as_array()
            .is_some_and(|fields| fields.contains(&json!("email")))
    );
    let nobody = world.api("/events/devcon/access/nobody@example.org").await;
    assert_eq!(nobody["allowed"], false);
    let why = world
        .api("/events/devcon/attendees/p1@example.org/explanation")
        .await;
    assert_eq!(why["access"]["allowed"], true);
    assert_eq!(why["records"][0]["says"], "grants access");
    for (path, status) in [
        ("/events/none/access/p1@example.org", 404),
        ("/events/devcon/access/no-address", 422),
        ("/events/devcon/attendees/nobody@example.org", 404),
        ("/communities/acme/users/nobody@example.org", 404),
        ("/communities/none/users", 404),
        ("/communities/acme/groups/none/members", 404),
    ] {
        let ask = TestRequest::get(&format!("/api/v1{path}")).bearer(TOKEN);
        world.send(ask).await.problem(status);
    }
}

#[tokio::test]
async fn programs_list_users_give_groups_and_erase() {
    let world = world().await;
    let users = world.api("/communities/acme/users?limit=2").await;
    assert_eq!(users["items"].as_array().map(Vec::len), Some(2));
    let cursor = users["next_cursor"].as_str().unwrap_or_default();
    let rest = world
        .api(&format!("/communities/acme/users?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    let found = world.api("/communities/acme/users?search=bob").await;
    assert_eq!(found["items"][0]["email"], "p2@example.org");

    let member = "/api/v1/communities/acme/groups/Press%20room/members/p1@example.org";
    let send = async |ask: TestRequest| world.send(ask.bearer(TOKEN)).await;
    let granted = send(TestRequest::put(member)).await;
    assert_eq!(
        (granted.status, granted.json()["changed"].clone()),
        (StatusCode::OK, json!(true))
    );
    let twice = send(TestRequest::put(member)).await;
    assert_eq!(twice.json()["changed"], false);
    let members = world
        .api("/communities/acme/groups/press%20room/members")
        .await;
    assert_eq!(members["items"][0]["by"], json!(["hand"]));
    let revoked = send(TestRequest::new("DELETE", member)).await;
    assert_eq!(revoked.json()["changed"], true);

    let ada = "/api/v1/communities/acme/users/p1@example.org";
    let erased = send(TestRequest::new("DELETE", ada)).await;
    assert_eq!(erased.json(), json!({"result": "erased"}));
    let access = world.api("/events/devcon/access/p1@example.org").await;
    assert_eq!(access["allowed"], false);
    assert!(!access.to_string().contains("Ada"), "{access}");
    let left: Value = world.api("/events/devcon/attendees").await;
    assert_eq!(left["items"].as_array().map(Vec::len), Some(2));
    world.send(TestRequest::get(ada)).await.problem(401);
}

#[tokio::test]
async fn the_desk_asks_the_source_what_it_says_now_and_which_rules_hold() {
    let world = world().await;
    let mut canceled = person(2, "Bob");
    canceled["canceled"] = json!(true);
    canceled["note"] = json!("</pre><script>alert(1)</script>");
    let mut nameless = person(9, "");
    nameless["last"] = json!("");
    world.registered(vec![person(1, "Ada"), canceled, nameless]);
    let browser = world.browser().await;
    let send = async |who: &str| {
        let path = "/events/devcon/help-desk/source";
        browser.submit(path, &[("who", who)]).await
    };
    let ask = async |who: &str| {
        let asked = send(who).await;
        let place = asked.header("location").replace("#source", "");
        browser.page(&place).await
    };
    let bob = ask("P2@example.org").await;
    for text in [
        "The source has 1 record for this person; 3 records read in",
        "Removed by rule 1",
        "Rule 1, when canceled: removes the person from the event",
        "&#60;/pre&#62;&#60;script&#62;",
        ">Has access</span>",
    ] {
        assert!(bob.contains(text), "{text}: {bob}");
    }
    let nobody = ask("nobody@example.org").await;
    assert!(
        nobody.contains("The source has no record with this address; 3 records read"),
        "{nobody}"
    );
    let rejected = ask("p9@example.org").await;
    assert!(rejected.contains(">Rejected</span>"), "{rejected}");
    assert_eq!(
        send("nonsense").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let path = "/events/devcon/attendees/p2@example.org/source";
    let says = world.api(path).await;
    assert_eq!(says["records"][0]["rules"], json!([1]));
    assert_eq!(says["records"][0]["outcome"], json!({"removed": 1}));
    assert_eq!(says["records_read"], 3);
    // Nothing was changed by asking.
    let attendee = world.api("/events/devcon/attendees/p2@example.org").await;
    assert_eq!(attendee["status"], "attending");
    world.source_fails("the source answered 503");
    let failed = ask("p2@example.org").await;
    assert!(
        failed.contains("The source could not be read.</strong> The source answered 503."),
        "{failed}"
    );
    let path = format!("/api/v1{path}");
    world
        .send(TestRequest::get(&path).bearer(TOKEN))
        .await
        .problem(502);
}

#[tokio::test]
async fn who_was_taken_out_by_hand_is_let_in_on_their_page() {
    let world = world().await;
    let browser = world.browser().await;
    let page = look_up(&browser, "p1@example.org").await;
    assert!(
        page.contains("Remove and block this person</button>"),
        "{page}"
    );
    let bar =
        TestRequest::put("/api/v1/events/devcon/attendees/p1@example.org/block").bearer(TOKEN);
    world.send(bar).await;
    let page = look_up(&browser, "p1@example.org").await;
    assert!(
        page.contains("Unblock</button>") && page.contains("Removed and blocked by hand on "),
        "{page}"
    );
    assert!(!page.contains("Remove and block"), "{page}");
    let path = page
        .split("<form method=\"post\" action=\"")
        .find_map(|form| {
            let (path, _) = form.split_once('"')?;
            path.ends_with("/block").then_some(path)
        });
    let path = path.unwrap();
    let answer = browser.submit(path, &[("block", "no")]).await;
    let page = browser.page(answer.header("location")).await;
    assert!(
        page.contains("Unblocked: their records count again."),
        "{page}"
    );
    assert!(page.contains(">Has access</span>"), "{page}");
    let answer = browser.submit(path, &[("block", "yes")]).await;
    let page = browser.page(answer.header("location")).await;
    assert!(
        page.contains(">No access</span>") && page.contains("Removed from the event and blocked."),
        "{page}"
    );
}

#[tokio::test]
async fn the_verdict_comes_first_with_one_thing_to_do_and_the_next_search() {
    let mut cancelled = person(2, "Bob");
    let world = world().await;
    let desk = world.browser_of("helpdesk-of-acme").await;
    let ada = look_up(&desk, "p1@example.org").await;
    let first = ada.find("<h1").unwrap();
    assert!(ada[first..].contains("Has access"), "{ada}");
    assert!(
        ada.find("name=\"who\"").unwrap() < first,
        "the search is gone: {ada}"
    );
    assert!(
        ada.contains("autofocus") && ada.contains("sign in as p1@example.org"),
        "{ada}"
    );
    assert!(ada.contains("<title>Has access"), "{ada}");
    // What the role may not do is not offered.
    for gone in [
        "/runs/1\"",
        "Add to a group by hand",
        "/configuration",
        "Erase",
    ] {
        assert!(!ada.contains(gone), "{gone}: {ada}");
    }
    cancelled["canceled"] = json!(true);
    world.registered(vec![person(1, "Ada"), cancelled, person(3, "Adam")]);
    let sync = [("who", "p2@example.org")];
    let begun = desk.submit("/events/devcon/help-desk/sync", &sync).await;
    let place = begun.header("location").to_owned();
    world.settled().await;
    let bob = desk.page(&place).await;
    for text in [
        ">No access</span>",
        "Removed from the event.",
        "check what the registration system says",
        "Check the source now",
    ] {
        assert!(bob.contains(text), "{text}: {bob}");
    }
}

#[tokio::test]
async fn an_address_that_nobody_has_is_synced_from_its_own_page() {
    let world = world().await;
    let desk = world.browser_of("helpdesk-of-acme").await;
    let place = found_at(&desk, "p9@example.org").await;
    let nobody = desk.page(&place).await;
    for text in [
        ">No access</span>",
        "since the last sync",
        "similar name or address",
        "p1@example.org",
    ] {
        assert!(nobody.contains(text), "{text}: {nobody}");
    }
    world.registered((1..=9).map(|id| person(id, "Ada")).collect());
    let sync = [("who", "p9@example.org")];
    let begun = desk.submit("/events/devcon/help-desk/sync", &sync).await;
    let place = begun.header("location").to_owned();
    assert!(!place.contains('@'), "{place}");
    world.settled().await;
    // They are an attendee now, and have a page of their own.
    let moved = desk.open(&place).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER);
    let ninth = desk.page(moved.header("location")).await;
    assert!(
        ninth.contains("Added to the event.") && ninth.contains(">Has access</span>"),
        "{ninth}"
    );
    // Nobody else's session finds out what was typed.
    let other = world.browser_of("viewer-of-acme").await;
    let kept = other.page(&found_at(&desk, "no such").await).await;
    assert!(kept.contains("This search is not kept any more"), "{kept}");
}

#[tokio::test]
async fn people_are_found_as_they_say_their_names() {
    let mut anke = person(4, "Anke");
    anke["last"] = json!("Sch\u{e4}fer");
    let world = ConsoleWorld::with(vec![person(1, "Ada"), anke]).await;
    world.sync().await;
    let desk = world.browser_of("helpdesk-of-acme").await;
    for text in ["Sch\u{e4}fer, Anke", "schaefer", "anke sch\u{e4}fer", "4"] {
        let page = look_up(&desk, text).await;
        assert!(
            page.contains("Anke Sch\u{e4}fer") && page.contains(">Has access</span>"),
            "{text}: {page}"
        );
    }
    let similar = look_up(&desk, "Sch\u{e4}fre").await;
    assert!(
        similar.contains("Matching people") && similar.contains("(similar)"),
        "{similar}"
    );
}
