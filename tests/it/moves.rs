//! Records that have another address than before: tickets that changed hands, addresses that were corrected or
//! exchanged, and records that have lost their address.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use attendee_sync_app::SyncScope;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_domain::run::{Action, Run, RunState};
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, address, crowd, person, with};
use serde_json::{Value, json};

fn event() -> EventId {
    "devcon".parse().unwrap()
}

/// The record of `holder` with the address of `name`, in the holder's name as it was.
fn at(holder: &str, name: &str) -> Value {
    with(
        person(holder),
        json!({"email": format!("{name}@example.org")}),
    )
}

/// The record of `holder` that `name` has now, in their own name.
fn given_to(holder: &str, name: &str) -> Value {
    with(at(holder, name), json!({"first": name}))
}

fn document(change: &Value) -> Value {
    let mut document = json!({"invitations": {
        "enabled": true,
        "template": {"from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Come"}
    }});
    for (key, value) in change.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

/// An event with some attendees, whose invitations were sent.
async fn begun(change: Value, feed: Vec<Value>) -> World {
    let world = World::new();
    begin(&world, &change, feed).await;
    world
}

async fn begin(world: &World, change: &Value, feed: Vec<Value>) {
    world.configure("devcon", document(change)).await;
    world.feed(feed);
    world.sync("devcon").await;
    world.app.dispatch_invitations(&event()).await.unwrap();
}

async fn grant(world: &World, group: &str, name: &str) {
    let (community, group) = ("acme".parse().unwrap(), GroupName::parse(group).unwrap());
    world
        .app
        .grant(&community, &group, &address(name))
        .await
        .unwrap();
}

/// Everybody in a line: name, whether they attend and why not, groups, and what became of their invitation.
async fn picture(world: &World) -> String {
    let people = world.people("devcon").await;
    let line = |view: &attendee_sync_app::AttendeeView| {
        let groups: Vec<&str> = view.groups.iter().map(GroupName::as_str).collect();
        format!(
            "{} {}{} [{}] {}",
            view.email.as_str().split('@').next().unwrap(),
            serde_json::to_value(view.status).unwrap().as_str().unwrap(),
            view.reason
                .as_ref()
                .map_or(String::new(), |reason| format!(" ({reason})")),
            groups.join(", "),
            view.invitation
                .as_ref()
                .map_or("none", |invitation| invitation.state.name())
        )
    };
    let lines: Vec<String> = people.iter().map(line).collect();
    lines.join("\n")
}

async fn sent(world: &World) -> Vec<String> {
    let before = world.postbox.taken().len();
    world.app.dispatch_invitations(&event()).await.unwrap();
    let taken = world.postbox.taken();
    let new = taken[before..].iter();
    let mut names: Vec<String> = new.map(|mail| mail.to.address.to_string()).collect();
    names.sort();
    names
}

async fn is_quiet(world: &World) {
    let (before, picture_before) = (world.line.writes(), picture(world).await);
    let run = world.sync("devcon").await;
    let counts = run.counts;
    assert_eq!(
        (
            counts.added,
            counts.updated,
            counts.removed,
            counts.moved,
            counts.issues
        ),
        (0, 0, 0, 0, 0)
    );
    assert_eq!(
        world.line.writes() - before,
        4,
        "only the run itself is written: {run:?}"
    );
    assert_eq!(picture(world).await, picture_before);
}

#[tokio::test]
async fn a_ticket_that_changes_hands_admits_one_person() {
    for missing in ["keep", "remove_attendee"] {
        let world = begun(json!({"missing": missing}), crowd(3)).await;
        grant(&world, "Crew", "p0001").await;
        let mut feed = crowd(3);
        feed[1] = given_to("p0001", "eve");
        world.feed(feed);
        let run = world.sync("devcon").await;
        let counts = run.counts;
        assert_eq!(
            (
                counts.added,
                counts.moved,
                counts.removed,
                counts.missing_removed
            ),
            (1, 1, 0, 0)
        );
        assert_eq!(sent(&world).await, ["eve@example.org"]);
        let picture = picture(&world).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(picture, @r"
    eve attending [Regular] sent
    p0000 attending [Regular] sent
    p0001 removed (ticket moved to another person) [Crew] sent
    p0002 attending [Regular] sent
    ");
        }
        is_quiet(&world).await;
    }
}

#[tokio::test]
async fn an_address_that_was_corrected_takes_along_what_was_given_by_hand() {
    let world = begun(json!({}), crowd(3)).await;
    grant(&world, "Crew", "p0001").await;
    let mut feed = crowd(3);
    feed[1] = with(
        at("p0001", "right"),
        json!({"first": "P0001", "last": "  éxample "}),
    );
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!(
        (
            run.counts.added,
            run.counts.moved,
            run.counts.invitations_queued
        ),
        (1, 1, 0)
    );
    assert_eq!(sent(&world).await, Vec::<String>::new());
    insta::assert_snapshot!(picture(&world).await, @r"
    p0000 attending [Regular] sent
    p0001 removed (the e-mail address of this ticket was corrected) [] none
    p0002 attending [Regular] sent
    right attending [Crew, Regular] sent
    ");
    let changes = world.changes(&run.id).await;
    let of = |name: &str| {
        let address = address(name);
        let of = changes
            .iter()
            .filter(move |change| change.email.as_ref() == Some(&address));
        of.map(|change| (change.action, change.reason.clone()))
            .collect::<Vec<_>>()
    };
    let reason = "the e-mail address of this ticket was corrected".to_owned();
    assert_eq!(of("p0001"), [(Action::Moved, Some(reason.clone()))]);
    assert_eq!(
        of("right"),
        [(Action::Added, None), (Action::Updated, Some(reason))]
    );
    is_quiet(&world).await;
}

#[tokio::test]
async fn an_invitation_that_was_not_sent_yet_goes_to_the_corrected_address() {
    let world = World::new();
    world.configure("devcon", document(&json!({}))).await;
    world.feed(crowd(2));
    world.sync("devcon").await;
    world.feed(vec![person("p0000"), at("p0001", "right")]);
    world.sync("devcon").await;
    assert_eq!(
        sent(&world).await,
        ["p0000@example.org", "right@example.org"]
    );
    is_quiet(&world).await;
}

#[tokio::test]
async fn a_name_that_several_have_makes_no_correction() {
    let mut feed = crowd(3);
    feed[2] = with(person("p0002"), json!({"first": "p0001"}));
    let world = begun(json!({}), feed.clone()).await;
    grant(&world, "Crew", "p0001").await;
    feed[1] = at("p0001", "right");
    world.feed(feed);
    world.sync("devcon").await;
    assert_eq!(sent(&world).await, ["right@example.org"]);
    let picture = picture(&world).await;
    assert!(
        picture.contains("right attending [Regular] sent"),
        "{picture}"
    );
}

#[tokio::test]
async fn who_was_blocked_is_blocked_at_the_corrected_address() {
    let world = begun(json!({}), crowd(3)).await;
    world
        .app
        .set_blocked(&event(), &address("p0001"), BlockChange::Put)
        .await
        .unwrap();
    let mut feed = crowd(3);
    feed[1] = at("p0001", "right");
    world.feed(feed);
    world.sync("devcon").await;
    assert_eq!(sent(&world).await, Vec::<String>::new());
    insta::assert_snapshot!(picture(&world).await, @r"
    p0000 attending [Regular] sent
    p0001 removed (the e-mail address of this ticket was corrected) [] none
    p0002 attending [Regular] sent
    right removed (removed by hand) [] sent
    ");
    is_quiet(&world).await;
}

fn swapped() -> Vec<Value> {
    vec![at("p0000", "p0001"), at("p0001", "p0000"), person("p0002")]
}

#[tokio::test]
async fn two_people_who_exchange_addresses_exchange_what_is_theirs() {
    let world = begun(json!({}), crowd(3)).await;
    grant(&world, "Crew", "p0000").await;
    grant(&world, "Press", "p0001").await;
    world.feed(swapped());
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.updated, run.counts.moved), (2, 2));
    assert_eq!(sent(&world).await, Vec::<String>::new());
    insta::assert_snapshot!(picture(&world).await, @r"
    p0000 attending [Press, Regular] sent
    p0001 attending [Crew, Regular] sent
    p0002 attending [Regular] sent
    ");
    insta::assert_snapshot!(world.groups().await, @"Crew: 1, Press: 1, Regular: 3");
    is_quiet(&world).await;
}

#[tokio::test]
async fn who_has_another_ticket_stays_without_what_the_moved_one_gave() {
    let dinner = with(person("p0000"), json!({"id": "D", "groups": ["Dinner"]}));
    let feed = vec![person("p0000"), person("p0001"), dinner.clone()];
    let world = begun(json!({}), feed).await;
    world.feed(vec![
        person("p0000"),
        person("p0001"),
        with(dinner, json!({"email": "eve@example.org", "first": "Eve"})),
    ]);
    let run = world.sync("devcon").await;
    assert_eq!(
        (run.counts.added, run.counts.moved, run.counts.unchanged),
        (1, 1, 2)
    );
    assert_eq!(sent(&world).await, ["eve@example.org"]);
    insta::assert_snapshot!(picture(&world).await, @r"
    eve attending [Dinner] sent
    p0000 attending [Regular] sent
    p0001 attending [Regular] sent
    ");
    is_quiet(&world).await;
}

fn incremental() -> Value {
    json!({"source": {
        "url": "https://registration.example.org/",
        "incremental": {"parameter": "modified_since", "overlap_seconds": 300, "full_every_hours": 24}
    }, "missing": "remove_attendee"})
}

#[tokio::test]
async fn a_read_of_what_changed_moves_as_a_whole_one_does() {
    let world = begun(incremental(), crowd(4)).await;
    grant(&world, "Crew", "p0002").await;
    world.feed(vec![given_to("p0001", "eve"), at("p0002", "right")]);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.moved), (2, 2));
    assert_eq!(sent(&world).await, ["eve@example.org"]);
    insta::assert_snapshot!(picture(&world).await, @r"
    eve attending [Regular] sent
    p0000 attending [Regular] sent
    p0001 removed (ticket moved to another person) [] sent
    p0002 removed (the e-mail address of this ticket was corrected) [] none
    p0003 attending [Regular] sent
    right attending [Crew, Regular] sent
    ");
}

#[tokio::test]
async fn ids_that_several_records_have_move_nobody() {
    // An order's number, which all of its tickets have.
    let of_order = |name: &str| with(person(name), json!({"id": "order-7"}));
    let feed = vec![of_order("p0000"), of_order("p0001"), person("p0002")];
    let world = begun(incremental(), feed).await;
    world.feed(vec![of_order("eve"), given_to("p0002", "fay")]);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.moved), (2, 0));
    let issues = world.issues(&run.id).await;
    assert_eq!(issues[0].code, "shared_source_id", "{issues:?}");
    let attending = picture(&world).await.matches(" attending").count();
    assert_eq!(attending, 5);

    // A ticket that is added to an order of one.
    let world = begun(json!({}), vec![of_order("p0000"), person("p0002")]).await;
    world.feed(vec![of_order("p0000"), of_order("p0001"), person("p0002")]);
    let run = world.sync("devcon").await;
    assert_eq!(
        (run.counts.added, run.counts.moved, run.counts.issues),
        (1, 0, 1)
    );
    assert_eq!(sent(&world).await, ["p0001@example.org"]);
    is_quiet(&world).await;
}

#[tokio::test]
async fn one_persons_sync_takes_the_ticket_from_who_had_it() {
    let world = begun(json!({}), crowd(3)).await;
    let mut feed = crowd(3);
    feed[1] = given_to("p0001", "eve");
    world.feed(feed);
    let event = event();
    let run = match &world.stage {
        None => world
            .app
            .sync(&event, SyncScope::One(address("eve")))
            .await
            .unwrap(),
        Some(stage) => stage
            .sync(&world.app, &event, SyncScope::One(address("eve")))
            .await
            .unwrap(),
    };
    assert_eq!(
        (run.state, run.counts.added, run.counts.moved),
        (RunState::Succeeded, 1, 1)
    );
    let picture = picture(&world).await;
    assert!(
        picture.contains("p0001 removed (ticket moved to another person)"),
        "{picture}"
    );
    is_quiet(&world).await;
}

#[tokio::test]
async fn a_record_that_has_lost_its_address_is_found_by_its_id() {
    for change in [json!({}), incremental()] {
        let world = begun(change, crowd(4)).await;
        let mut feed = crowd(4);
        feed[1] = json!({"id": "R-p0001", "erased": true});
        feed[2] = json!({"id": "R-p0002", "email": " ", "cancelled": true});
        feed.push(json!({"id": "never-known", "erased": true}));
        world.feed(feed);
        let run = world.sync("devcon").await;
        let counts = run.counts;
        assert_eq!(
            (
                counts.erased,
                counts.removed,
                counts.ignored,
                counts.rejected
            ),
            (1, 2, 1, 0)
        );
        assert_eq!(world.issues(&run.id).await, []);
        let picture = picture(&world).await;
        assert!(!picture.contains("p0001"), "{picture}");
        assert!(picture.contains("p0002 removed (rule 1"), "{picture}");
        is_quiet(&world).await;
    }
}

#[tokio::test]
async fn an_id_of_two_records_erases_nobody() {
    let world = begun(json!({}), crowd(3)).await;
    let mut feed = crowd(3);
    feed.push(json!({"id": "R-p0001", "erased": true}));
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.erased, run.counts.rejected), (0, 1));
    assert_eq!(world.issues(&run.id).await[0].code, "shared_source_id");
}

#[tokio::test]
async fn many_transfers_wait_for_approval_and_the_new_holders_are_in() {
    let world = begun(json!({}), crowd(30)).await;
    let moved = |number: usize| given_to(&format!("p{number:04}"), &format!("new{number:04}"));
    let mut feed = crowd(30);
    feed[..20].clone_from_slice(&(0..20).map(moved).collect::<Vec<_>>());
    world.feed(feed);
    for _ in 0..2 {
        let run = world.try_sync("devcon").await.unwrap();
        assert_eq!(run.state, RunState::Held, "{run:?}");
        let attending = picture(&world).await.matches(" attending").count();
        assert_eq!(attending, 50);
    }
    assert_eq!(sent(&world).await.len(), 20);
    let run = world.app.runs(&event(), None, 1).await.unwrap().remove(0);
    let approved = approve(&world, &run).await;
    assert_eq!(
        (approved.state, approved.counts.moved),
        (RunState::Succeeded, 20)
    );
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
    let after = picture(&world).await;
    assert_eq!(after.matches(" attending").count(), 30, "{after}");
    assert_eq!(sent(&world).await, Vec::<String>::new());
    world.sync("devcon").await;
    is_quiet(&world).await;
}

async fn approve(world: &World, run: &Run) -> Run {
    match &world.stage {
        None => {
            let started = world.app.begin_approval(&run.id).await.unwrap();
            world.app.finish(started).await.unwrap()
        }
        Some(stage) => {
            world.app.order_approval(&run.id).await.unwrap();
            stage.work(&world.app).await.unwrap().remove(0)
        }
    }
}

#[tokio::test]
async fn records_that_are_numbered_anew_carry_nothing_over() {
    let world = begun(json!({}), crowd(30)).await;
    grant(&world, "Crew", "p0003").await;
    let next = |number: usize| {
        with(
            person(&format!("p{number:04}")),
            json!({"id": format!("R-p{:04}", (number + 1) % 30)}),
        )
    };
    world.feed((0..30).map(next).collect());
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.updated, run.counts.moved), (30, 30));
    assert_eq!(world.issues(&run.id).await[0].code, "moved_in_a_chain");
    let after = picture(&world).await;
    assert_eq!(after.matches(" attending").count(), 30);
    assert!(after.contains("p0003 attending [Crew, Regular]"), "{after}");
    assert_eq!(sent(&world).await, Vec::<String>::new());
    is_quiet(&world).await;
}

#[tokio::test]
async fn a_preview_names_a_move_as_a_move() {
    let world = begun(json!({}), crowd(3)).await;
    world.feed(vec![
        person("p0000"),
        given_to("p0001", "eve"),
        at("p0002", "right"),
    ]);
    let preview = world
        .app
        .preview(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    let mut lines: Vec<String> = preview
        .changes
        .iter()
        .map(|change| {
            let who = change
                .email
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!(
                "{who} {} {}",
                change.action.name(),
                change.reason.as_deref().unwrap_or("-")
            )
        })
        .collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    eve@example.org added -
    p0001@example.org moved ticket moved to another person
    p0002@example.org moved the e-mail address of this ticket was corrected
    right@example.org added -
    ");
    let counts = preview.run.counts;
    assert_eq!(
        (counts.added, counts.moved, counts.invitations_queued),
        (2, 2, 1)
    );
}

/// A correction, a transfer, an exchange, a second ticket that moves, and a record that lost its address.
fn before() -> Vec<Value> {
    let dinner = with(person("p0005"), json!({"id": "D", "groups": ["Dinner"]}));
    let mut feed = crowd(7);
    feed.push(dinner);
    feed
}

fn after() -> Vec<Value> {
    vec![
        at("p0000", "p0001"),
        at("p0001", "p0000"),
        at("p0002", "right"),
        given_to("p0003", "eve"),
        json!({"id": "R-p0004", "erased": true}),
        with(person("p0005"), json!({"company": "Globex"})),
        person("p0006"),
        with(
            person("p0005"),
            json!({"id": "D", "email": "fay@example.org", "first": "Fay", "groups": ["Dinner"]}),
        ),
    ]
}

async fn prepared(line: &FaultyTransport) -> World {
    let world = World::over(line.clone());
    begin(&world, &json!({}), before()).await;
    for (group, name) in [("Crew", "p0000"), ("Press", "p0001"), ("Stage", "p0002")] {
        grant(&world, group, name).await;
    }
    world
}

#[tokio::test]
async fn a_crash_at_any_write_ends_in_the_same_state() {
    let line = FaultyTransport::new();
    let calm = prepared(&line).await;
    calm.feed(after());
    let start = calm.line.writes();
    calm.sync("devcon").await;
    let writes = calm.line.writes() - start;
    let mails = sent(&calm).await;
    assert_eq!(mails, ["eve@example.org", "fay@example.org"]);
    let (state, groups) = (picture(&calm).await, calm.groups().await);
    insta::assert_snapshot!(state, @r"
    eve attending [Regular] sent
    fay attending [Dinner] sent
    p0000 attending [Press, Regular] sent
    p0001 attending [Crew, Regular] sent
    p0002 removed (the e-mail address of this ticket was corrected) [] none
    p0003 removed (ticket moved to another person) [] sent
    p0005 attending [Regular] sent
    p0006 attending [Regular] sent
    right attending [Regular, Stage] sent
    ");
    for crash_after in 0..writes {
        let line = FaultyTransport::new();
        let world = prepared(&line).await;
        world.feed(after());
        line.cut_after(crash_after);
        let _cut_off = world.try_sync("devcon").await;
        assert!(line.is_cut(), "no crash after {crash_after} writes");
        line.mend();
        let restarted = world.restarted();
        restarted.feed(after());
        for run in restarted.app.recover().await.unwrap() {
            let run = restarted.app.finish(run).await.unwrap();
            assert!(
                run.counts.add_up(),
                "crash after {crash_after}: {:?}",
                run.counts
            );
        }
        restarted.sync("devcon").await;
        assert_eq!(sent(&restarted).await, mails, "crash after {crash_after}");
        assert_eq!(
            picture(&restarted).await,
            state,
            "crash after {crash_after}"
        );
        assert_eq!(
            restarted.groups().await,
            groups,
            "crash after {crash_after}"
        );
        is_quiet(&restarted).await;
    }
}

#[tokio::test]
async fn a_read_that_breaks_off_admits_the_new_holder_and_takes_nothing_away() {
    let world = begun(json!({}), crowd(3)).await;
    world.script(Scripted {
        records: vec![given_to("p0001", "eve")],
        cut_off: Some("the connection was closed".to_owned()),
        ..Scripted::default()
    });
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(
        (run.state, run.counts.added, run.counts.moved),
        (RunState::Failed, 1, 0)
    );
    assert_eq!(picture(&world).await.matches(" attending").count(), 4);
    world.feed(vec![
        person("p0000"),
        given_to("p0001", "eve"),
        person("p0002"),
    ]);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.moved), (0, 1));
    assert_eq!(sent(&world).await, ["eve@example.org"]);
    is_quiet(&world).await;
}
