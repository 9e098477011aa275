//! Groups as people make, rename and delete them, and what they set about them.
//!
//! A group that gets another name, or goes, is changed first, together with a note; its members follow some at a time.
//! Whoever is cut off is followed by the next start, the next run of the community, or the next change of a group.

use std::collections::BTreeSet;

use attendee_sync_domain::audit::AuditAction;
use attendee_sync_domain::config::{DocumentProblem, EventDocument, Problems};
use attendee_sync_domain::group::{
    CommunityGroupOptions, Group, GroupEnd, GroupKey, GroupName, GroupOptions,
};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Grantor, UserState, Versioned};
use attendee_sync_domain::plan::Put;

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::people::group_list::GroupDetails;
use crate::ports::{RegroupedUser, Regrouping, StoreError};

/// How often a change is tried again because others changed the options of groups meanwhile.
const MAX_TRIES: u32 = 8;
/// Members that follow at a time.
const PIECE: usize = 100;

/// What a person wants to be different about a group.
#[derive(Debug, Clone, Default)]
pub struct GroupEdit {
    /// Another name.
    pub name: Option<GroupName>,
    /// The one event in which it counts, or that it counts in all.
    pub event: Option<Option<EventId>>,
    /// When it stops counting, or that it never does.
    pub ends: Option<Option<GroupEnd>>,
    /// Whether attendees are not to see it.
    pub hidden: Option<bool>,
}

impl GroupEdit {
    fn over(&self, before: GroupOptions) -> GroupOptions {
        GroupOptions {
            event: self.event.clone().unwrap_or(before.event),
            ends: self.ends.unwrap_or(before.ends),
            hidden: self.hidden.unwrap_or(before.hidden),
        }
    }
}

/// A group that was made, changed or deleted, or what its deletion would lose.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct GroupOutcome {
    /// The group with its members, as it was before it went, where it went.
    #[serde(flatten)]
    pub group: GroupDetails,
    /// What is worth knowing: which syncs make a group of the old name again.
    pub notices: Vec<String>,
}

impl Audited<'_> {
    /// Makes a group that has no members yet.
    pub async fn create_group(
        &self,
        community: &CommunityId,
        name: GroupName,
        options: GroupOptions,
    ) -> Result<GroupOutcome, Error> {
        let outcome = self
            .app()
            .create_group(community, name.clone(), options)
            .await?;
        self.note(community, AuditAction::GroupCreated { group: name })
            .await;
        Ok(outcome)
    }

    /// Gives a group another name, or other options.
    pub async fn edit_group(
        &self,
        community: &CommunityId,
        group: &GroupName,
        edit: GroupEdit,
    ) -> Result<GroupOutcome, Error> {
        let was = self.app().one_group(community, &group.key()).await?.name;
        let outcome = self.app().edit_group(community, group, edit).await?;
        let now = outcome.group.name.clone();
        let action = if was == now {
            AuditAction::GroupChanged { group: now }
        } else {
            AuditAction::GroupRenamed {
                group: was,
                name: now,
            }
        };
        self.note(community, action).await;
        Ok(outcome)
    }

    /// Deletes a group: nobody is in it any more.
    pub async fn delete_group(
        &self,
        community: &CommunityId,
        group: &GroupName,
    ) -> Result<GroupOutcome, Error> {
        let outcome = self.app().delete_group(community, group).await?;
        let group = outcome.group.name.clone();
        self.note(community, AuditAction::GroupDeleted { group })
            .await;
        Ok(outcome)
    }
}

impl App {
    /// Returns what would be lost with a group.
    pub async fn preview_group_deletion(
        &self,
        community: &CommunityId,
        group: &GroupName,
    ) -> Result<GroupOutcome, Error> {
        let details = self.one_group(community, &group.key()).await?;
        self.outcome(community, details, &group.key()).await
    }

    /// Returns what is set about the groups of a community.
    pub async fn group_options(
        &self,
        community: &CommunityId,
    ) -> Result<CommunityGroupOptions, Error> {
        let stored = self.parts.store.group_options(community).await?;
        Ok(stored.map(|stored| stored.value).unwrap_or_default())
    }

    /// Returns the groups that attendees are not to see, by name.
    pub async fn hidden_groups(&self, community: &CommunityId) -> Result<Vec<GroupName>, Error> {
        let hidden: Vec<GroupKey> = self.group_options(community).await?.hidden().collect();
        let groups = self.parts.store.groups_named(community, &hidden).await?;
        let mut names: Vec<GroupName> = groups.into_iter().map(|group| group.name).collect();
        names.sort();
        Ok(names)
    }

    async fn create_group(
        &self,
        community: &CommunityId,
        name: GroupName,
        options: GroupOptions,
    ) -> Result<GroupOutcome, Error> {
        self.known_community(community).await?;
        self.check_options(community, &options).await?;
        self.finish_regroupings(community).await?;
        let group = Group {
            key: name.key(),
            name,
        };
        for _ in 0..MAX_TRIES {
            if self
                .parts
                .store
                .group(community, &group.key)
                .await?
                .is_some()
            {
                return Err(Error::GroupThere(group.name));
            }
            let mut put = self.options_to_change(community).await?;
            put.value.set(group.key.clone(), options.clone());
            match self.parts.store.make_group(community, &group, &put).await {
                Ok(()) => {
                    let details = self.one_group(community, &group.key).await?;
                    return Ok(GroupOutcome {
                        group: details,
                        notices: Vec::new(),
                    });
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn edit_group(
        &self,
        community: &CommunityId,
        group: &GroupName,
        edit: GroupEdit,
    ) -> Result<GroupOutcome, Error> {
        let from = group.key();
        let named = edit.over(GroupOptions::default());
        self.check_options(community, &named).await?;
        self.finish_regroupings(community).await?;
        let before = self.one_group(community, &from).await?;
        let name = edit.name.clone().unwrap_or_else(|| before.name.clone());
        let to = Group {
            key: name.key(),
            name,
        };
        let is_renamed = to.name != before.name;
        for _ in 0..MAX_TRIES {
            let mut put = self.options_to_change(community).await?;
            let options = edit.over(put.value.of(&from));
            put.value.set(from.clone(), GroupOptions::default());
            put.value.set(to.key.clone(), options);
            let store = &self.parts.store;
            let changed = if is_renamed {
                let there = store.group(community, &to.key).await?;
                if to.key != from && there.is_some() {
                    return Err(Error::GroupThere(to.name));
                }
                let regrouping = Regrouping {
                    from: from.clone(),
                    to: Some(to.clone()),
                };
                store.begin_regrouping(community, &regrouping, &put).await
            } else {
                store.put_group_options(community, &put).await
            };
            match changed {
                Ok(()) => {
                    self.finish_regroupings(community).await?;
                    let details = self.one_group(community, &to.key).await?;
                    let old = if to.key == from { None } else { Some(&from) };
                    return match old {
                        Some(old) => self.outcome(community, details, old).await,
                        None => Ok(GroupOutcome {
                            group: details,
                            notices: Vec::new(),
                        }),
                    };
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn delete_group(
        &self,
        community: &CommunityId,
        group: &GroupName,
    ) -> Result<GroupOutcome, Error> {
        self.finish_regroupings(community).await?;
        let from = group.key();
        let outcome = self.preview_group_deletion(community, group).await?;
        for _ in 0..MAX_TRIES {
            let mut put = self.options_to_change(community).await?;
            put.value.set(from.clone(), GroupOptions::default());
            let regrouping = Regrouping {
                from: from.clone(),
                to: None,
            };
            let store = &self.parts.store;
            match store.begin_regrouping(community, &regrouping, &put).await {
                Ok(()) => {
                    self.finish_regroupings(community).await?;
                    return Ok(outcome);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn options_to_change(
        &self,
        community: &CommunityId,
    ) -> Result<Put<CommunityGroupOptions>, Error> {
        let stored = self.parts.store.group_options(community).await?;
        Ok(match stored {
            Some(Versioned { version, value }) => Put {
                expected: Some(version),
                value,
            },
            None => Put {
                expected: None,
                value: CommunityGroupOptions::default(),
            },
        })
    }

    /// Refuses options that name an event of another community, or of none.
    async fn check_options(
        &self,
        community: &CommunityId,
        options: &GroupOptions,
    ) -> Result<(), Error> {
        let Some(event) = &options.event else {
            return Ok(());
        };
        if self.parts.store.events(community).await?.contains(event) {
            return Ok(());
        }
        Err(Error::Configuration(Problems(vec![DocumentProblem {
            path: "event".to_owned(),
            reason: format!("the community has no event \"{event}\"; name one of its events"),
        }])))
    }

    async fn one_group(
        &self,
        community: &CommunityId,
        key: &GroupKey,
    ) -> Result<GroupDetails, Error> {
        let mut groups = self.group_details(community).await?.into_iter();
        let found = groups.find(|details| details.group == *key);
        found.ok_or(Error::NoGroup)
    }

    /// A group, with a notice for each event whose sync gives the name that is no more.
    async fn outcome(
        &self,
        community: &CommunityId,
        group: GroupDetails,
        old: &GroupKey,
    ) -> Result<GroupOutcome, Error> {
        let mut by_rule = BTreeSet::new();
        for event in self.parts.store.events(community).await? {
            if let Some(stored) = self.parts.store.event(&event).await?
                && names(&stored.value, old)
            {
                by_rule.insert(event);
            }
        }
        let by_source = group.given_by.keys().filter_map(|by| match by {
            Grantor::Event(event) if !by_rule.contains(event) => Some(event.clone()),
            Grantor::Event(_) | Grantor::Hand => None,
        });
        let by_source: BTreeSet<EventId> = by_source.collect();
        let of_rule = |event: &EventId| {
            format!(
                "A rule of {event} names the old group: the next person whom it applies to, or whose record changes, \
                 makes it again. Change the rule."
            )
        };
        let of_source = |event: &EventId| {
            format!(
                "The source of {event} named the group: a record that is new or changes and still names it makes it \
                 again. Change it in the registration system, or remove it by a rule."
            )
        };
        let notices = by_rule.iter().map(of_rule);
        let notices = notices.chain(by_source.iter().map(of_source)).collect();
        Ok(GroupOutcome { group, notices })
    }

    /// Finishes regroupings that were begun, by this process or by one that ended under them.
    pub(crate) async fn finish_regroupings(&self, community: &CommunityId) -> Result<(), Error> {
        for regrouping in self.parts.store.regroupings(community).await? {
            // Somebody may come into the group while its members follow.
            while self.regroup_members(community, &regrouping).await? {}
            let from = &regrouping.from;
            self.parts.store.end_regrouping(community, from).await?;
            self.fold_memberships(community).await;
        }
        Ok(())
    }

    /// Lets all members of a group follow; whether there were any who had not.
    async fn regroup_members(
        &self,
        community: &CommunityId,
        regrouping: &Regrouping,
    ) -> Result<bool, Error> {
        let store = &self.parts.store;
        let mut after: Option<PersonId> = None;
        let mut found = false;
        loop {
            let page = store
                .members(community, &regrouping.from, after, PIECE)
                .await?;
            let Some(last) = page.last().copied() else {
                return Ok(found);
            };
            after = Some(last);
            let mut people = Vec::new();
            for person in page {
                people.extend(self.regrouped(community, regrouping, person).await?);
            }
            if people.is_empty() {
                continue;
            }
            found = true;
            match store.regroup(community, &people).await {
                // Where somebody was changed meanwhile, the next round sees them again.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
            for regrouped in &people {
                let user = store.user(community, regrouped.person).await?;
                if let Some(UserState::User(user)) = user.map(|user| user.value) {
                    self.index
                        .note_user(community, regrouped.person, Some(&user));
                }
            }
        }
    }

    async fn regrouped(
        &self,
        community: &CommunityId,
        regrouping: &Regrouping,
        person: PersonId,
    ) -> Result<Option<RegroupedUser>, Error> {
        let Some(stored) = self.parts.store.user(community, person).await? else {
            return Ok(None);
        };
        let UserState::User(user) = stored.value else {
            return Ok(None);
        };
        let now = self.parts.clock.now();
        let regrouped = user.regrouped(&regrouping.from, regrouping.to.as_ref(), now);
        Ok(regrouped.map(|(value, joins, leaves)| RegroupedUser {
            person,
            user: Put {
                expected: Some(stored.version),
                value,
            },
            joins,
            leaves,
        }))
    }
}

/// Whether a rule of a document names a group.
fn names(document: &EventDocument, group: &GroupKey) -> bool {
    let mut named = crate::people::group_list::named_by_rules(document);
    named.any(|name| name.key() == *group)
}
