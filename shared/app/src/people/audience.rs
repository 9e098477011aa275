//! Whom a push message of the event app reaches: attendees of one event by groups, country and page.

use std::collections::BTreeSet;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;

use crate::App;
use crate::error::Error;
use crate::people::attendee_list::{AttendeeFilter, AttendeeView};
use crate::people::cache::ListOrder;

/// Who is wanted of those who attend an event.
#[derive(Debug, Clone, Default)]
pub struct AudienceRequest {
    /// Groups they are in; none: whoever attends.
    pub groups: Vec<GroupName>,
    /// Whether they are in one of these groups, or in all.
    pub matching: GroupMatch,
    /// Their country, as it is written.
    pub country: Option<String>,
    /// A page of the app that they may see.
    pub page: Option<String>,
}

/// How many of several groups somebody has to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupMatch {
    /// One at least.
    #[default]
    Any,
    /// All of them.
    All,
}

/// Somebody whom a push message reaches.
#[derive(Debug, Clone, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct AudienceMember {
    /// Who they are.
    pub email: EmailAddress,
    /// The same for programs.
    pub person: PersonId,
    /// Their first name.
    pub first_name: Option<String>,
    /// Their last name.
    pub last_name: Option<String>,
    /// Their country.
    pub country: Option<String>,
    /// Their groups in the community.
    pub groups: Vec<GroupName>,
}

/// An audience whose people are known, and whose rows are read piece by piece.
#[derive(Debug, Clone)]
pub struct Audience {
    /// Whose users they are.
    community: CommunityId,
    filter: AttendeeFilter,
    /// Everybody who was in it when it was asked for.
    pub people: Vec<PersonId>,
}

impl AudienceRequest {
    /// The filter of the list of attendees that lets the same people through.
    fn filter(&self, document: &EventDocument) -> Result<AttendeeFilter, Error> {
        let keys = self.groups.iter().map(GroupName::key);
        let mut groups: Vec<BTreeSet<GroupKey>> = match self.matching {
            GroupMatch::All => keys.map(|key| BTreeSet::from([key])).collect(),
            GroupMatch::Any if self.groups.is_empty() => Vec::new(),
            GroupMatch::Any => vec![keys.collect()],
        };
        if let Some(name) = &self.page {
            let page = document.access.page(name);
            let page = page.ok_or_else(|| Error::no_page(document, name))?;
            if !page.groups.is_empty() {
                groups.push(page.groups.iter().map(GroupName::key).collect());
            }
        }
        Ok(AttendeeFilter {
            groups,
            country: self.country.clone(),
            ..AttendeeFilter::default()
        })
    }
}

impl App {
    /// A page of an audience in an order that stays, with the cursor of the next. It has nobody who was
    /// removed, blocked or erased, also where that was a moment ago.
    pub async fn audience_page(
        &self,
        event: &EventId,
        request: &AudienceRequest,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<(Vec<AudienceMember>, Option<PersonId>), Error> {
        let filter = request.filter(&self.document(event).await?)?;
        let order = ListOrder::default();
        let page = self.attendees(event, &filter, order, after, limit).await?;
        Ok((members(&filter, page.attendees), page.next))
    }

    /// A whole audience, to be read piece by piece.
    pub async fn audience(
        &self,
        event: &EventId,
        request: &AudienceRequest,
    ) -> Result<Audience, Error> {
        let document = self.document(event).await?;
        let filter = request.filter(&document)?;
        let people = self.all_attendees(event, &filter, ListOrder::default());
        Ok(Audience {
            people: people.await?,
            community: document.community,
            filter,
        })
    }

    /// Those of these people of an audience who are in it still, as they are now.
    pub async fn audience_members(
        &self,
        event: &EventId,
        audience: &Audience,
        people: &[PersonId],
    ) -> Result<Vec<AudienceMember>, Error> {
        let views = self.attendee_views(&audience.community, event, people);
        Ok(members(&audience.filter, views.await?))
    }
}

/// The index says who is meant, and may be minutes old: whoever was read is looked at once more.
fn members(filter: &AttendeeFilter, views: Vec<AttendeeView>) -> Vec<AudienceMember> {
    let is_in = |view: &AttendeeView| {
        let keys: BTreeSet<GroupKey> = view.groups.iter().map(GroupName::key).collect();
        let country = view.profile.get(ProfileField::Country);
        view.status == Presence::Attending
            && filter
                .groups
                .iter()
                .all(|one_of| !one_of.is_disjoint(&keys))
            && (filter.country.is_none() || filter.country.as_deref() == country)
    };
    let views = views.into_iter().filter(is_in);
    views.map(AudienceMember::from).collect()
}

impl From<AttendeeView> for AudienceMember {
    fn from(view: AttendeeView) -> Self {
        let field = |field| view.profile.get(field).map(str::to_owned);
        Self {
            first_name: field(ProfileField::FirstName),
            last_name: field(ProfileField::LastName),
            country: field(ProfileField::Country),
            email: view.email,
            person: view.person,
            groups: view.groups,
        }
    }
}
