//! A community's people as lists, and what a person changes of them by hand.

use async_trait::async_trait;
use attendee_sync_app::ports::{
    Admission, Departure, Directory, PlannedErasure, Regrouping, StoreError,
};
use attendee_sync_domain::group::{Group, GroupKey};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{User, UserState};
use attendee_sync_domain::plan::{PersonPlan, Put};

use super::TableStore;
use super::apply::{erase, next};
use super::keys;
use super::people::{person_of, with_person};
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction};

#[async_trait]
impl Directory for TableStore {
    async fn admission(
        &self,
        community: &CommunityId,
        event: &EventId,
        person: PersonId,
    ) -> Result<Admission, StoreError> {
        let configuration = keys::configuration(event);
        let user = keys::user(community, person);
        let attendee = keys::attendee(event, person);
        let wanted = [configuration.clone(), user.clone(), attendee.clone()];
        let found = self.table.get_many(&wanted).await?;
        let item = |key| found.iter().find(|item| item.key == key);
        Ok(Admission {
            document: item(configuration).map(TableItem::doc).transpose()?,
            user: item(user).map(TableItem::doc).transpose()?,
            attendee: item(attendee).map(TableItem::doc).transpose()?,
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

    async fn members(
        &self,
        community: &CommunityId,
        group: &GroupKey,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        let partition = |shard| keys::members_partition(community, group, shard);
        let items = self.page_of_people(partition, after, limit).await?;
        items.iter().map(person_of).collect()
    }

    async fn regroup(
        &self,
        community: &CommunityId,
        person: PersonId,
        user: &Put<User>,
        regrouping: Regrouping<'_>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::user(community, person))
            .version(next(user.expected))
            .doc(&UserState::User(user.value.clone()))?
            .build();
        let mut actions = vec![WriteAction::put_if(item, user.expected)];
        let join = |group| {
            let item = TableItemBuilder::new(keys::membership(community, group, person)).build();
            WriteAction::put(item)
        };
        match regrouping {
            Regrouping::Stays => {}
            Regrouping::Joins(group) => actions.push(join(group)),
            Regrouping::JoinsNew(group) => {
                let item = TableItemBuilder::new(keys::group(community, &group.key))
                    .doc(group)?
                    .build();
                actions.push(WriteAction::put_if(item, None));
                actions.push(join(&group.key));
            }
            Regrouping::Leaves(group) => {
                let key = keys::membership(community, group, person);
                actions.push(WriteAction::delete(key));
            }
        }
        self.table.transact(actions, Durability::Normal).await
    }

    async fn depart(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[Departure],
    ) -> Result<(), StoreError> {
        super::closing::depart(self, community, event, people).await
    }

    async fn rewrite(
        &self,
        community: &CommunityId,
        event: &EventId,
        plan: &PersonPlan,
    ) -> Result<(), StoreError> {
        super::apply::rewrite(self, community, event, plan).await
    }

    async fn bury(
        &self,
        community: &CommunityId,
        erasure: &PlannedErasure,
    ) -> Result<(), StoreError> {
        let actions = erase(community, erasure)?.into();
        self.table.transact(actions, Durability::PowerCut).await
    }
}
