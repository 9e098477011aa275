//! The use cases of Attendee Sync, over the ports it asks of the outside.

mod access;
mod acting;
mod approve;
mod ask;
mod ask_source;
mod attendee_list;
mod batch_limits;
mod bring_over;
mod by_hand;
mod checkpoint;
mod close;
mod configure;
mod details;
mod drafts;
mod erase;
mod erasure_list;
mod error;
mod examine;
mod explanation;
mod export;
mod feedback;
mod fetch;
mod group_list;
mod index;
mod invitations;
mod legs;
mod look_up;
mod mail_folder;
mod memberships;
mod move_secrets;
mod named_secrets;
mod new_groups;
mod orders;
mod overview;
mod parcels;
mod pieces;
mod pipeline;
pub mod ports;
mod post;
mod preview;
mod progress;
mod proposing;
mod read;
mod reconcile;
mod restore;
mod run_log;
mod schedule;
mod search;
mod senders;
mod set_aside;
mod settle;
mod settle_moves;
mod sight;
mod source_keys;
mod stop;
mod sync;
mod test_limits;
mod test_mail;
mod tokens;
mod try_out;
mod users;
mod visits;
mod waves;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::mail::Senders;
use tokio::sync::Notify;

pub use acting::Audited;
pub use ask_source::SourceSays;
pub use attendee_list::{
    AttendeeFilter, AttendeePage, AttendeeView, Choices, InvitationFilter, PageExtent,
    PresenceFilter,
};
pub use attendee_sync_domain::explain::{Access, Explanation};
pub use attendee_sync_domain::invitation::InvitationView;
pub use attendee_sync_domain::plan::BlockChange;
pub use by_hand::{Erased, Granted};
pub use configure::{Configured, Notice};
pub use drafts::DraftSecret;
pub use error::{Error, ErrorKind};
pub use examine::FeedDiagnosis;
pub use export::{ChangeLine, ExportFormat, Exported, Exporter};
pub use feedback::{Lasting, SuppressionView};
pub use group_list::GroupDetails;
pub use index::{Direction, ListChoice, ListOrder, SortBy};
pub use invitations::{InvitationRequest, InvitationSample, InvitationsRequested, InvitationsView};
pub use legs::CommandOutcome;
pub use look_up::GroupView;
pub use mail_folder::MAIL_KEPT_DAYS;
pub use move_secrets::SecretsMoved;
pub use named_secrets::{Author, SecretUse};
pub use overview::EventView;
pub use parcels::Reconciled;
pub use post::{DeliveryFailure, DeliveryPause, Keeps, Posted};
pub use preview::Preview;
pub use progress::{Progress, ProgressReader};
pub use restore::AfterRestore;
pub use run_log::{ChangeFilter, IssueFilter, Sought};
pub use schedule::ScheduleView;
pub use search::{PersonFound, Within};
pub use sync::{StartedRun, SyncScope};
pub use test_mail::{TestMail, TestRefused};
pub use try_out::{MappingTest, Tried, TriedAttendee, TriedOutcome};
pub use users::{GrantView, MemberView, UserView};

/// What every use case works with.
pub struct App {
    /// The table.
    pub store: Arc<dyn ports::Store>,
    /// Registration systems.
    pub sources: Arc<dyn ports::Sources>,
    /// Credentials.
    pub secrets: Arc<dyn ports::Secrets>,
    /// The time.
    pub clock: Arc<dyn ports::Clock>,
    /// Which addresses sources may have.
    pub addresses: SourceAddresses,
    /// Who may send as whom.
    pub senders: Senders,
    /// What sends mail, in a process that does.
    pub mailer: Option<Arc<dyn ports::Mailer>>,
    /// Where mails are that were written instead of being sent.
    pub mail_folder: Option<Arc<dyn ports::MailFolder>>,
    /// Where erasures are noted beside the table, in an edition whose backups this program makes.
    pub erasure_list: Option<Arc<dyn ports::ErasureList>>,
    /// What carries out what this process does not wait for: others, or tasks of its own. `None` where the
    /// process waits for all that it does.
    pub orders: Option<Arc<dyn ports::Orders>>,
    /// What takes work from this process to others; `None` where one process does all of it.
    pub cloud: Option<ports::Cloud>,
    /// Where people reach the console from outside, without a slash at the end; links in mails
    /// begin with it.
    pub public_url: String,
    /// Told when invitations may have come to wait.
    pub post_wanted: Notify,
    /// Set when the process is about to end: no further mail is begun.
    closing: AtomicBool,
    /// Runs that this process opened and could not bring to an end, not even to a failed one: the table did
    /// not take how they ended.
    stranded: Mutex<HashSet<RunId>>,
    /// The runs under way in this process.
    under_way: Mutex<HashMap<EventId, ProgressReader>>,
    /// The communities of events that somebody was asked about: neither they nor their keys change.
    met: Mutex<HashMap<EventId, ports::CommunityRecord>>,
    /// What lists are searched, filtered and sorted by.
    index: index::PeopleCache,
    /// The events whose invitations this process could not send.
    standstills: Mutex<HashMap<EventId, post::DeliveryPause>>,
}

impl App {
    /// An application over these ports.
    #[must_use]
    pub fn new(
        store: Arc<dyn ports::Store>,
        sources: Arc<dyn ports::Sources>,
        secrets: Arc<dyn ports::Secrets>,
        clock: Arc<dyn ports::Clock>,
        addresses: SourceAddresses,
    ) -> Self {
        Self {
            store,
            sources,
            secrets,
            clock,
            addresses,
            senders: Senders::any(),
            mailer: None,
            mail_folder: None,
            erasure_list: None,
            orders: None,
            cloud: None,
            public_url: "http://127.0.0.1:8080".to_owned(),
            post_wanted: Notify::new(),
            closing: AtomicBool::new(false),
            stranded: Mutex::new(HashSet::new()),
            under_way: Mutex::new(HashMap::new()),
            met: Mutex::new(HashMap::new()),
            index: index::PeopleCache::default(),
            standstills: Mutex::new(HashMap::new()),
        }
    }
}
