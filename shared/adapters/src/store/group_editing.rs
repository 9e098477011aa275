//! Groups as people make, change and delete them. A regrouping first changes the group and writes a note; its members
//! follow; then the note is deleted.

use async_trait::async_trait;
use attendee_sync_app::ports::{GroupEditing, RegroupedUser, Regrouping, StoreError};
use attendee_sync_domain::group::{CommunityGroupOptions, Group, GroupKey};
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::people::{UserState, Versioned};
use attendee_sync_domain::plan::Put;

use super::TableStore;
use super::apply::next;
use super::keys;
use super::memberships::{GroupChanges, item_by_hand};
use crate::table::{Durability, KeyRange, QueryPaging, TableItem, TableItemBuilder, WriteAction};

fn options_action(
    community: &CommunityId,
    options: &Put<CommunityGroupOptions>,
) -> Result<WriteAction, StoreError> {
    let item = TableItemBuilder::new(keys::group_options(community))
        .version(next(options.expected))
        .doc(&options.value)?
        .build();
    Ok(WriteAction::put_if(item, options.expected))
}

fn group_item(community: &CommunityId, group: &Group) -> Result<TableItem, StoreError> {
    let item = TableItemBuilder::new(keys::group(community, &group.key)).doc(group)?;
    Ok(item.build())
}

#[async_trait]
impl GroupEditing for TableStore {
    async fn group_options(
        &self,
        community: &CommunityId,
    ) -> Result<Option<Versioned<CommunityGroupOptions>>, StoreError> {
        let item = self.table.get(&keys::group_options(community)).await?;
        item.map(|item| item.versioned()).transpose()
    }

    async fn put_group_options(
        &self,
        community: &CommunityId,
        options: &Put<CommunityGroupOptions>,
    ) -> Result<(), StoreError> {
        self.table.write(options_action(community, options)?).await
    }

    async fn make_group(
        &self,
        community: &CommunityId,
        group: &Group,
        options: &Put<CommunityGroupOptions>,
    ) -> Result<(), StoreError> {
        let actions = vec![
            WriteAction::put_if(group_item(community, group)?, None),
            options_action(community, options)?,
        ];
        self.table.transact(actions, Durability::Normal).await
    }

    async fn begin_regrouping(
        &self,
        community: &CommunityId,
        regrouping: &Regrouping,
        options: &Put<CommunityGroupOptions>,
    ) -> Result<(), StoreError> {
        let note = TableItemBuilder::new(keys::regrouping(community, &regrouping.from))
            .doc(regrouping)?
            .build();
        let mut actions = vec![
            WriteAction::put_if(note, None),
            options_action(community, options)?,
        ];
        match &regrouping.to {
            Some(to) if to.key == regrouping.from => {
                actions.push(WriteAction::put(group_item(community, to)?));
            }
            to => {
                let from = keys::group(community, &regrouping.from);
                actions.push(WriteAction::delete(from));
                if let Some(to) = to {
                    actions.push(WriteAction::put_if(group_item(community, to)?, None));
                }
            }
        }
        self.table.transact(actions, Durability::Normal).await
    }

    async fn regroupings(&self, community: &CommunityId) -> Result<Vec<Regrouping>, StoreError> {
        let pk = keys::closings_partition(community);
        let range = KeyRange::Prefix(keys::REGROUPING.to_owned());
        let items = self.table.query(&pk, &range, QueryPaging::default());
        items.await?.iter().map(TableItem::doc).collect()
    }

    async fn regroup(
        &self,
        community: &CommunityId,
        people: &[RegroupedUser],
    ) -> Result<(), StoreError> {
        // One item of each person, and the one of the journal.
        let most = self.table.transaction_limits().actions.saturating_sub(1);
        for part in people.chunks(most.max(1)) {
            let mut actions = Vec::with_capacity(part.len() + 1);
            for regrouped in part {
                let user = TableItemBuilder::new(keys::user(community, regrouped.person))
                    .version(next(regrouped.user.expected))
                    .doc(&UserState::User(regrouped.user.value.clone()))?
                    .build();
                actions.push(WriteAction::put_if(user, regrouped.user.expected));
            }
            let changes = part.iter().map(|regrouped| GroupChanges {
                person: regrouped.person,
                version: next(regrouped.user.expected),
                joins: &regrouped.joins,
                leaves: &regrouped.leaves,
            });
            actions.extend(item_by_hand(community, changes));
            self.table.transact(actions, Durability::Normal).await?;
        }
        Ok(())
    }

    async fn end_regrouping(
        &self,
        community: &CommunityId,
        from: &GroupKey,
    ) -> Result<(), StoreError> {
        let note = keys::regrouping(community, from);
        self.table.write(WriteAction::delete(note)).await
    }
}
