//! The attendees of an event as a list: filtered, searched, sorted, page by page.

use std::collections::BTreeSet;

use attendee_sync_domain::activity::AppActivity;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::hand::{FieldSetter, HandField};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::invitation::{InvitationState, InvitationView};
use attendee_sync_domain::people::{Attendee, Grantor, Presence, UserState};
use attendee_sync_domain::profile::Profile;
use attendee_sync_domain::search::Words;
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::people::cache::{ListChoice, ListOrder, ListSelection};

/// People whose items are read at a time.
const READ: usize = 500;

/// A filter of attendees. Every part that is set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttendeeFilter {
    /// Whether they may come in.
    pub presence: PresenceFilter,
    /// The state of their invitation.
    pub invitation: InvitationFilter,
    /// Words in their address or name.
    pub search: Option<Words>,
    /// By what the event app reported of them.
    pub activity: ActivityFilter,
    /// By groups: of each of these sets they are in one group at least.
    pub groups: Vec<BTreeSet<GroupKey>>,
    /// Their country, in the same spelling.
    pub country: Option<String>,
    /// The run that last changed them.
    pub changed_in: Option<RunNumber>,
    /// The time since which they were changed.
    pub updated_since: Option<Timestamp>,
}

impl AttendeeFilter {
    /// Returns whether the filter needs only the attendee's item, and most attendees pass it.
    fn is_plain(&self) -> bool {
        let plain = Self {
            presence: self.presence,
            ..Self::default()
        };
        *self == plain && self.presence != PresenceFilter::Removed
    }
}

/// Of whom the event app reported something, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActivityFilter {
    /// Whatever it reported.
    #[default]
    Any,
    /// They have no account yet.
    NoAccount,
    /// They have not entered yet.
    NotEntered,
}

impl ActivityFilter {
    /// The filter that a name of the interface says.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "no_account" => Some(Self::NoAccount),
            "not_entered" => Some(Self::NotEntered),
            _ => None,
        }
    }

    pub(crate) fn admits(self, activity: AppActivity) -> bool {
        match self {
            Self::Any => true,
            Self::NoAccount => !activity.has_account,
            Self::NotEntered => activity.entered_at.is_none(),
        }
    }
}

/// A filter by the state of the invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvitationFilter {
    /// Any state, or no invitation.
    #[default]
    Any,
    /// No invitation.
    None,
    /// An invitation in this state.
    In(InvitationState),
}

impl InvitationFilter {
    /// Returns the filter for the name of a state, or for `none`; `None` for any other name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "none" {
            return Some(Self::None);
        }
        let mut states = InvitationState::ALL.into_iter();
        states.find(|state| state.name() == name).map(Self::In)
    }

    pub(crate) fn admits(self, state: Option<InvitationState>) -> bool {
        match self {
            Self::Any => true,
            Self::None => state.is_none(),
            Self::In(wanted) => state == Some(wanted),
        }
    }
}

/// A filter by whether attendees may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PresenceFilter {
    /// Attendees who may come in.
    #[default]
    Attending,
    /// Attendees who were removed.
    Removed,
    /// All attendees.
    All,
}

impl PresenceFilter {
    pub(crate) fn admits(self, presence: Presence) -> bool {
        match self {
            Self::Attending => presence == Presence::Attending,
            Self::Removed => presence == Presence::Removed,
            Self::All => true,
        }
    }
}

/// A page of a list of attendees.
#[derive(Debug, Clone)]
pub struct AttendeePage {
    /// The attendees on the page.
    pub attendees: Vec<AttendeeView>,
    /// The cursor of the next page; `None` after the last.
    pub next: Option<PersonId>,
    /// The position of the page in the list, where it is known.
    pub extent: Option<PageExtent>,
}

/// The position of a page in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageExtent {
    /// The number of attendees before the page.
    pub before: usize,
    /// The number of attendees in the list.
    pub total: usize,
}

/// The values by which a list of attendees can be filtered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The countries of the attendees, as they are spelled.
    pub countries: Vec<ListChoice>,
    /// The groups of the attendees, with their names.
    pub groups: Vec<(GroupName, ListChoice)>,
}

/// An attendee with their profile, as lists show them.
#[derive(Debug, Clone, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct AttendeeView {
    /// Their address.
    pub email: EmailAddress,
    /// Their id, for programs and for the addresses of pages.
    pub person: PersonId,
    /// Whether they may come in.
    pub status: Presence,
    /// Why they may not come in, where they may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when they have been blocked by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "barred")]
    pub blocked: Option<Timestamp>,
    /// What was set of them by hand; each can follow the sync again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<HandField>,
    /// Their record's id in the source.
    pub source_id: Option<String>,
    /// Their profile.
    pub profile: Profile,
    /// URL of their digital badge.
    pub digital_badge: Option<String>,
    /// Their groups in the community.
    pub groups: Vec<GroupName>,
    /// Their invitation, if there is one.
    pub invitation: Option<InvitationView>,
    /// What the event app reported of them.
    pub activity: AppActivity,
    /// The run that wrote them last.
    pub run: RunNumber,
    /// When they were first added.
    pub added: Timestamp,
    /// When they were last changed.
    pub updated: Timestamp,
}

impl App {
    /// Returns a page of an event's attendees. Without a filter and an order they come from the
    /// table in the order of their ids, and the page is never empty while there are more. Otherwise
    /// the index selects them.
    pub async fn attendees(
        &self,
        event: &EventId,
        filter: &AttendeeFilter,
        order: ListOrder,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<AttendeePage, Error> {
        let document = self.document(event).await?;
        if filter.is_plain() && order == ListOrder::default() {
            return self
                .as_stored(&document.community, event, filter, after, limit)
                .await;
        }
        let chosen = self
            .select(&document.community, event, filter, order, after, limit)
            .await?;
        let extent = PageExtent {
            before: chosen.before,
            total: chosen.total,
        };
        let is_last = chosen.before + chosen.people.len() >= chosen.total;
        Ok(AttendeePage {
            attendees: self
                .attendee_views(&document.community, event, &chosen.people)
                .await?,
            next: chosen.people.last().copied().filter(|_| !is_last),
            extent: Some(extent),
        })
    }

    async fn as_stored(
        &self,
        community: &CommunityId,
        event: &EventId,
        filter: &AttendeeFilter,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<AttendeePage, Error> {
        let mut after = after;
        loop {
            let page = self.parts.store.attendees(event, after, limit).await?;
            let next = (page.len() == limit)
                .then(|| page.last().map(|(person, _)| *person))
                .flatten();
            let wanted: Vec<(PersonId, Attendee)> = page
                .into_iter()
                .filter(|(_, attendee)| filter.presence.admits(attendee.presence))
                .collect();
            if !wanted.is_empty() || next.is_none() {
                return Ok(AttendeePage {
                    attendees: self.with_profiles(community, wanted).await?,
                    next,
                    extent: None,
                });
            }
            after = next;
        }
    }

    async fn select(
        &self,
        community: &CommunityId,
        event: &EventId,
        filter: &AttendeeFilter,
        order: ListOrder,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<ListSelection, Error> {
        let _users = self.index_users(community, Some(event)).await?;
        let _attendees = self.index_attendees(event).await?;
        let snapshot = self.index.snapshot(community, event);
        let selection = snapshot.and_then(|all| all.select(filter, order, after, limit));
        selection.ok_or(Error::ListMoved)
    }

    /// Returns all attendees that the filter lets through, in this order.
    pub async fn all_attendees(
        &self,
        event: &EventId,
        filter: &AttendeeFilter,
        order: ListOrder,
    ) -> Result<Vec<PersonId>, Error> {
        let document = self.document(event).await?;
        let all = self.select(&document.community, event, filter, order, None, usize::MAX);
        Ok(all.await?.people)
    }

    /// Loads the index of an event's list, unless it is loaded.
    pub async fn read_in(&self, event: &EventId) -> Result<(), Error> {
        let community = self.document(event).await?.community;
        let _users = self.index_users(&community, Some(event)).await?;
        self.index_attendees(event).await.map(drop)
    }

    /// Returns the values by which these attendees can be filtered further.
    pub async fn attendee_choices(
        &self,
        event: &EventId,
        presence: PresenceFilter,
    ) -> Result<Choices, Error> {
        let community = self.document(event).await?.community;
        let _users = self.index_users(&community, Some(event)).await?;
        let _attendees = self.index_attendees(event).await?;
        let snapshot = self.index.snapshot(&community, event);
        let found = snapshot.map_or_else(Default::default, |all| all.facets(presence));
        let groups = self.parts.store.groups(&community).await?;
        let names = |choice: &ListChoice| {
            let group = groups
                .iter()
                .find(|group| group.key.as_str() == choice.value)?;
            Some((group.name.clone(), choice.clone()))
        };
        Ok(Choices {
            countries: found.countries.clone(),
            groups: found.groups.iter().filter_map(names).collect(),
        })
    }

    /// Returns these attendees as they are stored now, in this order, without those who no longer
    /// exist.
    pub async fn attendee_views(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[PersonId],
    ) -> Result<Vec<AttendeeView>, Error> {
        let mut views = Vec::with_capacity(people.len());
        for people in people.chunks(READ) {
            let mut actual = self
                .parts
                .store
                .actual(community, event, people, &[])
                .await?;
            views.extend(people.iter().filter_map(|person| {
                let attendee = actual.attendees.remove(person)?.value;
                let user = actual.users.remove(person).map(|user| user.value);
                view(*person, attendee, user)
            }));
        }
        Ok(views)
    }

    /// Returns one attendee, who may be a removed one.
    pub async fn attendee(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<AttendeeView, Error> {
        let (document, community) = self.event_and_community(event).await?;
        let person = PersonId::of(&community.key, email);
        let stored = self.parts.store.attendee(event, person).await?;
        let attendee = stored.ok_or(Error::NoPerson)?.value;
        let found = vec![(person, attendee)];
        let mut views = self.with_profiles(&document.community, found).await?;
        let mut view = views.pop().ok_or(Error::NoPerson)?;
        let (options, now) = (
            self.group_options(&community.id).await?,
            self.parts.clock.now(),
        );
        let counts = |name: &GroupName| options.is_in_force(&name.key(), &document, now);
        view.groups.retain(counts);
        Ok(view)
    }

    /// Returns the address of a person of an event.
    pub async fn address_of(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<EmailAddress, Error> {
        let stored = self.parts.store.attendee(event, person).await?;
        Ok(stored.ok_or(Error::NoPerson)?.value.email)
    }

    async fn with_profiles(
        &self,
        community: &CommunityId,
        attendees: Vec<(PersonId, Attendee)>,
    ) -> Result<Vec<AttendeeView>, Error> {
        let people: Vec<PersonId> = attendees.iter().map(|(person, _)| *person).collect();
        let mut users: std::collections::HashMap<PersonId, UserState> = self
            .parts
            .store
            .users(community, &people)
            .await?
            .into_iter()
            .collect();
        Ok(attendees
            .into_iter()
            .filter_map(|(person, attendee)| view(person, attendee, users.remove(&person)))
            .collect())
    }
}

/// Returns an attendee as lists show them; `None` where their user is erased and the erasure has
/// not reached the attendee yet.
fn view(person: PersonId, attendee: Attendee, user: Option<UserState>) -> Option<AttendeeView> {
    let by_hand = set_by_hand(&attendee, user.as_ref());
    let (profile, groups) = match user {
        Some(UserState::User(user)) => {
            let mut groups: Vec<GroupName> = user.groups.into_values().map(|m| m.name).collect();
            groups.sort();
            (user.profile, groups)
        }
        Some(UserState::Erased(_)) => return None,
        None => (Profile::default(), Vec::new()),
    };
    Some(AttendeeView {
        person,
        email: attendee.email,
        status: attendee.presence,
        reason: attendee.reason,
        blocked: attendee.blocked,
        by_hand,
        source_id: attendee.source_id,
        profile,
        digital_badge: attendee.digital_badge,
        groups,
        invitation: attendee.invitation.as_ref().map(InvitationView::from),
        activity: attendee.activity,
        run: attendee.run,
        added: attendee.added,
        updated: attendee.updated,
    })
}

/// What was set of somebody by hand, in the order that people read it.
fn set_by_hand(attendee: &Attendee, user: Option<&UserState>) -> Vec<HandField> {
    let mut fields: Vec<HandField> = attendee
        .by_hand
        .map(|_| HandField::Status)
        .into_iter()
        .collect();
    if let Some(UserState::User(user)) = user {
        let mut groups = user.groups.values();
        if groups.any(|membership| membership.by.contains(&Grantor::Hand)) {
            fields.push(HandField::Groups);
        }
        let by_hand = user.set_by.iter();
        let by_hand = by_hand.filter(|(_, setter)| **setter == FieldSetter::Hand);
        fields.extend(by_hand.map(|(field, _)| HandField::Profile(*field)));
    }
    fields
}
