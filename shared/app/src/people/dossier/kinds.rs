//! What a dossier has of each kind of item that is stored. The kinds are those of the table in
//! `docs/internals/table.md`; a test holds that each has a decision here, and that what is decided to be shown is.

use serde::{Deserialize, Serialize};

use super::NotShown;

/// What something in a dossier is, in the order in which a dossier shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StoredKind {
    /// Their profile, groups and events; or what is left of them after an erasure.
    User,
    /// Their attendance of an event: their records from the source, their badge, their invitation.
    Attendee,
    /// What a run changed.
    Change,
    /// What a run had to say about a record of theirs.
    Issue,
    /// A change that waits for the end of a run, or for approval.
    PendingChange,
    /// What was read of them by a run that goes on in another process.
    RunCheckpoint,
    /// Why their address gets no mail.
    Suppression,
    /// A mail that was written into the mail folder.
    Mail,
    /// What people did that was about them, and what they did themselves.
    AuditEntry,
    /// Where their address stands in the configuration of an event.
    Configuration,
    /// Their erasure, while it is not finished.
    Erasure,
}

impl StoredKind {
    /// The kind as a heading.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::User => "Profile, groups and events",
            Self::Attendee => "Attendance",
            Self::Change => "Changes by syncs",
            Self::Issue => "Issues",
            Self::PendingChange => "Pending changes",
            Self::RunCheckpoint => "Records of a sync under way",
            Self::Suppression => "Suppression list",
            Self::Mail => "Mail folder",
            Self::AuditEntry => "Audit log",
            Self::Configuration => "Configurations that name the address",
            Self::Erasure => "Erasure under way",
        }
    }
}

/// What a dossier has of a kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemDecision {
    /// It is shown so.
    Shown(StoredKind),
    /// It says of a person only what is shown so.
    Repeats(StoredKind),
    /// It may be about a person and is not shown, for this reason.
    Unreadable(&'static str),
    /// It is about nobody.
    Nobody,
}

use ItemDecision::{Nobody, Repeats, Shown, Unreadable};

const SEALED: &str = "It is encrypted, and only the browser or the link that it was made for can open it. It is deleted \
                      after at most 24 hours.";
const HASHES: &str = "It has hashes of records under the first half of the person's ID, by which a sync knows what it has \
                      read before. They do not say what the records say.";
const HOOKS: &str = "It has the addresses or record IDs that hooks have just named, until the source was asked for them: \
                     a few minutes.";
const UPLOADED: &str = "It has the file that somebody uploaded as the list of an event, with others in it. What a sync read \
                        of it about the person is shown as their attendance.";
const BADGES: &str = "It has what was found at the URLs of badges, under hashes of the URLs that only this installation can make. \
                      What was found at the URL of the person's badge is on their page.";
const COUNTED: &str = "It has times of test mails under a hash of the name of whoever asked for them. It is deleted after \
                       at most a day.";

/// The decision about each kind of item, by the name that it has in the description of the table.
pub const KINDS: &[(&str, ItemDecision)] = &[
    ("community pointer", Nobody),
    ("community", Nobody),
    ("event pointer", Nobody),
    ("erasure note", Shown(StoredKind::Erasure)),
    ("CONFIG", Shown(StoredKind::Configuration)),
    (
        "version of a configuration",
        Shown(StoredKind::Configuration),
    ),
    ("address of hooks", Nobody),
    ("hooks", Unreadable(HOOKS)),
    ("notices", Nobody),
    ("uploaded list: head", Nobody),
    ("uploaded list: part", Unreadable(UPLOADED)),
    ("closing note", Nobody),
    ("purge note", Nobody),
    ("purge to be recorded", Nobody),
    ("STATE", Nobody),
    ("run", Nobody),
    ("user, or their tombstone", Shown(StoredKind::User)),
    ("group", Nobody),
    ("options of groups", Nobody),
    ("regrouping note", Nobody),
    ("memberships: journal", Repeats(StoredKind::User)),
    ("format; lease of memberships", Nobody),
    ("group: head", Repeats(StoredKind::User)),
    ("group: page", Repeats(StoredKind::User)),
    ("attendee", Shown(StoredKind::Attendee)),
    ("changes", Shown(StoredKind::Change)),
    ("invitation batch", Nobody),
    ("queued invitation", Repeats(StoredKind::Attendee)),
    ("suppression", Shown(StoredKind::Suppression)),
    ("restore", Nobody),
    ("mark of the table", Nobody),
    ("badges: round", Nobody),
    ("badges: findings", Unreadable(BADGES)),
    ("round of the schedules", Nobody),
    ("release", Nobody),
    ("audit entry", Shown(StoredKind::AuditEntry)),
    ("token", Nobody),
    ("kept for a session or form", Unreadable(SEALED)),
    ("draft secret", Nobody),
    ("counted tests", Unreadable(COUNTED)),
    ("report of the doctor", Nobody),
    ("place of a check", Nobody),
    ("saved filters", Nobody),
    ("pending changes: held", Shown(StoredKind::PendingChange)),
    ("pending changes: staged", Shown(StoredKind::PendingChange)),
    ("mark", Repeats(StoredKind::Change)),
    ("run checkpoint: head", Nobody),
    ("run checkpoint: part", Shown(StoredKind::RunCheckpoint)),
    ("issues", Shown(StoredKind::Issue)),
    ("fingerprints: head", Nobody),
    ("fingerprints: page", Unreadable(HASHES)),
    ("fingerprints: journal", Unreadable(HASHES)),
];

/// What may be stored about anybody and is not shown.
pub(super) fn not_shown() -> impl Iterator<Item = NotShown> {
    KINDS.iter().filter_map(|(kind, decision)| match decision {
        Unreadable(why) => Some(NotShown {
            kind: (*kind).to_owned(),
            why: (*why).to_owned(),
        }),
        Shown(_) | Repeats(_) | Nobody => None,
    })
}
