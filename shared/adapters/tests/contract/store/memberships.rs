//! The members of groups, wherever they are read from: the journal, the pages, or both.

use attendee_sync_domain::ids::{PersonId, RunNumber};
use attendee_sync_domain::memberships::FoldThreshold;

use crate::contract::cases;
use crate::contract::people::{batch, comes, crowd, person};
use crate::contract::place::{ContractPlace, key, now};

cases!(ContractPlace:
    members_and_sizes_stay_what_they_are_when_the_journal_is_folded,
    a_transaction_that_was_not_written_left_nobody_in_a_group,
);

async fn fold(place: &ContractPlace) {
    let anything = FoldThreshold::ANYTHING;
    let fold = place
        .store
        .fold_memberships(&place.community, anything, now());
    fold.await.unwrap();
}

async fn check(place: &ContractPlace, group: &str, people: &[&str]) {
    let (store, community) = (&place.store, &place.community);
    let mut wanted: Vec<PersonId> = people.iter().map(|name| person(name)).collect();
    wanted.sort();
    let mut found: Vec<PersonId> = Vec::new();
    let group_key = key(group);
    loop {
        let page = store.members(community, &group_key, found.last().copied(), 7);
        let page = page.await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, wanted, "{group}");
    let groups = [key("All"), key("Crew"), key("Nobody")];
    let sizes = store.group_sizes(community, &groups).await.unwrap();
    assert_eq!(sizes[&key(group)], wanted.len() as u64, "{group}");
    assert_eq!(sizes[&key("Nobody")], 0);
}

async fn members_and_sizes_stay_what_they_are_when_the_journal_is_folded(place: ContractPlace) {
    let run = place.run().await;
    place.synced_in_pairs(&crowd(run.id.number, 0, 25, 0)).await;
    let names: Vec<String> = (0..25).map(|number| format!("p{number}")).collect();
    let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
    check(&place, "All", &all).await;
    for _ in 0..2 {
        fold(&place).await;
        check(&place, "All", &all).await;
    }
    // Two who leave one group for another, and one who is new, over what is in the pages.
    let moved = vec![comes("p3", 90, &["Crew"], 0), comes("p7", 91, &["Crew"], 0)];
    let next = RunNumber(run.id.number.0 + 1);
    place.synced(&batch(next, 0, moved)).await;
    let new = vec![comes("ann", 92, &["All", "Crew"], 0)];
    place.synced(&batch(next, 1, new)).await;
    all.retain(|name| *name != "p3" && *name != "p7");
    all.push("ann");
    check(&place, "All", &all).await;
    check(&place, "Crew", &["p3", "p7", "ann"]).await;
    fold(&place).await;
    check(&place, "All", &all).await;
    check(&place, "Crew", &["p3", "p7", "ann"]).await;
}

async fn a_transaction_that_was_not_written_left_nobody_in_a_group(place: ContractPlace) {
    let run = place.run().await;
    let first = batch(run.id.number, 0, vec![comes("ann", 1, &["Crew"], 0)]);
    let both = batch(
        run.id.number,
        1,
        vec![comes("ann", 2, &["All"], 0), comes("bo", 3, &["All"], 0)],
    );
    let stale = place.planned(&both).await;
    place.synced(&first).await;
    assert_eq!(place.applied(&both, &stale).await.len(), 2);
    check(&place, "All", &[]).await;
    check(&place, "Crew", &["ann"]).await;
    fold(&place).await;
    check(&place, "All", &[]).await;
    check(&place, "Crew", &["ann"]).await;
}
