//! What waits: held changes, invitations, suppressed addresses; and what people did.

use attendee_sync_app::ports::{
    Held, InvitationBatch, InvitationBatchId, InvitationBatchState, Note, StoreError,
};
use attendee_sync_domain::audit::{Actor, AuditAction, AuditEntry};
use attendee_sync_domain::authority::{AccessToken, Role, Roles, TokenHash};
use attendee_sync_domain::guard::Loss;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::invitation::{Handed, Invitation, Suppression, SuppressionReason};
use attendee_sync_domain::people::{Attendee, Versioned};
use attendee_sync_domain::plan::Put;
use jiff::Timestamp;

use crate::contract::cases;
use crate::contract::people::{comes, crowd, person};
use crate::contract::place::{ContractPlace, later, now};

cases!(ContractPlace:
    held_changes_are_stored_part_by_part_and_released_together,
    a_batch_is_stored_under_the_version_that_was_read,
    an_invitation_waits_until_it_is_said_what_became_of_it,
    those_who_wait_are_read_in_pages_and_batch_by_batch,
    who_is_not_in_a_batch_is_dropped_from_it_unless_they_changed,
    suppressed_addresses_are_listed_until_they_are_lifted,
    what_people_did_is_read_newest_first_in_pages,
    a_token_is_stored_once_and_with_its_note,
    more_notes_than_a_transaction_holds_are_all_kept,
);

async fn held_changes_are_stored_part_by_part_and_released_together(place: ContractPlace) {
    let run = place.run().await;
    let held = |name: &str| Held {
        delta: comes(name, 1, &["Crew"], 10),
        change: None,
        loss: Some(Loss::Removal),
    };
    let (store, id) = (&place.store, &run.id);
    for (part, name) in [(0, "ann"), (1, "bo"), (1, "cy")] {
        let waits = [held(name)];
        let stored = store.hold(id, part, &waits, later());
        stored.await.unwrap();
    }
    assert_eq!(store.held(id, 0).await.unwrap(), Some(vec![held("ann")]));
    assert_eq!(store.held(id, 1).await.unwrap(), Some(vec![held("cy")]));
    assert_eq!(store.held(id, 2).await.unwrap(), None);
    store.release(id).await.unwrap();
    assert_eq!(store.held(id, 0).await.unwrap(), None);
    store.release(id).await.unwrap();
}

fn invitation_batch(state: InvitationBatchState) -> InvitationBatch {
    InvitationBatch {
        id: InvitationBatchId::Asked,
        state,
        people: 3,
    }
}

async fn a_batch_is_stored_under_the_version_that_was_read(place: ContractPlace) {
    let (store, event) = (&place.store, &place.event);
    let held = invitation_batch(InvitationBatchState::Held);
    store
        .put_invitation_batch(event, &held, None)
        .await
        .unwrap();
    let again = store.put_invitation_batch(event, &held, None).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    let [first] = store
        .invitation_batches(event)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(first.value, held);
    let released = invitation_batch(InvitationBatchState::Released);
    let put = store.put_invitation_batch(event, &released, Some(first.version));
    put.await.unwrap();
    // It was stored again meanwhile.
    store.end_invitation_batch(event, &first).await.unwrap();
    let [second] = store
        .invitation_batches(event)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(second.value, released);
    assert_ne!(second.version, first.version);
    store.end_invitation_batch(event, &second).await.unwrap();
    assert!(store.invitation_batches(event).await.unwrap().is_empty());
}

async fn invited(place: &ContractPlace, person: PersonId) -> Put<Attendee> {
    let invitation_batches = place.store.invitation_batches(&place.event).await.unwrap();
    let Versioned { version, value } = place.attendee(person).await.unwrap();
    let put = Put {
        expected: Some(version),
        value: Attendee {
            invitation: Some(Invitation::queued(None, now())),
            ..value
        },
    };
    let invitation_batch = Put {
        expected: invitation_batches
            .first()
            .map(|invitation_batch| invitation_batch.version),
        value: invitation_batch(InvitationBatchState::Released),
    };
    let queue = place
        .store
        .queue_invitation(&place.event, person, &put, &invitation_batch);
    queue.await.unwrap();
    put
}

async fn waiting(place: &ContractPlace, after: Option<PersonId>, limit: usize) -> Vec<PersonId> {
    let waiting = place
        .store
        .waiting(&place.event, InvitationBatchId::Asked, after, limit);
    waiting.await.unwrap()
}

async fn an_invitation_waits_until_it_is_said_what_became_of_it(place: ContractPlace) {
    let run = place.run().await;
    place.synced(&crowd(run.id.number, 0, 1, 0)).await;
    let ann = person("p0");
    let queued = invited(&place, ann).await;
    let (store, event) = (&place.store, &place.event);
    let [stored] = store
        .invitation_batches(event)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let again = Put {
        expected: Some(stored.version),
        value: stored.value,
    };
    let twice = store.queue_invitation(event, ann, &queued, &again).await;
    assert!(matches!(twice, Err(StoreError::Conflict)));

    let mut next = Put {
        expected: Some(2),
        ..queued
    };
    let invitation = next.value.invitation.clone().unwrap();
    let sending = invitation.claimed(now()).unwrap();
    next.value.invitation = Some(sending.clone());
    let claim = store.put_invitation(event, ann, &next, InvitationBatchId::Asked);
    claim.await.unwrap();
    assert_eq!(waiting(&place, None, 9).await, [ann]);
    // Somebody else claims it, too, with what was read before.
    let late = store
        .put_invitation(event, ann, &next, InvitationBatchId::Asked)
        .await;
    assert!(matches!(late, Err(StoreError::Conflict)));

    next.expected = Some(3);
    next.value.invitation = Some(sending.handed(&Handed::Over("0100-1".to_owned()), now()));
    let sent = store.put_invitation(event, ann, &next, InvitationBatchId::Asked);
    sent.await.unwrap();
    assert!(waiting(&place, None, 9).await.is_empty());
    let stored = place.attendee(ann).await.unwrap().value.invitation.unwrap();
    assert_eq!(stored.message_id(), Some("0100-1"));
}

async fn those_who_wait_are_read_in_pages_and_batch_by_batch(place: ContractPlace) {
    let run = place.run().await;
    place.synced_in_pairs(&crowd(run.id.number, 0, 9, 0)).await;
    let mut everybody: Vec<PersonId> = (0..9).map(|n| person(&format!("p{n}"))).collect();
    for person in &everybody {
        invited(&place, *person).await;
    }
    everybody.sort();
    let mut seen = Vec::new();
    loop {
        let page = waiting(&place, seen.last().copied(), 4).await;
        assert!(page.len() <= 4);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, everybody);
    let of_run = InvitationBatchId::Run(run.id.number);
    let other = place.store.waiting(&place.event, of_run, None, 9).await;
    assert!(other.unwrap().is_empty());
}

async fn who_is_not_in_a_batch_is_dropped_from_it_unless_they_changed(place: ContractPlace) {
    let run = place.run().await;
    place.synced(&crowd(run.id.number, 0, 1, 0)).await;
    let ann = person("p0");
    invited(&place, ann).await;
    let (store, event) = (&place.store, &place.event);
    for stale in [None, Some(1)] {
        let drop = store
            .drop_waiting(event, InvitationBatchId::Asked, ann, stale)
            .await;
        assert!(matches!(drop, Err(StoreError::Conflict)), "{stale:?}");
    }
    assert_eq!(waiting(&place, None, 9).await, [ann]);
    let drop = store.drop_waiting(event, InvitationBatchId::Asked, ann, Some(2));
    drop.await.unwrap();
    assert!(waiting(&place, None, 9).await.is_empty());
}

async fn suppressed_addresses_are_listed_until_they_are_lifted(place: ContractPlace) {
    let (store, community) = (&place.store, &place.community);
    let mut people: Vec<PersonId> = (0..5).map(|n| person(&format!("p{n}"))).collect();
    people.sort();
    let bounced = Suppression {
        reason: SuppressionReason::Bounce,
        since: now(),
    };
    for person in &people {
        let suppress = store.suppress(community, *person, &bounced);
        suppress.await.unwrap();
    }
    let page = store.suppressions(community, Some(people[1]), 2).await;
    let page: Vec<PersonId> = page.unwrap().iter().map(|(person, _)| *person).collect();
    assert_eq!(page, people[2..4]);
    let found = store.suppression(community, people[0]).await.unwrap();
    assert_eq!(found, Some(bounced));
    for _ in 0..2 {
        let lift = store.lift_suppression(community, people[0]);
        lift.await.unwrap();
    }
    let found = store.suppression(community, people[0]).await.unwrap();
    assert_eq!(found, None);
}

fn note(place: &ContractPlace, second: i64) -> Note {
    let entry = AuditEntry {
        at: Timestamp::from_second(second).unwrap(),
        by: Actor::Owner,
        action: AuditAction::TokenRevoked {
            token: second.to_string(),
        },
    };
    (place.community.clone(), entry)
}

/// Stands well in the future: what has expired may be gone at any time.
const SECOND: i64 = 4_000_000_000;

async fn what_people_did_is_read_newest_first_in_pages(place: ContractPlace) {
    for second in [3, 1, 2, 2] {
        let note = note(&place, SECOND + second);
        place.store.record(&note).await.unwrap();
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let (entries, next) = place
            .store
            .audit(&place.community, before, 3)
            .await
            .unwrap();
        seen.extend(entries.iter().map(|entry| entry.at.as_second() - SECOND));
        before = next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, [3, 2, 2, 1]);
}

async fn a_token_is_stored_once_and_with_its_note(place: ContractPlace) {
    let name = format!("event app of {}", place.event);
    let token = AccessToken {
        name: name.parse().unwrap(),
        hash: TokenHash::of("s3cret"),
        roles: Roles::everywhere(Role::App),
        made: now(),
    };
    let (store, community) = (&place.store, &place.community);
    let notes = [note(&place, SECOND)];
    store.add_token(&token, &notes).await.unwrap();
    let again = store.add_token(&token, &notes).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    assert!(store.tokens().await.unwrap().contains(&token));
    let kept = store.audit(community, None, 9).await.unwrap().0;
    assert_eq!(kept.len(), 1);
    store.delete_token(&token.name, &notes).await.unwrap();
    assert!(!store.tokens().await.unwrap().contains(&token));
    let kept = store.audit(community, None, 9).await.unwrap().0;
    assert_eq!(kept.len(), 2);
}

async fn more_notes_than_a_transaction_holds_are_all_kept(place: ContractPlace) {
    let name = format!("event app of {}", place.event);
    let many: Vec<Note> = (1..=120).map(|n| note(&place, SECOND + n)).collect();
    let (store, name) = (&place.store, name.parse().unwrap());
    store.delete_token(&name, &many).await.unwrap();
    let noted = store.audit(&place.community, None, 500).await.unwrap().0;
    assert_eq!(noted.len(), 120);
}
