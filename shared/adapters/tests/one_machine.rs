//! The contracts of the ports, against what the single-machine edition stands on: the embedded
//! engine, and a file of secrets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a case fails"
)]

mod contract;

use std::sync::Arc;

use attendee_sync_adapters::secrets::FileSecrets;
use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::sqlite::SqliteTable;

use contract::place::ContractPlace;
use contract::secrets::Keyring;
use contract::table::TablePlace;

/// A table in memory and one on a file, both new.
fn tables(folder: &tempfile::TempDir) -> [SqliteTable; 2] {
    let file = folder.path().join("table.db");
    [
        SqliteTable::in_memory().unwrap(),
        SqliteTable::open(&file).unwrap(),
    ]
}

#[tokio::test]
async fn sqlite_keeps_the_contract_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    for table in tables(&folder) {
        for (number, case) in contract::table::cases().into_iter().enumerate() {
            println!("{}", case.name);
            (case.run)(TablePlace::new(Arc::new(table.clone()), number)).await;
        }
    }
}

#[tokio::test]
async fn the_store_over_sqlite_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    for table in tables(&folder) {
        let store = Arc::new(TableStore::new(Arc::new(table)));
        for (number, case) in contract::store::cases().into_iter().enumerate() {
            println!("{}", case.name);
            (case.run)(ContractPlace::new(store.clone(), &number.to_string())).await;
        }
    }
}

#[tokio::test]
async fn a_file_keeps_the_contract_of_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(FileSecrets::new(folder.path().join("secrets.json")));
    for case in contract::secrets::cases() {
        println!("{}", case.name);
        let keyring = Keyring {
            secrets: secrets.clone(),
            tag: "case".to_owned(),
        };
        (case.run)(keyring).await;
    }
}
