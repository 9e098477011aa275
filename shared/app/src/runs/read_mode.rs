//! Decides what a run requests from its source, and which sync cursor it leaves for the next one.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::run::{Coverage, Run, RunState};
use jiff::{SignedDuration, Timestamp};

use crate::ports::{Conclusion, CursorChange, ReadMode, SyncCursor, Validators};
use crate::runs::start::SyncScope;

/// How long validators are trusted before everything is read again.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);

/// Returns the hash of the settings that decide how a feed is understood: with another hash, stored
/// fingerprints say nothing about it.
pub(crate) fn mapping_hash(document: &EventDocument, evaluator: &Evaluator) -> u64 {
    document.reading() ^ evaluator.mapping_hash().rotate_left(1)
}

/// Returns what to request from the source.
pub(crate) fn ask(
    document: &EventDocument,
    scope: &SyncScope,
    mark: Option<&SyncCursor>,
    mapping_hash: u64,
    now: Timestamp,
) -> ReadMode {
    match scope {
        SyncScope::Everyone => {}
        SyncScope::One(email) => return ReadMode::Person(email.clone()),
        SyncScope::Record(id) => return ReadMode::Record(id.clone()),
    }
    let Some(mark) = mark.filter(|mark| mark.mapping_hash == mapping_hash) else {
        return ReadMode::Everything;
    };
    let is_due = |after: SignedDuration| now.duration_since(mark.everything) >= after;
    if let Some(incremental) = &document.source.incremental {
        if is_due(SignedDuration::from_hours(
            incremental.full_every_hours.into(),
        )) {
            return ReadMode::Everything;
        }
        let overlap = SignedDuration::from_secs(incremental.overlap_seconds.into());
        return ReadMode::Since(mark.answered.checked_sub(overlap).unwrap_or(mark.answered));
    }
    match &mark.validators {
        Some(validators) if !is_due(BELIEVED) => ReadMode::Unless(validators.clone()),
        _ => ReadMode::Everything,
    }
}

/// Returns the validators of an earlier reading that this full reading does not send. Where the
/// source returns the same ones, its records should be the same as before.
pub(crate) fn believed(
    document: &EventDocument,
    ask: &ReadMode,
    mark: Option<&SyncCursor>,
    mapping_hash: u64,
) -> Option<Validators> {
    let is_incremental = document.source.incremental.is_some();
    let mark =
        mark.filter(|mark| mark.mapping_hash == mapping_hash && *ask == ReadMode::Everything)?;
    mark.validators.clone().filter(|_| !is_incremental)
}

/// Returns how much of the source was read.
pub(crate) fn extent(ask: &ReadMode, conclusion: &Conclusion) -> Coverage {
    match ask {
        ReadMode::Person(_) | ReadMode::Record(_) => Coverage::OnePerson,
        _ if conclusion.not_modified => Coverage::NotModified,
        ReadMode::Since(_) => Coverage::Changes,
        ReadMode::Everything | ReadMode::Unless(_) => Coverage::Everything,
    }
}

/// Returns what a finished run does to the sync cursor.
pub(crate) fn leave(
    run: &Run,
    document: &EventDocument,
    before: Option<SyncCursor>,
    mapping_hash: u64,
    keys_unique: Option<bool>,
    conclusion: &Conclusion,
) -> CursorChange {
    let keys_unique = keys_unique == Some(true);
    let answered = conclusion.answered.unwrap_or(run.started);
    if run.state == RunState::Succeeded && !conclusion.is_complete() {
        // What was not read has to come up again: by a full read, or by one of the changes since
        // the same time.
        return match (run.extent, before) {
            (Coverage::Everything, Some(_)) => CursorChange::Clear,
            _ => CursorChange::Keep,
        };
    }
    match (run.state, run.extent) {
        (RunState::Succeeded, Coverage::NotModified) => CursorChange::Keep,
        (RunState::Succeeded, Coverage::Everything)
            if document.source.incremental.is_some()
                || conclusion.validators.is_some()
                || (keys_unique && document.mapping.source_id.is_some()) =>
        {
            let before = before.filter(|before| before.mapping_hash == mapping_hash);
            let validators_lie =
                conclusion.validators_lie || before.is_some_and(|before| before.validators_lie);
            let validators = conclusion.validators.clone();
            CursorChange::Set(SyncCursor {
                mapping_hash,
                answered,
                everything: run.started,
                validators: validators.filter(|_| !validators_lie),
                keys_unique,
                validators_lie,
            })
        }
        // People whose changes are held have to come up again.
        (RunState::Held, _) | (RunState::Succeeded, Coverage::Everything) => match before {
            Some(_) => CursorChange::Clear,
            None => CursorChange::Keep,
        },
        (RunState::Succeeded, Coverage::Changes) => match before {
            Some(before) => CursorChange::Set(SyncCursor { answered, ..before }),
            None => CursorChange::Keep,
        },
        // The stored people may be newer than the state that these validators stand for: if the
        // source returned to that state, it would wrongly count as unchanged.
        _ => match before {
            Some(before) if before.validators.is_some() => CursorChange::Set(SyncCursor {
                validators: None,
                ..before
            }),
            _ => CursorChange::Keep,
        },
    }
}
