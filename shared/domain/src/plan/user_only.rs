//! What records make of a user of the community, and of one who does not attend.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::PersonDecision;
use super::{PersonPlan, counts_of, invite};
use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::group::GroupKey;
use crate::people::{Attendee, Presence, User, UserState, Versioned};
use crate::profile::{AttendeeField, Profile};
use crate::run::{Action, FieldChange};

/// A user with what their records say.
pub(super) struct FedUser<'u> {
    /// As they were; nothing where they are new.
    pub(super) before: Option<&'u User>,
    pub(super) after: User,
    /// The groups that they come into and leave.
    pub(super) moves: (Vec<GroupKey>, Vec<GroupKey>),
    /// What changed.
    pub(super) fields: Vec<FieldChange>,
}

/// Whether an attendee is a user who does not attend, by the records that are stored.
pub(super) fn is_user_only(attendee: &Attendee) -> bool {
    let is_fed = |record: &Contribution| matches!(record.disposition, Disposition::UserOnly(_));
    attendee.blocked.is_none()
        && attendee.presence == Presence::Removed
        && attendee.records.iter().any(is_fed)
}

impl PersonDecision<'_> {
    /// The user with the profile and the groups of their records; a new one where there is none.
    pub(super) fn feed_user<'u>(
        &mut self,
        user: Option<&'u Versioned<UserState>>,
        incoming: &Incoming,
    ) -> FedUser<'u> {
        let before = user.and_then(|user| match &user.value {
            UserState::User(user) => Some(user),
            UserState::Erased(_) => None,
        });
        let mut fields = Vec::new();
        let mut after = before.cloned().unwrap_or_else(|| User {
            email: self.delta.email.clone(),
            profile: Profile::default(),
            set_by: BTreeMap::new(),
            groups: BTreeMap::new(),
            events: BTreeMap::new(),
            created: self.now,
            updated: self.now,
        });
        self.fill_profile(&mut after, incoming, before.is_none(), &mut fields);
        let mut wanted = BTreeSet::new();
        for name in &incoming.groups {
            let key = name.key();
            self.first_spelling(&key, name);
            wanted.insert(key);
        }
        if incoming.unusable.contains(&AttendeeField::Groups) {
            wanted.extend(self.granted(&after));
        }
        let moves = self.set_synced_groups(&mut after, &wanted, &mut fields);
        FedUser {
            before,
            after,
            moves,
            fields,
        }
    }

    /// Someone who is a user of the community and does not attend. Who attended leaves the event, which is a removal.
    pub(super) fn user_only(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        incoming: &Incoming,
        records: Vec<Contribution>,
        rule: u32,
    ) -> PersonPlan {
        self.say_merged(&records);
        let FedUser {
            before,
            mut after,
            moves,
            fields,
        } = self.feed_user(user, incoming);
        if let Some(presence) = after.events.get_mut(&self.policy.event) {
            *presence = Presence::Removed;
        }
        let known = attendee.map(|stored| &stored.value);
        let attending = known.is_some_and(|stored| stored.presence == Presence::Attending);
        let reason = format!("rule {rule} makes them a user of the community who does not attend");
        let mut wish = self.attendee(known, records, Presence::Removed, Some(reason.clone()));
        if let Some(known) = known {
            wish.source_id.clone_from(&known.source_id);
            wish.digital_badge.clone_from(&known.digital_badge);
        }
        wish.invitation = invite::on_leaving(known);
        let is_news = before.is_none() || !fields.is_empty();
        let action = match (attending, self.delta.moved_to.is_empty(), is_news) {
            (true, true, _) => Some(Action::Removed),
            (true, false, _) => Some(Action::Moved),
            (false, _, true) => Some(Action::Updated),
            (false, _, false) => None,
        };
        let reason = Some(reason.as_str());
        let mut plan = self.write(
            user, before, after, attendee, wish, moves, action, fields, reason,
        );
        if let Some(change) = &mut plan.change {
            let mut moved = self.delta.moved_to.iter();
            change.corrected = attending && moved.any(|moved| moved.corrected);
        }
        plan.counts = counts_of(action, self.delta);
        plan
    }
}
