//! The one faulty way to a table. A test cuts it after a number of writes, fails one of them, or lets something happen
//! before a call ([`FaultyTransport::cut_after`] and what is beside it); the fault harness says of each call what
//! becomes of it ([`CallFaults`]). It also counts, measures, and refuses what the template does not permit.

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

/// An item by its key, with what it has beside it.
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
    /// When it may be deleted, in seconds since 1970.
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

/// What happens before a call, by the number of calls of its kind before that.
struct Happening(i64, Pin<Box<dyn Future<Output = ()> + Send>>);

/// Calls of one kind: how many there were, and what happens before one.
#[derive(Default)]
struct CountedCalls {
    count: AtomicI64,
    before: Mutex<Option<Happening>>,
}

impl CountedCalls {
    fn so_far(&self) -> i64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Lets something happen before a call, after this many more.
    fn before(&self, calls: i64, happens: impl Future<Output = ()> + Send + 'static) {
        *self.before.lock().unwrap() = Some(Happening(self.so_far() + calls, Box::pin(happens)));
    }

    /// Counts one; whether something happened before it.
    async fn next(&self) -> (i64, bool) {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let happening = {
            let mut before = self.before.lock().unwrap();
            before.take_if(|happening| happening.0 == number)
        };
        let Some(Happening(_, happens)) = happening else {
            return (number, false);
        };
        acting_as(Function::Http, happens).await;
        (number, true)
    }
}

/// What a test has planned.
struct CallPlan {
    reads: CountedCalls,
    writes: CountedCalls,
    writes_left: AtomicI64,
    fails_at: AtomicI64,
}

/// An engine in memory, and the way to it; copies share both. Once the way is cut nothing is answered, as after a crash.
#[derive(Clone)]
pub struct FaultyTransport {
    engine: SqliteTable,
    plan: Arc<CallPlan>,
    faults: Option<Arc<dyn CallFaults>>,
    /// Where a harness plans faults, calls are answered one after the other, whoever dropped them meanwhile.
    order: Arc<tokio::sync::Mutex<()>>,
    /// What its calls cost.
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
    /// An engine in memory with a whole way to it.
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

    /// The same, where each call meets what a harness says.
    #[must_use]
    pub fn meeting(faults: Arc<dyn CallFaults>) -> Self {
        Self {
            faults: Some(faults),
            ..Self::new()
        }
    }

    /// A way to an engine of its own with these items.
    #[must_use]
    pub fn with_items(items: &[TableItem]) -> Self {
        let line = Self::new();
        for item in items {
            line.put_raw(item.clone());
        }
        line
    }

    /// The table at its end, as the single machine has it.
    #[must_use]
    pub fn table_of_one_machine(&self) -> TransportedTable<TransportTable> {
        TransportedTable(TransportTable {
            line: self.clone(),
            is_cloud: false,
        })
    }

    /// The table at its end, as the functions of the cloud have it: transactions are smaller, each function may write
    /// what the template says, and where a harness plans faults, its client asks again by itself.
    #[must_use]
    pub fn table_of_the_cloud(&self) -> TransportedTable<TransportTable> {
        TransportedTable(TransportTable {
            line: self.clone(),
            is_cloud: true,
        })
    }

    /// Deletes what may go at this time, as `serve` does each hour; gives how many items went.
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

    /// All items as they are.
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

    /// Stores an item beside all counting and cutting.
    pub fn put_raw(&self, item: TableItem) {
        let put = WriteAction::Put(item, WriteCondition::Always);
        at_once(self.engine.write(put)).unwrap();
    }

    /// Bytes that the table takes in memory.
    #[must_use]
    pub fn size(&self) -> u64 {
        at_once(self.engine.size()).unwrap()
    }

    /// Fails one write, after this many more that succeed; those after it succeed again.
    pub fn fail_one_after(&self, writes: i64) {
        let at = self.writes() + writes;
        self.plan.fails_at.store(at, Ordering::SeqCst);
    }

    /// Lets something happen before a write, after this many more.
    pub fn before_write(&self, writes: i64, happens: impl Future<Output = ()> + Send + 'static) {
        self.plan.writes.before(writes, happens);
    }

    /// Lets something happen before a read, after this many more.
    pub fn before_read(&self, reads: i64, happens: impl Future<Output = ()> + Send + 'static) {
        self.plan.reads.before(reads, happens);
    }

    /// Cuts the way after this many more writes.
    pub fn cut_after(&self, writes: i64) {
        self.plan.writes_left.store(writes, Ordering::SeqCst);
    }

    /// Mends the way.
    pub fn mend(&self) {
        self.cut_after(i64::MAX);
    }

    /// Whether it was cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.plan.writes_left.load(Ordering::SeqCst) <= 0
    }

    /// Read calls so far.
    #[must_use]
    pub fn reads(&self) -> i64 {
        self.plan.reads.so_far()
    }

    /// Write calls so far.
    #[must_use]
    pub fn writes(&self) -> i64 {
        self.plan.writes.so_far()
    }

    /// Makes a call that meets nothing. Where a harness plans faults, it is made to its end also where nobody waits
    /// for it any more.
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

    /// Counts a call; whether the way is cut for it.
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
