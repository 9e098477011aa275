//! Stores runs, and the state item that allows one run an event at a time.

use async_trait::async_trait;
use attendee_sync_app::ports::{
    CursorChange, EarlierRuns, PurgeRecord, RunCoordination as _, RunOpening, RunStore, StoreError,
    SyncCursor,
};
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{Coverage, Run, RunHold, RunMode, RunState};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::TableStore;
use super::keys;
use crate::table::{KeyRange, QueryPaging};
use crate::table::{TableItem, TableItemBuilder, WriteAction};

/// How long runs are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The state of an event's runs: the newest one, the one under way, the one that waits for a
/// decision, and the sync cursor.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct EventState {
    pub(super) newest: RunNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) under_way: Option<RunNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<RunNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<SyncCursor>,
    /// When a process last began to work on the run under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alive: Option<Timestamp>,
    /// A random number of the process that opened the run, by which it recognises its own write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) opener: Option<u64>,
    /// The number of checkpoints from which processes continued the run under way.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[serde(rename = "leg")]
    pub(super) checkpoint_number: u32,
    /// Whether a person asked that the run under way stop.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) stopping: bool,
    /// Whether the event was closed and the rest of it is being deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) closing: bool,
    /// Whether what is stored of the event's people is being deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) purging: bool,
    /// What stays of the last time when it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) purged: Option<PurgeRecord>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl EventState {
    /// Returns the state with this run under way.
    fn with_run(self, number: RunNumber, now: Timestamp) -> Self {
        Self {
            under_way: Some(number),
            alive: Some(now),
            opener: Some(rand::random()),
            checkpoint_number: 0,
            stopping: false,
            ..self
        }
    }

    /// Returns the state after this run is over.
    fn after(mut self, run: &Run, mark: &CursorChange) -> Self {
        self.under_way = None;
        self.alive = None;
        self.opener = None;
        self.checkpoint_number = 0;
        self.stopping = false;
        let holds_changes = run.hold.as_ref().is_some_and(RunHold::is_about_changes);
        self.held = match run.state {
            RunState::Held if holds_changes => Some(run.id.number),
            // This run read everybody whose changes an older run holds.
            RunState::Held | RunState::Succeeded if run.extent != Coverage::OnePerson => None,
            _ => self.held.filter(|held| *held != run.id.number),
        };
        match mark {
            CursorChange::Keep => {}
            CursorChange::Set(mark) => self.mark = Some(mark.clone()),
            CursorChange::Clear => self.mark = None,
        }
        self
    }
}

impl TableStore {
    /// Stores the run that was opened. Returns `None` where this process was paused for so long
    /// that others closed the run.
    async fn begin_run(
        &self,
        event: &EventId,
        number: RunNumber,
        mode: RunMode,
        now: Timestamp,
    ) -> Result<Option<RunOpening>, StoreError> {
        let id = RunId {
            event: event.clone(),
            number,
        };
        let run = self.add_run(Run::begin(id, mode, now)).await?;
        Ok((!run.state.is_over()).then(|| RunOpening::Run(Box::new(run))))
    }

    pub(super) async fn put_state(
        &self,
        event: &EventId,
        state: &EventState,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::state(event))
            .version(expected.map_or(1, |version| version + 1))
            .doc(state)?
            .build();
        self.table.write(WriteAction::put_if(item, expected)).await
    }
}

pub(super) fn run_item(run: &Run) -> Result<TableItem, StoreError> {
    let item = TableItemBuilder::new(keys::run(&run.id.event, run.id.number)).doc(run)?;
    if run.hold.as_ref().is_some_and(RunHold::keeps_invitations) {
        // The invitations wait until a person decides, which is impossible without the run.
        return Ok(item.build());
    }
    let until = run.started.checked_add(KEPT).unwrap_or(run.started);
    Ok(item.expires(until).build())
}

#[async_trait]
impl RunStore for TableStore {
    async fn open_run(
        &self,
        event: &EventId,
        mode: RunMode,
        now: Timestamp,
    ) -> Result<RunOpening, StoreError> {
        let mut tried = None;
        loop {
            let stored = self.state_to_write(event).await?;
            let expected = stored.as_ref().map(|stored| stored.version);
            let state = stored.map(|stored| stored.value).unwrap_or_default();
            if let Some(number) = state.under_way {
                // The SDK repeats a write whose answer was lost, and the repeated write conflicts
                // with the first one.
                if tried.is_some()
                    && tried == state.opener
                    && let Some(opening) = self.begin_run(event, number, mode, now).await?
                {
                    return Ok(opening);
                }
                return Ok(RunOpening::Busy(number));
            }
            if state.closing {
                return Ok(RunOpening::Closing);
            }
            if state.purging {
                return Ok(RunOpening::Purging);
            }
            let number = RunNumber(state.newest.0 + 1);
            let next = EventState {
                newest: number,
                ..state.with_run(number, now)
            };
            tried = next.opener;
            match self.put_state(event, &next, expected).await {
                Ok(()) => {
                    if let Some(opening) = self.begin_run(event, number, mode, now).await? {
                        return Ok(opening);
                    }
                }
                // Another process was faster; the next read shows which run is under way.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn run_under_way(&self, event: &EventId) -> Result<Option<RunNumber>, StoreError> {
        Ok(self
            .state(event)
            .await?
            .and_then(|state| state.value.under_way))
    }

    async fn newest_run(&self, event: &EventId) -> Result<RunNumber, StoreError> {
        Ok(self
            .state(event)
            .await?
            .map_or(RunNumber(0), |state| state.value.newest))
    }

    async fn run_mark(&self, event: &EventId) -> Result<u64, StoreError> {
        let state = self.state(event).await?;
        Ok(state.map_or(0, |state| state.version))
    }

    async fn add_run(&self, run: Run) -> Result<Run, StoreError> {
        let put = WriteAction::put_if(run_item(&run)?, None);
        match self.table.write(put).await {
            Ok(()) => Ok(run),
            Err(StoreError::Conflict) => Ok(self.run(&run.id).await?.unwrap_or(run)),
            Err(error) => Err(error),
        }
    }

    async fn put_run(&self, run: &Run) -> Result<(), StoreError> {
        self.table.write(WriteAction::put(run_item(run)?)).await
    }

    async fn reopen_run(&self, id: &RunId, now: Timestamp) -> Result<RunOpening, StoreError> {
        loop {
            let Some(stored) = self.state_to_write(&id.event).await? else {
                return Err(StoreError::Conflict);
            };
            if let Some(number) = stored.value.under_way {
                return Ok(RunOpening::Busy(number));
            }
            if stored.value.closing {
                return Ok(RunOpening::Closing);
            }
            if stored.value.purging {
                return Ok(RunOpening::Purging);
            }
            let next = stored.value.with_run(id.number, now);
            match self.put_state(&id.event, &next, Some(stored.version)).await {
                Ok(()) => {
                    let run = self.run(id).await?.ok_or(StoreError::Conflict)?;
                    return Ok(RunOpening::Run(Box::new(run)));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn close_run(&self, run: &Run, mark: &CursorChange) -> Result<(), StoreError> {
        loop {
            let Some(stored) = self.state_to_write(&run.id.event).await? else {
                return Ok(());
            };
            // Other processes gave the run up, because this one was paused for so long.
            if stored.value.under_way != Some(run.id.number) || !self.put_unless_over(run).await? {
                return Ok(());
            }
            let state = stored.value.after(run, mark);
            match self
                .put_state(&run.id.event, &state, Some(stored.version))
                .await
            {
                // A person asked meanwhile that it stop.
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
    }

    async fn earlier_runs(&self, event: &EventId) -> Result<EarlierRuns, StoreError> {
        let state = self.state(event).await?;
        let state = state.map(|state| state.value).unwrap_or_default();
        Ok(EarlierRuns {
            mark: state.mark,
            held: state.held,
        })
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError> {
        let item = self.table.get(&keys::run(&id.event, id.number)).await?;
        item.map(|item| item.doc()).transpose()
    }

    async fn runs(
        &self,
        event: &EventId,
        before: Option<RunNumber>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let range = before.map_or(KeyRange::All, |before| {
            KeyRange::Before(keys::number(before))
        });
        let paging = QueryPaging {
            newest_first: true,
            limit: Some(limit),
        };
        let items = self
            .table
            .query(&keys::runs_partition(event), &range, paging)
            .await?;
        items.iter().map(TableItem::doc).collect()
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::run::HoldDecision;

    use super::*;

    #[test]
    fn a_run_stays_as_long_as_invitations_wait_for_its_approval() {
        let id = "devcon.7".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        let expires = |run: &Run| run_item(run).unwrap().expires.is_some();
        assert!(expires(&run));
        run.hold = Some(RunHold {
            invitations: 2,
            ..RunHold::default()
        });
        assert!(!expires(&run));
        if let Some(hold) = &mut run.hold {
            hold.decision = Some(HoldDecision::Discarded);
        }
        assert!(expires(&run));
        // Changes are kept no longer themselves.
        run.hold = Some(RunHold {
            people: 2,
            ..RunHold::default()
        });
        assert!(expires(&run));
    }
}
