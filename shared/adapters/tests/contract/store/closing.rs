//! People who are erased, and events that are taken out.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_app::ports::{
    AttendanceRemoval, Erasure, PlannedErasure, RunOpening, StoreError,
};
use attendee_sync_domain::ids::RunNumber;
use attendee_sync_domain::people::{Tombstone, UserState};
use attendee_sync_domain::plan::Put;
use attendee_sync_domain::run::RunMode;

use crate::contract::cases;
use crate::contract::people::{batch, comes, crowd, person};
use crate::contract::place::{ContractPlace, key, now, version};

cases!(ContractPlace:
    somebody_is_erased_step_by_step_and_stays_a_tombstone,
    a_tombstone_takes_nobodys_place_who_changed_meanwhile,
    an_event_that_is_taken_out_opens_no_run_and_counts_on_when_it_comes_back,
    an_event_with_a_run_under_way_is_not_taken_out,
    people_leave_an_event_whole_or_not_at_all,
);

fn erasure(expected: u64) -> PlannedErasure {
    PlannedErasure {
        erasure: Erasure {
            person: person("ann"),
            groups: vec![key("Crew")],
            event: None,
            source_ids: Vec::new(),
        },
        expected: Some(expected),
        tombstone: Tombstone {
            said: std::collections::BTreeMap::new(),
            erased: now(),
            runs: BTreeMap::new(),
            records: BTreeSet::from([1]),
        },
    }
}

async fn ann(place: &ContractPlace) {
    let run = place.run().await;
    let ann = batch(run.id.number, 0, vec![comes("ann", 1, &["Crew"], 0)]);
    place.synced(&ann).await;
}

async fn somebody_is_erased_step_by_step_and_stays_a_tombstone(place: ContractPlace) {
    ann(&place).await;
    let (store, community, ann) = (&place.store, &place.community, person("ann"));
    let planned = erasure(1);
    store.write_tombstone(community, &planned).await.unwrap();
    let left = store.erasures(community).await.unwrap();
    assert_eq!(left, std::slice::from_ref(&planned.erasure));
    let user = store.user(community, ann).await.unwrap().unwrap();
    assert_eq!(user.value, UserState::Erased(planned.tombstone));

    let size = store.group_size(community, &key("Crew")).await.unwrap();
    assert_eq!(size, 0);
    let stale = store.delete_attendee(&place.event, ann, 2).await;
    assert!(matches!(stale, Err(StoreError::Conflict)));
    store.delete_attendee(&place.event, ann, 1).await.unwrap();
    assert!(place.attendee(ann).await.is_none());
    store.end_erasures(community, &[ann]).await.unwrap();
    assert!(store.erasures(community).await.unwrap().is_empty());
}

async fn a_tombstone_takes_nobodys_place_who_changed_meanwhile(place: ContractPlace) {
    ann(&place).await;
    let (store, community) = (&place.store, &place.community);
    let written = store.write_tombstone(community, &erasure(2)).await;
    assert!(matches!(written, Err(StoreError::Conflict)));
    assert!(store.erasures(community).await.unwrap().is_empty());
    let user = store.user(community, person("ann")).await.unwrap().unwrap();
    assert!(matches!(user.value, UserState::User(_)));
}

async fn an_event_that_is_taken_out_opens_no_run_and_counts_on_when_it_comes_back(
    place: ContractPlace,
) {
    let (store, community, event) = (&place.store, &place.community, &place.event);
    let document = place.document();
    store.put_event(&version(&document, 1)).await.unwrap();
    let mut run = place.run().await;
    place.synced_in_pairs(&crowd(run.id.number, 0, 3, 0)).await;
    run.state = attendee_sync_domain::run::RunState::Succeeded;
    let keep = attendee_sync_app::ports::CursorChange::Keep;
    store.close_run(&run, &keep).await.unwrap();
    let stale = store.close_event(&document, 2).await;
    assert!(matches!(stale, Err(StoreError::Conflict)));
    store.close_event(&document, 1).await.unwrap();
    assert!(store.event(event).await.unwrap().is_none());
    assert!(store.events(community).await.unwrap().is_empty());
    let closing = store.closing(community).await.unwrap();
    assert_eq!(closing, std::slice::from_ref(event));
    assert!(store.is_closing(event).await.unwrap());
    let opened = store.open_run(event, RunMode::Sync, now()).await.unwrap();
    assert!(matches!(opened, RunOpening::Closing));

    store.end_closing(community, event).await.unwrap();
    assert!(!store.is_closing(event).await.unwrap());
    assert!(store.closing(community).await.unwrap().is_empty());
    assert!(store.runs(event, None, 9).await.unwrap().is_empty());
    let known = store.fingerprints(event).await.unwrap();
    assert!(known.journal.is_empty() && known.pages.is_empty());
    assert_eq!(place.run().await.id.number, RunNumber(2));
}

async fn an_event_with_a_run_under_way_is_not_taken_out(place: ContractPlace) {
    let document = place.document();
    place.store.put_event(&version(&document, 1)).await.unwrap();
    place.run().await;
    let close = place.store.close_event(&document, 1).await;
    assert!(matches!(close, Err(StoreError::Conflict)));
    assert!(place.store.event(&place.event).await.unwrap().is_some());
    assert!(!place.store.is_closing(&place.event).await.unwrap());
}

async fn people_leave_an_event_whole_or_not_at_all(place: ContractPlace) {
    ann(&place).await;
    let (store, community, event) = (&place.store, &place.community, &place.event);
    let ann = person("ann");
    let user = store.user(community, ann).await.unwrap().unwrap();
    let UserState::User(before) = user.value else {
        panic!("erased");
    };
    let (after, leaves) = before.without_event(event, now());
    let mut attendance_removal = AttendanceRemoval {
        person: ann,
        version: 2,
        user: Some(Put {
            expected: Some(user.version),
            value: after,
        }),
        leaves,
    };
    let stale = store
        .remove_attendance(community, event, std::slice::from_ref(&attendance_removal))
        .await;
    assert!(matches!(stale, Err(StoreError::Conflict)));
    let crew = key("Crew");
    assert_eq!(store.group_size(community, &crew).await.unwrap(), 1);
    attendance_removal.version = 1;
    let attendance_removals = [attendance_removal];
    let written = store.remove_attendance(community, event, &attendance_removals);
    written.await.unwrap();
    assert!(place.attendee(ann).await.is_none());
    assert_eq!(store.group_size(community, &crew).await.unwrap(), 0);
    let user = store.user(community, ann).await.unwrap().unwrap();
    assert_eq!(user.version, 2);
}
