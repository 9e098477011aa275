//! The contract of the table port, whatever engine stands behind it.

use std::collections::BTreeSet;
use std::sync::Arc;

use attendee_sync_adapters::table::{
    Durability, ItemBody, ItemSchema, KeyRange, QueryPaging, Table, TableItem, TableItemBuilder,
    TableKey, WriteAction, WriteCondition,
};
use attendee_sync_app::ports::StoreError;
use jiff::Timestamp;

super::cases!(TablePlace:
    an_item_is_read_as_it_was_written,
    an_item_carries_the_version_of_its_schema,
    conditions_decide_whether_something_is_written,
    a_transaction_of_a_hundred_is_done_whole_or_not_at_all,
    a_check_writes_nothing_and_stops_the_others,
    of_several_who_write_over_the_same_version_one_does,
    keys_are_ordered_by_their_bytes,
    ranges_end_where_they_say,
    a_limit_counts_from_the_end_that_is_asked_for,
    what_is_longer_than_a_page_is_read_to_its_end,
    an_item_may_have_400_kilobytes,
    who_takes_an_item_has_it_and_nobody_after_them,
    many_are_read_and_deleted_whether_they_are_there_or_not,
);

/// Partitions that no other case has, in a table that many share.
#[derive(Clone)]
pub(crate) struct TablePlace {
    table: Arc<dyn Table>,
    partition: String,
}

impl TablePlace {
    pub(crate) fn new(table: Arc<dyn Table>, case: usize) -> Self {
        Self {
            table,
            partition: format!("case-{case}"),
        }
    }

    fn key(&self, sk: &str) -> TableKey {
        TableKey {
            pk: self.partition.clone(),
            sk: sk.to_owned(),
        }
    }

    fn item(&self, sk: &str, version: u64) -> TableItem {
        let item = TableItemBuilder::new(self.key(sk)).version(version);
        item.doc(&format!("{sk} {version}")).unwrap().build()
    }

    async fn put(&self, sk: &str, version: u64) {
        let put = WriteAction::put(self.item(sk, version));
        self.table.write(put).await.unwrap();
    }

    async fn version(&self, sk: &str) -> Option<u64> {
        let item = self.table.get(&self.key(sk)).await.unwrap();
        item.and_then(|item| item.version)
    }

    async fn names(
        &self,
        range: KeyRange,
        newest_first: bool,
        limit: Option<usize>,
    ) -> Vec<String> {
        let paging = QueryPaging {
            newest_first,
            limit,
        };
        let items = self.table.query(&self.partition, &range, paging).await;
        items.unwrap().into_iter().map(|item| item.key.sk).collect()
    }

    async fn transact(&self, actions: Vec<WriteAction>) -> Result<(), StoreError> {
        self.table.transact(actions, Durability::Normal).await
    }
}

fn is_conflict(done: &Result<(), StoreError>) -> bool {
    matches!(done, Err(StoreError::Conflict))
}

async fn an_item_is_read_as_it_was_written(place: TablePlace) {
    let until = Timestamp::from_second(4_070_908_800).unwrap();
    let items = [
        TableItemBuilder::new(place.key("empty")).build(),
        place.item("document", 3),
        TableItemBuilder::new(place.key("data"))
            .data(vec![0, 255, 0])
            .expires(until)
            .build(),
        TableItemBuilder::new(place.key("versioned data"))
            .version(1)
            .data(vec![7])
            .build(),
        TableItemBuilder::new(place.key("text"))
            .doc(&"\u{0}'\"é😀".to_owned())
            .unwrap()
            .build(),
    ];
    for item in &items {
        place
            .table
            .write(WriteAction::put(item.clone()))
            .await
            .unwrap();
        let read = place.table.get(&item.key).await.unwrap();
        assert_eq!(read.as_ref(), Some(item));
    }
    let all = place
        .table
        .query(&place.partition, &KeyRange::All, QueryPaging::default());
    let all: Vec<TableItem> = all.await.unwrap();
    assert_eq!(all.len(), items.len());
    assert!(all.iter().all(|item| items.contains(item)));
    assert_eq!(place.table.count(&place.partition).await.unwrap(), 5);
    assert_eq!(place.table.count("no such partition").await.unwrap(), 0);
    assert_eq!(place.table.get(&place.key("absent")).await.unwrap(), None);
    // Something else in its place leaves nothing of it.
    let other = TableItemBuilder::new(place.key("data")).build();
    place
        .table
        .write(WriteAction::put(other.clone()))
        .await
        .unwrap();
    assert_eq!(place.table.get(&other.key).await.unwrap(), Some(other));
}

async fn an_item_carries_the_version_of_its_schema(place: TablePlace) {
    for number in [1_000, 1_001, 3_017] {
        let sk = format!("schema-{number}");
        let written = TableItem {
            schema: ItemSchema::from_number(number),
            ..place.item(&sk, 1)
        };
        let put = WriteAction::put(written.clone());
        place.table.write(put).await.unwrap();
        let read = place.table.get(&place.key(&sk)).await.unwrap().unwrap();
        assert_eq!((read.schema.number(), &read), (number, &written));
        let ItemBody::Document(json) = read.body else {
            panic!("{sk}");
        };
        let over = WriteAction::Put(place.item(&sk, 2), WriteCondition::Document(json));
        place.table.write(over).await.unwrap();
        let read = place.table.get(&place.key(&sk)).await.unwrap().unwrap();
        assert_eq!(read.schema, ItemSchema::CURRENT);
    }
}

async fn conditions_decide_whether_something_is_written(place: TablePlace) {
    let over = |expected| {
        let put = WriteAction::put_if(place.item("a", 7), expected);
        place.table.write(put)
    };
    assert!(is_conflict(&over(Some(1)).await), "there is none");
    over(None).await.unwrap();
    assert!(is_conflict(&over(None).await), "there is one");
    assert!(is_conflict(&over(Some(6)).await), "of another version");
    over(Some(7)).await.unwrap();
    let ItemBody::Document(stored) = place.item("a", 7).body else {
        panic!("it has a document")
    };
    for (document, done) in [(stored, true), ("\"other\"".to_owned(), false)] {
        let condition = WriteCondition::Document(document);
        let put = WriteAction::Put(place.item("a", 7), condition);
        assert_eq!(place.table.write(put).await.is_ok(), done);
    }
    let delete = |version| {
        place
            .table
            .write(WriteAction::delete_if(place.key("a"), version))
    };
    assert!(is_conflict(&delete(6).await));
    assert_eq!(place.version("a").await, Some(7));
    delete(7).await.unwrap();
    assert_eq!(place.version("a").await, None);
    assert!(is_conflict(&delete(7).await), "it is gone");
    place
        .table
        .write(WriteAction::delete(place.key("a")))
        .await
        .unwrap();
}

async fn a_transaction_of_a_hundred_is_done_whole_or_not_at_all(place: TablePlace) {
    let puts = |last: Option<u64>| -> Vec<WriteAction> {
        let mut puts: Vec<_> = (0..99)
            .map(|number| WriteAction::put(place.item(&format!("{number:02}"), 1)))
            .collect();
        puts.push(WriteAction::put_if(place.item("last", 2), last));
        puts
    };
    assert!(is_conflict(&place.transact(puts(Some(1))).await));
    assert_eq!(place.table.count(&place.partition).await.unwrap(), 0);
    place.transact(puts(None)).await.unwrap();
    assert_eq!(place.table.count(&place.partition).await.unwrap(), 100);
    let mut mixed = vec![
        WriteAction::delete(place.key("00")),
        WriteAction::delete(place.key("absent")),
        WriteAction::delete_if(place.key("last"), 2),
        WriteAction::put_if(place.item("01", 2), Some(1)),
    ];
    place.transact(mixed.clone()).await.unwrap();
    assert_eq!(place.table.count(&place.partition).await.unwrap(), 98);
    assert_eq!(place.version("01").await, Some(2));
    // Of what it deleted nothing is there to be deleted again under a condition.
    mixed.truncate(3);
    assert!(is_conflict(&place.transact(mixed).await));
}

async fn a_check_writes_nothing_and_stops_the_others(place: TablePlace) {
    place.put("seen", 4).await;
    let with = |check| place.transact(vec![WriteAction::put(place.item("new", 1)), check]);
    for check in [
        WriteAction::check(place.key("seen"), None),
        WriteAction::check(place.key("seen"), Some(3)),
        WriteAction::check(place.key("absent"), Some(1)),
    ] {
        assert!(is_conflict(&with(check).await));
        assert_eq!(place.version("new").await, None);
    }
    for check in [
        WriteAction::check(place.key("seen"), Some(4)),
        WriteAction::check(place.key("absent"), None),
    ] {
        with(check).await.unwrap();
    }
    assert_eq!(place.version("new").await, Some(1));
    assert_eq!(place.version("seen").await, Some(4));
    assert_eq!(place.version("absent").await, None);
}

async fn of_several_who_write_over_the_same_version_one_does(place: TablePlace) {
    place.put("a", 1).await;
    let writers = (0..8_u64).map(|writer| {
        let place = place.clone();
        tokio::spawn(async move {
            let actions = vec![
                WriteAction::put_if(place.item("a", 2), Some(1)),
                WriteAction::put(place.item(&format!("by {writer}"), 1)),
            ];
            place.transact(actions).await
        })
    });
    let mut done = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(()) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(place.table.count(&place.partition).await.unwrap(), 2);
}

/// In the order of their bytes in UTF-8.
const ORDERED: [&str; 9] = ["#", "0", "10", "9", "A", "a", "a\u{7f}", "é", "😀"];

async fn keys_are_ordered_by_their_bytes(place: TablePlace) {
    for name in ORDERED.iter().rev() {
        place.put(name, 1).await;
    }
    assert_eq!(place.names(KeyRange::All, false, None).await, ORDERED);
    let mut reversed = ORDERED;
    reversed.reverse();
    assert_eq!(place.names(KeyRange::All, true, None).await, reversed);
    let sorted: BTreeSet<&[u8]> = ORDERED.iter().map(|name| name.as_bytes()).collect();
    let ordered: Vec<&[u8]> = ORDERED.iter().map(|name| name.as_bytes()).collect();
    assert_eq!(sorted.into_iter().collect::<Vec<_>>(), ordered);
}

async fn ranges_end_where_they_say(place: TablePlace) {
    for name in ["a", "a#1", "a#2", "a#2#x", "a$", "b", "é#1", "😀"] {
        place.put(name, 1).await;
    }
    let text = str::to_owned;
    for (range, names) in [
        (KeyRange::Prefix(text("a#")), vec!["a#1", "a#2", "a#2#x"]),
        (KeyRange::Prefix(text("a#2")), vec!["a#2", "a#2#x"]),
        (KeyRange::Prefix(text("é")), vec!["é#1"]),
        (KeyRange::Prefix(text("c")), vec![]),
        (KeyRange::After(text("a$")), vec!["b", "é#1", "😀"]),
        (KeyRange::After(text("😀")), vec![]),
        (KeyRange::Before(text("a#2")), vec!["a", "a#1"]),
        (KeyRange::Before(text("a")), vec![]),
        (
            KeyRange::Between(text("a#1"), text("a#2")),
            vec!["a#1", "a#2"],
        ),
        (KeyRange::Between(text("a#3"), text("a$")), vec!["a$"]),
    ] {
        let found = place.names(range.clone(), false, None).await;
        assert_eq!(found, names, "{range:?}");
        let mut reversed = names;
        reversed.reverse();
        let found = place.names(range.clone(), true, None).await;
        assert_eq!(found, reversed, "{range:?}, newest first");
    }
}

async fn a_limit_counts_from_the_end_that_is_asked_for(place: TablePlace) {
    for number in 0..5 {
        place.put(&number.to_string(), 1).await;
    }
    let prefix = || KeyRange::After("0".to_owned());
    assert_eq!(place.names(prefix(), false, Some(2)).await, ["1", "2"]);
    assert_eq!(place.names(prefix(), true, Some(2)).await, ["4", "3"]);
    assert_eq!(place.names(prefix(), true, Some(9)).await.len(), 4);
    let none: [&str; 0] = [];
    assert_eq!(place.names(prefix(), false, Some(0)).await, none);
}

async fn what_is_longer_than_a_page_is_read_to_its_end(place: TablePlace) {
    // Four megabytes: a page of a query has one.
    for number in 0..20 {
        let item = TableItemBuilder::new(place.key(&format!("{number:02}")));
        let item = item.data(vec![number; 200_000]).build();
        place.table.write(WriteAction::put(item)).await.unwrap();
    }
    let numbers: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
    assert_eq!(place.names(KeyRange::All, false, None).await, numbers);
    assert_eq!(
        place.names(KeyRange::All, false, Some(15)).await,
        numbers[..15]
    );
    let newest = place.names(KeyRange::All, true, Some(15)).await;
    let reversed: Vec<String> = numbers[5..].iter().rev().cloned().collect();
    assert_eq!(newest, reversed);
}

async fn an_item_may_have_400_kilobytes(place: TablePlace) {
    let bytes: Vec<u8> = (0..409_500_u32)
        .map(|number| number.to_le_bytes()[0])
        .collect();
    let item = TableItemBuilder::new(place.key("large"))
        .data(bytes)
        .build();
    let put = WriteAction::put_if(item.clone(), None);
    place.transact(vec![put]).await.unwrap();
    assert_eq!(place.table.get(&item.key).await.unwrap(), Some(item));
}

async fn who_takes_an_item_has_it_and_nobody_after_them(place: TablePlace) {
    place.put("a", 1).await;
    let take = || async { place.table.take(&place.key("a")).await.unwrap() };
    assert_eq!(take().await, Some(place.item("a", 1)));
    assert_eq!(take().await, None);
    assert_eq!(place.version("a").await, None);
}

async fn many_are_read_and_deleted_whether_they_are_there_or_not(place: TablePlace) {
    let names: Vec<String> = (0..230).map(|number| format!("{number:03}")).collect();
    for name in names.iter().step_by(2) {
        place.put(name, 1).await;
    }
    let keys: Vec<TableKey> = names.iter().map(|name| place.key(name)).collect();
    let found = place.table.get_many(&keys).await.unwrap();
    let found: BTreeSet<String> = found.into_iter().map(|item| item.key.sk).collect();
    assert_eq!(found, names.iter().step_by(2).cloned().collect());
    assert_eq!(place.table.get_many(&[]).await.unwrap(), []);
    place.table.delete_many(&keys[1..]).await.unwrap();
    assert_eq!(place.names(KeyRange::All, false, None).await, ["000"]);
    place.table.delete_many(&[]).await.unwrap();
}
