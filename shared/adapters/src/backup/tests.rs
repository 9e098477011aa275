use std::sync::Arc;

use super::*;
use crate::table::sqlite::SqliteTable;
use crate::table::{Durability, Table as _, TableItemBuilder, TableKey, WriteAction};

fn label() -> BackupLabel {
    BackupLabel {
        format: BACKUP_FORMAT,
        program: "9.9.9".to_owned(),
        made: Timestamp::from_second(1_000).unwrap(),
    }
}

fn key(pk: &str, sk: &str) -> TableKey {
    TableKey {
        pk: pk.to_owned(),
        sk: sk.to_owned(),
    }
}

async fn put(table: &SqliteTable, pk: &str, sk: &str, text: &str) {
    let item = TableItemBuilder::new(key(pk, sk))
        .doc(&text.to_owned())
        .unwrap();
    let actions = vec![WriteAction::put(item.build())];
    table.transact(actions, Durability::Normal).await.unwrap();
}

fn secrets() -> Vec<BackupFile> {
    vec![BackupFile {
        name: "secrets.json".to_owned(),
        content: b"{}".to_vec(),
    }]
}

/// A folder, with a table that is open and a backup of it.
async fn backed_up() -> (tempfile::TempDir, Arc<SqliteTable>, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("attendees.db");
    let table = SqliteTable::open(&path).unwrap();
    for number in 0..300 {
        put(&table, "p", &format!("{number:03}"), &"x".repeat(400)).await;
    }
    put(&table, "p", "gone", "canary").await;
    put(&table, "K#1f", "KEPT", "a session").await;
    table.delete_many(&[key("p", "gone")]).await.unwrap();
    let backup = folder.path().join("backup");
    let bytes = write_backup(&path, &backup, &label(), || Ok(secrets())).unwrap();
    assert_eq!(backup.metadata().unwrap().len(), bytes);
    (folder, Arc::new(table), backup)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_of_an_open_table_has_everything_but_what_was_deleted_and_what_waits() {
    let (folder, table, backup) = backed_up().await;
    put(&table, "p", "later", "x").await;
    let refused = write_backup(
        &folder.path().join("attendees.db"),
        &backup,
        &label(),
        || Ok(secrets()),
    );
    assert!(matches!(refused, Err(BackupError::Exists { .. })));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = backup.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let bytes = fs::read(&backup).unwrap();
    for text in ["canary", "a session"] {
        let has = bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes());
        assert!(!has, "{text}");
    }
    let left = names(folder.path());
    assert!(
        !left.iter().any(|name| name.contains("partial")),
        "{left:?}"
    );

    let copy = folder.path().join("copy.db");
    let unpacked = unpack_backup(&backup, &copy).unwrap();
    assert_eq!(unpacked.label, label());
    assert_eq!(unpacked.files, secrets());
    let copy = SqliteTable::open(&copy).unwrap();
    assert_eq!(copy.count("p").await.unwrap(), 300);
    assert_eq!(copy.count("K#1f").await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_says_why() {
    let (folder, _table, backup) = backed_up().await;
    let whole = fs::read(&backup).unwrap();
    let said = |bytes: &[u8]| {
        let (file, copy) = (folder.path().join("file"), folder.path().join("copy"));
        let _gone = (
            fs::remove_file(&copy),
            fs::remove_file(copy.with_extension("sealed")),
        );
        fs::write(&file, bytes).unwrap();
        unpack_backup(&file, &copy).unwrap_err().to_string()
    };
    for length in [whole.len() - 1, whole.len() - 4_096, whole.len() / 2, 100] {
        let cut = said(&whole[..length]);
        assert!(cut.contains("it was cut off"), "{length}: {cut}");
    }
    let mut changed = whole.clone();
    let middle = whole.len() / 2;
    changed[middle] ^= 1;
    let changed = said(&changed);
    assert!(changed.contains("is incomplete or damaged") && changed.contains("file"));
    let other = said(b"attendees\nada@example.org\n");
    assert!(other.contains("is not a backup of this program"), "{other}");
    let text = String::from_utf8_lossy(&whole[whole.len() - 120..]).into_owned();
    assert!(text.contains("format 0001"), "{text}");
    let mut newer = whole.clone();
    let at = whole.len() - 120 + text.find("0001").unwrap() + 3;
    newer[at] = b'2';
    let newer = said(&newer);
    assert!(newer.contains("use a newer version"), "{newer}");
    // Nobody uses it as a table as it is, either.
    let table = SqliteTable::open(&backup).unwrap_err().to_string();
    assert!(
        table.contains("is not a database of this program"),
        "{table}"
    );
}
