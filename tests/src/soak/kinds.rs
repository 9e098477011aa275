//! Items of the table by what they are; `docs/internals/table.md` lists them.

use attendee_sync_testkit::transport::MeasuredItem;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A community, or the pointer to it.
    Community,
    /// The pointer to an event.
    EventPointer,
    /// An erasure that is not finished.
    ErasureNote,
    /// An event that is being deleted.
    ClosingNote,
    /// An event's configuration.
    Configuration,
    /// A version of an event's configuration, in its history.
    ConfigurationVersion,
    /// An event's state.
    State,
    /// A run.
    Run,
    /// A user.
    User,
    /// What stays of an erased person.
    Tombstone,
    /// A group.
    Group,
    /// Which form the memberships have, or who folds them.
    MembershipNote,
    /// Memberships that were given or taken away since the pages of groups.
    MembershipJournal,
    /// Which pages of a group count.
    GroupHead,
    /// A page of a group's members.
    GroupPage,
    /// An attendee.
    Attendee,
    /// What a batch changed.
    Changes,
    /// What a batch had to say.
    Issues,
    /// What waits for approval.
    Held,
    /// What says that a part of a batch is written.
    Mark,
    /// How far a run came.
    Leg,
    /// A wave of invitations.
    Wave,
    /// Somebody who waits in a wave.
    Waiting,
    /// Somebody who gets no mail.
    Suppression,
    /// An entry of the audit log.
    Audit,
    /// A token.
    Token,
    /// A session, or something else that waits for an hour or so.
    Kept,
    /// Which fingerprints count.
    Head,
    /// A page of fingerprints.
    Page,
    /// Fingerprints since.
    Journal,
    /// Nobody knows what.
    Unknown,
}

impl ItemKind {
    /// All of them.
    pub const ALL: [Self; 31] = [
        Self::Community,
        Self::EventPointer,
        Self::ErasureNote,
        Self::ClosingNote,
        Self::Configuration,
        Self::ConfigurationVersion,
        Self::State,
        Self::Run,
        Self::User,
        Self::Tombstone,
        Self::Group,
        Self::MembershipNote,
        Self::MembershipJournal,
        Self::GroupHead,
        Self::GroupPage,
        Self::Attendee,
        Self::Changes,
        Self::Issues,
        Self::Held,
        Self::Mark,
        Self::Leg,
        Self::Wave,
        Self::Waiting,
        Self::Suppression,
        Self::Audit,
        Self::Token,
        Self::Kept,
        Self::Head,
        Self::Page,
        Self::Journal,
        Self::Unknown,
    ];

    /// For tables of people.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    pub(super) fn of(item: &MeasuredItem) -> Self {
        let parts: Vec<&str> = item.pk.split('#').collect();
        let sk = item.sk.as_str();
        match parts[..] {
            ["COMMUNITIES"] => Self::Community,
            ["TOKENS"] => Self::Token,
            ["K", _] | ["C", _, "DRAFTS"] => Self::Kept,
            ["C", _] => match sk.split('#').next() {
                Some("COMMUNITY") => Self::Community,
                Some("EVENT") => Self::EventPointer,
                _ => Self::Unknown,
            },
            ["C", _, "U", _] => match item.doc.as_deref() {
                Some(doc) if doc.starts_with(r#"{"erased""#) => Self::Tombstone,
                _ => Self::User,
            },
            ["C", _, "GROUPS"] => Self::Group,
            ["C", _, "MJ"] if sk.starts_with("J#") => Self::MembershipJournal,
            ["C", _, "MJ"] => Self::MembershipNote,
            ["C", _, "M", ..] if sk == "HEAD" => Self::GroupHead,
            ["C", _, "M", ..] => Self::GroupPage,
            ["C", _, "S", _] => Self::Suppression,
            ["C", _, "AUDIT"] => Self::Audit,
            ["C", _, "CONFIG", _] => Self::ConfigurationVersion,
            ["C", _, "ERASE"] => Self::ErasureNote,
            ["C", _, "CLOSE"] => Self::ClosingNote,
            ["E", _] if sk == "CONFIG" => Self::Configuration,
            ["E", _, "STATE"] => Self::State,
            ["E", _, "RUNS"] => Self::Run,
            ["E", _, "A", _] => Self::Attendee,
            ["E", _, "WAVES"] => Self::Wave,
            ["E", _, "O", _] => Self::Waiting,
            ["E", _, "LOG"] => match sk.split('#').next() {
                Some("C") => Self::Changes,
                Some("I") => Self::Issues,
                Some("H") => Self::Held,
                Some("M") => Self::Mark,
                Some("L") => Self::Leg,
                _ => Self::Unknown,
            },
            ["E", _, "FP"] => match sk.split('#').next() {
                Some("HEAD") => Self::Head,
                Some("P") => Self::Page,
                Some("J") => Self::Journal,
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}
