//! The errors of the use cases.

use attendee_sync_domain::authority::TokenName;
use attendee_sync_domain::config::{DocumentProblem, EventDocument, Problems};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use attendee_sync_domain::zone::UnknownZone;

use crate::invitations::test_mail::TestRefused;
use crate::ports::{
    ErasureListError, MailError, QueueError, ScheduleError, SecretError, SourceError, StoreError,
};

/// Why a use case ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such event.
    #[error("there is no event \"{0}\"")]
    NoEvent(EventId),
    /// There is no such community.
    #[error("there is no community \"{0}\"")]
    NoCommunity(CommunityId),
    /// There is no such run.
    #[error("there is no run \"{0}\"")]
    NoRun(RunId),
    /// No version of the event's configuration has this id.
    #[error(
        "no such version of the configuration of \"{0}\" is kept; the history lists those that are"
    )]
    NoConfigurationVersion(EventId),
    /// There is no such person in the event or community.
    #[error("nobody with this e-mail address is known here")]
    NoPerson,
    /// The configuration names no such page of the app.
    #[error("{}", no_page_in_words(page, known))]
    NoPage {
        /// What was asked for.
        page: String,
        /// The pages that it names.
        known: Vec<String>,
    },
    /// There is no such group in the community.
    #[error("there is no such group")]
    NoGroup,
    /// There is a group of this name.
    #[error("there is a group \"{0}\" already; take another name")]
    GroupThere(GroupName),
    /// The person was erased, and only a record brings them back.
    #[error(
        "the person with this address was erased; they come back by a new or changed record in the registration system"
    )]
    WasErased,
    /// There is no further token of this name.
    #[error("there is no token \"{0}\"")]
    NoToken(TokenName),
    /// There is a further token of this name.
    #[error("there is a token \"{0}\" already; revoke it first, or take another name")]
    TokenThere(TokenName),
    /// A run is under way.
    #[error("run {0} is under way; wait until it ends, then try again")]
    Busy(RunId),
    /// A person stopped the run.
    #[error("a person stopped the run")]
    Stopped,
    /// The run cannot be stopped.
    #[error("run {0} is not reading its source, so it cannot be stopped")]
    NotStoppable(RunId),
    /// The run has nothing that waits for a decision.
    #[error("run {0} has no changes or invitations that wait for a decision")]
    NotHeld(RunId),
    /// The person after whom a list was to continue is no longer in it.
    #[error(
        "the list has changed and cannot be continued from here; start again with the first page"
    )]
    ListMoved,
    /// Nobody is invited while invitations are switched off.
    #[error("invitations of the event \"{0}\" are switched off; switch them on first")]
    InvitationsOff(EventId),
    /// More people have no invitation than the person who asked confirmed.
    #[error(
        "{0} people are not yet invited, more than you confirmed; check the number and confirm again"
    )]
    MoreToInvite(u64),
    /// A mail could not be written or sent; the text is for people.
    #[error("the mail could not be sent: {0}")]
    Mail(String),
    /// A test mail was not sent.
    #[error(transparent)]
    TestMail(#[from] TestRefused),
    /// The mails in the folder could not be used.
    #[error("the mail folder could not be used")]
    MailFolder(#[from] MailError),
    /// The event belongs to another community.
    #[error("the event \"{event}\" belongs to the community \"{community}\" and stays there")]
    OtherCommunity {
        /// The event.
        event: EventId,
        /// The community that it belongs to.
        community: CommunityId,
    },
    /// The data of the deleted event is still being cleared.
    #[error(
        "the event \"{0}\" was just deleted and its data is still being cleared; try again in a few minutes"
    )]
    Closing(EventId),
    /// Nothing may be stored about the event's people any more.
    #[error(
        "what was stored about the people of the event \"{0}\" is deleted, as its configuration says; to sync it or to add people again, set a later time in purge_after"
    )]
    Purged(EventId),
    /// The configuration cannot be accepted.
    #[error("the configuration cannot be accepted")]
    Configuration(#[source] Problems),
    /// They are blocked, so nobody adds them by hand.
    #[error("this person was blocked by hand; unblock them first, then add them")]
    Blocked,
    /// Whoever adds only people who are not there yet may not edit somebody.
    #[error("this person attends already; the role operator can edit them")]
    Attends,
    /// What a person or program sent cannot be accepted, place by place.
    #[error("the change cannot be accepted: {0}")]
    Refused(Problems),
    /// The configuration was changed by someone else meanwhile.
    #[error(
        "the configuration was changed by someone else meanwhile; load it again and repeat your change"
    )]
    Changed,
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The table could not be used.
    #[error(transparent)]
    Store(StoreError),
    /// The secrets could not be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// An erasure could not be noted beside the table, and so is not finished.
    #[error(transparent)]
    ErasureList(#[from] ErasureListError),
    /// A queue between processes could not be used.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The configuration is stored, and its schedules are not.
    #[error("the configuration is saved, but its schedules could not be set; save it again")]
    Schedules(#[from] ScheduleError),
    /// It is unknown which schedules there are.
    #[error(
        "the schedules could not be listed, and the rest was not reconciled; try again in a few minutes"
    )]
    SchedulesNotListed(#[source] ScheduleError),
    /// The table is a copy, and who was erased since it was made is not erased again yet.
    #[error(
        "the table was restored, and people who were erased since are still being erased again; try again in a few minutes"
    )]
    TableNotAdopted,
    /// People keep being changed by others while a batch, or a change by hand, is applied.
    #[error(
        "somebody else is changing the same people; try again in a moment, or wait for the next sync"
    )]
    Contended,
    /// A file that was uploaded is no list; the text is for people.
    #[error("the file was not taken: {0}")]
    NoList(String),
    /// A part of the run ended without an answer.
    #[error("a part of the run ended unexpectedly")]
    Aborted,
}

/// How a caller can react to an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for does not exist.
    NotFound,
    /// The request conflicts with something else; the caller may retry later or read again.
    Conflict,
    /// The request is wrong.
    Invalid,
    /// It may work the next time.
    Retryable,
}

impl Error {
    /// Returns how a caller can react to the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoEvent(_)
            | Self::NoCommunity(_)
            | Self::NoRun(_)
            | Self::NoConfigurationVersion(_)
            | Self::NoPerson
            | Self::NoPage { .. }
            | Self::NoGroup
            | Self::NoToken(_) => ErrorKind::NotFound,
            Self::Busy(_)
            | Self::NotHeld(_)
            | Self::NotStoppable(_)
            | Self::Stopped
            | Self::TokenThere(_)
            | Self::GroupThere(_)
            | Self::WasErased
            | Self::Changed
            | Self::ListMoved
            | Self::Closing(_)
            | Self::Blocked
            | Self::Attends
            | Self::Purged(_)
            | Self::InvitationsOff(_)
            | Self::TableNotAdopted
            | Self::MoreToInvite(_)
            | Self::OtherCommunity { .. }
            | Self::TestMail(
                TestRefused::PersonLimit { .. } | TestRefused::CommunityLimit { .. },
            ) => ErrorKind::Conflict,
            Self::Configuration(_) | Self::Refused(_) | Self::TestMail(_) | Self::NoList(_) => {
                ErrorKind::Invalid
            }
            Self::Source(_)
            | Self::Store(_)
            | Self::Secret(_)
            | Self::ErasureList(_)
            | Self::Mail(_)
            | Self::MailFolder(_)
            | Self::Queue(_)
            | Self::Schedules(_)
            | Self::SchedulesNotListed(_)
            | Self::Contended
            | Self::Aborted => ErrorKind::Retryable,
        }
    }
}

fn no_page_in_words(page: &str, known: &[String]) -> String {
    if known.is_empty() {
        return format!(
            "there is no page \"{page}\": the configuration of this event names no pages in access.pages"
        );
    }
    let known: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
    let known = known.join(", ");
    format!("there is no page \"{page}\" in access.pages of this event; its pages are {known}")
}

impl Error {
    /// That a document names no such page of the app.
    pub(crate) fn no_page(document: &EventDocument, page: &str) -> Self {
        let pages = document.access.pages.iter();
        Self::NoPage {
            page: page.to_owned(),
            known: pages.map(|page| page.name.clone()).collect(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<UnknownZone> for Error {
    /// The time zone was known when the document was saved, perhaps on another machine.
    fn from(error: UnknownZone) -> Self {
        Self::Configuration(Problems(vec![DocumentProblem {
            path: "time_zone".to_owned(),
            reason: error.to_string(),
        }]))
    }
}
