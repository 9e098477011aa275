use super::*;

const NO_JOURNAL: &[(RunNumber, Vec<u8>)] = &[];
use proptest::prelude::*;
use std::collections::BTreeMap;

fn entry(person: u64, hash: u64) -> Entry {
    Entry {
        hash,
        person,
        key: NO_KEY,
    }
}

fn known(fingerprints: &mut Fingerprints, person: u64) -> Vec<u64> {
    let mut hashes: Vec<u64> = fingerprints
        .of_person(person)
        .iter()
        .map(|(hash, _)| *hash)
        .collect();
    hashes.sort_unstable();
    hashes
}

#[test]
fn the_journal_replaces_what_was_known_of_a_person() {
    let pages = [pack(&[entry(1, 10), entry(2, 20), entry(1, 30)])];
    let journal = [
        (RunNumber(1), pack(&[entry(1, 11), entry(NOBODY, 99)])),
        (RunNumber(2), pack(&[entry(1, 12), entry(1, 13)])),
        (RunNumber(2), pack(&journal_of(2, &[]).collect::<Vec<_>>())),
        (RunNumber(2), pack(&[entry(1, 13), entry(1, 14)])),
    ];
    let mut fingerprints = Fingerprints::unpack(&pages, &journal);
    assert_eq!(known(&mut fingerprints, 1), [12, 13, 14]);
    assert_eq!(known(&mut fingerprints, 2), [0_u64; 0]);
    assert_eq!(
        fingerprints.find(99).map(|at| fingerprints.person(at)),
        Some(NOBODY)
    );
    assert_eq!(fingerprints.find(10), None);
}

#[test]
fn who_is_found_and_missed_by_the_same_run_is_in_doubt() {
    let nothing = || pack(&journal_of(1, &[]).collect::<Vec<_>>());
    let journal = [
        (RunNumber(3), nothing()),
        (RunNumber(4), pack(&[entry(1, 10), entry(2, 20)])),
        (RunNumber(4), nothing()),
    ];
    let pages = [pack(&[entry(1, 9)])];
    let mut fingerprints = Fingerprints::unpack(&pages, &journal);
    assert_eq!((fingerprints.find(9), fingerprints.find(10)), (None, None));
    fingerprints.see(fingerprints.find(20).unwrap(), 7);
    assert_eq!(fingerprints.people_with_unseen(), [1]);
    // The same is true after the journal is folded into pages.
    let folded = Fingerprints::unpack(&fingerprints.pages(1_000), NO_JOURNAL);
    assert_eq!(
        (folded.find(10), folded.people_with_unseen()),
        (None, vec![1, 2])
    );
    let next = (RunNumber(5), pack(&[entry(1, 10)]));
    let journal = [&journal[..], &[next]].concat();
    assert_eq!(known(&mut Fingerprints::unpack(&pages, &journal), 1), [10]);
}

#[test]
fn what_was_not_seen_is_told_by_person() {
    let mut fingerprints = Fingerprints::unpack(
        &[pack(&[entry(1, 10), entry(1, 11), entry(2, 20)])],
        NO_JOURNAL,
    );
    fingerprints.see(fingerprints.find(10).unwrap(), 7);
    assert_eq!(fingerprints.people_with_unseen(), [1, 2]);
    assert_eq!(fingerprints.of_person(1), [(10, 7), (11, 0)]);
}

#[test]
fn what_the_version_before_stored_has_no_source_keys() {
    let numbers = [1_u64, 10, 1, 11];
    let former: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    let new = pack(&[Entry {
        key: 77,
        ..entry(2, 20)
    }]);
    let journal = [(RunNumber(3), new)];
    let both = Fingerprints::unpack(&[former], &journal);
    let keys = [10, 11, 20].map(|hash| both.key(both.find(hash).unwrap()));
    assert_eq!(keys, [KEY_UNKNOWN, KEY_UNKNOWN, 77]);
    let folded = Fingerprints::unpack(&both.pages(1_000), NO_JOURNAL);
    let keys = [10, 11, 20].map(|hash| folded.key(folded.find(hash).unwrap()));
    assert_eq!(keys, [KEY_UNKNOWN, KEY_UNKNOWN, 77]);
}

#[test]
fn broken_pages_lose_entries_and_nothing_else() {
    let mut page = pack(&[entry(1, 10), entry(2, 20)]);
    page.pop();
    assert_eq!(
        Fingerprints::unpack(&[page, vec![1, 2, 3]], NO_JOURNAL).len(),
        1
    );
}

proptest! {
    #[test]
    fn folding_changes_nothing(
        parts in prop::collection::vec(prop::collection::btree_map(1_u64..6, prop::collection::btree_set(1_u64..50, 0..4), 1..4), 0..6),
        page_bytes in 1_usize..100,
    ) {
        let mut model: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut journal = Vec::new();
        for (run, part) in (1..).zip(&parts) {
            let mut entries = Vec::new();
            for (person, hashes) in part {
                let hashes: Vec<u64> = hashes.iter().copied().collect();
                let record = |hash: &u64| KnownRecord {
                    hash: *hash,
                    key: NO_KEY,
                };
                let records: Vec<KnownRecord> = hashes.iter().map(record).collect();
                entries.extend(journal_of(*person, &records));
                model.insert(*person, hashes);
            }
            journal.push((RunNumber(run), pack(&entries)));
        }
        let unfolded = Fingerprints::unpack(&[], &journal);
        let mut folded = Fingerprints::unpack(&unfolded.pages(page_bytes), NO_JOURNAL);
        for (person, hashes) in &model {
            prop_assert_eq!(&known(&mut folded, *person), hashes);
        }
    }
}
