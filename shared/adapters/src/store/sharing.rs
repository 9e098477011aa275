//! Stores the state by which the processes that share a run coordinate: leases, requests to stop,
//! and the state of the run.

use async_trait::async_trait;
use attendee_sync_app::ports::{EventRunState, RunCoordination, RunStore as _, StoreError};
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::Run;
use jiff::Timestamp;

use super::TableStore;
use super::keys;
use super::runs::{EventState, run_item};
use crate::table::{ItemBody, TableItem, WriteAction, WriteCondition};

#[async_trait]
impl RunCoordination for TableStore {
    async fn run_state(&self, event: &EventId) -> Result<Option<EventRunState>, StoreError> {
        let state = self.state(event).await?;
        Ok(state.map(|state| EventRunState {
            newest: state.value.newest,
            under_way: state.value.under_way,
            alive: state.value.alive,
            checkpoint_number: state.value.checkpoint_number,
            stopping: state.value.stopping,
            closing: state.value.closing,
        }))
    }

    async fn acquire_run_lease(
        &self,
        run: &RunId,
        checkpoint_number: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(stored) = self.state_to_write(&run.event).await? else {
            return Ok(false);
        };
        if stored.value.under_way != Some(run.number)
            || stored.value.checkpoint_number != checkpoint_number
        {
            return Ok(false);
        }
        let next = EventState {
            checkpoint_number: checkpoint_number + 1,
            alive: Some(now),
            ..stored.value
        };
        match self
            .put_state(&run.event, &next, Some(stored.version))
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn ask_to_stop(&self, run: &RunId) -> Result<bool, StoreError> {
        loop {
            let Some(stored) = self.state_to_write(&run.event).await? else {
                return Ok(false);
            };
            if stored.value.under_way != Some(run.number) {
                return Ok(false);
            }
            let next = EventState {
                stopping: true,
                ..stored.value
            };
            match self
                .put_state(&run.event, &next, Some(stored.version))
                .await
            {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn amend_run(&self, before: &Run, after: &Run) -> Result<(), StoreError> {
        let key = keys::run(&before.id.event, before.id.number);
        let stored = self.table.get(&key).await?.ok_or(StoreError::Conflict)?;
        if stored.doc::<Run>()? != *before {
            return Err(StoreError::Conflict);
        }
        self.amend(stored, after).await
    }

    async fn put_unless_over(&self, run: &Run) -> Result<bool, StoreError> {
        let key = keys::run(&run.id.event, run.id.number);
        let Some(stored) = self.table.get(&key).await? else {
            return Ok(false);
        };
        let before: Run = stored.doc()?;
        if before.state.is_over() {
            return Ok(before == *run);
        }
        match self.amend(stored, run).await {
            Ok(()) => Ok(true),
            // The SDK repeats a write whose answer was lost, and the repeated write conflicts with
            // the first one.
            Err(StoreError::Conflict) => Ok(self.run(&run.id).await?.as_ref() == Some(run)),
            Err(error) => Err(error),
        }
    }
}

impl TableStore {
    /// Replaces a stored run if its document is exactly the one that was read. The comparison is on
    /// the text, as the previous version writes the same run differently.
    async fn amend(&self, read: TableItem, after: &Run) -> Result<(), StoreError> {
        let ItemBody::Document(before) = read.body else {
            return Err(StoreError::Conflict);
        };
        let condition = WriteCondition::Document(before);
        let action = WriteAction::Put(run_item(after)?, condition);
        self.table.write(action).await
    }
}
