use std::io::Read;
use std::path::PathBuf;

use attendee_sync_app::ports::{
    Directory as _, InvitationBatchId, Memberships as _, Outbox as _, PendingChangeStore as _,
    People as _, RunStore as _, TokenStore as _,
};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_domain::people::UserState;
use attendee_sync_domain::run::RunState;
use flate2::read::GzDecoder;

use super::*;
use crate::store::TableStore;
use crate::table::{ItemBody, TableItemBuilder};

/// The table of a data directory as version 0.1 made it.
const OLD: &[u8] = include_bytes!("../../../../../tests/fixtures/data-dir-0.1/attendee-sync.db.gz");

/// A folder with the old file, and where the new one is to be.
fn old_folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(OLD).read_to_end(&mut bytes).unwrap();
    std::fs::write(folder.path().join("attendee-sync.db"), bytes).unwrap();
    let new = folder.path().join("attendees.db");
    (folder, new)
}

async fn items(table: &SqliteTable) -> Vec<TableItem> {
    let mut items = Vec::new();
    table.each_item(|item| items.push(item)).await.unwrap();
    items
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_data_directory_of_the_version_before_is_as_it_was() {
    let (folder, path) = old_folder();
    let table = SqliteTable::open(&path).unwrap();
    assert_eq!(items(&table).await.len(), 118);
    assert_eq!(
        names(&folder),
        ["attendee-sync.db.before-migration", "attendees.db"]
    );
    let store = TableStore::new(Arc::new(table));
    let (acme, devcon): (CommunityId, EventId) =
        ("acme".parse().unwrap(), "devcon".parse().unwrap());
    let runs = store.runs(&devcon, None, 9).await.unwrap();
    let states: Vec<(u32, RunState)> = runs
        .iter()
        .map(|run| (run.id.number.0, run.state))
        .collect();
    assert_eq!(
        states,
        [
            (3, RunState::Held),
            (2, RunState::Succeeded),
            (1, RunState::Succeeded)
        ]
    );
    let held = RunId {
        event: devcon.clone(),
        number: RunNumber(3),
    };
    assert_eq!(store.held(&held, 0).await.unwrap().unwrap().len(), 14);
    assert_eq!(
        store.earlier_runs(&devcon).await.unwrap().held,
        Some(held.number)
    );
    let invitation_batch = InvitationBatchId::Run(RunNumber(1));
    assert_eq!(
        store
            .waiting(&devcon, invitation_batch, None, 99)
            .await
            .unwrap()
            .len(),
        22
    );
    let tokens = store.tokens().await.unwrap();
    assert_eq!(tokens[0].name.as_str(), "event app");
    let crew = GroupName::parse("Crew").unwrap().key();
    assert_eq!(store.group_size(&acme, &crew).await.unwrap(), 1);
    let attendees = store.attendees(&devcon, None, 99).await.unwrap();
    assert_eq!(attendees.len(), 22);
    let users = store.user_page(&acme, None, 99).await.unwrap();
    let erased = users
        .iter()
        .filter(|(_, user)| matches!(user, UserState::Erased(_)));
    assert_eq!((users.len(), erased.count()), (24, 2));
}

#[tokio::test]
async fn a_migration_that_was_ended_before_any_step_is_done_by_the_next_start() {
    let (_whole, path) = old_folder();
    let wanted = items(&SqliteTable::open(&path).unwrap()).await;
    let mut ended = 0;
    for last in 0.. {
        let (folder, path) = old_folder();
        let mut steps = 0;
        let done = migrate::migrate(&path, &mut || {
            steps += 1;
            if steps > last {
                return Err(std::io::Error::other("ended"));
            }
            Ok(())
        });
        let table = SqliteTable::open(&path).unwrap();
        assert_eq!(items(&table).await, wanted, "ended before step {last}");
        assert_eq!(
            names(&folder),
            ["attendee-sync.db.before-migration", "attendees.db"],
            "ended before step {last}"
        );
        if done.is_ok() {
            break;
        }
        ended += 1;
    }
    assert_eq!(ended, 3);
}

#[tokio::test]
async fn what_an_ended_process_left_in_its_log_comes_over_too() {
    let (old, _) = old_folder();
    let file = old.path().join("attendee-sync.db");
    let open = Connection::open(&file).unwrap();
    open.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    let json = r#"{"pk":{"S":"p"},"sk":{"S":"s"},"v":{"N":"7"},"data":{"B":"AP8="}}"#;
    let insert =
        "INSERT INTO \"attendee-sync\" (pk, sk, item_json, item_size) VALUES ('S:p', 'S:s', ?1, 9)";
    open.execute(insert, [json]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        let name = format!("attendee-sync.db{ending}");
        std::fs::copy(old.path().join(&name), folder.path().join(&name)).unwrap();
    }
    let table = SqliteTable::open(&folder.path().join("attendees.db")).unwrap();
    let key = TableKey {
        pk: "p".to_owned(),
        sk: "s".to_owned(),
    };
    let item = table.get(&key).await.unwrap().unwrap();
    assert_eq!(
        (item.version, item.body),
        (Some(7), ItemBody::Data(vec![0, 255]))
    );
}

#[tokio::test]
async fn an_old_file_that_cannot_be_read_stays_and_is_named() {
    let (folder, path) = old_folder();
    let old = folder.path().join("attendee-sync.db");
    let file = Connection::open(&old).unwrap();
    let spoil =
        "UPDATE \"attendee-sync\" SET item_json = '{\"pk\":{\"S\":\"p\"}}' WHERE sk = 'S:CONFIG'";
    assert_eq!(file.execute(spoil, []).unwrap(), 1);
    drop(file);
    let error = SqliteTable::open(&path).unwrap_err();
    assert!(
        error.is_damage() && error.to_string().contains("attendee-sync.db"),
        "{error}"
    );
    assert!(old.exists() && !path.exists());
}

#[tokio::test]
async fn the_copy_goes_after_a_week_or_with_the_first_erasure() {
    let (folder, path) = old_folder();
    let copy = folder.path().join("attendee-sync.db.before-migration");
    let table = SqliteTable::open(&path).unwrap();
    let days = |days: u64| SystemTime::now() + std::time::Duration::from_hours(24 * days);
    migrate::drop_old_copy(&path, days(6)).unwrap();
    assert!(copy.exists());
    table.purge_deleted().await.unwrap();
    assert!(!copy.exists());
    std::fs::write(&copy, "again").unwrap();
    migrate::drop_old_copy(&path, days(8)).unwrap();
    assert!(!copy.exists());
}

#[tokio::test]
async fn version_0_1_that_was_run_again_is_refused_and_neither_file_is_touched() {
    for kept in [true, false] {
        let (folder, path) = old_folder();
        drop(SqliteTable::open(&path).unwrap());
        let (old, copy) = (
            folder.path().join("attendee-sync.db"),
            folder.path().join("attendee-sync.db.before-migration"),
        );
        if !kept {
            std::fs::remove_file(&copy).unwrap();
        }
        let fresh = Connection::open(&old).unwrap();
        let made =
            "CREATE TABLE \"attendee-sync\" (pk TEXT, sk TEXT, item_json TEXT, item_size INTEGER)";
        fresh.execute_batch(made).unwrap();
        drop(fresh);
        let before = std::fs::read(&old).unwrap();
        for _ in 0..2 {
            let refused = SqliteTable::open(&path).unwrap_err();
            let said = refused.to_string();
            assert!(
                matches!(refused, SqliteError::OldFileAgain { .. }),
                "{said}"
            );
            assert!(said.contains("attendee-sync.db") && said.contains("delete that file"));
        }
        assert_eq!(std::fs::read(&old).unwrap(), before);
        assert_eq!(copy.exists(), kept);
        std::fs::remove_file(&old).unwrap();
        let table = SqliteTable::open(&path).unwrap();
        assert_eq!(items(&table).await.len(), 118);
    }
}

#[tokio::test]
async fn an_erasure_waits_for_who_reads_the_file_and_others_write_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attendees.db");
    let table = SqliteTable::open(&path).unwrap();
    table.write(put("p", "canary", "x")).await.unwrap();
    // As a backup does.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN").unwrap();
    let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    other
        .query_row("SELECT count(*) FROM items", [], count)
        .unwrap();
    table.delete_many(&[key("p", "canary")]).await.unwrap();
    let purging = table.clone();
    let purged = tokio::spawn(async move { purging.purge_deleted().await });
    for number in 0..20 {
        table
            .write(put("p", &number.to_string(), "x"))
            .await
            .unwrap();
    }
    assert!(!purged.is_finished());
    drop(other);
    purged.await.unwrap().unwrap();
    assert_eq!(files_with(folder.path(), "canary"), Vec::<String>::new());
}

fn key(pk: &str, sk: &str) -> TableKey {
    TableKey {
        pk: pk.to_owned(),
        sk: sk.to_owned(),
    }
}

fn put(pk: &str, sk: &str, text: &str) -> WriteAction {
    let item = TableItemBuilder::new(key(pk, sk))
        .doc(&text.to_owned())
        .unwrap();
    WriteAction::put(item.build())
}

/// The names of all files of a folder in which these bytes are.
fn files_with(folder: &std::path::Path, text: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        if bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
        {
            found.push(entry.file_name().into_string().unwrap());
        }
    }
    found
}

#[tokio::test]
async fn once_what_was_deleted_is_purged_no_file_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let table = SqliteTable::open(&folder.path().join("attendees.db")).unwrap();
    let long = "canary".repeat(3_000);
    let actions = vec![
        put("group of canary", "a", "canary"),
        put("p", "canary", "x"),
        put("p", "long", &long),
        put("p", "other", "stays"),
    ];
    table.transact(actions, Durability::Normal).await.unwrap();
    assert_ne!(files_with(folder.path(), "canary"), Vec::<String>::new());
    let keys = [
        key("group of canary", "a"),
        key("p", "canary"),
        key("p", "long"),
    ];
    table.delete_many(&keys).await.unwrap();
    table.purge_deleted().await.unwrap();
    assert_eq!(files_with(folder.path(), "canary"), Vec::<String>::new());
    assert_ne!(files_with(folder.path(), "stays"), Vec::<String>::new());
}

#[tokio::test]
async fn a_partition_goes_with_its_last_item_and_its_number_is_nobodys() {
    let table = SqliteTable::in_memory().unwrap();
    let names = || async { table.read(read::partitions).await.unwrap() };
    table.write(put("one", "a", "1")).await.unwrap();
    table.write(put("two", "a", "2")).await.unwrap();
    table
        .write(WriteAction::delete(key("two", "a")))
        .await
        .unwrap();
    assert_eq!(names().await, ["one"]);
    table.write(put("three", "a", "3")).await.unwrap();
    table.write(put("two", "b", "4")).await.unwrap();
    assert_eq!(table.get(&key("two", "a")).await.unwrap(), None);
    assert_eq!(table.count("two").await.unwrap(), 1);
    assert_eq!(table.count("three").await.unwrap(), 1);
    // A transaction that does not hold interns nothing either.
    let actions = vec![
        put("four", "a", "5"),
        WriteAction::check(key("one", "a"), Some(9)),
    ];
    let refused = table.transact(actions, Durability::Normal).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
    assert_eq!(names().await, ["one", "three", "two"]);
    table.write(put("four", "a", "6")).await.unwrap();
    assert_eq!(table.count("four").await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_past_its_time_goes_with_its_partition_and_nothing_else_does() {
    let table = SqliteTable::in_memory().unwrap();
    for number in 0..1_200_u32 {
        let item = TableItemBuilder::new(key("log", &number.to_string()));
        let until = jiff::Timestamp::from_second(i64::from(number)).unwrap();
        let put = WriteAction::put(item.expires(until).build());
        table.write(put).await.unwrap();
    }
    table.write(put("other", "a", "stays")).await.unwrap();
    assert_eq!(table.delete_expired(1_100).await.unwrap(), 1_100);
    assert_eq!(table.count("log").await.unwrap(), 100);
    assert_eq!(table.delete_expired(9_999).await.unwrap(), 100);
    assert_eq!(table.read(read::partitions).await.unwrap(), ["other"]);
}

#[tokio::test]
async fn a_file_of_somebody_else_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attendees.db");
    std::fs::write(
        &path,
        "this is no database, but somebody's text of some length",
    )
    .unwrap();
    let error = SqliteTable::open(&path).unwrap_err();
    assert!(error.is_damage(), "{error}");
    let other = folder.path().join("other.db");
    let foreign = Connection::open(&other).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (a)").unwrap();
    let error = SqliteTable::open(&other).unwrap_err();
    assert!(matches!(error, SqliteError::OtherFile { .. }), "{error}");
    let newer = folder.path().join("newer.db");
    drop(SqliteTable::open(&newer).unwrap());
    let file = Connection::open(&newer).unwrap();
    file.pragma_update(None, "user_version", 2).unwrap();
    let error = SqliteTable::open(&newer).unwrap_err();
    assert!(
        matches!(error, SqliteError::TooNew { found: 2, .. }),
        "{error}"
    );
}

/// Overwrites a part of the middle of a file.
fn damage(path: &Path) {
    use std::io::{Seek, SeekFrom, Write};
    let mut file = std::fs::File::options().write(true).open(path).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[0xa5; 9_000]).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_named_when_it_is_opened_and_not_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attendees.db");
    let table = SqliteTable::open(&path).unwrap();
    let items = (0..500).map(|number| put("p", &format!("{number:03}"), &"x".repeat(400)));
    let items: Vec<WriteAction> = items.collect();
    table.transact(items, Durability::Normal).await.unwrap();
    drop(table);
    assert!(closing_mark::is_as_noted(&path));
    drop(SqliteTable::open(&path).unwrap());
    damage(&path);
    assert!(!closing_mark::is_as_noted(&path));
    let error = SqliteTable::open(&path).unwrap_err();
    assert!(error.is_damage(), "{error}");
    let said = error.to_string();
    assert!(
        said.contains("attendees.db") && said.contains("restore the backup"),
        "{said}"
    );
}

#[tokio::test]
async fn a_disk_that_is_full_is_said_to_be_and_what_is_stored_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attendees.db");
    let table = SqliteTable::open(&path).unwrap();
    table.write(put("p", "stays", "x")).await.unwrap();
    // As many pages as it has, and no more: the engine says the same as of a full disk.
    table
        .change(|connection| {
            let read = connection.reader();
            let pages: i64 = read.pragma_query_value(None, "page_count", |row| row.get(0))?;
            read.pragma_update(None, "max_page_count", pages)
        })
        .await
        .unwrap();
    let large = put("p", "large", &"x".repeat(100_000));
    let StoreError::Failed { source, .. } = table.write(large).await.unwrap_err() else {
        panic!("it is no conflict")
    };
    let said = source.to_string();
    assert!(
        said.contains("attendees.db") && said.contains("free space"),
        "{said}"
    );
    assert!(table.get(&key("p", "stays")).await.unwrap().is_some());
    assert!(table.get(&key("p", "large")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_commit_that_must_survive_a_power_cut_is_synced_and_others_are_not() {
    let mut connection = WriteConnection::new(connection::in_memory().unwrap());
    let level = |connection: &WriteConnection| -> i64 {
        let read = connection.reader();
        read.pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap()
    };
    for (durability, wanted) in [
        (Durability::PowerCut, 2),
        (Durability::Normal, 1),
        (Durability::PowerCut, 2),
    ] {
        assert!(
            connection
                .transact(vec![put("p", "s", "x")], durability)
                .unwrap()
        );
        assert_eq!(level(&connection), wanted);
    }
}
