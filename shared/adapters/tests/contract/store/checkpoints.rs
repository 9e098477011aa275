//! How far runs came that were put down, and what drafts are sealed with.

use attendee_sync_app::ports::{Migrator, StoreError};
use attendee_sync_domain::ids::RunNumber;

use crate::contract::cases;
use crate::contract::place::{ContractPlace, later, now};

cases!(ContractPlace:
    what_was_put_down_last_is_taken_down,
    of_two_who_write_over_the_same_one_does,
    a_draft_secret_lasts_until_it_is_deleted_or_over,
    a_community_that_is_new_is_in_the_form_of_this_version,
);

/// Bytes that no compression makes fit into one part.
fn long() -> Vec<u8> {
    let mut state = 7_u64;
    let mut bytes = Vec::with_capacity(800_000);
    while bytes.len() < 800_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.push(state.to_be_bytes()[0]);
    }
    bytes
}

async fn what_was_put_down_last_is_taken_down(place: ContractPlace) {
    let run = place.run().await.id;
    let store = &place.store;
    assert_eq!(store.load_checkpoint(&run).await.unwrap(), None);
    for state in [long(), b"short".to_vec(), long()] {
        store.save_checkpoint(&run, &state, later()).await.unwrap();
        let stored = store.load_checkpoint(&run).await.unwrap().unwrap();
        assert!(stored.is_alone);
        assert_eq!(stored.state, Some(state));
    }
    let runs = store.runs_with_checkpoint(&place.event).await.unwrap();
    assert_eq!(runs, [RunNumber(1)]);
    store.delete_checkpoint(&run).await.unwrap();
    assert_eq!(store.load_checkpoint(&run).await.unwrap(), None);
    assert!(
        store
            .runs_with_checkpoint(&place.event)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn of_two_who_write_over_the_same_one_does(place: ContractPlace) {
    let run = place.run().await.id;
    let store = &place.store;
    store.save_checkpoint(&run, &long(), later()).await.unwrap();
    let read = store.load_checkpoint(&run).await.unwrap().unwrap().version;
    let first = store.replace_checkpoint(&run, read, Some(b"first"), later());
    first.await.unwrap();
    let second = store.replace_checkpoint(&run, read, Some(b"second"), later());
    assert!(matches!(second.await, Err(StoreError::Conflict)));
    let stored = store.load_checkpoint(&run).await.unwrap().unwrap();
    assert!(stored.is_alone);
    assert_eq!(stored.state.as_deref(), Some(&b"first"[..]));
    // That nothing is known is written in the same way.
    let nothing = store.replace_checkpoint(&run, stored.version, None, later());
    nothing.await.unwrap();
    let stored = store.load_checkpoint(&run).await.unwrap().unwrap();
    assert!(stored.is_alone && stored.state.is_none());
    let late = store.replace_checkpoint(&run, None, Some(b"late"), later());
    assert!(matches!(late.await, Err(StoreError::Conflict)));
}

async fn a_draft_secret_lasts_until_it_is_deleted_or_over(place: ContractPlace) {
    let (store, community) = (&place.store, &place.community);
    assert_eq!(store.draft_secret(community, now()).await.unwrap(), None);
    let put = store.put_draft_secret(community, &[7; 32], later());
    put.await.unwrap();
    let stored = store.draft_secret(community, now()).await.unwrap();
    assert_eq!(stored, Some(vec![7; 32]));
    assert_eq!(store.draft_secret(community, later()).await.unwrap(), None);
    for _ in 0..2 {
        store.delete_draft_secret(community).await.unwrap();
    }
    assert_eq!(store.draft_secret(community, now()).await.unwrap(), None);
}

async fn a_community_that_is_new_is_in_the_form_of_this_version(place: ContractPlace) {
    let (store, community) = (&place.store, &place.community);
    place.run().await;
    for by in [Migrator::Run, Migrator::Console, Migrator::OnlyProcess] {
        store.bring_over(community, by, now()).await.unwrap();
    }
    let opened = store.run_under_way(&place.event).await.unwrap();
    assert_eq!(opened, Some(RunNumber(1)));
}
