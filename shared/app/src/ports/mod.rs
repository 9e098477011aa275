//! The ports: all that the system needs from outside, on one page.

mod apply;
mod audit;
mod badges;
mod batches;
mod checkpoints;
mod clock;
mod cloud;
mod communities;
mod drafts;
mod erasures;
mod fingerprints;
mod groups;
mod hooks;
mod identities;
mod keeping;
mod mail;
mod marks;
mod memberships;
mod migration;
mod notices;
mod outbox;
mod people;
mod purges;
mod restores;
mod runs;
mod samples;
mod secrets;
mod sources;
mod store;
mod uploads;

pub use apply::{Application, Applied, Held, PendingChangeStore, Staged};
pub use audit::{Audit, Note, TokenStore};
pub use badges::BadgeStore;
pub use batches::{BatchSink, QueueError};
pub use checkpoints::{Checkpoint, Checkpoints};
pub use clock::Clock;
pub use cloud::{
    BatchMessage, BatchQueue, Cloud, DeadLetter, DeadLetterQueue, DeadLetters, EventRunState,
    Orders, QueueName, RunCommand, RunCoordination, ScheduleChanges, ScheduleError, Schedules,
};
pub use communities::{Communities, CommunityRecord};
pub use drafts::DraftSecrets;
pub use erasures::{ERASURES_KEPT_DAYS, ErasedPerson, ErasureList, ErasureListError};
pub use fingerprints::{Fingerprinting, JournalPart, StoredFingerprints};
pub use groups::{GroupEditing, RegroupedUser, Regrouping};
pub use hooks::{HookAddress, HookStore};
pub use identities::{
    BegunSignIn, Identified, Identities, NotIdentified, OrganisationSignIn, SignInFailure, SignedIn,
};
pub use keeping::{ExpiringStore, KeptKey, MAX_KEPT};
pub use mail::{
    InvitationRef, MailAbout, MailError, MailFolder, Mailer, OutgoingMail, ReadMail, Sent,
    StoredMail,
};
pub use marks::{BatchMark, MarkedFate, RunMarks, at_least};
pub use memberships::Memberships;
pub use migration::{Migration, Migrator};
pub use notices::{HookPoster, NoticeStore, PostFailed};
pub use outbox::{
    InvitationBatch, InvitationBatchId, InvitationBatchState, Outbox, SuppressionStore,
};
pub use people::{
    AccessFacts, AttendanceRemoval, Directory, Erasure, ManualGroupChange, People, PlannedErasure,
};
pub use purges::{PurgeRecord, Purges};
pub use restores::{RestoredBackup, Restores, TableIdentity, TableMark};
pub use runs::{CursorChange, EarlierRuns, LoggedAbout, Logs, RunOpening, RunStore, SyncCursor};
pub use samples::{FeedSample, RequestMade, ResponseSummary};
pub use secrets::{
    Binding, CommunityCount, FormerSecrets, MoveStage, OwnerToken, SecretError, SecretOrigin,
    Secrets,
};
pub use sources::{
    AskDetails, Conclusion, Feed, FeedBlock, NoDetails, ReadMode, Remark, SourceError,
    SourcePosition, SourceSideLists, Sources, Validators,
};
pub use store::{Store, StoreError};
pub use uploads::{UploadedHead, UploadedLists};
