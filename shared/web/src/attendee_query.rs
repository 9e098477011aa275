//! Which attendees somebody asks for: the same words in the API, on the page and in the exports.

use attendee_sync_app::{AttendeeFilter, InvitationFilter, ListOrder, PresenceFilter};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::RunNumber;
use attendee_sync_domain::search::Words;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::HttpProblem;

/// What stands behind the question mark. What is empty asks for nothing.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct AttendeeQuery {
    /// Whether those are wanted who may come in, who were taken out, or both.
    #[param(default = "attending", pattern = "^(attending|removed|all)?$")]
    pub(crate) status: String,
    /// Words, each of which is part of the address or the name.
    pub(crate) search: String,
    /// A group they are in; upper and lower case are the same.
    pub(crate) group: String,
    /// Their country, as the source writes it.
    pub(crate) country: String,
    /// Where their invitation stands.
    #[param(
        pattern = "^(none|queued|sending|sent|delivered|bounced|complained|failed|in_doubt)?$"
    )]
    pub(crate) invitation: String,
    /// The number of the run that last changed something of them.
    #[param(pattern = "^[0-9]*$")]
    pub(crate) changed_in: String,
    /// Something of them changed at this time or later.
    #[param(format = DateTime)]
    pub(crate) updated_since: String,
    /// In which order; a `-` before it turns it round. Without it, they come in one that stays.
    #[param(pattern = "^(-?(name|email|company|country|added|updated))?$")]
    pub(crate) sort: String,
}

fn bad(detail: &str) -> HttpProblem {
    HttpProblem::new(StatusCode::BAD_REQUEST, detail)
}

impl AttendeeQuery {
    pub(crate) fn filter(&self) -> Result<AttendeeFilter, HttpProblem> {
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Ok(AttendeeFilter {
            presence: self.presence()?,
            invitation: match self.invitation.as_str() {
                "" => InvitationFilter::Any,
                name => InvitationFilter::named(name).ok_or_else(|| {
                    bad("invitation is none, queued, sending, sent, delivered, bounced, complained, failed or in_doubt")
                })?,
            },
            search: Words::of(&self.search),
            group: GroupName::parse(&self.group).map(|group| group.key()),
            country: given(&self.country),
            changed_in: match self.changed_in.as_str() {
                "" => None,
                text => {
                    let number = text.parse().map(RunNumber);
                    Some(number.map_err(|_| bad("changed_in is the number of a run"))?)
                }
            },
            updated_since: match self.updated_since.as_str() {
                "" => None,
                text => Some(text.parse::<Timestamp>().map_err(|_| {
                    bad("updated_since is a time in UTC (RFC 3339), like 2026-11-01T09:00:00Z")
                })?),
            },
        })
    }

    fn presence(&self) -> Result<PresenceFilter, HttpProblem> {
        match self.status.as_str() {
            "" | "attending" => Ok(PresenceFilter::Attending),
            "removed" => Ok(PresenceFilter::Removed),
            "all" => Ok(PresenceFilter::All),
            _ => Err(bad("status is attending, removed or all")),
        }
    }

    pub(crate) fn order(&self) -> Result<ListOrder, HttpProblem> {
        match self.sort.as_str() {
            "" => Ok(ListOrder::default()),
            name => ListOrder::named(name).ok_or_else(|| {
                bad("sort is name, email, company, country, added or updated, perhaps with - before it")
            }),
        }
    }
}
