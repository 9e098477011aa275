//! Looking things up: attendees, groups, runs.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::invitation::{Invitation, InvitationState, InvitationView};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::{Attendee, Presence, UserState};
use attendee_sync_domain::profile::Profile;
use attendee_sync_domain::run::{Change, Run};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;

/// Which attendees are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttendeeFilter {
    /// By whether they may come in.
    pub presence: PresenceFilter,
    /// By where their invitation stands.
    pub invitation: InvitationFilter,
}

impl AttendeeFilter {
    fn admits(self, attendee: &Attendee) -> bool {
        self.presence.admits(attendee.presence) && self.invitation.admits(attendee)
    }
}

/// Whose invitation stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvitationFilter {
    /// Anywhere.
    #[default]
    Any,
    /// They have none.
    None,
    /// Here.
    In(InvitationState),
}

impl InvitationFilter {
    /// The filter by a state as the interface names it, `none` among them.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "none" {
            return Some(Self::None);
        }
        let mut states = InvitationState::ALL.into_iter();
        states.find(|state| state.name() == name).map(Self::In)
    }

    fn admits(self, attendee: &Attendee) -> bool {
        let state = attendee.invitation.as_ref().map(Invitation::state);
        match self {
            Self::Any => true,
            Self::None => state.is_none(),
            Self::In(wanted) => state == Some(wanted),
        }
    }
}

/// Whether attendees are wanted who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PresenceFilter {
    /// Those who may come in.
    #[default]
    Attending,
    /// Those who were taken out.
    Removed,
    /// Both.
    All,
}

impl PresenceFilter {
    fn admits(self, presence: Presence) -> bool {
        match self {
            Self::Attending => presence == Presence::Attending,
            Self::Removed => presence == Presence::Removed,
            Self::All => true,
        }
    }
}

/// An attendee with her profile, as lists show her.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct AttendeeView {
    /// Who she is.
    pub email: EmailAddress,
    /// The same for programs, and for addresses of pages.
    pub person: PersonId,
    /// Whether she may come in.
    pub status: Presence,
    /// Why not, where she may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Her record's id in the source.
    pub source_id: Option<String>,
    /// Her profile.
    pub profile: Profile,
    /// URL of her digital badge.
    pub digital_badge: Option<String>,
    /// Her groups in the community.
    pub groups: Vec<GroupName>,
    /// Her invitation, if there is one.
    pub invitation: Option<InvitationView>,
    /// The run that wrote her last.
    pub run: RunNumber,
    /// When she was first added.
    pub added: Timestamp,
    /// When something of her last changed.
    pub updated: Timestamp,
}

/// A group, as lists show it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct GroupView {
    /// Its identity.
    pub group: GroupKey,
    /// Its first spelling.
    pub name: GroupName,
    /// How many members it has.
    pub members: u64,
}

impl App {
    /// Some of an event's attendees, at least one while there are any; with the cursor of the
    /// next.
    pub async fn attendees(
        &self,
        event: &EventId,
        filter: AttendeeFilter,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<(Vec<AttendeeView>, Option<PersonId>), Error> {
        let document = self.document(event).await?;
        let mut after = after;
        loop {
            let page = self.store.attendees(event, after, limit).await?;
            let next = (page.len() == limit)
                .then(|| page.last().map(|(person, _)| *person))
                .flatten();
            let wanted: Vec<(PersonId, Attendee)> = page
                .into_iter()
                .filter(|(_, attendee)| filter.admits(attendee))
                .collect();
            if !wanted.is_empty() || next.is_none() {
                return Ok((self.with_profiles(&document.community, wanted).await?, next));
            }
            after = next;
        }
    }

    /// One attendee, removed ones included.
    pub async fn attendee(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<AttendeeView, Error> {
        let (document, community) = self.event_and_community(event).await?;
        let person = PersonId::of(&community.key, email);
        let stored = self.store.attendee(event, person).await?;
        let attendee = stored.ok_or(Error::NoPerson)?.value;
        let found = vec![(person, attendee)];
        let mut views = self.with_profiles(&document.community, found).await?;
        views.pop().ok_or(Error::NoPerson)
    }

    /// The address of somebody in an event.
    pub async fn address_of(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<EmailAddress, Error> {
        let stored = self.store.attendee(event, person).await?;
        Ok(stored.ok_or(Error::NoPerson)?.value.email)
    }

    async fn with_profiles(
        &self,
        community: &CommunityId,
        attendees: Vec<(PersonId, Attendee)>,
    ) -> Result<Vec<AttendeeView>, Error> {
        let people: Vec<PersonId> = attendees.iter().map(|(person, _)| *person).collect();
        let mut users: std::collections::HashMap<PersonId, UserState> = self
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

    /// A community's groups with their sizes, by name.
    pub async fn groups(&self, community: &CommunityId) -> Result<Vec<GroupView>, Error> {
        if self.store.community(community).await?.is_none() {
            return Err(Error::NoCommunity(community.clone()));
        }
        let mut views = Vec::new();
        for group in self.store.groups(community).await? {
            views.push(GroupView {
                members: self.store.group_size(community, &group.key).await?,
                group: group.key,
                name: group.name,
            });
        }
        Ok(views)
    }

    /// An event's runs, newest first.
    pub async fn runs(
        &self,
        event: &EventId,
        before: Option<RunNumber>,
        limit: usize,
    ) -> Result<Vec<Run>, Error> {
        self.document(event).await?;
        Ok(self.store.runs(event, before, limit).await?)
    }

    /// One run.
    pub async fn run(&self, id: &RunId) -> Result<Run, Error> {
        self.store
            .run(id)
            .await?
            .ok_or_else(|| Error::NoRun(id.clone()))
    }

    /// A page of a run's changes, with the cursor of the next.
    pub async fn changes(
        &self,
        run: &RunId,
        cursor: Option<String>,
    ) -> Result<(Vec<Change>, Option<String>), Error> {
        self.run(run).await?;
        Ok(self.store.changes(run, cursor).await?)
    }

    /// What a run had to say about records, by position.
    pub async fn issues(&self, run: &RunId) -> Result<Vec<Issue>, Error> {
        self.run(run).await?;
        Ok(self.store.issues(run).await?)
    }
}

/// Nobody where an erasure has not come to the attendee yet.
fn view(person: PersonId, attendee: Attendee, user: Option<UserState>) -> Option<AttendeeView> {
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
        source_id: attendee.source_id,
        profile,
        digital_badge: attendee.digital_badge,
        groups,
        invitation: attendee.invitation.as_ref().map(InvitationView::from),
        run: attendee.run,
        added: attendee.added,
        updated: attendee.updated,
    })
}
