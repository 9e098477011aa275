//! People, groups, logs and fingerprints, as plans write them.

use attendee_sync_app::ports::{Applied, ManualGroupChange, StoreError, StoredFingerprints};
use attendee_sync_domain::fingerprint::{Entry, pack};
use attendee_sync_domain::group::{Group, GroupName};
use attendee_sync_domain::ids::{PersonId, RunId, RunNumber};
use attendee_sync_domain::people::{LogRef, Presence, User, UserState, Versioned};
use attendee_sync_domain::plan::{Plan, Put};
use attendee_sync_domain::run::Action;

use crate::contract::cases;
use crate::contract::people::{batch, comes, crowd, person};
use crate::contract::place::{ContractPlace, key, now, version};

cases!(ContractPlace:
    a_plan_writes_people_groups_log_and_fingerprints,
    a_stale_plan_overwrites_nobody_and_says_who_it_was_about,
    more_people_than_a_transaction_holds_are_all_written,
    people_are_read_in_pages_in_the_order_of_their_ids,
    pages_of_the_table_are_followed_to_their_end,
    a_group_that_is_made_meanwhile_is_made_once,
    fingerprints_are_folded_once_and_newer_ones_stay,
    of_two_who_write_a_batch_at_once_one_does,
    a_fold_deletes_what_it_read_and_nothing_that_came_late,
    groups_given_by_hand_are_written_under_the_version_that_was_read,
    a_persons_name_can_be_taken_out_of_the_logs,
    what_decides_a_sign_in_is_read_in_one_go,
);

async fn user(place: &ContractPlace, person: PersonId) -> Versioned<User> {
    let found = place.store.user(&place.community, person).await.unwrap();
    let found = found.unwrap();
    match found.value {
        UserState::User(user) => Versioned {
            version: found.version,
            value: user,
        },
        UserState::Erased(_) => panic!("erased"),
    }
}

async fn a_plan_writes_people_groups_log_and_fingerprints(place: ContractPlace) {
    let run = place.run().await;
    let people = vec![
        comes("ann", 1, &["Speakers", "Crew"], 10),
        comes("bo", 2, &["speakers"], 0),
    ];
    let mut batch = batch(run.id.number, 3, people);
    batch.ignored = vec![99];
    place.synced(&batch).await;

    let ann = place.attendee(person("ann")).await.unwrap();
    assert_eq!((ann.version, ann.value.presence), (1, Presence::Attending));
    let stored = user(&place, person("ann")).await;
    assert_eq!(stored.version, 1);
    assert_eq!(stored.value.groups.len(), 2);
    let (store, community) = (&place.store, &place.community);
    let groups = store.groups(community).await.unwrap();
    let names: Vec<String> = groups.iter().map(|group| group.name.to_string()).collect();
    assert_eq!(names, ["Crew", "Speakers"]);
    let group = key("Speakers");
    assert_eq!(store.group_size(community, &group).await.unwrap(), 2);
    let mut both = [person("ann"), person("bo")];
    both.sort();
    let members = store.members(community, &group, None, 9).await.unwrap();
    assert_eq!(members, both);
    let rest = store.members(community, &group, Some(both[0]), 9).await;
    assert_eq!(rest.unwrap(), both[1..]);

    let (changes, next) = store.changes(&run.id, None).await.unwrap();
    assert_eq!((changes.len(), next), (2, None));
    assert!(changes.iter().all(|change| change.action == Action::Added));
    let of_batch = store.batch_changes(&place.event, LogRef(run.id.number, 3));
    assert_eq!(of_batch.await.unwrap().len(), 2);
    let marks = store.marks(&run.id, 0..=9).await.unwrap();
    assert_eq!((marks.counts().added, marks.0.len()), (2, 1));
    assert!(marks.0[&3].is_done());
    assert!(store.marks(&run.id, 4..=9).await.unwrap().0.is_empty());

    let known = store.fingerprints(&place.event).await.unwrap();
    assert!(known.journal.iter().all(|part| part.run == run.id.number));
    let bytes: usize = known.journal.iter().map(|part| part.entries.len()).sum();
    assert_eq!(bytes % 24, 8 * known.journal.len());
    assert!(bytes >= 3 * 24);
    let short = person("bo").short();
    let found = store.attendees_by_short_id(&place.event, &[short, 1]).await;
    assert_eq!(found.unwrap()[0].0, person("bo"));
    assert!(place.planned(&batch).await.is_empty());
}

async fn a_stale_plan_overwrites_nobody_and_says_who_it_was_about(place: ContractPlace) {
    let run = place.run().await;
    let first = batch(run.id.number, 0, vec![comes("ann", 1, &[], 5)]);
    let both = batch(
        run.id.number,
        1,
        vec![comes("ann", 2, &[], 7), comes("bo", 3, &[], 0)],
    );
    let stale = place.planned(&both).await;
    place.synced(&first).await;
    let mut conflicts = place.applied(&both, &stale).await;
    conflicts.sort();
    let mut expected = [person("ann"), person("bo")];
    expected.sort();
    // They were to be written in one transaction: all of it, or nothing.
    assert_eq!(conflicts, expected);
    let stored = place.attendee(person("ann")).await.unwrap();
    assert_eq!((stored.version, stored.value.records[0].hash), (1, 1));
    assert!(place.attendee(person("bo")).await.is_none());
    place.synced(&both).await;
    assert_eq!(place.attendee(person("ann")).await.unwrap().version, 2);
}

async fn more_people_than_a_transaction_holds_are_all_written(place: ContractPlace) {
    let run = place.run().await;
    place.synced(&crowd(run.id.number, 0, 120, 0)).await;
    let everybody: Vec<PersonId> = (0..120).map(|n| person(&format!("p{n}"))).collect();
    let users = place.store.users(&place.community, &everybody).await;
    assert_eq!(users.unwrap().len(), 120);
    let group = key("All");
    let size = place.store.group_size(&place.community, &group).await;
    assert_eq!(size.unwrap(), 120);
    let (changes, _) = place.store.changes(&run.id, None).await.unwrap();
    assert!(!changes.is_empty());
    let marks = place.store.marks(&run.id, 0..=0).await.unwrap();
    let marked = &marks.0[&0];
    assert_eq!((marked.counts().added, marked.people().count()), (120, 120));
    assert!(marked.is_done());
}

async fn people_are_read_in_pages_in_the_order_of_their_ids(place: ContractPlace) {
    let run = place.run().await;
    place.synced_in_pairs(&crowd(run.id.number, 0, 25, 0)).await;
    let mut expected: Vec<PersonId> = (0..25).map(|n| person(&format!("p{n}"))).collect();
    expected.sort();
    let (mut attendees, mut users, mut members) = (Vec::new(), Vec::new(), Vec::new());
    let store = &place.store;
    loop {
        let page = store.attendees(&place.event, attendees.last().copied(), 7);
        let page = page.await.unwrap();
        assert!(page.len() <= 7);
        attendees.extend(page.iter().map(|(person, _)| *person));
        if page.is_empty() {
            break;
        }
    }
    loop {
        let page = store.user_page(&place.community, users.last().copied(), 7);
        let page = page.await.unwrap();
        users.extend(page.iter().map(|(person, _)| *person));
        if page.is_empty() {
            break;
        }
    }
    let all = key("All");
    loop {
        let after = members.last().copied();
        let page = store.members(&place.community, &all, after, 7);
        let page = page.await.unwrap();
        members.extend(page.iter().copied());
        if page.is_empty() {
            break;
        }
    }
    for found in [attendees, users, members] {
        assert_eq!(found, expected);
    }
}

/// `DynamoDB` ends a page of a query at 1 MB.
async fn pages_of_the_table_are_followed_to_their_end(place: ContractPlace) {
    let store = &place.store;
    let stored = store.fingerprints(&place.event).await.unwrap();
    let pages: Vec<Vec<u8>> = (0..6).map(|n| vec![n; 390_000]).collect();
    store.fold(&place.event, &stored, &pages).await.unwrap();
    let folded = store.fingerprints(&place.event).await.unwrap();
    assert!(folded.pages == pages);

    let run = place.run().await;
    let people = (0..10).map(|n| comes(&format!("p{n}"), n + 1, &[], 120_000));
    let large = batch(run.id.number, 0, people.collect());
    place.synced(&large).await;
    let page = store.attendees(&place.event, None, 100).await.unwrap();
    let people: Vec<PersonId> = page.iter().map(|(person, _)| *person).collect();
    let users = store.users(&place.community, &people).await.unwrap();
    assert_eq!((people.len(), users.len()), (10, 10));
}

async fn a_group_that_is_made_meanwhile_is_made_once(place: ContractPlace) {
    let run = place.run().await;
    let ann = batch(run.id.number, 0, vec![comes("ann", 1, &["VIP"], 0)]);
    let bo = batch(run.id.number, 1, vec![comes("bo", 2, &["vip"], 0)]);
    let late = place.planned(&bo).await;
    place.synced(&ann).await;
    assert_eq!(place.applied(&bo, &late).await, [person("bo")]);
    place.synced(&bo).await;
    let groups = place.store.groups(&place.community).await.unwrap();
    let names: Vec<String> = groups.iter().map(|group| group.name.to_string()).collect();
    assert_eq!(names, ["VIP"]);
}

async fn fingerprints_are_folded_once_and_newer_ones_stay(place: ContractPlace) {
    let store = &place.store;
    let one = batch(RunNumber(1), 0, vec![comes("ann", 1, &[], 0)]);
    place.synced(&one).await;
    let stored = store.fingerprints(&place.event).await.unwrap();
    let two = batch(RunNumber(2), 0, vec![comes("bo", 2, &[], 0)]);
    place.synced(&two).await;
    let pages: Vec<Vec<u8>> = (0..3)
        .map(|n| {
            pack(&[Entry {
                hash: n,
                person: n,
                key: 1,
            }])
        })
        .collect();
    store.fold(&place.event, &stored, &pages).await.unwrap();
    let folded = store.fingerprints(&place.event).await.unwrap();
    assert_eq!(folded.pages, pages);
    assert_eq!(folded.generation, 1);
    let journal: Vec<u32> = folded.journal.iter().map(|part| part.run.0).collect();
    assert_eq!(journal, [2]);
    let stale = store.fold(&place.event, &stored, &[]).await;
    assert!(matches!(stale, Err(StoreError::Conflict)));
    store
        .fold(&place.event, &folded, &pages[..1])
        .await
        .unwrap();
    let StoredFingerprints { pages, journal, .. } = store.fingerprints(&place.event).await.unwrap();
    assert_eq!((pages.len(), journal.len()), (1, 0));
}

async fn of_two_who_write_a_batch_at_once_one_does(place: ContractPlace) {
    let run = place.run().await;
    let people = vec![comes("ann", 1, &[], 0), comes("bo", 2, &[], 0)];
    let batch = batch(run.id.number, 0, people);
    let plan = place.planned(&batch).await;
    let [ann, bo] = [0, 1].map(|at| Plan {
        people: plan.people[at..=at].to_vec(),
        ..Plan::default()
    });
    // Of other people even: their marks are one.
    let [one, other] = [("0000", &ann), ("0001", &bo)]
        .map(|(part, plan)| place.apply_over(&batch, 2, part, plan, None));
    let (one, other) = tokio::join!(one, other);
    let mut both = [one, other];
    both.sort_by_key(|applied| *applied != Applied::Written);
    assert_eq!(both, [Applied::Written, Applied::Conflict]);
    let marked = place.store.mark(&run.id, 0).await.unwrap().unwrap();
    assert_eq!(marked.value.people().count(), 1);
    assert!(!marked.value.is_done());
    // What is left goes over the mark that is there.
    let left = if place.attendee(person("ann")).await.is_some() {
        bo
    } else {
        ann
    };
    let last = place.apply_part(&batch, 2, "0002", &left).await;
    assert_eq!(last, Applied::Written);
    let marked = place.store.mark(&run.id, 0).await.unwrap().unwrap();
    assert!(marked.value.is_done());
    assert_eq!(marked.value.counts().added, 2);
}

/// A late batch of an older run is still known to the next one.
async fn a_fold_deletes_what_it_read_and_nothing_that_came_late(place: ContractPlace) {
    let store = &place.store;
    let two = batch(RunNumber(2), 0, vec![comes("bo", 2, &[], 0)]);
    place.synced(&two).await;
    let stored = store.fingerprints(&place.event).await.unwrap();
    let late = batch(RunNumber(1), 0, vec![comes("ann", 1, &[], 0)]);
    place.synced(&late).await;
    store.fold(&place.event, &stored, &[]).await.unwrap();
    let folded = store.fingerprints(&place.event).await.unwrap();
    let journal: Vec<u32> = folded.journal.iter().map(|part| part.run.0).collect();
    assert_eq!(journal, [1]);
}

async fn groups_given_by_hand_are_written_under_the_version_that_was_read(place: ContractPlace) {
    let run = place.run().await;
    let ann = batch(run.id.number, 0, vec![comes("ann", 1, &["Crew"], 0)]);
    place.synced(&ann).await;
    let name = GroupName::parse("Press").unwrap();
    let group = Group {
        key: name.key(),
        name,
    };
    let before = user(&place, person("ann")).await;
    let given = before.value.granted_by_hand(&group, now()).unwrap();
    let put = Put {
        expected: Some(before.version),
        value: given.user,
    };
    let (store, community) = (&place.store, &place.community);
    let joins = ManualGroupChange::JoinsNew(&group);
    let written = store.set_manual_groups(community, person("ann"), &put, joins);
    written.await.unwrap();
    let again = store
        .set_manual_groups(community, person("ann"), &put, joins)
        .await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    assert_eq!(store.group_size(community, &group.key).await.unwrap(), 1);
    assert_eq!(
        store.group(community, &group.key).await.unwrap(),
        Some(group.clone())
    );

    // The group is there by now: what keeps this out is their version alone.
    let leaves = ManualGroupChange::Leaves(&group.key);
    let stale = store.set_manual_groups(community, person("ann"), &put, leaves);
    assert!(matches!(stale.await, Err(StoreError::Conflict)));
    assert_eq!(store.group_size(community, &group.key).await.unwrap(), 1);

    let now_there = user(&place, person("ann")).await;
    let taken = now_there.value.revoked_by_hand(&group.key, now()).unwrap();
    let put = Put {
        expected: Some(now_there.version),
        value: taken.user,
    };
    let written = store.set_manual_groups(community, person("ann"), &put, leaves);
    written.await.unwrap();
    assert_eq!(store.group_size(community, &group.key).await.unwrap(), 0);
    assert_eq!(user(&place, person("ann")).await.version, 3);
}

async fn a_persons_name_can_be_taken_out_of_the_logs(place: ContractPlace) {
    let run = place.run().await;
    let both = vec![comes("ann", 1, &[], 0), comes("bo", 2, &[], 0)];
    place.synced(&batch(run.id.number, 0, both)).await;
    let log = [LogRef(run.id.number, 0)];
    let forget = place.store.forget(&place.event, person("ann"), &log, &[]);
    forget.await.unwrap();
    let (changes, _) = place.store.changes(&run.id, None).await.unwrap();
    let told = serde_json::to_string(&changes).unwrap();
    assert!(!told.contains("ann@"), "{told}");
    assert!(told.contains("bo@"), "{told}");
    let id = RunId {
        event: place.event.clone(),
        number: RunNumber(9),
    };
    assert!(place.store.issues(&id).await.unwrap().is_empty());
}

async fn what_decides_a_sign_in_is_read_in_one_go(place: ContractPlace) {
    let (community, event) = (&place.community, &place.event);
    let admission = |name| place.store.access_facts(community, event, person(name));
    let nothing = admission("ann").await.unwrap();
    assert!(nothing.document.is_none() && nothing.user.is_none() && nothing.attendee.is_none());
    place
        .store
        .put_event(&version(&place.document(), 1))
        .await
        .unwrap();
    let run = place.run().await;
    place
        .synced(&batch(run.id.number, 0, vec![comes("ann", 1, &[], 0)]))
        .await;
    let found = admission("ann").await.unwrap();
    assert_eq!(found.document, Some(place.document()));
    assert!(matches!(found.user, Some(UserState::User(_))));
    assert_eq!(found.attendee.unwrap().presence, Presence::Attending);
    let stranger = admission("bo").await.unwrap();
    assert!(stranger.document.is_some() && stranger.attendee.is_none());
}
