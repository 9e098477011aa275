//! The contracts of the ports, against what the single-machine edition stands on: the embedded
//! engine, and a file of secrets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a case fails"
)]

mod contract;

use std::sync::Arc;

use attendee_sync_adapters::embedded::Embedded;
use attendee_sync_adapters::secrets::FileSecrets;
use attendee_sync_adapters::store::DynamoStore;

use contract::place::Place;
use contract::secrets::Keyring;

#[tokio::test]
async fn the_embedded_engine_keeps_the_contract_of_the_store() {
    let client = Embedded::in_memory().unwrap().client();
    let store = DynamoStore::new(client, "attendee-sync");
    store.create_table().await.unwrap();
    store.create_table().await.unwrap();
    let store = Arc::new(store);
    for (number, case) in contract::store::cases().into_iter().enumerate() {
        println!("{}", case.name);
        (case.run)(Place::new(store.clone(), &number.to_string())).await;
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
