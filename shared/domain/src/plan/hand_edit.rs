//! Plans of what people set in place of a sync: somebody is added, edited or removed by hand, edits their
//! own profile, or follows the sync again. They belong to no run: nothing is counted or logged.

mod wished;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::by_hand::{NOT_NAMED, OFF_LIST, kept_by_hand};
use super::{Actual, PersonPlan, PersonStep, Policy};
use crate::activity::AppActivity;
use crate::email::EmailAddress;
use crate::evaluate::Disposition;
use crate::group::{GroupKey, GroupName};
use crate::hand::{
    FieldSetter, HandEdit, HandField, HandScope, ImportId, ImportMark, PresenceByHand,
};
use crate::ids::{PersonId, RunNumber};
use crate::invitation::Invitation;
use crate::people::{Attendee, Grantor, Membership, Presence, User, UserState};
use crate::profile::{Profile, ProfileField};

/// The fields without which nobody is an attendee.
const MANDATORY: [ProfileField; 2] = [ProfileField::FirstName, ProfileField::LastName];

/// Mandatory fields that would be blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlankFields(pub Vec<ProfileField>);

/// One person as they are stored, to plan what people set of them.
#[derive(Debug, Clone, Copy)]
pub struct HandPlanner<'p> {
    /// Who.
    pub person: PersonId,
    /// What is stored of them.
    pub actual: &'p Actual,
    /// The event's policy.
    pub policy: &'p Policy,
    /// The time.
    pub now: Timestamp,
}

/// Somebody as they shall be.
struct WishedPerson {
    user: Option<User>,
    attendee: Attendee,
}

impl HandPlanner<'_> {
    fn user(&self) -> Option<&User> {
        match &self.actual.users.get(&self.person)?.value {
            UserState::User(user) => Some(user),
            UserState::Erased(_) => None,
        }
    }

    fn attendee(&self) -> Option<&Attendee> {
        let stored = self.actual.attendees.get(&self.person);
        stored.map(|stored| &stored.value)
    }

    /// Whether they attend as they are stored.
    #[must_use]
    pub fn attends(&self) -> bool {
        self.attendee()
            .is_some_and(|attendee| attendee.presence == Presence::Attending)
    }

    /// The plan that adds somebody who does not attend, or edits who does; `None` where all is so already.
    /// `run` is the newest run of the event: older ones change nothing of who is added. What an import sets is
    /// marked, so that it can be undone.
    ///
    /// # Errors
    /// Where they would have no first or no last name.
    pub fn put(
        &self,
        email: &EmailAddress,
        edit: &HandEdit,
        scope: HandScope,
        (run, import): (RunNumber, Option<&ImportId>),
    ) -> Result<Option<PersonPlan>, BlankFields> {
        let mut wished = match self.attendee() {
            Some(attendee) if attendee.presence == Presence::Attending => WishedPerson {
                user: self.user().cloned(),
                attendee: attendee.clone(),
            },
            Some(attendee) => self.reconsidered(
                self.user(),
                Attendee {
                    by_hand: self.decision(Presence::Attending),
                    ..standing(attendee)
                },
            ),
            None => self.added(email, run),
        };
        let is_known = self.user().is_some();
        let mut user = wished.user.take().unwrap_or_else(|| self.new_user(email));
        let mut mark = import.map(|import| ImportMark::new(import.clone()));
        let imports = &mut wished.attendee.imports;
        if !self.attends() {
            for mark in imports.iter_mut() {
                mark.added = false;
            }
        }
        for (field, value) in &edit.profile {
            let stays = match scope {
                HandScope::WalkIn => is_known && user.profile.get(*field).is_some(),
                HandScope::Import => user.profile.get(*field) == value.as_deref(),
                HandScope::Anybody => false,
            };
            if !stays {
                user.profile.set(*field, value.clone());
                user.set_by.insert(*field, FieldSetter::Hand);
                for mark in imports.iter_mut() {
                    mark.fields.remove(field);
                }
                if let Some(mark) = &mut mark {
                    mark.fields.insert(*field);
                }
            }
        }
        if let Some(groups) = &edit.groups {
            let given = self.give_groups(&mut user, groups, scope);
            if let Some(mark) = &mut mark {
                mark.groups.extend(given);
            }
        }
        if let Some(mut mark) = mark {
            mark.added = !self.attends();
            imports.push(mark);
        }
        let is_given = |key: &GroupKey| {
            let membership = user.groups.get(key);
            membership.is_some_and(|membership| membership.by.contains(&Grantor::Hand))
        };
        for mark in imports.iter_mut() {
            mark.groups.retain(is_given);
        }
        imports.retain(|mark| !mark.is_empty());
        let is_asked = |field: &ProfileField| !self.attends() || edit.profile.contains_key(field);
        no_blank(&user.profile, is_asked)?;
        wished.user = Some(user);
        Ok(self.finished(wished))
    }

    /// The plan that removes somebody from the event by hand; `None` where it is so already.
    #[must_use]
    pub fn remove(&self) -> Option<PersonPlan> {
        let attendee = self.attendee()?;
        let is_out = |by_hand: PresenceByHand| by_hand.presence == Presence::Removed;
        if attendee.by_hand.is_some_and(is_out) {
            return None;
        }
        let wished = Attendee {
            by_hand: self.decision(Presence::Removed),
            imports: marks_without(attendee, |mark| mark.added = false),
            ..standing(attendee)
        };
        self.finished(self.reconsidered(self.user(), wished))
    }

    /// The plan by which something follows the sync again that was set in its place: it becomes what the
    /// records say that were read last. `None` where it follows it already.
    #[must_use]
    pub fn release(&self, field: HandField) -> Option<PersonPlan> {
        let attendee = self.attendee()?;
        let attendee = Attendee {
            imports: marks_without(attendee, |mark| match field {
                HandField::Status => mark.added = false,
                HandField::Groups => mark.groups.clear(),
                HandField::Profile(field) => {
                    mark.fields.remove(&field);
                }
            }),
            ..attendee.clone()
        };
        let wished = match field {
            HandField::Status => self.released_status(self.user(), attendee)?,
            HandField::Groups => {
                let mut user = self.user()?.clone();
                revoke(&mut user, |_| true);
                WishedPerson {
                    user: Some(user),
                    attendee,
                }
            }
            HandField::Profile(field) => {
                let mut user = self.user()?.clone();
                user.set_by.remove(&field)?;
                self.reconsidered(Some(&user), attendee)
            }
        };
        self.finished(wished)
    }

    /// The plan of what somebody edits of their own profile; `None` where all is so already.
    ///
    /// # Errors
    /// Where they would have no first or no last name.
    pub fn edit_own(
        &self,
        profile: &BTreeMap<ProfileField, Option<String>>,
    ) -> Result<Option<PersonPlan>, BlankFields> {
        let (Some(user), Some(attendee)) = (self.user(), self.attendee()) else {
            return Ok(None);
        };
        let mut user = user.clone();
        for (field, value) in profile {
            user.profile.set(*field, value.clone());
            // What was set by hand stays out of the sync's reach.
            user.set_by.entry(*field).or_insert(FieldSetter::Person);
        }
        no_blank(&user.profile, |field| profile.contains_key(field))?;
        Ok(self.finished(WishedPerson {
            user: Some(user),
            attendee: Attendee {
                imports: marks_without(attendee, |mark| {
                    mark.fields.retain(|field| !profile.contains_key(field));
                }),
                ..attendee.clone()
            },
        }))
    }

    /// The plan that releases what an import set and nobody changed since by hand; `None` where that is nothing.
    #[must_use]
    pub fn undo(&self, import: &ImportId) -> Option<PersonPlan> {
        let (stored, mut user) = (self.attendee()?, self.user()?.clone());
        let mut attendee = stored.clone();
        let mut marks = attendee
            .imports
            .extract_if(.., |mark| mark.import == *import);
        let mark = marks.next()?;
        drop(marks);
        for field in &mark.fields {
            user.set_by.remove(field);
        }
        revoke(&mut user, |key| mark.groups.contains(key));
        let wished = if mark.added && attendee.by_hand.is_some() {
            self.released_status(Some(&user), attendee)?
        } else {
            self.reconsidered(Some(&user), attendee)
        };
        self.finished(wished)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is stored as an option")]
    fn decision(&self, presence: Presence) -> Option<PresenceByHand> {
        Some(PresenceByHand {
            presence,
            since: self.now,
        })
    }

    fn released_status(&self, user: Option<&User>, attendee: Attendee) -> Option<WishedPerson> {
        let was = attendee.by_hand?.presence;
        let attendee = Attendee {
            by_hand: None,
            ..attendee
        };
        let is_alone = attendee.records.is_empty() && attendee.blocked.is_none();
        let mut wished = if was == Presence::Attending && is_alone {
            self.removed(user, attendee, NOT_NAMED)
        } else {
            self.reconsidered(user, attendee)
        };
        if wished.attendee.reason.as_deref() == Some(OFF_LIST) {
            wished.attendee.reason = Some(NOT_NAMED.to_owned());
        }
        Some(wished)
    }

    fn new_user(&self, email: &EmailAddress) -> User {
        User {
            email: email.clone(),
            profile: Profile::default(),
            set_by: BTreeMap::new(),
            groups: BTreeMap::new(),
            events: BTreeMap::new(),
            created: self.now,
            updated: self.now,
        }
    }

    /// Somebody of whom the event knew nothing.
    fn added(&self, email: &EmailAddress, run: RunNumber) -> WishedPerson {
        let mut user = self.user().cloned().unwrap_or_else(|| self.new_user(email));
        let event = self.policy.event.clone();
        user.events.insert(event, Presence::Attending);
        let attendee = Attendee {
            email: email.clone(),
            presence: Presence::Attending,
            reason: None,
            blocked: None,
            by_hand: self.decision(Presence::Attending),
            imports: Vec::new(),
            run,
            records: Vec::new(),
            former: Vec::new(),
            mapping_hash: 0,
            source_id: None,
            digital_badge: None,
            invitation: None,
            activity: AppActivity::default(),
            log: Vec::new(),
            added: self.now,
            updated: self.now,
        };
        WishedPerson {
            user: Some(user),
            attendee,
        }
    }

    /// Gives groups by hand; returns those that were not given so before.
    fn give_groups(
        &self,
        user: &mut User,
        groups: &[GroupName],
        scope: HandScope,
    ) -> BTreeSet<GroupKey> {
        let wanted: BTreeMap<GroupKey, &GroupName> =
            groups.iter().map(|group| (group.key(), group)).collect();
        if scope == HandScope::Anybody {
            revoke(user, |key| !wanted.contains_key(key));
        }
        let mut given = BTreeSet::new();
        for (key, name) in wanted {
            let first = self.actual.groups.get(&key).unwrap_or(name);
            let new = || Membership {
                name: first.clone(),
                by: BTreeSet::new(),
            };
            let membership = user.groups.entry(key.clone()).or_insert_with(new);
            if membership.by.insert(Grantor::Hand) {
                given.insert(key);
            }
        }
        given
    }
}

impl PersonPlan {
    /// Queues the invitation of whoever attends by this plan and has none; whether it does. It goes out with
    /// those that people ask for.
    pub fn queue_invitation(&mut self, now: Timestamp) -> bool {
        let PersonStep::Write {
            attendee: Some(put),
            ..
        } = &mut self.step
        else {
            return false;
        };
        let attendee = &mut put.value;
        if attendee.presence == Presence::Attending && attendee.invitation.is_none() {
            attendee.invitation = Some(Invitation::queued(None, now));
            self.invites = true;
        }
        self.invites
    }
}

/// An attendee with the records that count: of somebody whom a sync removed although a record had them attend,
/// the feed has that record no longer.
fn standing(attendee: &Attendee) -> Attendee {
    let mut standing = attendee.clone();
    if attendee.presence == Presence::Removed && kept_by_hand(Some(attendee)).is_none() {
        let records = &mut standing.records;
        records.retain(|record| record.disposition != Disposition::Live);
    }
    standing
}

/// The marks of imports after something was changed by hand.
fn marks_without(attendee: &Attendee, change: impl Fn(&mut ImportMark)) -> Vec<ImportMark> {
    let mut marks = attendee.imports.clone();
    marks.iter_mut().for_each(change);
    marks.retain(|mark| !mark.is_empty());
    marks
}

/// Takes away what was given by hand of the groups that `is_meant` says.
fn revoke(user: &mut User, is_meant: impl Fn(&GroupKey) -> bool) {
    user.groups.retain(|key, membership| {
        if is_meant(key) {
            membership.by.remove(&Grantor::Hand);
        }
        !membership.by.is_empty()
    });
}

fn no_blank(
    profile: &Profile,
    is_asked: impl Fn(&ProfileField) -> bool,
) -> Result<(), BlankFields> {
    let blank = MANDATORY
        .into_iter()
        .filter(|field| is_asked(field) && profile.get(*field).is_none());
    match blank.collect::<Vec<_>>() {
        none if none.is_empty() => Ok(()),
        some => Err(BlankFields(some)),
    }
}
