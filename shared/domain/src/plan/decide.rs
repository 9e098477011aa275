//! Plans the changes of one person.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::by_hand::{KeptByHand, NOT_NAMED, kept_by_hand};
use super::invite;
use super::merge::{DesiredState, merge, records_after};
use super::moves::{CORRECTED, TRANSFERRED, name_of};
use super::returning::Return;
use super::user_only::{FedUser, is_user_only};
use super::{Delta, PersonPlan, PersonStep, Policy, Put, counts_of};
use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::fingerprint::{KnownRecord, NO_KEY};
use crate::group::{Group, GroupKey, GroupName};
use crate::ids::{PersonKey, RunNumber};
use crate::issue::{Issue, Severity};
use crate::people::{Attendee, FormerRecord, LogRef, Presence, User, UserState, Versioned};
use crate::run::{Action, Change, FieldChange};

/// Most bytes of the records stored with one attendee, so that the item stays below the 400 KB that
/// `DynamoDB` allows (its documentation, "Item size").
const MAX_RECORDS_BYTES: usize = 250_000;

/// Returns the records that count as known: all except those that another address has not lost yet.
fn known_of(records: &[Contribution]) -> Vec<KnownRecord> {
    let known = |record: &Contribution| KnownRecord {
        hash: record.hash,
        key: record.key,
    };
    let settled = records.iter().filter(|record| !record.unsettled);
    settled.map(known).collect()
}

/// Returns the known records of an attendee, including former ones that may have moved or may be
/// gone.
fn known_of_attendee(attendee: &Attendee) -> Vec<KnownRecord> {
    let mut known = known_of(&attendee.records);
    known.extend(attendee.former.iter().map(|record| KnownRecord {
        hash: record.hash,
        key: record.key,
    }));
    known
}

pub(super) struct PersonDecision<'p> {
    pub(super) batch: (RunNumber, u32),
    /// The community's key; present where somebody of the batch was erased.
    pub(super) key: Option<&'p PersonKey>,
    pub(super) delta: &'p Delta,
    pub(super) policy: &'p Policy,
    pub(super) now: Timestamp,
    /// First spellings of groups, including the groups that this plan creates.
    pub(super) names: &'p mut BTreeMap<GroupKey, GroupName>,
    pub(super) new_groups: &'p mut Vec<Group>,
    pub(super) issues: &'p mut Vec<Issue>,
}

impl PersonDecision<'_> {
    pub(super) fn decide(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
    ) -> PersonPlan {
        let run = self.batch.0;
        if attendee.is_some_and(|stored| stored.value.run > run) {
            // A newer run wrote this attendee, and its result stays.
            return self.nothing(None);
        }
        let same_run = attendee.is_some_and(|stored| stored.value.run == run);
        let stored = attendee.map(|stored| &stored.value);
        let Some(mut records) = records_after(self.delta, stored, same_run) else {
            return self.nothing(Some(Vec::new()));
        };
        // The delete flag counts even if the person has too many records.
        if !records.iter().any(Contribution::erases) {
            self.cut(&mut records);
        }
        let wanted = merge(&records);
        let known = known_of(&records);
        if let Some(Versioned {
            version,
            value: UserState::Erased(tombstone),
        }) = user
        {
            match self.returns(tombstone, &records) {
                Return::Comes
                    if matches!(wanted, DesiredState::Live(_) | DesiredState::UserOnly(..)) => {}
                // Where a rule would remove the person, nothing about them is stored either.
                Return::Comes | Return::Stays => return self.nothing(Some(known)),
                Return::MappingUnknown => return self.nothing(None),
                Return::StillErasedUpdate(tombstone) => {
                    return PersonPlan {
                        step: PersonStep::StayErased(Box::new(Put {
                            expected: Some(*version),
                            value: tombstone,
                        })),
                        ..self.nothing(Some(known))
                    };
                }
            }
        }
        let kept = kept_by_hand(stored);
        let has_moved = !self.delta.moved_to.is_empty();
        if matches!(wanted, DesiredState::Nothing | DesiredState::Remove(_))
            && has_moved
            && kept != Some(KeptByHand::In)
        {
            return self.moved(user, attendee, records);
        }
        let attends = stored.is_some_and(|stored| stored.presence == Presence::Attending);
        match (wanted, kept) {
            (DesiredState::Erase, _) => self.erase(user, attendee, known),
            (
                DesiredState::Live(_) | DesiredState::UserOnly(..) | DesiredState::Remove(_),
                Some(KeptByHand::Out(reason)),
            ) => self.remove(user, attendee, records, reason),
            (DesiredState::Live(incoming), _) => self.live(user, attendee, &incoming, records),
            (DesiredState::UserOnly(rule, incoming), _) => {
                if let (true, Some(stored)) = (self.delta.also_live, attendee) {
                    return self.wait(stored, records);
                }
                if kept == Some(KeptByHand::In) {
                    return self.live(user, attendee, &incoming, records);
                }
                self.user_only(user, attendee, &incoming, records, rule)
            }
            (DesiredState::Remove(rule), _) => {
                if let (true, Some(stored)) = (self.delta.also_live, attendee) {
                    return self.wait(stored, records);
                }
                if kept == Some(KeptByHand::In) {
                    return self.stay(user, attendee, records);
                }
                let reason = format!("rule {rule} removes them from the event");
                self.remove(user, attendee, records, &reason)
            }
            (DesiredState::Nothing, kept) if self.delta.missing => {
                self.missing(user, attendee, kept)
            }
            (DesiredState::Nothing, Some(KeptByHand::In)) if has_moved || !attends => {
                self.stay(user, attendee, records)
            }
            (DesiredState::Nothing, Some(KeptByHand::Out(reason))) if attends => {
                self.remove(user, attendee, records, reason)
            }
            (DesiredState::Nothing, _) => self.nothing(Some(known)),
        }
    }

    /// Returns a plan that writes nothing except which records are known.
    pub(super) fn nothing(&self, known: Option<Vec<KnownRecord>>) -> PersonPlan {
        PersonPlan {
            person: self.delta.person,
            step: PersonStep::Write {
                user: None,
                joins: Vec::new(),
                leaves: Vec::new(),
                attendee: None,
            },
            change: None,
            known,
            invites: false,
            counts: counts_of(None, self.delta),
        }
    }

    /// Drops the last records of a person who has so many that their item would be too large.
    fn cut(&mut self, records: &mut Vec<Contribution>) {
        // A record without long texts needs about 300 bytes, so that nearly everybody is far below
        // the limit.
        if records.len() < 20 {
            return;
        }
        let mut bytes = 0;
        let fitting = records
            .iter()
            .take_while(|record| {
                bytes += serde_json::to_string(record).map_or(0, |text| text.len());
                bytes <= MAX_RECORDS_BYTES
            })
            .count();
        for record in records.split_off(fitting) {
            self.issues.push(
                Issue::new(
                    Severity::Warning,
                    record.position,
                    "too_many_records",
                    format!("more than {fitting} records share this e-mail address; this one was left out"),
                )
                .from_source(record.incoming.source_id)
                .of_person(self.delta.person),
            );
        }
    }

    fn erase(
        &self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        known: Vec<KnownRecord>,
    ) -> PersonPlan {
        let attending = attendee.is_some_and(|a| a.value.presence == Presence::Attending);
        let is_user = matches!(user.map(|user| &user.value), Some(UserState::User(_)));
        let action = (attending || is_user).then_some(Action::Erased);
        PersonPlan {
            person: self.delta.person,
            // The tombstone is written even for an unknown person: it refuses data in older
            // messages.
            step: PersonStep::Erase,
            change: action.map(|action| Change {
                person: self.delta.person,
                email: None,
                action,
                fields: Vec::new(),
                reason: None,
                corrected: false,
                moved_to: None,
            }),
            known: Some(known),
            invites: false,
            counts: counts_of(action, self.delta),
        }
    }

    pub(super) fn live(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        incoming: &Incoming,
        records: Vec<Contribution>,
    ) -> PersonPlan {
        self.say_merged(&records);
        let FedUser {
            before,
            mut after,
            moves,
            mut fields,
        } = self.feed_user(user, incoming);
        after
            .events
            .insert(self.policy.event.clone(), Presence::Attending);

        let known = attendee.map(|stored| &stored.value);
        let mut wish = self.attendee(known, records, Presence::Attending, None);
        wish.source_id.clone_from(&incoming.source_id);
        wish.digital_badge = self.badge(known, incoming);
        Self::compare_attendee(known, &wish, &mut fields);
        let arrives = known.is_none_or(|stored| stored.presence == Presence::Removed);
        let action = match (arrives, fields.is_empty()) {
            (true, _) => Some(Action::Added),
            (false, false) => Some(Action::Updated),
            (false, true) => None,
        };
        // A person whose live records all belong to another address still is invited once it is
        // known whether both are the same person.
        let is_unsettled =
            |record: &Contribution| record.unsettled || record.disposition != Disposition::Live;
        if arrives && !wish.records.iter().all(is_unsettled) {
            wish.invitation =
                invite::on_arrival(self.policy.inviting, known, self.batch.0, self.now);
        }
        let invites = wish.invitation.is_some() && known.is_none_or(|k| k.invitation.is_none());
        let mut plan = self.write(
            user, before, after, attendee, wish, moves, action, fields, None,
        );
        plan.invites = invites;
        plan.counts.invitations_queued = u64::from(invites);
        plan
    }

    pub(super) fn remove(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        records: Vec<Contribution>,
        reason: &str,
    ) -> PersonPlan {
        let known = attendee.map(|stored| &stored.value);
        let attending = known.is_some_and(|stored| stored.presence == Presence::Attending);
        let mut wish = self.attendee(known, records, Presence::Removed, Some(reason.to_owned()));
        if let Some(known) = known {
            wish.source_id.clone_from(&known.source_id);
            wish.digital_badge.clone_from(&known.digital_badge);
        }
        wish.invitation = invite::on_leaving(known);
        let before = user.and_then(|user| match &user.value {
            UserState::User(user) => Some(user),
            UserState::Erased(_) => None,
        });
        let action = attending.then_some(Action::Removed);
        let mut fields = Vec::new();
        let Some(before) = before else {
            return self.write_attendee_alone(attendee, wish, action, reason);
        };
        let mut after = before.clone();
        let moves = self.set_synced_groups(&mut after, &BTreeSet::new(), &mut fields);
        if let Some(presence) = after.events.get_mut(&self.policy.event) {
            *presence = Presence::Removed;
        }
        self.write(
            user,
            Some(before),
            after,
            attendee,
            wish,
            moves,
            action,
            fields,
            Some(reason),
        )
    }

    /// Another batch of this run keeps the person attending; this plan only stores their records.
    fn wait(&self, stored: &Versioned<Attendee>, records: Vec<Contribution>) -> PersonPlan {
        let wish = Attendee {
            run: self.batch.0,
            former: self.former(Some(&stored.value), &records),
            records,
            ..stored.value.clone()
        };
        let mut plan = self.nothing(Some(known_of_attendee(&wish)));
        if let PersonStep::Write { attendee, .. } = &mut plan.step {
            *attendee = self.put_attendee(Some(stored), wish, None, false);
        }
        plan
    }

    /// Removes a person whose record has another address now.
    fn moved(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        records: Vec<Contribution>,
    ) -> PersonPlan {
        let Some(stored) = attendee else {
            return self.nothing(Some(known_of(&records)));
        };
        let corrected = self.delta.moved_to.iter().any(|moved| moved.corrected);
        let reason = match kept_by_hand(Some(&stored.value)) {
            Some(KeptByHand::Out(reason)) => reason,
            _ if corrected => CORRECTED,
            _ => TRANSFERRED,
        };
        let mut plan = self.remove(user, attendee, records, reason);
        if let Some(change) = &mut plan.change {
            change.action = Action::Moved;
            change.corrected = corrected;
            change.moved_to = self.delta.moved_to.first().map(|moved| moved.other);
        }
        plan.counts = counts_of(Some(Action::Moved), self.delta);
        plan
    }

    /// Removes a person whom a complete feed does not contain. Their records are no longer known:
    /// if one comes back, it counts as new.
    fn missing(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        kept: Option<KeptByHand>,
    ) -> PersonPlan {
        match kept {
            // Nothing is left that would let them in once they follow the sync again.
            Some(KeptByHand::Out(reason)) => {
                return self.remove(user, attendee, Vec::new(), reason);
            }
            Some(KeptByHand::In) => return self.stay(user, attendee, Vec::new()),
            None => {}
        }
        let gave = |stored: &&Versioned<Attendee>| {
            stored.value.presence == Presence::Attending || is_user_only(&stored.value)
        };
        let Some(stored) = attendee.filter(gave) else {
            return self.nothing(Some(Vec::new()));
        };
        let mut records = stored.value.records.clone();
        // Those that fed a user stand in a read of what changed; these are gone.
        records.retain(|record| !matches!(record.disposition, Disposition::UserOnly(_)));
        let plan = self.remove(user, attendee, records, NOT_NAMED);
        PersonPlan {
            known: Some(Vec::new()),
            ..plan
        }
    }

    /// Writes an attendee without a user: a person who was cancelled before they ever attended does
    /// not become a user.
    fn write_attendee_alone(
        &self,
        attendee: Option<&Versioned<Attendee>>,
        wish: Attendee,
        action: Option<Action>,
        reason: &str,
    ) -> PersonPlan {
        let mut plan = self.nothing(Some(known_of_attendee(&wish)));
        plan.counts = counts_of(action, self.delta);
        plan.change = action.map(|action| self.change(action, Vec::new(), Some(reason)));
        let put = self.put_attendee(attendee, wish, action, false);
        if let PersonStep::Write { attendee, .. } = &mut plan.step {
            *attendee = put;
        }
        plan
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one place where all of a decision comes together"
    )]
    pub(super) fn write(
        &self,
        stored_user: Option<&Versioned<UserState>>,
        before: Option<&User>,
        mut after: User,
        attendee: Option<&Versioned<Attendee>>,
        wish: Attendee,
        (joins, leaves): (Vec<GroupKey>, Vec<GroupKey>),
        action: Option<Action>,
        fields: Vec<FieldChange>,
        reason: Option<&str>,
    ) -> PersonPlan {
        let known = known_of_attendee(&wish);
        let user_changes = before != Some(&after);
        if user_changes {
            after.updated = self.now;
        }
        PersonPlan {
            person: self.delta.person,
            step: PersonStep::Write {
                user: user_changes.then(|| {
                    Box::new(Put {
                        expected: stored_user.map(|user| user.version),
                        value: after,
                    })
                }),
                joins,
                leaves,
                attendee: self.put_attendee(attendee, wish, action, user_changes),
            },
            change: action.map(|action| self.change(action, fields, reason)),
            known: Some(known),
            invites: false,
            counts: counts_of(action, self.delta),
        }
    }

    pub(super) fn here(&self) -> LogRef {
        LogRef(self.batch.0, self.batch.1)
    }

    fn change(&self, action: Action, fields: Vec<FieldChange>, reason: Option<&str>) -> Change {
        Change {
            person: self.delta.person,
            email: Some(self.delta.email.clone()),
            action,
            fields,
            reason: reason.map(str::to_owned),
            corrected: false,
            moved_to: None,
        }
    }

    /// Returns the write of the attendee, if one is needed: where a record of theirs is new or
    /// gone, or something visible changes, but not where their records only moved in the feed. An
    /// attendee whose records were read again is written with the run in any case, because other
    /// batches of this run and of older runs depend on it. So is an attendee whose user is written,
    /// because both may have changed after they were read.
    fn put_attendee(
        &self,
        stored: Option<&Versioned<Attendee>>,
        mut wish: Attendee,
        action: Option<Action>,
        with_user: bool,
    ) -> Option<Box<Put<Attendee>>> {
        if action.is_some() {
            wish.updated = self.now;
            let here = self.here();
            if wish.log.last() != Some(&here) {
                wish.log.push(here);
            }
        }
        let same = stored.is_some_and(|stored| {
            let content = |record: &Contribution| {
                let incoming = record.incoming.clone();
                (record.hash, record.disposition, record.unsettled, incoming)
            };
            let stored = &stored.value;
            let in_run = stored.run == wish.run && stored.records == wish.records;
            action.is_none()
                && !with_user
                && stored.presence == wish.presence
                && stored.reason == wish.reason
                && stored.former == wish.former
                && stored
                    .records
                    .iter()
                    .map(content)
                    .eq(wish.records.iter().map(content))
                && (in_run || self.delta.contributions.is_empty())
        });
        (!same).then(|| {
            Box::new(Put {
                expected: stored.map(|stored| stored.version),
                value: wish,
            })
        })
    }

    pub(super) fn attendee(
        &self,
        known: Option<&Attendee>,
        records: Vec<Contribution>,
        presence: Presence,
        reason: Option<String>,
    ) -> Attendee {
        Attendee {
            email: self.delta.email.clone(),
            presence,
            reason,
            blocked: known.and_then(|known| known.blocked),
            by_hand: known.and_then(|known| known.by_hand),
            imports: known.map(|known| known.imports.clone()).unwrap_or_default(),
            run: self.batch.0,
            former: self.former(known, &records),
            mapping_hash: match self.delta.mapping_hash {
                0 => known.map_or(0, |known| known.mapping_hash),
                mapping_hash => mapping_hash,
            },
            records,
            source_id: None,
            digital_badge: None,
            invitation: known.and_then(|known| known.invitation.clone()),
            activity: known.map(|known| known.activity).unwrap_or_default(),
            log: known.map(|known| known.log.clone()).unwrap_or_default(),
            added: known.map_or(self.now, |known| known.added),
            updated: known.map_or(self.now, |known| known.updated),
        }
    }

    /// Returns the person's earlier records of which it is still unknown whether they moved or are
    /// gone: a record that this person lost may appear later with another address.
    fn former(&self, known: Option<&Attendee>, records: &[Contribution]) -> Vec<FormerRecord> {
        let delta = self.delta;
        let reads_on = !delta.contributions.is_empty();
        let Some(known) = known.filter(|_| {
            let is_end = delta.missing || !(reads_on || delta.partial || delta.kept.is_empty());
            !is_end
        }) else {
            return Vec::new();
        };
        let mut former = known.former.clone();
        if reads_on && !delta.partial {
            former.extend(known.records.iter().map(|record| FormerRecord {
                // The hash is inverted, so that a record that comes back has a different one and is
                // examined again.
                hash: !record.hash,
                key: record.key,
                name: name_of(&record.incoming),
            }));
        }
        former.retain(|record| {
            record.key > NO_KEY
                && !delta.gone.contains(&record.hash)
                && !records.iter().any(|now| now.key == record.key)
        });
        former.sort_unstable_by_key(|record| record.hash);
        former.dedup_by_key(|record| record.hash);
        former
    }

    pub(super) fn say_merged(&mut self, records: &[Contribution]) {
        let Some(first) = records.first() else { return };
        for record in records.iter().skip(1) {
            let is_news = |hash| self.delta.contributions.iter().any(|new| new.hash == hash);
            if is_news(record.hash) || is_news(first.hash) {
                self.issues.push(
                    Issue::new(
                        Severity::Notice,
                        record.position,
                        "merged",
                        format!(
                            "the same e-mail address as record {}; the two were merged",
                            first.position
                        ),
                    )
                    .about("email")
                    .from_source(record.incoming.source_id.clone())
                    .of_person(self.delta.person),
                );
            }
        }
    }
}
