//! Lists that are imported by hand: shown first, done in one go, undone as a whole.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use attendee_sync_app::list_file::read_list_file;
use attendee_sync_app::{Error, ImportColumns, ImportPart, ImportReport, RowOutcome, hand_edit};
use attendee_sync_domain::hand::HandScope;
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_testkit::world::{World, devcon, person};
use serde_json::json;
use tokio::time::Instant;

const LIST: &str = "Mail;Vorname;Nachname;Firma;Gruppen;Notes\n\
    ada@example.org;ada;Example;Own Ltd;VIP;x\n\
    new@example.org;New;Person;New Ltd;VIP; Press;y\n\
    \n\
    broken;No;Address;;;z\n\
    nameless@example.org;;Person;;;\n\
    new@example.org;Twice;Person;;;\n";

async fn event() -> World {
    let world = World::new();
    let strict = json!({
        "missing": "remove_attendee",
        "guards": {"removals_percent": 100, "removals_count": 1000, "blanked_percent": 100}
    });
    world.configure("devcon", strict).await;
    world.feed(vec![person("ada"), person("bo")]);
    world.sync("devcon").await;
    world
}

async fn preview(world: &World, list: &str) -> Result<ImportReport, Error> {
    let table = read_list_file(list.as_bytes()).unwrap();
    let columns = ImportColumns::new();
    world.app.preview_import(&devcon(), &table, &columns).await
}

async fn import(world: &World, list: &str) -> ImportReport {
    let table = read_list_file(list.as_bytes()).unwrap();
    let (columns, part) = (ImportColumns::new(), ImportPart::default());
    let done = world
        .app
        .import_list(&devcon(), &table, &columns, part)
        .await;
    done.unwrap()
}

async fn undo(world: &World, report: &ImportReport) -> u64 {
    let import = report.import.as_ref().unwrap();
    world.app.undo_import(&devcon(), import).await.unwrap()
}

fn list() -> String {
    LIST.replace("VIP; Press", "\"VIP; Press\"")
}

#[tokio::test]
async fn a_preview_says_row_by_row_what_an_import_then_does() {
    let world = event().await;
    let before = world.state("devcon").await;
    let writes = world.line.writes();
    let shown = preview(&world, &list()).await.unwrap();
    assert_eq!(world.line.writes(), writes, "a preview writes nothing");
    assert_eq!(world.state("devcon").await, before);
    assert_eq!(shown.columns["email"], "Mail");
    assert_eq!(shown.columns["groups"], "Gruppen");
    assert_eq!(shown.columns["company"], "Firma");
    assert!(
        shown.unused.contains(&"Notes".to_owned()),
        "{:?}",
        shown.unused
    );
    let counts = (shown.added, shown.changed, shown.unchanged, shown.rejected);
    assert_eq!(counts, (1, 1, 0, 3), "{shown:?}");
    let rows: BTreeMap<usize, RowOutcome> = shown
        .rows
        .iter()
        .map(|row| (row.row, row.outcome))
        .collect();
    assert_eq!(rows[&2], RowOutcome::Changed);
    assert_eq!(rows[&3], RowOutcome::Added);
    assert_eq!(rows[&5], RowOutcome::Rejected);
    let twice = shown.rows.iter().find(|row| row.row == 7).unwrap();
    assert_eq!(twice.reasons, ["the same address as in row 3"]);
    let ada = shown.rows.iter().find(|row| row.row == 2).unwrap();
    assert_eq!(ada.fields, ["company", "groups"]);

    let done = import(&world, &list()).await;
    assert_eq!(
        ImportReport {
            import: None,
            ..done.clone()
        },
        shown
    );
    for _ in 0..2 {
        world.sync("devcon").await;
    }
    let state = world.state("devcon").await;
    assert!(
        state.contains("ada@example.org attending ada Example @ Own Ltd"),
        "{state}"
    );
    assert!(
        state.contains("new@example.org attending New Person @ New Ltd [Press, VIP]"),
        "{state}"
    );
    let again = import(&world, &list()).await;
    assert_eq!(
        (again.added, again.changed, again.unchanged),
        (0, 0, 2),
        "{again:?}"
    );
}

#[tokio::test]
async fn undoing_an_import_releases_what_it_set_and_nobody_changed_since() {
    let world = event().await;
    let before = world.state("devcon").await;
    let done = import(&world, &list()).await;
    assert_eq!(undo(&world, &done).await, 2);
    assert_eq!(undo(&world, &done).await, 0);
    let after = world.state("devcon").await;
    assert!(after.starts_with(&before), "{after}");
    assert!(after.contains("new@example.org removed"), "{after}");
    world.sync("devcon").await;
    assert!(world.state("devcon").await.starts_with(&before));

    // What somebody changed by hand since stays.
    let done = import(&world, &list()).await;
    let own = BTreeMap::from([("company".to_owned(), Some("Theirs".to_owned()))]);
    let edit = hand_edit(&own, None).unwrap();
    for email in ["ada@example.org", "new@example.org"] {
        let email = email.parse().unwrap();
        world
            .app
            .put_by_hand(&devcon(), &email, &edit, HandScope::Anybody)
            .await
            .unwrap();
    }
    assert_eq!(undo(&world, &done).await, 2);
    for view in world.people("devcon").await {
        let company = view.profile.get(ProfileField::Company);
        let expected = if view.email.as_str().starts_with("bo") {
            "Initech"
        } else {
            "Theirs"
        };
        assert_eq!(company, Some(expected), "{}", view.email);
    }
    assert_eq!(world.groups().await, "Press: 0, Regular: 2, VIP: 0");
}

#[tokio::test]
async fn a_list_whose_columns_nobody_can_tell_says_which_are_lacking() {
    let world = event().await;
    let list = "Spalte 1,Spalte 2\nx,y\n";
    let refused = preview(&world, list).await;
    let Err(Error::Refused(problems)) = refused else {
        panic!("{refused:?}")
    };
    let paths: Vec<&str> = problems
        .0
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["columns.email", "columns.first_name", "columns.last_name"]
    );
    assert!(
        problems.0[0].reason.contains("Spalte 1, Spalte 2"),
        "{problems}"
    );
    let table = read_list_file(b"A,B,C\nx@example.org,X,Y\n").unwrap();
    let named = [("email", "a"), ("first_name", "B"), ("last_name", "C")];
    let columns = named
        .into_iter()
        .map(|(field, column)| (field.to_owned(), column.to_owned()))
        .collect();
    let shown = world
        .app
        .preview_import(&devcon(), &table, &columns)
        .await
        .unwrap();
    assert_eq!((shown.added, shown.columns["email"].as_str()), (1, "A"));
}

#[tokio::test]
async fn an_import_invites_no_more_people_than_a_run_may() {
    let world = World::new();
    let template = json!({
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Come"
    });
    let invitations = json!({"enabled": true, "limit_per_run": 1, "template": template});
    world
        .configure("devcon", json!({"invitations": invitations}))
        .await;
    let one = import(&world, "email,first_name,last_name\na@example.org,A,One\n").await;
    assert!(one.invites);
    let two = "email,first_name,last_name\nb@example.org,B,Two\nc@example.org,C,Three\n";
    let two = import(&world, two).await;
    assert!(!two.invites, "{two:?}");
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert_eq!(world.postbox.recipients(), ["a@example.org"]);
}

/// A list of this many people, and an event that invites at most `limit` of them without approval.
async fn long_list(people: usize, limit: usize) -> (World, String) {
    use std::fmt::Write as _;

    let world = World::new();
    let template = json!({
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Come"
    });
    let invitations = json!({"enabled": true, "limit_per_run": limit, "template": template});
    world
        .configure("devcon", json!({"invitations": invitations}))
        .await;
    let mut list = "email,first_name,last_name\n".to_owned();
    for number in 0..people {
        // What a column is called counts more than that names have no digits.
        writeln!(list, "p{number}@example.org,Person,{number}").unwrap();
    }
    (world, list)
}

/// Sends a list again and again, each time with no time left, until all is done.
async fn import_in_parts(world: &World, list: &str) -> Vec<ImportReport> {
    let table = read_list_file(list.as_bytes()).unwrap();
    let mut parts: Vec<ImportReport> = Vec::new();
    while parts.last().is_none_or(|part| part.left > 0) {
        let part = ImportPart {
            until: Some(Instant::now()),
            import: parts.last().and_then(|part| part.import.clone()),
        };
        let columns = ImportColumns::new();
        let done = world
            .app
            .import_list(&devcon(), &table, &columns, part)
            .await;
        parts.push(done.unwrap());
        assert!(parts.len() < 20, "it comes to no end");
    }
    parts
}

#[tokio::test]
async fn an_import_whose_time_is_over_goes_on_under_its_name_and_is_undone_as_a_whole() {
    let (world, list) = long_list(100, 60).await;
    let parts = import_in_parts(&world, &list).await;
    let told: Vec<(u64, u64, u64)> = parts
        .iter()
        .map(|part| (part.added, part.unchanged, part.left))
        .collect();
    assert_eq!(told, [(40, 0, 60), (40, 40, 20), (20, 80, 0)]);
    let names: Vec<_> = parts.iter().map(|part| &part.import).collect();
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "{names:?}");
    // 100 are more than may be invited without approval, although the last part has 20.
    assert!(parts.iter().all(|part| !part.invites));
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert!(world.postbox.recipients().is_empty());
    assert_eq!(world.people("devcon").await.len(), 100);
    assert_eq!(undo(&world, &parts[0]).await, 100);
}

#[tokio::test]
async fn all_parts_of_an_import_invite_where_the_whole_may() {
    let (world, list) = long_list(90, 90).await;
    let parts = import_in_parts(&world, &list).await;
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|part| part.invites), "{parts:?}");
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert_eq!(world.postbox.recipients().len(), 90);
}
