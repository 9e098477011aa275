//! Invitations that wait to be sent: waves, and who waits in each.

use async_trait::async_trait;
use attendee_sync_app::ports::{InvitationBatch, InvitationBatchId, Outbox, StoreError};
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::people::{Attendee, Versioned};
use attendee_sync_domain::plan::Put;

use super::TableStore;
use super::keys;
use super::people::person_after;
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction};
use crate::table::{KeyRange, QueryPaging};

/// Greater than every digit of a person's id.
const END: char = '~';

fn wave_item(
    event: &EventId,
    wave: &InvitationBatch,
    expected: Option<u64>,
) -> Result<TableItem, StoreError> {
    // One that is made again must not look like the one before: somebody may be about to end that.
    let first = || u64::from(rand::random::<u32>()) + 1;
    Ok(TableItemBuilder::new(keys::wave(event, wave.id))
        .version(expected.map_or_else(first, |version| version + 1))
        .doc(wave)?
        .build())
}

fn attendee_item(
    event: &EventId,
    person: PersonId,
    attendee: &Put<Attendee>,
) -> Result<TableItem, StoreError> {
    Ok(TableItemBuilder::new(keys::attendee(event, person))
        .version(attendee.expected.map_or(1, |version| version + 1))
        .doc(&attendee.value)?
        .build())
}

#[async_trait]
impl Outbox for TableStore {
    async fn invitation_batches(
        &self,
        event: &EventId,
    ) -> Result<Vec<Versioned<InvitationBatch>>, StoreError> {
        let pk = keys::waves_partition(event);
        let items = self
            .table
            .query(&pk, &KeyRange::All, QueryPaging::default())
            .await?;
        items.iter().map(TableItem::versioned).collect()
    }

    async fn put_invitation_batch(
        &self,
        event: &EventId,
        wave: &InvitationBatch,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = wave_item(event, wave, expected)?;
        self.table.write(WriteAction::put_if(item, expected)).await
    }

    async fn end_invitation_batch(
        &self,
        event: &EventId,
        wave: &Versioned<InvitationBatch>,
    ) -> Result<(), StoreError> {
        let key = keys::wave(event, wave.value.id);
        let action = WriteAction::delete_if(key, wave.version);
        match self.table.transact(vec![action], Durability::Normal).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn waiting(
        &self,
        event: &EventId,
        wave: InvitationBatchId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        let prefix = keys::waiting_prefix(wave);
        let end = format!("{prefix}{END}");
        let mut found = Vec::new();
        let first = after.map_or(0, PersonId::shard);
        for shard in first..keys::SHARDS {
            let range = match after {
                // Behind the person themselves, before everybody after them.
                Some(person) if shard == first => {
                    KeyRange::Between(format!("{prefix}{person}!"), end.clone())
                }
                _ => KeyRange::Prefix(prefix.clone()),
            };
            let paging = QueryPaging {
                newest_first: false,
                limit: Some(limit - found.len()),
            };
            let pk = keys::outbox_partition(event, shard);
            for item in self.table.query(&pk, &range, paging).await? {
                found.push(person_after(&item, &prefix)?);
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    async fn put_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        wave: InvitationBatchId,
    ) -> Result<(), StoreError> {
        let item = attendee_item(event, person, attendee)?;
        let key = keys::waiting(event, wave, person);
        let invitation = attendee.value.invitation.as_ref();
        let waits = invitation.is_some_and(|invitation| invitation.state().is_under_way());
        let waiting = if waits {
            WriteAction::put(TableItemBuilder::new(key).build())
        } else {
            WriteAction::delete(key)
        };
        // A claim, or what became of a mail: a second mail must not follow from a power cut.
        let actions = vec![WriteAction::put_if(item, attendee.expected), waiting];
        self.table.transact(actions, Durability::PowerCut).await
    }

    async fn queue_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        wave: &Put<InvitationBatch>,
    ) -> Result<(), StoreError> {
        let waiting = TableItemBuilder::new(keys::waiting(event, wave.value.id, person)).build();
        self.table
            .transact(
                vec![
                    WriteAction::put_if(attendee_item(event, person, attendee)?, attendee.expected),
                    WriteAction::put(waiting),
                    WriteAction::put_if(
                        wave_item(event, &wave.value, wave.expected)?,
                        wave.expected,
                    ),
                ],
                Durability::Normal,
            )
            .await
    }

    async fn drop_waiting(
        &self,
        event: &EventId,
        wave: InvitationBatchId,
        person: PersonId,
        seen: Option<u64>,
    ) -> Result<(), StoreError> {
        self.table
            .transact(
                vec![
                    WriteAction::check(keys::attendee(event, person), seen),
                    WriteAction::delete(keys::waiting(event, wave, person)),
                ],
                Durability::Normal,
            )
            .await
    }
}
