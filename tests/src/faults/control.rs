//! Counts the calls of every port, and lets each meet the fault that is planned for it.
//!
//! A process is a future in the scope of a [`Process`]: where a call is to end it, the call is never
//! answered, and whoever drives the process drops it. Calls out of such a scope, and those of
//! bystanders, meet nothing and are not counted.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use attendee_sync_testkit::waiting::pass;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::schedule::{
    CallKind, CallKinds, ConcurrentAction, Edition, FaultSchedule, InjectedFault, Port, kinds,
};

tokio::task_local! {
    static PROCESS: Process;
}

/// One process: what it is ended and stopped by.
#[derive(Debug, Clone, Default)]
pub(super) struct Process {
    ended: Arc<Notify>,
    frozen: Arc<Notify>,
    overtaken: Arc<Notify>,
    bystander: bool,
}

/// How a process came to its end.
#[derive(Debug)]
pub(super) enum Lived<T> {
    /// By itself, with this.
    Through(T),
    /// It was ended.
    Ended,
}

/// What is done for somebody who stands by.
pub(super) type Doing = Pin<Box<dyn Future<Output = ()> + Send>>;
type Doer = Arc<dyn Fn(ConcurrentAction) -> Doing + Send + Sync>;

/// For how long a process stands still whose time is over: longer than it has, and less than it
/// takes until others give its run up.
const STILL: std::time::Duration = std::time::Duration::from_mins(11);
/// After how long its run is given up.
const GIVEN_UP: std::time::Duration = std::time::Duration::from_mins(21);
/// How long it stands still after that.
const LATER: std::time::Duration = std::time::Duration::from_mins(4);

/// Lives as a process until its end.
pub(super) async fn live<T>(work: impl Future<Output = T>, overtake: impl AsyncFn()) -> Lived<T> {
    let process = Process::default();
    let mut work = Box::pin(PROCESS.scope(process.clone(), work));
    loop {
        tokio::select! {
            biased;
            () = process.ended.notified() => return Lived::Ended,
            () = process.frozen.notified() => pass(STILL).await,
            () = process.overtaken.notified() => {
                pass(GIVEN_UP).await;
                overtake().await;
                pass(LATER).await;
            }
            done = &mut work => return Lived::Through(done),
        }
    }
}

/// Does something that meets no fault, also in the middle of a process.
pub(super) fn beside<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let process = Process {
        bystander: true,
        ..Process::default()
    };
    PROCESS.scope(process, work)
}

/// What is broken on purpose, to see that it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The action of this number, of all that the calls ask for, says it was done, and was not.
    DropsWrite(usize),
    /// A mail goes out twice.
    MailsTwice,
    /// A mail is said to be taken, and is not.
    LosesMail,
    /// The message of this number is lost.
    LosesMessage(usize),
    /// Every attendee who is written is half a minute later as they were before.
    WritesBack,
}

#[derive(Default)]
struct FaultControlInner {
    on: bool,
    faults: Vec<InjectedFault>,
    calls: Vec<Port>,
    met: Vec<(usize, Port, CallKind)>,
    /// Calls of this kind of port that are still throttled.
    burst: Option<(Port, u32)>,
    skew: SignedDuration,
    ticks: i64,
    doer: Option<Doer>,
}

/// Copies share what they count.
#[derive(Clone)]
pub(super) struct FaultControl {
    edition: Edition,
    began: Instant,
    start: Timestamp,
    inner: Arc<Mutex<FaultControlInner>>,
    /// What is broken on purpose.
    pub(super) sabotage: Option<Sabotage>,
}

impl FaultControl {
    pub(super) fn new(
        schedule: &FaultSchedule,
        sabotage: Option<Sabotage>,
        start: Timestamp,
    ) -> Self {
        let inner = FaultControlInner {
            faults: schedule.faults.clone(),
            ..FaultControlInner::default()
        };
        Self {
            edition: schedule.edition,
            began: Instant::now(),
            start,
            inner: Arc::new(Mutex::new(inner)),
            sabotage,
        }
    }

    /// Begins to count.
    pub(super) fn begin(&self, doer: Doer) {
        let mut inner = self.inner.lock().unwrap();
        inner.on = true;
        inner.doer = Some(doer);
    }

    /// From now on everything is calm.
    pub(super) fn end(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.on = false;
        inner.doer = None;
    }

    /// The calls that were made.
    pub(super) fn calls(&self) -> Vec<Port> {
        self.inner.lock().unwrap().calls.clone()
    }

    /// The faults that were met.
    pub(super) fn met(&self) -> Vec<(usize, Port, CallKind)> {
        self.inner.lock().unwrap().met.clone()
    }

    /// Counts a call, and gives what is to become of it.
    fn count(&self, port: Port) -> Option<CallKind> {
        if PROCESS
            .try_with(|process| process.bystander)
            .unwrap_or(true)
        {
            return None;
        }
        let mut inner = self.inner.lock().unwrap();
        if !inner.on {
            return None;
        }
        let number = inner.calls.len();
        inner.calls.push(port);
        if let Some((throttled, left)) = inner.burst
            && same_service(throttled, port)
        {
            inner.burst = (left > 1).then_some((throttled, left - 1));
            return Some(CallKind::Throttled(0));
        }
        let fault = inner.faults.iter().find(|fault| fault.at == number)?;
        let all = kinds(self.edition, port);
        let kind = match fault.choice {
            CallKinds::Is(kind) => kind,
            CallKinds::Nth(nth) => all[usize::try_from(nth % all.len() as u64).unwrap()],
        };
        let fits = all.contains(&kind) || is_about_memory(kind);
        if !fits {
            return None;
        }
        inner.met.push((number, port, kind));
        if let CallKind::Throttled(burst) = kind {
            inner.burst = Some((port, burst));
        }
        Some(kind)
    }

    /// Lets a call meet what is planned for it. Gives what the port itself has to do.
    pub(super) async fn meet(&self, port: Port) -> Option<CallKind> {
        let kind = self.count(port)?;
        match kind {
            CallKind::CrashBefore => self.crash().await,
            CallKind::TimeOver => {
                self.stand_still(|process| process.frozen.notify_one())
                    .await;
            }
            CallKind::Overtaken => {
                self.stand_still(|process| process.overtaken.notify_one())
                    .await;
            }
            CallKind::Deed(action) => {
                let doer = self.inner.lock().unwrap().doer.clone();
                if let Some(doer) = doer {
                    // Somebody else does it: to its end, whatever becomes of this process.
                    tokio::spawn(beside(doer(action))).await.unwrap();
                }
            }
            CallKind::Clock(minutes) => self.turn_clock(minutes),
            _ => return Some(kind),
        }
        None
    }

    /// Ends the process that makes the call.
    pub(super) async fn crash(&self) {
        PROCESS.with(|process| process.ended.notify_one());
        std::future::pending::<()>().await;
    }

    /// Lets the process that makes the call stand still before it goes on.
    async fn stand_still(&self, tell: impl Fn(&Process)) {
        PROCESS.with(|process| tell(process));
        tokio::task::yield_now().await;
    }

    fn turn_clock(&self, minutes: i64) {
        self.inner.lock().unwrap().skew += SignedDuration::from_mins(minutes);
    }

    /// What the clock shows: a second more each time it is looked at.
    fn time(&self) -> Timestamp {
        let mut inner = self.inner.lock().unwrap();
        inner.ticks += 1;
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap();
        let shown = passed + SignedDuration::from_secs(inner.ticks) + inner.skew;
        self.start.checked_add(shown).unwrap()
    }
}

impl attendee_sync_app::ports::Clock for FaultControl {
    fn now(&self) -> Timestamp {
        if let Some(CallKind::Clock(minutes)) = self.count(Port::Clock) {
            self.turn_clock(minutes);
        }
        self.time()
    }
}

fn is_about_memory(kind: CallKind) -> bool {
    matches!(
        kind,
        CallKind::Deed(ConcurrentAction::LosesFingerprints | ConcurrentAction::SpoilsFingerprints)
    )
}

fn same_service(one: Port, other: Port) -> bool {
    std::mem::discriminant(&one) == std::mem::discriminant(&other)
}
