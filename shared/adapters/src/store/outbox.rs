//! Stores the invitations that wait to be sent: invitation batches, and the people in each.

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

/// A character that sorts after every digit of a person's id.
const END: char = '~';

pub(super) fn invitation_batch_item(
    event: &EventId,
    invitation_batch: &InvitationBatch,
    expected: Option<u64>,
) -> Result<TableItem, StoreError> {
    // A batch that is created again gets a new version: another process may be about to end the
    // previous one.
    let first = || u64::from(rand::random::<u32>()) + 1;
    Ok(
        TableItemBuilder::new(keys::invitation_batch_key(event, invitation_batch.id))
            .version(expected.map_or_else(first, |version| version + 1))
            .doc(invitation_batch)?
            .build(),
    )
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
        let pk = keys::invitation_batches_partition(event);
        let items = self
            .table
            .query(&pk, &KeyRange::All, QueryPaging::default())
            .await?;
        items.iter().map(TableItem::versioned).collect()
    }

    async fn put_invitation_batch(
        &self,
        event: &EventId,
        invitation_batch: &InvitationBatch,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = invitation_batch_item(event, invitation_batch, expected)?;
        self.table.write(WriteAction::put_if(item, expected)).await
    }

    async fn end_invitation_batch(
        &self,
        event: &EventId,
        invitation_batch: &Versioned<InvitationBatch>,
    ) -> Result<(), StoreError> {
        let key = keys::invitation_batch_key(event, invitation_batch.value.id);
        let action = WriteAction::delete_if(key, invitation_batch.version);
        match self.table.transact(vec![action], Durability::Normal).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn waiting(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        let prefix = keys::waiting_prefix(invitation_batch);
        let end = format!("{prefix}{END}");
        let mut found = Vec::new();
        let first = after.map_or(0, PersonId::shard);
        for shard in first..keys::SHARDS {
            let range = match after {
                // The range begins after the person's own key, and before that of every later
                // person.
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
        invitation_batch: InvitationBatchId,
    ) -> Result<(), StoreError> {
        let item = attendee_item(event, person, attendee)?;
        let key = keys::waiting(event, invitation_batch, person);
        let invitation = attendee.value.invitation.as_ref();
        let waits = invitation.is_some_and(|invitation| invitation.state().is_under_way());
        let waiting = if waits {
            WriteAction::put(TableItemBuilder::new(key).build())
        } else {
            WriteAction::delete(key)
        };
        // This is a claim, or the outcome of a mail: a power cut must not lead to a second mail.
        let actions = vec![WriteAction::put_if(item, attendee.expected), waiting];
        self.table.transact(actions, Durability::PowerCut).await
    }

    async fn queue_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        invitation_batch: &Put<InvitationBatch>,
    ) -> Result<(), StoreError> {
        let waiting =
            TableItemBuilder::new(keys::waiting(event, invitation_batch.value.id, person)).build();
        self.table
            .transact(
                vec![
                    WriteAction::put_if(attendee_item(event, person, attendee)?, attendee.expected),
                    WriteAction::put(waiting),
                    WriteAction::put_if(
                        invitation_batch_item(
                            event,
                            &invitation_batch.value,
                            invitation_batch.expected,
                        )?,
                        invitation_batch.expected,
                    ),
                ],
                Durability::Normal,
            )
            .await
    }

    async fn drop_waiting(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
        person: PersonId,
        seen: Option<u64>,
    ) -> Result<(), StoreError> {
        self.table
            .transact(
                vec![
                    WriteAction::check(keys::attendee(event, person), seen),
                    WriteAction::delete(keys::waiting(event, invitation_batch, person)),
                ],
                Durability::Normal,
            )
            .await
    }
}
