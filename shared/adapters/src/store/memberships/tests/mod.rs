//! Folds and migrations that end at any write, that meet each other, and that readers meet.

mod scripted_table;
mod town;

use attendee_sync_domain::memberships::unpack_page;

use super::journal;
use crate::table::{KeyRange, QueryPaging, Table as _, TableKey};
use town::{GROUPS, Town, community, later, now, person};

/// A town in which groups have several pages, some of what the journal says is in them, and some is not.
async fn busy_town() -> Town {
    let mut town = Town::new().await;
    for number in 0..14 {
        town.toggle(number, usize::from(number) % 2).await;
    }
    assert!(town.fold(now()).await);
    for number in [0, 3, 4, 13, 20, 21] {
        town.toggle(number, 0).await;
        town.toggle(number, 2).await;
    }
    town.toggle(20, 0).await;
    town
}

/// What is stored is what a town needs: heads, the pages they name, and a clean format.
async fn check_tidy(town: &Town) {
    assert_eq!(town.shared_items("J#").await, Vec::<String>::new());
    assert_eq!(town.shared_items("LEASE").await, Vec::<String>::new());
    let stored = town.stored().await;
    for group in GROUPS {
        let of_group = stored
            .iter()
            .filter(|(pk, _)| *pk == format!("C#acme#M#{group}"));
        let pages = of_group.map(|(_, sk)| sk).filter(|sk| *sk != "HEAD");
        let mut folds: Vec<&str> = pages.map(|sk| &sk[..sk.len() - 6]).collect();
        folds.dedup();
        assert!(folds.len() <= 1, "{group}: {folds:?}");
    }
    assert!(stored.iter().all(|(pk, _)| pk.starts_with("C#acme#M#")));
}

#[tokio::test]
async fn members_and_sizes_are_right_wherever_a_fold_is_cut_off() {
    let mut cuts = 0;
    for cut in 0.. {
        let mut town = busy_town().await;
        town.check("before the fold").await;
        town.table.cut_after(cut);
        let is_done = town.fold(later()).await;
        town.table.mend();
        town.check(&format!("cut off at {cut}")).await;
        for number in [0, 5, 20, 22] {
            town.toggle(number, 0).await;
            town.check(&format!("cut off at {cut}, and then changed"))
                .await;
        }
        assert!(town.fold(later() + (later() - now())).await);
        town.check(&format!("cut off at {cut}, and folded again"))
            .await;
        check_tidy(&town).await;
        if is_done {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 15, "{cuts}");
}

#[tokio::test]
async fn whoever_reads_while_folds_go_on_finds_what_is_true() {
    let mut met = 0;
    for folds in 1..=2 {
        for call in 0.. {
            let town = busy_town().await;
            let mut beside = town.beside();
            town.table.before_call(call, async move {
                for _ in 0..folds {
                    assert!(beside.fold(later()).await);
                    // Entries that name all groups and change nobody's membership in the end.
                    for _ in 0..2 {
                        for at in 0..GROUPS.len() {
                            beside.toggle(40, at).await;
                        }
                    }
                }
                assert!(beside.fold(later()).await);
            });
            town.check(&format!("{folds} folds before call {call}"))
                .await;
            if town.table.is_waiting() {
                break;
            }
            met += 1;
        }
    }
    assert!(met > 40, "{met}");
}

#[tokio::test]
async fn of_two_folds_at_the_same_time_neither_loses_what_the_other_folded() {
    for cut in [0, 3, 6, 9, u64::MAX] {
        for call in 0.. {
            let town = busy_town().await;
            let mut beside = town.beside();
            let (sender, receiver) = tokio::sync::oneshot::channel();
            town.table.before_call(call, async move {
                beside.toggle(7, 0).await;
                beside.toggle(20, 0).await;
                beside.toggle(30, 1).await;
                // The lease of the other one is over, and this one may end, too.
                beside.table.cut_after(cut);
                beside.fold(later()).await;
                beside.table.mend();
                beside.toggle(7, 0).await;
                let _sent = sender.send(beside);
            });
            town.fold(now()).await;
            if town.table.is_waiting() {
                break;
            }
            let when = format!("met at call {call}, cut off at {cut}");
            let town = receiver.await.unwrap();
            town.check(&when).await;
            assert!(town.fold(later() + (later() - now())).await);
            town.check(&format!("{when}, and folded again")).await;
        }
    }
}

#[tokio::test]
async fn an_entry_that_a_fold_had_passed_already_does_not_bring_back_who_left() {
    let mut town = Town::new().await;
    town.toggle(1, 0).await;
    let joined = town.shared_items("J#").await.remove(0);
    let key = TableKey {
        pk: "C#acme#MJ".to_owned(),
        sk: joined.clone(),
    };
    town.toggle(1, 0).await;
    town.table.hide(Some(key));
    assert!(town.fold(now()).await);
    town.table.hide(None);
    assert_eq!(town.shared_items("J#").await, [joined]);
    town.check("with the older entry in the journal").await;
    assert!(town.fold(now()).await);
    town.check("with the older entry folded").await;
    assert_eq!(entries_of_crew(&town).await, 1, "the fold met them");
    town.toggle(2, 0).await;
    assert!(town.fold(now()).await);
    town.check("with a fold after it").await;
    assert_eq!(entries_of_crew(&town).await, 1, "only who came in");
}

/// A fold reads the journal; somebody comes and leaves, and a second fold that had passed the first entry has
/// the second one in its pages. The first fold must not take these for pages that its journal belongs to.
#[tokio::test]
async fn a_fold_writes_over_no_pages_that_are_newer_than_its_journal() {
    for call in 0.. {
        let mut town = Town::new().await;
        town.toggle(2, 0).await;
        let mut beside = town.beside();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        town.table.before_call(call, async move {
            let before = beside.shared_items("J#").await;
            beside.toggle(1, 0).await;
            let mut joined = beside.shared_items("J#").await;
            joined.retain(|sk| !before.contains(sk));
            beside.toggle(1, 0).await;
            beside.table.hide(Some(TableKey {
                pk: "C#acme#MJ".to_owned(),
                sk: joined.remove(0),
            }));
            assert!(beside.fold(later()).await);
            beside.table.hide(None);
            let _sent = sender.send(beside);
        });
        town.fold(now()).await;
        if town.table.is_waiting() {
            break;
        }
        let town = receiver.await.unwrap();
        town.check(&format!("met at call {call}")).await;
        assert!(town.fold(later() + (later() - now())).await);
        town.check(&format!("met at call {call}, and folded again"))
            .await;
    }
}

async fn entries_of_crew(town: &Town) -> usize {
    let pages = KeyRange::Prefix("P#".to_owned());
    let paging = QueryPaging::default();
    let engine = town.table.engine();
    let items = engine.query("C#acme#M#crew", &pages, paging).await.unwrap();
    let entries = items.iter().map(|item| unpack_page(item.data().unwrap()));
    entries.map(|page| page.unwrap().len()).sum()
}

#[tokio::test]
async fn who_is_erased_leaves_all_groups_with_the_tombstone() {
    let mut town = busy_town().await;
    town.erase(0).await;
    town.check("once the tombstone is there").await;
    assert!(town.fold(now()).await);
    for number in 30..33 {
        for at in 0..GROUPS.len() {
            town.toggle(number, at).await;
        }
    }
    assert!(town.fold(now()).await);
    town.check("with folds after it").await;
    let id = person(0).to_bytes();
    let mut found = Vec::new();
    let look = |item: crate::table::TableItem| {
        let bytes = item.data().unwrap_or_default();
        if bytes.windows(id.len()).any(|part| part == id) {
            found.push(item.key.sk);
        }
    };
    town.table.engine().each_item(look).await.unwrap();
    assert_eq!(found, Vec::<String>::new());
}

/// A town of an earlier version.
async fn old_town() -> Town {
    let mut town = Town::of_an_earlier_version().await;
    for number in 0..9 {
        for at in 0..GROUPS.len() {
            if (usize::from(number) + at) % 2 == 0 {
                town.toggle_as_before(number, at).await;
            }
        }
    }
    town.toggle_as_before(2, 0).await;
    town
}

#[tokio::test]
async fn a_migration_that_is_cut_off_at_any_write_is_done_by_the_next_and_readers_are_right() {
    let mut cuts = 0;
    for cut in 0.. {
        let mut town = old_town().await;
        town.check("before the migration").await;
        town.table.cut_after(cut);
        let is_done = town.migrate(now()).await;
        town.table.mend();
        let when = format!("cut off at {cut}");
        town.check(&when).await;
        for number in [0, 2, 3, 20] {
            town.toggle(number, 0).await;
            town.check(&format!("{when}, and then changed")).await;
        }
        assert!(town.migrate(later()).await);
        town.check(&format!("{when}, and migrated again")).await;
        assert!(town.fold(later()).await);
        town.check(&format!("{when}, and folded")).await;
        check_tidy(&town).await;
        if is_done {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 15, "{cuts}");
}

#[tokio::test]
async fn two_migrations_at_the_same_time_do_no_harm() {
    for call in 0.. {
        let town = old_town().await;
        let mut beside = town.beside();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        town.table.before_call(call, async move {
            beside.toggle(4, 0).await;
            assert!(beside.migrate(later()).await);
            beside.toggle(4, 2).await;
            assert!(beside.fold(later()).await);
            // Who left is dropped from the pages by now; the other process knows them as members.
            for _ in 0..2 {
                beside.toggle(21, 0).await;
                beside.toggle(21, 2).await;
                assert!(beside.fold(later()).await);
            }
            let _sent = sender.send(beside);
        });
        town.migrate(now()).await;
        if town.table.is_waiting() {
            break;
        }
        let town = receiver.await.unwrap();
        town.check(&format!("met at call {call}")).await;
        assert!(town.migrate(later()).await);
        assert!(town.fold(later() + (later() - now())).await);
        town.check(&format!("met at call {call}, and folded")).await;
    }
}

#[tokio::test]
async fn whoever_reads_while_a_migration_goes_on_finds_what_is_true() {
    for call in 0.. {
        let town = old_town().await;
        let beside = town.beside();
        town.table.before_call(call, async move {
            assert!(beside.migrate(now()).await);
            assert!(beside.fold(now()).await);
        });
        town.check(&format!("migrated before call {call}")).await;
        if town.table.is_waiting() {
            break;
        }
    }
}

#[tokio::test]
async fn a_lease_of_somebody_who_is_at_it_is_respected_and_one_that_is_over_is_not() {
    let town = busy_town().await;
    let lease = super::lease::acquire(&town.store, &community(), now()).await;
    assert!(lease.unwrap().is_some());
    let items = town.shared_items("J#").await.len();
    assert!(town.fold(now()).await);
    assert_eq!(town.shared_items("J#").await.len(), items);
    assert!(town.fold(later()).await);
    assert_eq!(town.shared_items("J#").await.len(), 0);
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_named_and_nobody_is_missing_by_it() {
    let town = busy_town().await;
    let items = journal::read(&town.store, &community()).await.unwrap();
    let broken = crate::table::TableItemBuilder::new(items[0].key.clone()).data(vec![9; 30]);
    let write = crate::table::WriteAction::put(broken.build());
    town.table.engine().write(write).await.unwrap();
    let error = super::read::sizes(&town.store, &community(), &[town::group(0).key]).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("C#acme#MJ/J#"), "{error}");
    assert!(!town.fold(later()).await);
    assert!(town.shared_items("J#").await.len() == items.len());
}
