//! The use cases of Attendee Sync, over the ports through which they reach everything outside.

mod audited;
mod error;
mod events;
mod invitations;
pub mod list_file;
mod people;
pub mod ports;
mod runs;
mod spreadsheet;
mod tallies;
mod visits;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::mail::Senders;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub use attendee_sync_domain::explain::{Access, Explanation};
pub use attendee_sync_domain::invitation::InvitationView;
pub use attendee_sync_domain::notice::EventHealth;
pub use attendee_sync_domain::plan::BlockChange;
pub use audited::Audited;
pub use error::{Error, ErrorKind};
pub use events::configuration_history::ConfigurationVersionView;
pub use events::configure::{Configured, Notice};
pub use events::count_records::{CountLimits, RecordCount};
pub use events::dashboard::{
    AttendeeCount, Dashboard, DashboardFilter, EventOverview, MOST_EVENTS,
};
pub use events::diagnose::FeedDiagnosis;
pub use events::drafts::DraftSecret;
pub use events::hooks::{HookView, RefusedHook};
pub use events::move_secrets::SecretsMoved;
pub use events::named_secrets::{Author, SecretUse};
pub use events::overview::EventView;
pub use events::preview::Preview;
pub use events::purge::PurgeView;
pub use events::query_source::SourceSays;
pub use events::reconcile_schedules::ReconciledSchedules;
pub use events::schedule::ScheduleView;
pub use events::test_mapping::{MappingTest, Tried, TriedAttendee, TriedOutcome};
pub use events::upkeep::{Upkeep, UpkeepState};
pub use events::upload::{MAX_UPLOAD, UploadedFile};
pub use invitations::adopt::AdoptedTable;
pub use invitations::dispatch::{DeliveryFailure, DeliveryPause, DispatchResult, PauseScope};
pub use invitations::feedback::{Lasting, SuppressionView};
pub use invitations::mail_folder::MAIL_KEPT_DAYS;
pub use invitations::queue::{
    InvitationRequest, InvitationSample, InvitationsRequested, InvitationsView,
};
pub use invitations::reminders::DueReminder;
pub use invitations::restore::AfterRestore;
pub use invitations::test_mail::{TestMail, TestRefused};
pub use people::attendee_list::{
    ActivityFilter, AttendeeFilter, AttendeePage, AttendeeView, Choices, InvitationFilter,
    PageExtent, PresenceFilter,
};
pub use people::audience::{Audience, AudienceMember, AudienceRequest, GroupMatch};
pub use people::badges::{BadBadge, BadBadges};
pub use people::cache::{Direction, ListChoice, ListOrder, SortBy};
pub use people::dossier::{
    Dossier, DossierItem, ItemDecision, KINDS as DOSSIER_KINDS, NotShown, StoredKind,
};
pub use people::export::{ChangeLine, ExportFormat, Exported, Exporter};
pub use people::group_edit::{GroupEdit, GroupOutcome};
pub use people::group_list::GroupDetails;
pub use people::group_sizes::GroupView;
pub use people::hand_edit::{ProfileChanges, PutOutcome, hand_edit};
pub use people::import::{
    ImportColumns, ImportPart, ImportReport, ImportedRow, RowOutcome, importable_fields,
    proposed_columns,
};
pub use people::manual::{Erased, Granted};
pub use people::run_log::{ChangeFilter, IssueFilter, Sought};
pub use people::search::{AttendeeFound, PersonFound};
pub use people::user_by_hand::{EditedUser, TypedProfile};
pub use people::users::{GrantView, MemberView, UserView};
pub use runs::current::waits;
pub use runs::engine::CommandOutcome;
pub use runs::messages::Reconciled;
pub use runs::progress::{Progress, ProgressReader};
pub use runs::start::{StartedRun, SyncScope};
pub use tallies::{EventGauge, ProcessTallies};

/// The ports and settings of an application.
#[derive(Clone)]
pub struct AppParts {
    /// The table.
    pub store: Arc<dyn ports::Store>,
    /// Registration systems.
    pub sources: Arc<dyn ports::Sources>,
    /// Credentials.
    pub secrets: Arc<dyn ports::Secrets>,
    /// The clock.
    pub clock: Arc<dyn ports::Clock>,
    /// Which addresses sources may have.
    pub addresses: SourceAddresses,
    /// The list that says which community may use which sender.
    pub senders: Senders,
    /// The mail service, in a process that sends mail.
    pub mailer: Option<Arc<dyn ports::Mailer>>,
    /// What posts notices, in a process that does.
    pub poster: Option<Arc<dyn ports::HookPoster>>,
    /// The folder of mails that are written instead of being sent.
    pub mail_folder: Option<Arc<dyn ports::MailFolder>>,
    /// Where erasures are noted beside the table.
    pub erasure_list: Option<Arc<dyn ports::ErasureList>>,
    /// Which table it is, in an edition whose table others can copy.
    pub table: Option<ports::TableIdentity>,
    /// The queue of commands that this process does not wait for: other processes execute them, or
    /// tasks of this one. `None` where the process waits for all that it does.
    pub orders: Option<Arc<dyn ports::Orders>>,
    /// The queues and schedules of an installation of several processes; `None` where one process
    /// does all the work.
    pub cloud: Option<ports::Cloud>,
    /// The URL at which people reach the console from outside, without a slash at the end. Links in
    /// mails begin with it.
    pub public_url: String,
}

impl AppParts {
    /// Returns the parts that every application has; the optional ones are set afterwards.
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
            poster: None,
            mail_folder: None,
            erasure_list: None,
            table: None,
            orders: None,
            cloud: None,
            public_url: "http://127.0.0.1:8080".to_owned(),
        }
    }
}

/// The state that all use cases share. It has no logic of its own.
pub struct App {
    parts: AppParts,
    /// Is notified when released invitations may be waiting.
    post_wanted: Notify,
    /// Is set when the process is about to end: no further mail is started.
    closing: AtomicBool,
    /// Runs that this process opened and could not close, not even as failed: the table did not
    /// accept the result.
    unclosed_runs: Mutex<HashSet<RunId>>,
    /// The runs under way in this process.
    under_way: Mutex<HashMap<EventId, ProgressReader>>,
    /// The communities of events that were used before, as a cache: neither they nor their keys
    /// change.
    met: Mutex<HashMap<EventId, ports::CommunityRecord>>,
    /// The index by which lists are searched, filtered and sorted.
    index: people::cache::PeopleCache,
    /// The events whose invitations this process could not send.
    delivery_pauses: Mutex<HashMap<EventId, invitations::dispatch::DeliveryPause>>,
    /// What hooks this process took and refused.
    hook_tally: events::hooks::HookTally,
    /// What else this process did.
    work_tally: tallies::WorkTally,
}

impl App {
    /// Returns an application over these parts.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        Self {
            parts,
            post_wanted: Notify::new(),
            closing: AtomicBool::new(false),
            unclosed_runs: Mutex::new(HashSet::new()),
            under_way: Mutex::new(HashMap::new()),
            met: Mutex::new(HashMap::new()),
            index: people::cache::PeopleCache::default(),
            delivery_pauses: Mutex::new(HashMap::new()),
            hook_tally: events::hooks::HookTally::default(),
            work_tally: tallies::WorkTally::default(),
        }
    }

    /// Returns the parts of the application, to build another application over the same ports.
    #[must_use]
    pub fn parts(&self) -> &AppParts {
        &self.parts
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn ports::Clock> {
        Arc::clone(&self.parts.clock)
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Returns which addresses sources may have.
    #[must_use]
    pub fn addresses(&self) -> &SourceAddresses {
        &self.parts.addresses
    }

    /// Returns the list that says which community may use which sender.
    #[must_use]
    pub fn senders(&self) -> &Senders {
        &self.parts.senders
    }

    /// Returns whether this process sends mail.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.parts.mailer.is_some()
    }

    /// Returns the folder of mails that were written instead of being sent.
    #[must_use]
    pub fn mail_folder(&self) -> Option<&dyn ports::MailFolder> {
        self.parts.mail_folder.as_deref()
    }

    /// Returns where people reach the console from outside.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.parts.public_url
    }

    /// Notifies the sender of mail that released invitations may be waiting.
    pub fn want_invitations(&self) {
        self.post_wanted.notify_one();
    }

    /// Waits until released invitations may be waiting.
    pub fn invitations_wanted(&self) -> Notified<'_> {
        self.post_wanted.notified()
    }

    /// Returns the store that keeps forms and reports until they expire.
    #[must_use]
    pub fn expiring_store(&self) -> &dyn ports::ExpiringStore {
        &*self.parts.store
    }
}
