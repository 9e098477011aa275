//! The one faulty transport to a table. A test cuts it after a number of writes, fails one of them,
//! or runs something before a call ([`FaultyTransport::cut_after`] and its neighbours). The fault
//! harness decides the fate of each call ([`CallFaults`]). The transport also counts and measures
//! calls, and refuses what the template does not permit.

mod asking;

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_adapters::table::{
    ItemBody, KeyRange, QueryPaging, Table as _, TableItem, WriteAction, WriteCondition,
};
use jiff::Timestamp;

pub use asking::{Answered, CallFate, CallFaults, TransportTable};

use crate::meter::{Meter, item_bytes};
use crate::permissions::{Function, acting_as};
use crate::table_calls::{TableCall, TransportedTable, at_once};

/// An item by its key, with its size and expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredItem {
    /// Its partition key.
    pub pk: String,
    /// Its sort key.
    pub sk: String,
    /// Its bytes, as `DynamoDB` counts them.
    pub bytes: usize,
    /// Its document as JSON, where it has one.
    pub doc: Option<String>,
    /// The time after which it may be deleted, in seconds since 1970.
    pub expires: Option<u64>,
}

impl From<TableItem> for MeasuredItem {
    fn from(item: TableItem) -> Self {
        let bytes = item_bytes(&item);
        Self {
            bytes,
            expires: item.expires,
            doc: match item.body {
                ItemBody::Document(json) => Some(json),
                ItemBody::Empty | ItemBody::Data(_) => None,
            },
            pk: item.key.pk,
            sk: item.key.sk,
        }
    }
}

/// Work that runs before a call, with the number of calls of its kind before that.
struct ScheduledWork(i64, Pin<Box<dyn Future<Output = ()> + Send>>);

/// The calls of one kind: their number, and work that runs before one of them.
#[derive(Default)]
struct CountedCalls {
    count: AtomicI64,
    before: Mutex<Option<ScheduledWork>>,
}

impl CountedCalls {
    fn so_far(&self) -> i64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Runs some work before a call, after this many more calls.
    fn before(&self, calls: i64, happens: impl Future<Output = ()> + Send + 'static) {
        *self.before.lock().unwrap() =
            Some(ScheduledWork(self.so_far() + calls, Box::pin(happens)));
    }

    /// Counts a call; returns its number, and whether work ran before it.
    async fn next(&self) -> (i64, bool) {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let happening = {
            let mut before = self.before.lock().unwrap();
            before.take_if(|happening| happening.0 == number)
        };
        let Some(ScheduledWork(_, happens)) = happening else {
            return (number, false);
        };
        acting_as(Function::Http, happens).await;
        (number, true)
    }
}

/// The faults that a test has planned.
struct CallPlan {
    reads: CountedCalls,
    writes: CountedCalls,
    writes_left: AtomicI64,
    fails_at: AtomicI64,
}

/// An engine in memory and the transport to it; copies share both. Once the transport is cut, no
/// call is answered, as after a crash.
#[derive(Clone)]
pub struct FaultyTransport {
    engine: SqliteTable,
    plan: Arc<CallPlan>,
    faults: Option<Arc<dyn CallFaults>>,
    /// Where a harness decides about faults, calls are executed one after the other, even if their
    /// callers were dropped.
    order: Arc<tokio::sync::Mutex<()>>,
    /// Measures the cost of the calls.
    pub meter: Meter,
}

impl std::fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaultyTransport")
    }
}

impl Default for FaultyTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl FaultyTransport {
    /// Returns an engine in memory with an intact transport.
    #[must_use]
    pub fn new() -> Self {
        Self {
            engine: SqliteTable::in_memory().unwrap(),
            plan: Arc::new(CallPlan {
                reads: CountedCalls::default(),
                writes: CountedCalls::default(),
                writes_left: AtomicI64::new(i64::MAX),
                fails_at: AtomicI64::new(i64::MAX),
            }),
            faults: None,
            order: Arc::default(),
            meter: Meter::default(),
        }
    }

    /// Returns a transport whose calls have the fates that a harness decides.
    #[must_use]
    pub fn meeting(faults: Arc<dyn CallFaults>) -> Self {
        Self {
            faults: Some(faults),
            ..Self::new()
        }
    }

    /// Returns a transport to a separate engine with these items.
    #[must_use]
    pub fn with_items(items: &[TableItem]) -> Self {
        let line = Self::new();
        for item in items {
            line.put_raw(item.clone());
        }
        line
    }

    /// Returns the table as the one-machine edition sees it.
    #[must_use]
    pub fn table_of_one_machine(&self) -> TransportedTable<TransportTable> {
        TransportedTable(TransportTable {
            line: self.clone(),
            is_cloud: false,
        })
    }

    /// Returns the table as the cloud edition's functions see it: transactions are smaller, each
    /// function may write only what the template permits, and where a harness decides about faults,
    /// the client retries.
    #[must_use]
    pub fn table_of_the_cloud(&self) -> TransportedTable<TransportTable> {
        TransportedTable(TransportTable {
            line: self.clone(),
            is_cloud: true,
        })
    }

    /// Deletes expired items, as `serve` does each hour; returns how many items were deleted.
    #[must_use]
    pub fn sweep(&self, now: Timestamp) -> usize {
        let now = u64::try_from(now.as_second()).unwrap();
        at_once(self.engine.delete_expired(now)).unwrap()
    }

    /// Every item of the table, in the order of keys.
    #[must_use]
    pub fn items(&self) -> Vec<MeasuredItem> {
        self.raw_items().into_iter().map(Into::into).collect()
    }

    /// Returns all items in their stored form.
    #[must_use]
    pub fn raw_items(&self) -> Vec<TableItem> {
        let mut all = Vec::new();
        at_once(self.engine.each_item(|item| all.push(item))).unwrap();
        all
    }

    /// The items of a partition.
    #[must_use]
    pub fn partition(&self, pk: &str) -> Vec<TableItem> {
        let paging = QueryPaging::default();
        at_once(self.engine.query(pk, &KeyRange::All, paging)).unwrap()
    }

    /// Stores an item without counting it, even if the transport is cut.
    pub fn put_raw(&self, item: TableItem) {
        let put = WriteAction::Put(item, WriteCondition::Always);
        at_once(self.engine.write(put)).unwrap();
    }

    /// Returns the size of the table in memory, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        at_once(self.engine.size()).unwrap()
    }

    /// Makes one write fail after this many more successful ones; later writes succeed again.
    pub fn fail_one_after(&self, writes: i64) {
        let at = self.writes() + writes;
        self.plan.fails_at.store(at, Ordering::SeqCst);
    }

    /// Runs some work before a write, after this many more.
    pub fn before_write(&self, writes: i64, happens: impl Future<Output = ()> + Send + 'static) {
        self.plan.writes.before(writes, happens);
    }

    /// Runs some work before a read, after this many more.
    pub fn before_read(&self, reads: i64, happens: impl Future<Output = ()> + Send + 'static) {
        self.plan.reads.before(reads, happens);
    }

    /// Cuts the transport after this many more writes.
    pub fn cut_after(&self, writes: i64) {
        self.plan.writes_left.store(writes, Ordering::SeqCst);
    }

    /// Repairs the transport.
    pub fn mend(&self) {
        self.cut_after(i64::MAX);
    }

    /// Returns whether the transport was cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.plan.writes_left.load(Ordering::SeqCst) <= 0
    }

    /// Returns the number of reads so far.
    #[must_use]
    pub fn reads(&self) -> i64 {
        self.plan.reads.so_far()
    }

    /// Returns the number of writes so far.
    #[must_use]
    pub fn writes(&self) -> i64 {
        self.plan.writes.so_far()
    }

    /// Executes a call without any fault. Where a harness decides about faults, the call is
    /// completed even if its caller no longer waits.
    pub async fn pass(&self, call: TableCall) -> Answered {
        let Some(faults) = self.faults.clone() else {
            return if self.meter.is_on() {
                self.meter.call(&self.engine, call).await
            } else {
                call.make(&self.engine).await
            };
        };
        let line = self.clone();
        let made = tokio::spawn(async move {
            let _alone = line.order.lock().await;
            let answered = call.clone().make(&line.engine).await?;
            if call.is_write() {
                faults.made(&call);
            }
            Ok(answered)
        });
        made.await.unwrap()
    }

    /// Counts a call; returns whether the transport is cut for it.
    async fn is_cut_for(&self, call: &TableCall) -> bool {
        let plan = &self.plan;
        if !call.is_write() {
            let (_, happened) = plan.reads.next().await;
            return !happened && self.is_cut();
        }
        let (number, happened) = plan.writes.next().await;
        !happened
            && (plan.writes_left.fetch_sub(1, Ordering::SeqCst) <= 0
                || number == plan.fails_at.load(Ordering::SeqCst))
    }
}
