//! Stores what people change by hand, and reads a community's people as lists.

use async_trait::async_trait;
use attendee_sync_app::ports::{
    AccessFacts, AttendanceRemoval, Directory, InvitationBatch, ManualGroupChange, PlannedErasure,
    StoreError,
};
use attendee_sync_domain::group::{Group, GroupKey};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{User, UserState};
use attendee_sync_domain::plan::{PersonPlan, Put};

use super::TableStore;
use super::apply::{erase, next};
use super::keys;
use super::memberships::{GroupChanges, item_by_hand};
use super::people::with_person;
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction};

#[async_trait]
impl Directory for TableStore {
    async fn access_facts(
        &self,
        community: &CommunityId,
        event: &EventId,
        person: PersonId,
    ) -> Result<AccessFacts, StoreError> {
        let configuration = keys::configuration(event);
        let user = keys::user(community, person);
        let attendee = keys::attendee(event, person);
        let options = keys::group_options(community);
        let wanted = [
            configuration.clone(),
            user.clone(),
            attendee.clone(),
            options.clone(),
        ];
        let found = self.table.get_many(&wanted).await?;
        let item = |key| found.iter().find(|item| item.key == key);
        Ok(AccessFacts {
            document: item(configuration).map(TableItem::doc).transpose()?,
            user: item(user).map(TableItem::doc).transpose()?,
            attendee: item(attendee).map(TableItem::doc).transpose()?,
            group_options: item(options)
                .map(TableItem::doc)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    async fn user_page(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, UserState)>, StoreError> {
        let partition = |shard| keys::users_partition(community, shard);
        let items = self.page_of_people(partition, after, limit).await?;
        items.iter().map(with_person).collect()
    }

    async fn group(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<Option<Group>, StoreError> {
        let item = self.table.get(&keys::group(community, group)).await?;
        item.map(|item| item.doc()).transpose()
    }

    async fn set_manual_groups(
        &self,
        community: &CommunityId,
        person: PersonId,
        user: &Put<User>,
        regrouping: ManualGroupChange<'_>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::user(community, person))
            .version(next(user.expected))
            .doc(&UserState::User(user.value.clone()))?
            .build();
        let mut actions = vec![WriteAction::put_if(item, user.expected)];
        if let ManualGroupChange::JoinsNew(group) = regrouping {
            let item = TableItemBuilder::new(keys::group(community, &group.key))
                .doc(group)?
                .build();
            actions.push(WriteAction::put_if(item, None));
        }
        let (joins, leaves): (&[GroupKey], &[GroupKey]) = match regrouping {
            ManualGroupChange::Stays => (&[], &[]),
            ManualGroupChange::Joins(group) => (std::slice::from_ref(group), &[]),
            ManualGroupChange::JoinsNew(group) => (std::slice::from_ref(&group.key), &[]),
            ManualGroupChange::Leaves(group) => (&[], std::slice::from_ref(group)),
        };
        let change = GroupChanges {
            person,
            version: next(user.expected),
            joins,
            leaves,
        };
        actions.extend(item_by_hand(community, [change]));
        self.table.transact(actions, Durability::Normal).await
    }

    async fn remove_attendance(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[AttendanceRemoval],
    ) -> Result<(), StoreError> {
        super::closing::remove_attendance(self, community, event, people).await
    }

    async fn rewrite(
        &self,
        community: &CommunityId,
        event: &EventId,
        plan: &PersonPlan,
        invitation_batch: Option<&Put<InvitationBatch>>,
    ) -> Result<(), StoreError> {
        super::apply::rewrite(self, community, event, plan, invitation_batch).await
    }

    async fn write_tombstone(
        &self,
        community: &CommunityId,
        erasure: &PlannedErasure,
    ) -> Result<(), StoreError> {
        let mut actions = Vec::from(erase(community, erasure)?);
        let change = GroupChanges::of_erasure(erasure);
        actions.extend(item_by_hand(community, [change]));
        self.table.transact(actions, Durability::PowerCut).await
    }
}
