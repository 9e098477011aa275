//! The columns of the list of attendees: which there are, which are chosen, and what each says of an attendee.

use attendee_sync_app::{AttendeeView, InvitationView};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;

use crate::extract::FormFields;
use crate::texts::t;
use crate::words::{self, Clockwork, ShownTime};

/// The beginning of the names of the boxes by which columns are chosen.
const BOX: &str = "column-";

/// A column beside the name, which is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttendeeColumn {
    Email,
    JobTitle,
    Company,
    Country,
    Groups,
    Invitation,
    Status,
    SourceId,
    Added,
    Updated,
}

use AttendeeColumn::{
    Added, Company, Country, Email, Groups, Invitation, JobTitle, SourceId, Status, Updated,
};

/// All of them, in the order of the table.
const ALL: [AttendeeColumn; 10] = [
    Email, JobTitle, Company, Country, Groups, Invitation, Status, SourceId, Added, Updated,
];
/// Those that are shown where nobody chose.
const USUAL: [AttendeeColumn; 6] = [Email, Company, Country, Groups, Invitation, Status];

impl AttendeeColumn {
    /// As addresses and forms name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Email => "email",
            JobTitle => "job_title",
            Company => "company",
            Country => "country",
            Groups => "groups",
            Invitation => "invitation",
            Status => "status",
            SourceId => "source_id",
            Added => "added",
            Updated => "updated",
        }
    }

    pub(super) fn heading(self) -> &'static str {
        match self {
            Email => t("attendee-columns-email"),
            JobTitle => t("attendee-columns-job-title"),
            Company => t("attendee-columns-company"),
            Country => t("attendee-columns-country"),
            Groups => t("attendee-columns-groups"),
            Invitation => t("attendee-columns-invitation"),
            Status => t("attendee-columns-status"),
            SourceId => t("attendee-columns-source-id"),
            Added => t("attendee-columns-added"),
            Updated => t("attendee-columns-last-changed"),
        }
    }

    /// What the list is sorted by where its heading is followed, if it can be.
    pub(super) fn sort(self) -> Option<&'static str> {
        match self {
            Email | Company | Country | Added | Updated => Some(self.name()),
            JobTitle | Groups | Invitation | Status | SourceId => None,
        }
    }

    fn of(self, attendee: &AttendeeView, clock: &Clockwork) -> AttendeeCell {
        let field = |field| attendee.profile.get(field).unwrap_or_default();
        match self {
            Email => AttendeeCell::Email(attendee.email.to_string()),
            JobTitle => AttendeeCell::Text(field(ProfileField::JobTitle).to_owned()),
            Company => AttendeeCell::Text(field(ProfileField::Company).to_owned()),
            Country => AttendeeCell::Text(words::country(field(ProfileField::Country)).to_owned()),
            Groups => {
                let groups: Vec<&str> = attendee.groups.iter().map(GroupName::as_str).collect();
                AttendeeCell::Text(groups.join(", "))
            }
            Invitation => {
                let cell = |invitation| InvitationCell::new(invitation, clock);
                AttendeeCell::Invitation(attendee.invitation.as_ref().map(cell))
            }
            Status => AttendeeCell::Status {
                attending: attendee.status == Presence::Attending,
                reason: attendee.reason.as_deref().map(words::sentence),
            },
            SourceId => AttendeeCell::Text(attendee.source_id.clone().unwrap_or_default()),
            Added => AttendeeCell::Time(clock.show(attendee.added)),
            Updated => AttendeeCell::Time(clock.show(attendee.updated)),
        }
    }
}

/// What a column says of an attendee.
pub(super) enum AttendeeCell {
    Text(String),
    Email(String),
    Invitation(Option<InvitationCell>),
    Status {
        attending: bool,
        reason: Option<String>,
    },
    Time(ShownTime),
}

/// Where an invitation stands.
pub(super) struct InvitationCell {
    /// For style sheets.
    pub(super) state: &'static str,
    pub(super) words: &'static str,
    pub(super) since: ShownTime,
    /// What went wrong, where something did.
    pub(super) reason: Option<String>,
}

impl InvitationCell {
    fn new(invitation: &InvitationView, clock: &Clockwork) -> Self {
        use InvitationState::{Bounced, Failed, InDoubt};
        let wrong = matches!(invitation.state, Failed | Bounced | InDoubt);
        let reason = invitation.reason.as_deref().filter(|_| wrong);
        let state = invitation.state.name();
        Self {
            state,
            words: words::invitation(state),
            since: clock.show(invitation.since),
            reason: reason.map(words::sentence),
        }
    }
}

/// The columns that are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttendeeColumns(Vec<AttendeeColumn>);

impl AttendeeColumns {
    /// Those that an address names, separated by full stops; the usual ones where it names none that is known.
    pub(super) fn named(text: &str) -> Self {
        Self::chosen(|column| text.split('.').any(|name| name == column.name()))
    }

    /// Those whose boxes in a form are checked; the usual ones where none is.
    pub(super) fn typed(fields: &FormFields) -> Self {
        let boxes: Vec<&str> = fields.beginning(BOX).collect();
        Self::chosen(|column| boxes.contains(&column.name()))
    }

    fn chosen(is_chosen: impl Fn(AttendeeColumn) -> bool) -> Self {
        let chosen: Vec<_> = ALL.into_iter().filter(|one| is_chosen(*one)).collect();
        if chosen.is_empty() {
            return Self(USUAL.to_vec());
        }
        Self(chosen)
    }

    /// As an address names them; empty for the usual ones.
    pub(super) fn address(&self) -> String {
        if self.0 == USUAL {
            return String::new();
        }
        let names: Vec<&str> = self.0.iter().map(|column| column.name()).collect();
        names.join(".")
    }

    /// The columns that are shown.
    pub(super) fn shown(&self) -> &[AttendeeColumn] {
        &self.0
    }

    /// Every column, and whether it is shown.
    pub(super) fn offers(&self) -> [(AttendeeColumn, bool); ALL.len()] {
        ALL.map(|column| (column, self.0.contains(&column)))
    }

    /// What the columns say of an attendee, each with its heading.
    pub(super) fn cells(
        &self,
        attendee: &AttendeeView,
        clock: &Clockwork,
    ) -> Vec<(&'static str, AttendeeCell)> {
        let columns = self.0.iter();
        columns
            .map(|column| (column.heading(), column.of(attendee, clock)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_in_an_address_unless_they_are_the_usual_ones() {
        for (asked, address) in [
            ("", ""),
            ("nothing.known", ""),
            ("email.company.country.groups.invitation.status", ""),
            ("status.email", "email.status"),
            ("added.gone", "added"),
        ] {
            assert_eq!(AttendeeColumns::named(asked).address(), address, "{asked}");
        }
    }
}
