//! The keys of the table: a partition key `pk` and a sort key `sk`, both text.
//!
//! Partitions are divided by who may write them, as permissions are given by partition: what only the console
//! writes (a community's key, the list of its events, configurations) shares no partition with what runs write.
//! The names of communities and events have no `#`.
//!
//! People are spread over 16 partitions a community or event by the first four bits of their id,
//! as one partition takes 1,000 writes a second (`DynamoDB` documentation, "Partitions").

use attendee_sync_app::ports::{InvitationBatchId, KeptKey};
use attendee_sync_domain::authority::TokenName;
use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::people::LogRef;
use jiff::Timestamp;

use crate::table::TableKey;

fn key(pk: String, sk: impl Into<String>) -> TableKey {
    TableKey { pk, sk: sk.into() }
}

/// The number of partitions that people are spread over.
pub(super) const SHARDS: u8 = 16;

pub(super) const COMMUNITIES: &str = "COMMUNITIES";

pub(super) fn community_partition(community: &CommunityId) -> String {
    format!("C#{community}")
}

pub(super) fn community_pointer(community: &CommunityId) -> TableKey {
    key(COMMUNITIES.to_owned(), community.as_str())
}

pub(super) fn community(community: &CommunityId) -> TableKey {
    key(community_partition(community), "COMMUNITY")
}

pub(super) const EVENT_PREFIX: &str = "EVENT#";

pub(super) fn event_pointer(community: &CommunityId, event: &EventId) -> TableKey {
    key(
        community_partition(community),
        format!("{EVENT_PREFIX}{event}"),
    )
}

/// Returns the partition of the notes of events that were closed and are not completely deleted.
pub(super) fn closings_partition(community: &CommunityId) -> String {
    format!("C#{community}#CLOSE")
}

pub(super) fn closing(community: &CommunityId, event: &EventId) -> TableKey {
    key(closings_partition(community), event.as_str())
}

/// How the keys of purges begin that are not ended; no event is called so.
pub(super) const PURGE: &str = "PURGE#";
/// How the keys of purges begin that the audit log does not have yet.
pub(super) const UNRECORDED_PURGE: &str = "PURGED#";

/// The note of a purge that is not ended.
pub(super) fn purge(community: &CommunityId, event: &EventId) -> TableKey {
    key(closings_partition(community), format!("{PURGE}{event}"))
}

/// What stays of a purge until the audit log has it.
pub(super) fn unrecorded_purge(
    community: &CommunityId,
    event: &EventId,
    at: Timestamp,
) -> TableKey {
    let nanoseconds = at.as_nanosecond().max(0);
    let name = format!("{UNRECORDED_PURGE}{nanoseconds:020}#{event}");
    key(closings_partition(community), name)
}

/// Returns all partitions of an event except those of its configuration and its state.
pub(super) fn partitions_of(event: &EventId) -> Vec<String> {
    let shards = (0..SHARDS).flat_map(|shard| {
        [
            attendees_partition(event, shard),
            outbox_partition(event, shard),
        ]
    });
    let whole = [
        runs_partition(event),
        log_partition(event),
        invitation_batches_partition(event),
        fingerprints_partition(event),
        hooks_partition(event),
        notices_partition(event),
    ];
    shards.chain(whole).collect()
}

/// The partition of the notes of erasures that are not finished.
pub(super) fn erasures_partition(community: &CommunityId) -> String {
    format!("C#{community}#ERASE")
}

pub(super) fn erasure(community: &CommunityId, person: PersonId) -> TableKey {
    key(erasures_partition(community), person.to_string())
}

/// Returns the key of the secret of a community's drafts. An erasure deletes it, whichever function
/// finishes the erasure.
pub(super) fn draft_secret(community: &CommunityId) -> TableKey {
    key(format!("C#{community}#DRAFTS"), "SECRET")
}

pub(super) fn configuration(event: &EventId) -> TableKey {
    key(format!("E#{event}"), "CONFIG")
}

/// The partition of the versions of an event's configuration.
pub(super) fn configuration_versions(community: &CommunityId, event: &EventId) -> String {
    format!("C#{community}#CONFIG#{event}")
}

/// In the order of time, also where an event of the same name was deleted before.
pub(super) fn configuration_version(
    community: &CommunityId,
    event: &EventId,
    at: Timestamp,
    version: u64,
) -> TableKey {
    let nanoseconds = at.as_nanosecond().max(0);
    key(
        configuration_versions(community, event),
        format!("{nanoseconds:020}-{version}"),
    )
}

pub(super) fn state(event: &EventId) -> TableKey {
    key(format!("E#{event}#STATE"), "STATE")
}

/// Only the console writes it.
pub(super) fn hook_address(event: &EventId) -> TableKey {
    key(format!("E#{event}"), "HOOK")
}

pub(super) fn hooks_partition(event: &EventId) -> String {
    format!("E#{event}#HOOK")
}

pub(super) fn hook_queue(event: &EventId) -> TableKey {
    key(hooks_partition(event), "QUEUE")
}

pub(super) fn notices_partition(event: &EventId) -> String {
    format!("E#{event}#NOTICE")
}

pub(super) fn notice_book(event: &EventId) -> TableKey {
    key(notices_partition(event), "BOOK")
}

pub(super) fn runs_partition(event: &EventId) -> String {
    format!("E#{event}#RUNS")
}

pub(super) fn run(event: &EventId, run: RunNumber) -> TableKey {
    key(runs_partition(event), number(run))
}

pub(super) fn number(run: RunNumber) -> String {
    format!("{:010}", run.0)
}

pub(super) fn users_partition(community: &CommunityId, shard: u8) -> String {
    format!("C#{community}#U#{shard:x}")
}

pub(super) fn user(community: &CommunityId, person: PersonId) -> TableKey {
    key(
        users_partition(community, person.shard()),
        person.to_string(),
    )
}

pub(super) fn groups_partition(community: &CommunityId) -> String {
    format!("C#{community}#GROUPS")
}

pub(super) fn group(community: &CommunityId, group: &GroupKey) -> TableKey {
    key(groups_partition(community), group.as_str())
}

/// What a person set about the groups of a community; runs do not write it.
pub(super) fn group_options(community: &CommunityId) -> TableKey {
    key(community_partition(community), "GROUPS")
}

/// How the keys of regroupings begin that are not finished; no event is called so.
pub(super) const REGROUPING: &str = "GROUP#";

/// The note of a regrouping.
pub(super) fn regrouping(community: &CommunityId, from: &GroupKey) -> TableKey {
    key(closings_partition(community), format!("{REGROUPING}{from}"))
}

pub(super) fn attendees_partition(event: &EventId, shard: u8) -> String {
    format!("E#{event}#A#{shard:x}")
}

pub(super) fn attendee(event: &EventId, person: PersonId) -> TableKey {
    key(
        attendees_partition(event, person.shard()),
        person.to_string(),
    )
}

pub(super) fn log_partition(event: &EventId) -> String {
    format!("E#{event}#LOG")
}

pub(super) const CHANGES: &str = "C#";
pub(super) const ISSUES: &str = "I#";

/// Returns the prefix of the sort keys of one batch's log.
pub(super) fn log_prefix(kind: &str, batch: LogRef) -> String {
    format!("{kind}{}#{:06}#", number(batch.0), batch.1)
}

pub(super) fn log(event: &EventId, kind: &str, batch: LogRef, part: &str) -> TableKey {
    key(
        log_partition(event),
        format!("{}{part}", log_prefix(kind, batch)),
    )
}

pub(super) const HELD: &str = "H#";

pub(super) fn held_prefix(run: &RunId) -> String {
    format!("{HELD}{}#", number(run.number))
}

pub(super) fn held(run: &RunId, part: u32) -> TableKey {
    key(
        log_partition(&run.event),
        format!("{}{part:06}", held_prefix(run)),
    )
}

/// Returns the prefix of the sort keys of the staged changes of a run's batches. They are stored
/// beside the held changes, as both name people, and after all of these, as digits sort before
/// letters.
pub(super) fn staged_prefix(run: &RunId) -> String {
    format!("{}b", held_prefix(run))
}

pub(super) fn staged(event: &EventId, batch: LogRef, part: &str) -> TableKey {
    let run = RunId {
        event: event.clone(),
        number: batch.0,
    };
    key(
        log_partition(event),
        format!("{}{:06}#{part}", staged_prefix(&run), batch.1),
    )
}

/// Returns the prefix of the sort keys of a run's marks.
pub(super) fn marks_prefix(run: RunNumber) -> String {
    format!("M#{}#", number(run))
}

/// Returns the key of a batch's mark, which says which of its people are done.
pub(super) fn mark(event: &EventId, batch: LogRef) -> TableKey {
    key(
        log_partition(event),
        format!("{}{:06}", marks_prefix(batch.0), batch.1),
    )
}

pub(super) fn invitation_batches_partition(event: &EventId) -> String {
    format!("E#{event}#WAVES")
}

fn invitation_batch_name(invitation_batch: InvitationBatchId) -> String {
    match invitation_batch {
        InvitationBatchId::Asked => "A".to_owned(),
        InvitationBatchId::Run(run) => format!("R#{}", number(run)),
    }
}

pub(super) fn invitation_batch_key(
    event: &EventId,
    invitation_batch: InvitationBatchId,
) -> TableKey {
    key(
        invitation_batches_partition(event),
        invitation_batch_name(invitation_batch),
    )
}

pub(super) fn outbox_partition(event: &EventId, shard: u8) -> String {
    format!("E#{event}#O#{shard:x}")
}

/// Returns the prefix of the sort keys of the people who wait in an invitation batch.
pub(super) fn waiting_prefix(invitation_batch: InvitationBatchId) -> String {
    format!("{}#", invitation_batch_name(invitation_batch))
}

pub(super) fn waiting(
    event: &EventId,
    invitation_batch: InvitationBatchId,
    person: PersonId,
) -> TableKey {
    key(
        outbox_partition(event, person.shard()),
        format!("{}{person}", waiting_prefix(invitation_batch)),
    )
}

pub(super) fn suppressions_partition(community: &CommunityId, shard: u8) -> String {
    format!("C#{community}#S#{shard:x}")
}

pub(super) fn suppression(community: &CommunityId, person: PersonId) -> TableKey {
    key(
        suppressions_partition(community, person.shard()),
        person.to_string(),
    )
}

pub(super) fn audit_partition(community: &CommunityId) -> String {
    format!("C#{community}#AUDIT")
}

/// Returns the key of an audit entry; keys sort by time. There are no entries before 1970.
pub(super) fn audit(community: &CommunityId, at: Timestamp, salt: u32) -> TableKey {
    let nanoseconds = at.as_nanosecond().max(0);
    key(
        audit_partition(community),
        format!("{nanoseconds:020}#{salt:08x}"),
    )
}

/// The prefix of the names of partitions that hold sessions and form input. The installation works
/// without these items.
pub const KEPT_PARTITIONS: &str = "K#";

/// Returns the key of a value that expires. Each is in a partition of its own, so that they are
/// spread as evenly as their keys.
pub(super) fn kept(KeptKey(bytes): KeptKey) -> TableKey {
    let prefix = String::from(KEPT_PARTITIONS);
    let name = bytes.iter().fold(prefix, |mut name, byte| {
        for digit in [byte >> 4, byte & 0xf] {
            name.extend(char::from_digit(digit.into(), 16));
        }
        name
    });
    key(name, "KEPT")
}

pub(super) const TOKENS: &str = "TOKENS";

pub(super) fn token(name: &TokenName) -> TableKey {
    key(TOKENS.to_owned(), name.as_str())
}

pub(super) fn fingerprints_partition(event: &EventId) -> String {
    format!("E#{event}#FP")
}

pub(super) fn fingerprints_head(event: &EventId) -> TableKey {
    key(fingerprints_partition(event), "HEAD")
}

pub(super) fn page_prefix(generation: u64) -> String {
    format!("P#{generation:010}#")
}

pub(super) fn page(event: &EventId, generation: u64, page: usize) -> TableKey {
    key(
        fingerprints_partition(event),
        format!("{}{page:06}", page_prefix(generation)),
    )
}

pub(super) const JOURNAL: &str = "J#";

pub(super) fn journal(event: &EventId, batch: LogRef, part: &str) -> TableKey {
    key(
        fingerprints_partition(event),
        format!("{}{part}", log_prefix(JOURNAL, batch)),
    )
}
