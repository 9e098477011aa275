//! Whom a push message of the event app reaches: attendees of one event by groups, country and page.

use std::collections::BTreeSet;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{CommunityGroupOptions, GroupKey, GroupName};
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;
use jiff::Timestamp;

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
    /// Everybody who was in it when it was asked for.
    pub people: Vec<PersonId>,
    scope: AudienceScope,
}

/// What decides who is in an audience.
#[derive(Debug, Clone)]
struct AudienceScope {
    document: EventDocument,
    filter: AttendeeFilter,
    options: CommunityGroupOptions,
    /// When it was asked for.
    asked: Timestamp,
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
        let scope = self.audience_scope(event, request).await?;
        let order = ListOrder::default();
        let page = self
            .attendees(event, &scope.filter, order, after, limit)
            .await?;
        Ok((scope.members(page.attendees), page.next))
    }

    /// A whole audience, to be read piece by piece.
    pub async fn audience(
        &self,
        event: &EventId,
        request: &AudienceRequest,
    ) -> Result<Audience, Error> {
        let scope = self.audience_scope(event, request).await?;
        let people = self.all_attendees(event, &scope.filter, ListOrder::default());
        Ok(Audience {
            people: people.await?,
            scope,
        })
    }

    async fn audience_scope(
        &self,
        event: &EventId,
        request: &AudienceRequest,
    ) -> Result<AudienceScope, Error> {
        let document = self.document(event).await?;
        Ok(AudienceScope {
            filter: request.filter(&document)?,
            options: self.group_options(&document.community).await?,
            document,
            asked: self.parts.clock.now(),
        })
    }

    /// Those of these people of an audience who are in it still, as they are now.
    pub async fn audience_members(
        &self,
        event: &EventId,
        audience: &Audience,
        people: &[PersonId],
    ) -> Result<Vec<AudienceMember>, Error> {
        let community = &audience.scope.document.community;
        let views = self.attendee_views(community, event, people).await?;
        Ok(audience.scope.members(views))
    }
}

impl AudienceScope {
    /// The index says who is meant, and may be minutes old: whoever was read is looked at once more. A group that has
    /// ended, or belongs to another event, is nobody's here.
    fn members(&self, views: Vec<AttendeeView>) -> Vec<AudienceMember> {
        let counts = |name: &GroupName| {
            let (document, asked) = (&self.document, self.asked);
            self.options.is_in_force(&name.key(), document, asked)
        };
        let here = views.into_iter().map(|mut view| {
            view.groups.retain(counts);
            view
        });
        let here = here.filter(|view| self.reaches(view));
        here.map(AudienceMember::from).collect()
    }

    fn reaches(&self, view: &AttendeeView) -> bool {
        let keys: BTreeSet<GroupKey> = view.groups.iter().map(GroupName::key).collect();
        let country = view.profile.get(ProfileField::Country);
        let filter = &self.filter;
        let mut wanted = filter.groups.iter();
        view.status == Presence::Attending
            && wanted.all(|one_of| !one_of.is_disjoint(&keys))
            && (filter.country.is_none() || filter.country.as_deref() == country)
    }
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
