//! The packed sets against a plain set of who is in which group.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::group::{GroupKey, GroupName};

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number.wrapping_mul(37); 16])
}

fn entry(number: u8, version: u64, is_member: bool) -> MembershipEntry {
    MembershipEntry {
        person: person(number),
        version,
        is_member,
    }
}

fn group(number: usize) -> GroupKey {
    GroupName::parse(&format!("Group #{number}")).unwrap().key()
}

fn updates(entries: &[MembershipEntry]) -> GroupUpdates {
    entries.to_vec().into()
}

/// The newest entries that the items have, by group.
fn by_group(items: &[Vec<u8>]) -> Result<HashMap<String, GroupUpdates>, MalformedEntries> {
    let mut counts = HashMap::new();
    for item in items {
        JournalItem::read(item)?.count(&mut counts)?;
    }
    let mut entries = counts
        .keys()
        .map(|group| (group.clone(), Vec::new()))
        .collect();
    for item in items {
        JournalItem::read(item)?.add_to(&mut entries)?;
    }
    let count_of = |group: &str| entries[group].len();
    assert!(
        counts
            .iter()
            .all(|(group, count)| count_of(group) == *count)
    );
    Ok(entries
        .into_iter()
        .map(|(group, entries)| (group, entries.into()))
        .collect())
}

#[test]
fn the_entry_of_the_highest_version_holds_in_whatever_order_they_come() {
    let all = [entry(1, 3, true), entry(1, 5, false), entry(1, 4, true)];
    let mut back = all;
    back.reverse();
    for order in [all, back] {
        assert_eq!(fold(&[], &updates(&order)), [entry(1, 5, false)]);
        assert_eq!(fold(&all[..1], &updates(&order[..])), [entry(1, 5, false)]);
        assert_eq!(
            fold(&[entry(1, 6, true)], &updates(&order)),
            [entry(1, 6, true)]
        );
    }
}

#[test]
fn who_left_is_dropped_only_once_the_journal_says_nothing_of_them() {
    let left = fold(&[entry(1, 3, true)], &updates(&[entry(1, 5, false)]));
    assert_eq!(left, [entry(1, 5, false)]);
    // An older entry that the fold before had passed already.
    let again = fold(&left, &updates(&[entry(1, 4, true)]));
    assert_eq!(again, left);
    assert_eq!(
        fold(&again, &updates(&[entry(2, 1, true)])),
        [entry(2, 1, true)]
    );
}

#[test]
fn bytes_of_another_format_and_cut_ones_are_refused() {
    let ann = group(0);
    let mut packer = JournalPacker::default();
    packer.add(person(1), 300, [&ann].into_iter(), [].iter());
    let item = packer.finish().unwrap();
    assert_eq!(packer.finish(), None);
    let found = by_group(std::slice::from_ref(&item)).unwrap();
    assert_eq!(found[ann.as_str()], updates(&[entry(1, 300, true)]));
    let page = pack_pages(&[entry(1, 300, true)], 100)[0].bytes.clone();
    for length in 0..item.len() {
        let read = by_group(&[item[..length].to_vec()]);
        // Without any person it is an item that says nothing.
        assert_eq!(read.is_err(), length != item.len() - 20, "{length}");
    }
    for length in [0, 2, 17, 18] {
        assert_eq!(unpack_page(&page[..length]), Err(MalformedEntries));
    }
    let other = [9_u8; 40];
    assert_eq!(unpack_page(&other), Err(MalformedEntries));
    assert!(JournalItem::read(&other).is_err());
}

#[test]
fn a_journal_is_long_beside_its_pages_or_by_its_items() {
    let standard = FoldThreshold::STANDARD;
    assert!(!standard.is_exceeded(64 * 1024, 256, 0));
    assert!(standard.is_exceeded(64 * 1024 + 1, 1, 0));
    assert!(standard.is_exceeded(10, 257, 0));
    assert!(!standard.is_exceeded(200_000, 300, 2_000_000));
    assert!(standard.is_exceeded(200_001, 300, 2_000_000));
    assert!(standard.is_exceeded(1, 489, 2_000_000));
    assert!(!FoldThreshold::ANYTHING.is_exceeded(0, 0, 0));
    assert!(FoldThreshold::ANYTHING.is_exceeded(40, 1, 9_000_000));
}

/// A user whose groups change: who, which groups they come into or leave.
#[derive(Debug, Clone)]
struct Move {
    person: u8,
    groups: BTreeSet<usize>,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = (0_u8..20, prop::collection::btree_set(0_usize..3, 1..4));
    let one = one.prop_map(|(person, groups)| Move { person, groups });
    prop::collection::vec(one, 1..60)
}

/// What a reader finds in a group's pages and the journal.
fn read(pages: &[PackedPage], updates: &GroupUpdates) -> Vec<PersonId> {
    let index = PageIndex::of(pages);
    let mut found = Vec::new();
    for page in 0..index.len().max(1) {
        let bytes = pages.get(page).map(|page| page.bytes.as_slice());
        let entries = bytes.map_or_else(Vec::new, |bytes| unpack_page(bytes).unwrap());
        found.extend(members_of(&entries, updates.of_page(&index, page)));
    }
    found
}

proptest! {
    /// Whoever reads finds what the plain set has, after each write, whenever the journal is folded and however
    /// long its items stay after that: a fold may have been cut off before it deleted them.
    #[test]
    fn pages_and_journal_together_are_the_plain_set(
        moves in moves(),
        folds in prop::collection::vec(0_u8..8, 60),
        page_bytes in 20_usize..120,
    ) {
        let groups: Vec<GroupKey> = (0..3).map(group).collect();
        let mut model: BTreeSet<(usize, PersonId)> = BTreeSet::new();
        let mut versions: HashMap<u8, u64> = HashMap::new();
        let mut journal: Vec<Vec<u8>> = Vec::new();
        let mut pages: Vec<Vec<PackedPage>> = vec![Vec::new(); 3];
        for (made, fold_now) in moves.iter().zip(folds) {
            let version = versions.entry(made.person).or_default();
            *version += 1;
            let who = person(made.person);
            let (leaves, joins): (Vec<usize>, Vec<usize>) =
                made.groups.iter().partition(|at| model.contains(&(**at, who)));
            let keys = |ats: &[usize]| ats.iter().map(|at| &groups[*at]).collect::<Vec<_>>();
            let mut packer = JournalPacker::default();
            packer.add(who, *version, keys(&joins).into_iter(), keys(&leaves).into_iter());
            journal.extend(packer.finish());
            model.extend(joins.iter().map(|at| (*at, who)));
            model.retain(|(at, one)| *one != who || !leaves.contains(at));

            let found = by_group(&journal).unwrap();
            for (at, group) in groups.iter().enumerate() {
                let updates = found.get(group.as_str()).cloned().unwrap_or_default();
                let mut alone = HashMap::from([(group.as_str().to_owned(), Vec::new())]);
                for item in &journal {
                    JournalItem::read(item).unwrap().add_to(&mut alone).unwrap();
                }
                let alone = alone.into_values().map(GroupUpdates::from).collect::<Vec<_>>();
                prop_assert_eq!(alone, vec![updates.clone()]);
                let wanted: Vec<PersonId> =
                    model.iter().filter(|(of, _)| *of == at).map(|(_, who)| *who).collect();
                prop_assert_eq!(read(&pages[at], &updates), wanted.clone());
                if fold_now < 2 {
                    let entries: Vec<MembershipEntry> =
                        pages[at].iter().flat_map(|page| unpack_page(&page.bytes).unwrap()).collect();
                    let folded = fold(&entries, &updates);
                    prop_assert_eq!(count_members(&folded), wanted.len() as u64);
                    pages[at] = pack_pages(&folded, page_bytes);
                    prop_assert_eq!(read(&pages[at], &updates), wanted.clone());
                    prop_assert_eq!(read(&pages[at], &GroupUpdates::default()), wanted);
                }
            }
            if fold_now == 0 {
                journal.clear();
            }
        }
    }

    /// Whatever is in the pages, a person's place is on the page whose entries are around them.
    #[test]
    fn a_persons_page_is_where_their_entry_is(
        people in prop::collection::btree_set(any::<[u8; 16]>(), 1..60),
        page_bytes in 1_usize..200,
    ) {
        let entries: Vec<MembershipEntry> = people
            .into_iter()
            .map(|id| MembershipEntry { person: PersonId::from_bytes(id), version: 1, is_member: true })
            .collect();
        let pages = pack_pages(&entries, page_bytes);
        let index = PageIndex::of(&pages);
        for entry in &entries {
            let page = index.page_of(entry.person);
            let on_page = unpack_page(&pages[page].bytes).unwrap();
            prop_assert!(on_page.contains(entry));
            let update = updates(&[*entry]);
            prop_assert_eq!(update.pages(&index), vec![page]);
            prop_assert_eq!(update.of_page(&index, page).count(), 1);
        }
    }
}
