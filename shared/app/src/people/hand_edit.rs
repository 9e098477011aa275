//! What people set in place of a sync: they add, edit and remove others by hand, edit their own profile in
//! the app, and let things follow the sync again.

use std::collections::BTreeMap;

use attendee_sync_domain::config::{DocumentProblem, EventDocument, Problems};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::{MAX_GROUPS, clean_profile_value};
use attendee_sync_domain::explain::locked_fields;
use attendee_sync_domain::group::{Group, GroupKey, GroupName};
use attendee_sync_domain::hand::{HandEdit, HandField, HandScope, ImportId};
use attendee_sync_domain::ids::{EventId, PersonId, RunNumber};
use attendee_sync_domain::people::UserState;
use attendee_sync_domain::plan::{
    Actual, BlankFields, HandPlanner, PersonPlan, PersonStep, Policy,
};
use attendee_sync_domain::profile::ProfileField;

use crate::App;
use crate::error::Error;
use crate::ports::{CommunityRecord, StoreError};

/// How often it is tried again because others changed the person meanwhile.
const MAX_TRIES: u32 = 8;

/// Profile fields by name with what they shall be; nothing empties one.
pub type ProfileChanges = BTreeMap<String, Option<String>>;

/// What came of adding or editing somebody by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// They did not attend, and do now.
    Added,
    /// Something of them changed.
    Edited,
    /// All was so already.
    Unchanged,
}

/// Reads an edit by hand as it was sent. Values are cleaned as a mapping cleans them.
///
/// # Errors
/// Where it names fields or groups that there cannot be: all of them at once.
pub fn hand_edit(profile: &ProfileChanges, groups: Option<&[String]>) -> Result<HandEdit, Error> {
    let mut problems = Vec::new();
    let profile = read_profile(profile, &mut problems);
    if groups.is_some_and(|groups| groups.len() > MAX_GROUPS) {
        let reason = format!("at most {MAX_GROUPS} groups");
        problems.push(problem("groups".to_owned(), reason));
    }
    let groups = groups.map(|groups| {
        let read = groups.iter().enumerate().filter_map(|(number, name)| {
            let group = GroupName::parse(name);
            if group.is_none() {
                let reason = "the group needs a name".to_owned();
                problems.push(problem(format!("groups[{number}]"), reason));
            }
            group
        });
        read.collect()
    });
    refuse(problems)?;
    Ok(HandEdit { profile, groups })
}

fn read_profile(
    changes: &ProfileChanges,
    problems: &mut Vec<DocumentProblem>,
) -> BTreeMap<ProfileField, Option<String>> {
    let mut profile = BTreeMap::new();
    for (name, value) in changes {
        let field = ProfileField::ALL.into_iter().find(|f| f.name() == name);
        let Some(field) = field else {
            let known = ProfileField::ALL.map(ProfileField::name).join(", ");
            let reason = format!("there is no such field of the profile; there are {known}");
            problems.push(problem(format!("profile.{name}"), reason));
            continue;
        };
        let clean = |text: &String| clean_profile_value(field, text);
        profile.insert(field, value.as_ref().and_then(clean));
    }
    profile
}

fn problem(path: String, reason: String) -> DocumentProblem {
    DocumentProblem { path, reason }
}

fn refuse(problems: Vec<DocumentProblem>) -> Result<(), Error> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(Problems(problems)))
    }
}

fn blank_fields(blank: BlankFields) -> Error {
    let reason = || "required: nobody is an attendee without it".to_owned();
    let fields = blank.0.into_iter();
    let fields = fields.map(|field| problem(format!("profile.{field}"), reason()));
    Error::Refused(Problems(fields.collect()))
}

/// An event in which something is set by hand.
pub(crate) struct HandEvent {
    pub(crate) document: EventDocument,
    pub(crate) community: CommunityRecord,
    policy: Policy,
}

/// Somebody who is added or edited by hand.
pub(crate) struct HandPut<'a> {
    pub(crate) email: &'a EmailAddress,
    pub(crate) edit: &'a HandEdit,
    pub(crate) scope: HandScope,
    /// The newest run of the event.
    pub(crate) run: RunNumber,
    /// The import that it is part of.
    pub(crate) order: Option<&'a ImportOrder>,
}

/// An import that is carried out.
pub(crate) struct ImportOrder {
    pub(crate) import: ImportId,
    /// Whether who is added is invited where the event invites.
    pub(crate) invites: bool,
}

/// What came of adding or editing somebody, with the fields that change.
pub(crate) struct HandPutDone {
    pub(crate) outcome: PutOutcome,
    pub(crate) fields: Vec<&'static str>,
}

impl App {
    /// Adds somebody who does not attend, or edits who does. What is set so stays whatever syncs bring,
    /// until it is released. Who is added is invited where the event invites new attendees.
    ///
    /// # Errors
    /// Where they are blocked; where they attend and `scope` is a walk-in; where a mandatory field would be
    /// blank.
    pub async fn put_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
        edit: &HandEdit,
        scope: HandScope,
    ) -> Result<PutOutcome, Error> {
        let subject = self.hand_event(event).await?;
        let put = HandPut {
            email,
            edit,
            scope,
            run: self.parts.store.newest_run(event).await?,
            order: None,
        };
        Ok(self.put_one(&subject, &put, true).await?.outcome)
    }

    /// Plans what is put of one person, and writes it where `writes` says so.
    pub(crate) async fn put_one(
        &self,
        subject: &HandEvent,
        put: &HandPut<'_>,
        writes: bool,
    ) -> Result<HandPutDone, Error> {
        let person = PersonId::of(&subject.community.key, put.email);
        let groups = put.edit.groups.as_deref().unwrap_or_default();
        for _ in 0..MAX_TRIES {
            let mut actual = self.hand_actual(subject, person, groups).await?;
            if writes && is_erased(&actual, person) {
                // They may come back by hand; what an erasure has not deleted yet is deleted first.
                self.finish_erasures(&subject.community.id).await?;
                actual = self.hand_actual(subject, person, groups).await?;
            }
            let planner = self.planner(subject, person, &actual);
            let attends = planner.attends();
            let stored = actual.attendees.get(&person);
            if stored.is_some_and(|stored| stored.value.blocked.is_some()) {
                return Err(Error::Blocked);
            }
            if attends && put.scope == HandScope::WalkIn {
                return Err(Error::Attends);
            }
            let import = put.order.map(|order| &order.import);
            let plan = planner
                .put(put.email, put.edit, put.scope, (put.run, import))
                .map_err(blank_fields)?;
            let Some(plan) = plan else {
                return Ok(HandPutDone {
                    outcome: PutOutcome::Unchanged,
                    fields: Vec::new(),
                });
            };
            let done = HandPutDone {
                outcome: if attends {
                    PutOutcome::Edited
                } else {
                    PutOutcome::Added
                },
                fields: changed_fields(&actual, &plan),
            };
            if !writes {
                return Ok(done);
            }
            self.make_named_groups(subject, &actual, groups).await?;
            let invites = put.order.is_none_or(|order| order.invites);
            if self
                .write_by_hand(subject, plan, !attends && invites)
                .await?
            {
                return Ok(done);
            }
        }
        Err(Error::Contended)
    }

    /// Removes somebody from an event by hand: they stay out whatever the feed says, until that is released.
    /// False where it is so already.
    pub async fn remove_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<bool, Error> {
        self.change_by_hand(event, email, |planner| Ok(planner.remove()))
            .await
    }

    /// Lets something that was set by hand follow the sync again. False where it follows it already.
    pub async fn release_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
        field: HandField,
    ) -> Result<bool, Error> {
        self.change_by_hand(event, email, |planner| Ok(planner.release(field)))
            .await
    }

    /// Changes somebody's profile because they edited it in the app. Returns the fields that were given;
    /// none where all was so already.
    ///
    /// # Errors
    /// Where a sync sets a field, or there is no such field: all of them at once. Where they do not attend.
    pub async fn edit_own_profile(
        &self,
        event: &EventId,
        email: &EmailAddress,
        wanted: &ProfileChanges,
    ) -> Result<Vec<ProfileField>, Error> {
        let (document, _) = self.event_to_change(event).await?;
        let locked = locked_fields(&document);
        let (refused, free): (ProfileChanges, ProfileChanges) = wanted
            .clone()
            .into_iter()
            .partition(|(name, _)| locked.contains(&name.as_str()));
        let locked_in_words = |name: &String| {
            let reason = "locked: every sync of this event sets this field; it is changed in the registration system";
            problem(format!("profile.{name}"), reason.to_owned())
        };
        let mut problems: Vec<DocumentProblem> = refused.keys().map(locked_in_words).collect();
        let profile = read_profile(&free, &mut problems);
        refuse(problems)?;
        let changed = self
            .change_by_hand(event, email, |planner| {
                if !planner.attends() {
                    return Err(Error::NoPerson);
                }
                planner.edit_own(&profile).map_err(blank_fields)
            })
            .await?;
        Ok(if changed {
            profile.into_keys().collect()
        } else {
            Vec::new()
        })
    }

    /// Plans a change of somebody whom the event knows, and writes it; false where nothing changes.
    pub(crate) async fn change_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
        plan: impl Fn(&HandPlanner<'_>) -> Result<Option<PersonPlan>, Error> + Send + Sync,
    ) -> Result<bool, Error> {
        let subject = self.hand_event(event).await?;
        let person = PersonId::of(&subject.community.key, email);
        for _ in 0..MAX_TRIES {
            let actual = self.hand_actual(&subject, person, &[]).await?;
            if !actual.attendees.contains_key(&person) || is_erased(&actual, person) {
                return Err(Error::NoPerson);
            }
            let planned = plan(&self.planner(&subject, person, &actual))?;
            let Some(plan) = planned else {
                return Ok(false);
            };
            if self.write_by_hand(&subject, plan, false).await? {
                return Ok(true);
            }
        }
        Err(Error::Contended)
    }

    pub(crate) async fn hand_event(&self, event: &EventId) -> Result<HandEvent, Error> {
        let (document, community) = self.event_to_change(event).await?;
        Ok(HandEvent {
            policy: Policy::new(&document),
            document,
            community,
        })
    }

    async fn hand_actual(
        &self,
        subject: &HandEvent,
        person: PersonId,
        groups: &[GroupName],
    ) -> Result<Actual, Error> {
        let groups: Vec<GroupKey> = groups.iter().map(GroupName::key).collect();
        let (community, event) = (&subject.community.id, &subject.document.event);
        let people = [person];
        let actual = self.parts.store.actual(community, event, &people, &groups);
        Ok(actual.await?)
    }

    fn planner<'p>(
        &self,
        subject: &'p HandEvent,
        person: PersonId,
        actual: &'p Actual,
    ) -> HandPlanner<'p> {
        HandPlanner {
            person,
            actual,
            policy: &subject.policy,
            now: self.parts.clock.now(),
        }
    }

    /// Makes those of these groups that the community does not have.
    async fn make_named_groups(
        &self,
        subject: &HandEvent,
        actual: &Actual,
        groups: &[GroupName],
    ) -> Result<(), Error> {
        let new = groups.iter().map(|name| Group {
            key: name.key(),
            name: name.clone(),
        });
        let new = new.filter(|group| !actual.groups.contains_key(&group.key));
        let new: Vec<Group> = new.collect();
        if !new.is_empty() {
            let store = &self.parts.store;
            store.make_groups(&subject.community.id, &new).await?;
        }
        Ok(())
    }

    /// Writes a plan, with the invitation of who arrives. False where somebody changed the person meanwhile.
    async fn write_by_hand(
        &self,
        subject: &HandEvent,
        mut plan: PersonPlan,
        arrives: bool,
    ) -> Result<bool, Error> {
        let store = &self.parts.store;
        let (community, event) = (&subject.community.id, &subject.document.event);
        let mut batch = None;
        if arrives && subject.document.invitations.enabled {
            let suppressed = store.suppression(community, plan.person).await?;
            if suppressed.is_none() && plan.queue_invitation(self.parts.clock.now()) {
                batch = Some(self.requested_batch(event).await?);
            }
        }
        match store.rewrite(community, event, &plan, batch.as_ref()).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        self.index
            .note_plan(community, event, std::iter::once(&plan));
        if let PersonStep::Write { joins, leaves, .. } = &plan.step
            && !(joins.is_empty() && leaves.is_empty())
        {
            self.fold_memberships(community).await;
        }
        if batch.is_some() {
            self.post_wanted.notify_one();
            self.request_dispatch(event).await;
        }
        Ok(true)
    }
}

/// What a plan changes of a person, by the names of the interface.
fn changed_fields(actual: &Actual, plan: &PersonPlan) -> Vec<&'static str> {
    let PersonStep::Write {
        user: Some(put), ..
    } = &plan.step
    else {
        return Vec::new();
    };
    let before = actual.users.get(&plan.person).map(|user| &user.value);
    let before = match before {
        Some(UserState::User(user)) => Some(user),
        _ => None,
    };
    let after = &put.value;
    let value = |field| before.and_then(|user| user.profile.get(field));
    let fields = ProfileField::ALL.into_iter();
    let changed = fields.filter(|field| value(*field) != after.profile.get(*field));
    let mut names: Vec<&'static str> = changed.map(ProfileField::name).collect();
    let known = before.map(|user| &user.groups);
    let has_same_groups = known.map_or(after.groups.is_empty(), |known| *known == after.groups);
    if !has_same_groups {
        names.push("groups");
    }
    names
}

fn is_erased(actual: &Actual, person: PersonId) -> bool {
    let user = actual.users.get(&person);
    user.is_some_and(|user| matches!(user.value, UserState::Erased(_)))
}
