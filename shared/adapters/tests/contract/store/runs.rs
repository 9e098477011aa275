//! Communities, configurations and runs.

use std::collections::BTreeSet;

use attendee_sync_app::ports::{
    CommunityRecord, CursorChange, EarlierRuns, RunOpening, StoreError, SyncCursor,
};
use attendee_sync_domain::config::ConfigurationVersion;
use attendee_sync_domain::ids::{PersonKey, RunId, RunNumber};
use attendee_sync_domain::run::{Run, RunMode, RunState};

use crate::contract::cases;
use crate::contract::place::{ContractPlace, now, version};

cases!(ContractPlace:
    a_community_is_made_once_and_keeps_its_key,
    a_configuration_is_stored_under_the_version_that_was_read,
    versions_of_a_configuration_are_read_newest_first_and_in_pages,
    one_run_is_under_way_at_a_time,
    of_many_who_open_a_run_at_once_one_does,
    how_a_run_ended_stays,
    runs_are_read_newest_first_and_in_pages,
    what_a_run_leaves_is_there_for_the_next,
);

async fn a_community_is_made_once_and_keeps_its_key(place: ContractPlace) {
    let store = &place.store;
    assert!(store.community(&place.community).await.unwrap().is_none());
    for key in [7, 8] {
        let made = store.make_community(CommunityRecord {
            id: place.community.clone(),
            key: PersonKey([key; 32]),
        });
        assert_eq!(made.await.unwrap().key.0, [7; 32]);
    }
    let found = store.community(&place.community).await.unwrap().unwrap();
    assert_eq!(found.key.0, [7; 32]);
    let all = store.communities().await.unwrap();
    assert!(all.contains(&place.community));
    assert!(all.is_sorted());
}

async fn a_configuration_is_stored_under_the_version_that_was_read(place: ContractPlace) {
    let store = &place.store;
    assert!(store.event(&place.event).await.unwrap().is_none());
    let mut document = place.document();
    store.put_event(&version(&document, 1)).await.unwrap();
    "Other".clone_into(&mut document.name);
    for stale in [1, 3] {
        let put = store.put_event(&version(&document, stale)).await;
        assert!(matches!(put, Err(StoreError::Conflict)), "{stale:?}");
    }
    let stored = store.event(&place.event).await.unwrap().unwrap();
    assert_eq!((stored.version, &*stored.value.name), (1, "DevCon"));
    store.put_event(&version(&document, 2)).await.unwrap();
    let stored = store.event(&place.event).await.unwrap().unwrap();
    assert_eq!((stored.version, &*stored.value.name), (2, "Other"));

    let first = place.named("a");
    let before = place.document_of(&first);
    store.put_event(&version(&before, 1)).await.unwrap();
    let events = store.events(&place.community).await.unwrap();
    assert_eq!(events, [first, place.event]);
}

async fn versions_of_a_configuration_are_read_newest_first_and_in_pages(place: ContractPlace) {
    let (store, community, event) = (&place.store, &place.community, &place.event);
    let mut document = place.document();
    for number in 1..=3 {
        document.name = format!("Name {number}");
        store.put_event(&version(&document, number)).await.unwrap();
    }
    // What is refused leaves nothing in the history.
    let refused = store.put_event(&version(&document, 3)).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
    let page = store.configuration_versions(community, event, None, 2);
    let page = page.await.unwrap();
    let names = |page: &[(String, ConfigurationVersion)]| -> Vec<String> {
        let documents = page.iter().map(|(_, version)| &version.document);
        documents.map(|document| document.name.clone()).collect()
    };
    assert_eq!(names(&page), ["Name 3", "Name 2"]);
    let (key, last) = page.last().unwrap();
    let rest = store.configuration_versions(community, event, Some(key.clone()), 2);
    assert_eq!(names(&rest.await.unwrap()), ["Name 1"]);
    let one = store.configuration_version(community, event, key);
    assert_eq!(one.await.unwrap().as_ref(), Some(last));
    let none = store.configuration_version(community, event, "1-1");
    assert_eq!(none.await.unwrap(), None);
    let other = place.named("other");
    let others = store.configuration_versions(community, &other, None, 2);
    assert!(others.await.unwrap().is_empty());
}

async fn one_run_is_under_way_at_a_time(place: ContractPlace) {
    let store = &place.store;
    assert_eq!(store.newest_run(&place.event).await.unwrap(), RunNumber(0));
    let mut run = place.run().await;
    assert_eq!(run.id.number, RunNumber(1));
    let again = store.open_run(&place.event, RunMode::Preview, now()).await;
    assert!(matches!(again, Ok(RunOpening::Busy(RunNumber(1)))));
    let under_way = store.run_under_way(&place.event).await.unwrap();
    assert_eq!(under_way, Some(RunNumber(1)));

    run.state = RunState::Succeeded;
    store.close_run(&run, &CursorChange::Keep).await.unwrap();
    assert_eq!(store.run_under_way(&place.event).await.unwrap(), None);
    assert_eq!(store.run(&run.id).await.unwrap().unwrap().state, run.state);
    assert_eq!(place.run().await.id.number, RunNumber(2));

    // The first can be taken up again only once the second is over.
    let busy = store.reopen_run(&run.id, now()).await.unwrap();
    assert!(matches!(busy, RunOpening::Busy(RunNumber(2))));
    let id = RunId {
        event: place.event.clone(),
        number: RunNumber(2),
    };
    let second = store.run(&id).await.unwrap().unwrap();
    store.close_run(&second, &CursorChange::Keep).await.unwrap();
    let reopened = store.reopen_run(&run.id, now()).await.unwrap();
    assert!(matches!(reopened, RunOpening::Run(found) if found.id == run.id));
    assert_eq!(store.newest_run(&place.event).await.unwrap(), RunNumber(2));
}

async fn of_many_who_open_a_run_at_once_one_does(place: ContractPlace) {
    let opening = (0..8).map(|_| {
        let place = place.clone();
        tokio::spawn(async move {
            let opened = place.store.open_run(&place.event, RunMode::Sync, now());
            matches!(opened.await.unwrap(), RunOpening::Run(_))
        })
    });
    let mut opened = 0;
    for task in opening.collect::<Vec<_>>() {
        opened += usize::from(task.await.unwrap());
    }
    assert_eq!(opened, 1);
    assert_eq!(place.store.newest_run(&place.event).await.unwrap().0, 1);
}

async fn how_a_run_ended_stays(place: ContractPlace) {
    let store = &place.store;
    let mut run = place.run().await;
    let mut gone = run.clone();
    gone.id.number = RunNumber(9);
    assert!(!store.put_unless_over(&gone).await.unwrap());
    assert!(store.run(&gone.id).await.unwrap().is_none());
    run.pages += 1;
    for _ in 0..2 {
        assert!(store.put_unless_over(&run).await.unwrap());
    }

    let given_up = Run {
        state: RunState::Failed,
        ..run.clone()
    };
    store
        .close_run(&given_up, &CursorChange::Keep)
        .await
        .unwrap();
    let woken = Run {
        state: RunState::Succeeded,
        ..run
    };
    assert!(!store.put_unless_over(&woken).await.unwrap());
    let begun = Run::begin(woken.id.clone(), RunMode::Sync, now());
    assert_eq!(store.add_run(begun).await.unwrap(), given_up);
    // A write that was sent again meets itself.
    assert!(store.put_unless_over(&given_up).await.unwrap());
    store.close_run(&woken, &CursorChange::Keep).await.unwrap();
    let next = place.run().await.id.number;
    store.close_run(&woken, &CursorChange::Keep).await.unwrap();
    assert_eq!(store.run(&woken.id).await.unwrap(), Some(given_up));
    let under_way = store.run_under_way(&place.event).await.unwrap();
    assert_eq!(under_way, Some(next));
}

async fn runs_are_read_newest_first_and_in_pages(place: ContractPlace) {
    // Ten digits, so that 10 comes after 9.
    for number in 1..=11 {
        let id = RunId {
            event: place.event.clone(),
            number: RunNumber(number),
        };
        let run = Run::begin(id, RunMode::Sync, now());
        place.store.put_run(&run).await.unwrap();
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = place.store.runs(&place.event, before, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 4);
        before = Some(last.id.number);
        seen.extend(page.iter().map(|run| run.id.number.0));
    }
    assert_eq!(seen, (1..=11).rev().collect::<Vec<_>>());
    let distinct: BTreeSet<u32> = seen.into_iter().collect();
    assert_eq!(distinct.len(), 11);
}

async fn what_a_run_leaves_is_there_for_the_next(place: ContractPlace) {
    let store = &place.store;
    assert_eq!(
        store.earlier_runs(&place.event).await.unwrap(),
        EarlierRuns::default()
    );
    let mark = SyncCursor {
        keys_unique: true,
        mapping_hash: u64::MAX,
        answered: now(),
        everything: now(),
        validators: None,
        validators_lie: true,
    };
    for (change, expected) in [
        (CursorChange::Set(mark.clone()), Some(mark.clone())),
        (CursorChange::Keep, Some(mark)),
        (CursorChange::Clear, None),
    ] {
        let mut run = place.run().await;
        run.state = RunState::Succeeded;
        store.close_run(&run, &change).await.unwrap();
        assert_eq!(
            store.earlier_runs(&place.event).await.unwrap().mark,
            expected
        );
    }
}
