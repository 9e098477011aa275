//! Somebody as they shall be by hand: what their records make of them then, and the plan that makes them so.

use std::collections::BTreeSet;

use super::{HandPlanner, WishedPerson};
use crate::group::GroupKey;
use crate::people::{Attendee, User, UserState, Versioned};
use crate::plan::decide::PersonDecision;
use crate::plan::{Delta, PersonPlan, PersonStep, Put};
use crate::run::Counts;

impl HandPlanner<'_> {
    /// What their records, as they stand, make of them.
    pub(super) fn reconsidered(&self, user: Option<&User>, attendee: Attendee) -> WishedPerson {
        self.decided(user, attendee, |decision, user, attendee| {
            decision.decide(user, Some(attendee))
        })
    }

    pub(super) fn removed(
        &self,
        user: Option<&User>,
        attendee: Attendee,
        reason: &str,
    ) -> WishedPerson {
        let records = attendee.records.clone();
        self.decided(user, attendee, |decision, user, attendee| {
            decision.remove(user, Some(attendee), records, reason)
        })
    }

    fn decided(
        &self,
        user: Option<&User>,
        attendee: Attendee,
        decide: impl FnOnce(
            &mut PersonDecision<'_>,
            Option<&Versioned<UserState>>,
            &Versioned<Attendee>,
        ) -> PersonPlan,
    ) -> WishedPerson {
        let delta = Delta::new(self.person, attendee.email.clone());
        let policy = self.policy.inviting_nobody();
        let mut decision = PersonDecision {
            // Their records count as they stand: as if the run that wrote them went on.
            batch: (attendee.run, 0),
            key: None,
            delta: &delta,
            policy: &policy,
            now: self.now,
            names: &mut self.actual.groups.clone(),
            new_groups: &mut Vec::new(),
            issues: &mut Vec::new(),
        };
        // The plan that comes of it has the versions that are stored.
        let version = 0;
        let stored_user = user.map(|user| Versioned {
            version,
            value: UserState::User(user.clone()),
        });
        let stored = Versioned {
            version,
            value: attendee,
        };
        let plan = decide(&mut decision, stored_user.as_ref(), &stored);
        match plan.step {
            PersonStep::Write {
                user: put,
                attendee,
                ..
            } => WishedPerson {
                user: put.map(|put| put.value).or_else(|| user.cloned()),
                attendee: attendee.map_or(stored.value, |put| put.value),
            },
            PersonStep::Erase | PersonStep::StayErased(_) => WishedPerson {
                user: user.cloned(),
                attendee: stored.value,
            },
        }
    }

    /// The plan that makes somebody what is wished; `None` where they are so.
    pub(super) fn finished(&self, wished: WishedPerson) -> Option<PersonPlan> {
        let (before, stored) = (self.user(), self.attendee());
        let groups = |user: Option<&User>| -> BTreeSet<GroupKey> {
            let keys = user.map(|user| user.groups.keys().cloned());
            keys.into_iter().flatten().collect()
        };
        let (was, is) = (groups(before), groups(wished.user.as_ref()));
        let user = wished.user.map(|user| User {
            updated: before.map_or(self.now, |before| before.updated),
            ..user
        });
        let user = user.filter(|user| before != Some(user));
        let moves = stored.is_none_or(|stored| stored.presence != wished.attendee.presence);
        let mut attendee = Attendee {
            log: stored.map(|stored| stored.log.clone()).unwrap_or_default(),
            updated: stored.map_or(self.now, |stored| stored.updated),
            ..wished.attendee
        };
        if user.is_none() && stored == Some(&attendee) {
            return None;
        }
        if moves || user.is_some() {
            attendee.updated = self.now;
        }
        let versions = &self.actual;
        let of_user = versions.users.get(&self.person).map(|user| user.version);
        let of_attendee = versions.attendees.get(&self.person);
        Some(PersonPlan {
            person: self.person,
            step: PersonStep::Write {
                user: user.map(|user| {
                    Box::new(Put {
                        expected: of_user,
                        value: User {
                            updated: self.now,
                            ..user
                        },
                    })
                }),
                joins: is.difference(&was).cloned().collect(),
                leaves: was.difference(&is).cloned().collect(),
                attendee: Some(Box::new(Put {
                    expected: of_attendee.map(|stored| stored.version),
                    value: attendee,
                })),
            },
            change: None,
            known: None,
            invites: false,
            counts: Counts::default(),
        })
    }
}
