//! Filters of lists: the same parameters in the API, on the pages and in the files. An empty
//! parameter filters nothing.

use std::collections::BTreeSet;

use attendee_sync_app::{
    ActivityFilter, AttendeeFilter, ChangeFilter, InvitationFilter, IssueFilter, ListOrder,
    PresenceFilter,
};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::RunNumber;
use attendee_sync_domain::issue::Severity;
use attendee_sync_domain::run::Action;
use attendee_sync_domain::search::Words;
use jiff::Timestamp;
use serde::Deserialize;

use super::paging::bad_query;
use crate::problem::HttpProblem;
use crate::texts::t;

/// The filters of attendees. An empty parameter filters nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(crate) struct AttendeeQuery {
    /// Whether to list attendees who may enter, removed attendees, or both.
    #[cfg_attr(
        test,
        param(default = "attending", pattern = "^(attending|removed|all)?$")
    )]
    pub(crate) status: String,
    /// Words, each of which must be part of the address or the name.
    pub(crate) search: String,
    /// A group they are in; upper and lower case are the same.
    pub(crate) group: String,
    /// Their country, as the source writes it.
    pub(crate) country: String,
    /// The state of their invitation.
    #[cfg_attr(
        test,
        param(
            pattern = "^(none|queued|sending|sent|delivered|bounced|complained|failed|in_doubt)?$"
        )
    )]
    pub(crate) invitation: String,
    /// What the event app has not reported of them yet: an account, or that they entered.
    #[cfg_attr(test, param(pattern = "^(no_account|not_entered)?$"))]
    pub(crate) activity: String,
    /// The number of the run that last changed them.
    #[cfg_attr(test, param(pattern = "^[0-9]*$"))]
    pub(crate) changed_in: String,
    /// Only attendees who changed at this time or later.
    #[cfg_attr(test, param(format = DateTime))]
    pub(crate) updated_since: String,
    /// The order; a `-` before it reverses it. Without it, the order is arbitrary but stable.
    #[cfg_attr(
        test,
        param(pattern = "^(-?(name|email|company|country|added|updated))?$")
    )]
    pub(crate) sort: String,
}

/// The filters of changes. An empty parameter filters nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(crate) struct ChangeQuery {
    /// What happened to the person.
    #[cfg_attr(test, param(pattern = "^(added|updated|removed|moved|erased)?$"))]
    pub(crate) action: String,
    /// Words, each of which must be part of the person's address or name.
    pub(crate) search: String,
}

/// The filters of issues. An empty parameter filters nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(crate) struct IssueQuery {
    /// The severity.
    #[cfg_attr(test, param(pattern = "^(notice|warning|error)?$"))]
    pub(crate) severity: String,
    /// The code of the issue.
    pub(crate) code: String,
    /// The profile field or part of the configuration that the issue is about.
    pub(crate) field: String,
}

/// The filters of users; without words, all users are listed.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(crate) struct UserQuery {
    /// Words, or a whole address.
    pub(crate) search: Option<String>,
}

impl AttendeeQuery {
    pub(crate) fn filter(&self) -> Result<AttendeeFilter, HttpProblem> {
        Ok(AttendeeFilter {
            presence: self.presence()?,
            invitation: read(
                &self.invitation,
                InvitationFilter::named,
                t("lists-filters-invitation-is-none-queued"),
            )?
            .unwrap_or(InvitationFilter::Any),
            search: Words::of(&self.search),
            activity: read(
                &self.activity,
                ActivityFilter::named,
                t("lists-filters-activity-is-no-account"),
            )?
            .unwrap_or_default(),
            groups: GroupName::parse(&self.group)
                .map(|group| BTreeSet::from([group.key()]))
                .into_iter()
                .collect(),
            country: given(self.country.trim()),
            changed_in: read(
                &self.changed_in,
                |text| text.parse().map(RunNumber).ok(),
                t("lists-filters-changed-in-is-the"),
            )?,
            updated_since: read(
                &self.updated_since,
                |text| text.parse::<Timestamp>().ok(),
                t("lists-filters-updated-since-is-a"),
            )?,
        })
    }

    fn presence(&self) -> Result<PresenceFilter, HttpProblem> {
        let named = |name: &str| match name {
            "attending" => Some(PresenceFilter::Attending),
            "removed" => Some(PresenceFilter::Removed),
            "all" => Some(PresenceFilter::All),
            _ => None,
        };
        let presence = read(
            &self.status,
            named,
            t("lists-filters-status-is-attending-removed"),
        )?;
        Ok(presence.unwrap_or(PresenceFilter::Attending))
    }

    pub(crate) fn order(&self) -> Result<ListOrder, HttpProblem> {
        let order = read(
            &self.sort,
            ListOrder::named,
            t("lists-filters-sort-is-name-email"),
        )?;
        Ok(order.unwrap_or_default())
    }
}

impl ChangeQuery {
    pub(crate) fn filter(&self) -> Result<ChangeFilter, HttpProblem> {
        let named = |name: &str| {
            let mut actions = Action::ALL.into_iter();
            actions.find(|action| action.name() == name)
        };
        Ok(ChangeFilter {
            action: read(
                &self.action,
                named,
                t("lists-filters-action-is-added-updated"),
            )?,
            words: Words::of(&self.search),
        })
    }
}

impl IssueQuery {
    pub(crate) fn filter(&self) -> Result<IssueFilter, HttpProblem> {
        let named = |name: &str| {
            let mut severities = Severity::ALL.into_iter();
            severities.find(|severity| severity.name() == name)
        };
        Ok(IssueFilter {
            severity: read(
                &self.severity,
                named,
                t("lists-filters-severity-is-notice-warning"),
            )?,
            code: given(&self.code),
            field: given(&self.field),
        })
    }
}

/// Reads a parameter; `None` where it is empty. If it is invalid, the refusal has this text, which
/// names the parameter.
fn read<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Option<T>,
    otherwise: &str,
) -> Result<Option<T>, HttpProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| bad_query(otherwise))
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
