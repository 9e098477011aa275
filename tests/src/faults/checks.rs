//! What must hold after a play (`C1` to `C7`).

use attendee_sync_domain::ids::{PersonId, PersonKey};

use super::play::End;
use super::scene::{KEY, MOVED, NEW};
use super::schedule::{CallKind, ConcurrentAction, Port};

/// Most times the writes of a calm play, and its messages, that one with a fault may take; each
/// further fault may take the difference once more.
const MOST_WRITES: usize = 3;
const MOST_MESSAGES: usize = 2;

/// Writes of a run that is put down once more, and how often it may be while it waits for a batch.
const WRITES_OF_A_WAIT: usize = 5;
const LONGEST_WAIT: usize = 90;

pub(super) fn check(end: &End, wanted: &End) -> Vec<String> {
    let mut wrong = mails(end);
    wrong.extend(end.told.wrong.iter().cloned());
    if end.removed {
        wrong.extend(gone(end));
        return wrong;
    }
    wrong.extend(end.picture.differences(&wanted.picture));
    wrong.extend(invited(end));
    wrong.extend(told(end, wanted));
    wrong.extend(unread(end, wanted));
    wrong.extend(quiet(end, wanted));
    wrong.extend(bounded(end, wanted));
    wrong
}

/// What nobody can know is forgiven: which company somebody has who is taken out by hand depends on when, as
/// nothing is written into their profile from then on. Whose record moved is told by the fingerprints, and
/// by the feed in which it still had the other address: where those were lost, or a read said that somebody was
/// gone, the record is new.
pub(super) fn forgive(end: &End, wrong: &mut Vec<String>) {
    let met = |wanted: CallKind| end.met.iter().any(|met| met.2 == wanted);
    let did = |wanted: ConcurrentAction| met(CallKind::Deed(wanted));
    if did(ConcurrentAction::LosesFingerprints)
        || did(ConcurrentAction::SpoilsFingerprints)
        || met(CallKind::Ended)
    {
        let key = PersonKey(KEY);
        let ids: Vec<String> = MOVED
            .iter()
            .flat_map(|name| {
                let address = format!("{name}@example.org");
                let person = PersonId::of(&key, &address.parse().unwrap());
                [person.to_string(), address]
            })
            .collect();
        // The next whole read settles what was left of them, by one batch more.
        let is_about = |line: &String| {
            ids.iter().any(|id| line.contains(id)) || line.contains("C2: the next sync writes")
        };
        wrong.retain(|line| !is_about(line));
    }
    if did(ConcurrentAction::Bars) && did(ConcurrentAction::Configures) {
        wrong.retain(|line| !(line.contains("user: ") && line.contains("max@")));
    }
}

/// Nobody is mailed twice, in whatever state they are.
fn mails(end: &End) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut all = end.recipients.clone();
    all.dedup();
    for address in all {
        let times = end.recipients.iter().filter(|to| **to == address).count();
        if times > 1 {
            wrong.push(format!("C6: {address} was mailed {times} times"));
        }
    }
    wrong
}

/// Everybody was mailed whose mail is not in doubt and was not refused; and only where something went
/// wrong that lets one doubt, is one in doubt.
fn invited(end: &End) -> Vec<String> {
    let kinds: Vec<(Port, CallKind)> = end.met.iter().map(|met| (met.1, met.2)).collect();
    let may_doubt = kinds
        .iter()
        .any(|(port, kind)| leaves_a_doubt(*port, *kind));
    let may_fail = kinds.iter().any(|(_, kind)| *kind == CallKind::Rejected);
    let mut wrong = Vec::new();
    for (address, state) in &end.picture.invitations {
        // Whoever's address was corrected had their mail at the other one.
        let former = address.replace("oliver@", "oli@");
        let recipients = end.recipients.iter();
        let mails = recipients
            .filter(|to| *to == address || **to == former)
            .count();
        let fits = match state.as_deref() {
            Some("sent") => mails == 1,
            // What came of it moved along to the corrected address.
            None if address.starts_with("oli@") => mails <= 1,
            Some("in_doubt") => may_doubt && mails <= 1,
            Some("failed") => may_fail && mails == 0,
            _ => false,
        };
        if !fits {
            wrong.push(format!("C6: {address} is {state:?} with {mails} mails"));
        }
    }
    for name in NEW {
        let address = format!("{name}@example.org");
        if !end.picture.invitations.contains_key(&address) {
            wrong.push(format!("C6: {address} has no invitation"));
        }
    }
    wrong
}

/// Whether the fault may leave one in the dark about a mail.
fn leaves_a_doubt(port: Port, kind: CallKind) -> bool {
    match kind {
        CallKind::CrashBefore | CallKind::CrashAfter | CallKind::TimeOver | CallKind::Overtaken => {
            true
        }
        CallKind::Lost | CallKind::Hung if port == Port::Mail => true,
        // The mail went out, and that could not be written down.
        CallKind::Refused | CallKind::Failed | CallKind::Throttled(_) => {
            matches!(port, Port::Table(_))
        }
        _ => false,
    }
}

/// Whether people may have been taken out and come back: the feed ended early, or lacked a page twice.
fn may_come_and_go(end: &End) -> bool {
    let short = |kind: &CallKind| {
        matches!(
            kind,
            CallKind::Ended | CallKind::Skipped | CallKind::Renamed
        )
    };
    end.met.iter().any(|met| short(&met.2))
}

/// The logs say of everybody once what became of them, and the counts come to the same.
fn told(end: &End, wanted: &End) -> Vec<String> {
    let changes_said = |kind: &CallKind| matches!(kind, CallKind::Deed(action) if *action != ConcurrentAction::Syncs);
    if may_come_and_go(end) || end.met.iter().any(|met| changes_said(&met.2)) {
        // By when it happened, one or the other change is a run's.
        return Vec::new();
    }
    let mut wrong = Vec::new();
    if end.told.changes != wanted.told.changes {
        let differs = |(key, count): (&(String, &str), &usize), other: &End| {
            (other.told.changes.get(key) != Some(count)).then(|| format!("{key:?} {count} times"))
        };
        let is = end
            .told
            .changes
            .iter()
            .filter_map(|one| differs(one, wanted));
        let should = wanted
            .told
            .changes
            .iter()
            .filter_map(|one| differs(one, end));
        let (is, should): (Vec<_>, Vec<_>) = (is.collect(), should.collect());
        wrong.push(format!("the logs say {is:?} and not {should:?}"));
    }
    if end.told.sums != wanted.told.sums {
        let (is, should) = (end.told.sums, wanted.told.sums);
        wrong.push(format!("the counts come to {is:?} and not {should:?}"));
    }
    wrong
}

/// Where nothing else went wrong than that a page held no usable record, a run says so or fails.
fn unread(end: &End, wanted: &End) -> Option<String> {
    let [(_, _, CallKind::Renamed)] = end.met[..] else {
        return None;
    };
    (!end.told.failed && end.told.most_issues <= wanted.told.most_issues)
        .then(|| "C8: no issue says that a page had no usable record".to_owned())
}

/// The next sync writes only its run.
fn quiet(end: &End, wanted: &End) -> Vec<String> {
    if end.quiet == wanted.quiet {
        return Vec::new();
    }
    let ((writes, messages), (quiet, sent)) = (end.quiet, wanted.quiet);
    vec![format!(
        "C2: the next sync writes {writes} times and sends {messages} messages, not {quiet} and {sent}"
    )]
}

/// A run that waits for a batch is put down each minute: that is one message, and its writes are few.
fn bounded(end: &End, wanted: &End) -> Vec<String> {
    let faults = end.met.len();
    let most = |calm: usize, times: usize| calm + calm * (times - 1) * faults.max(1);
    let waits = end.suspensions.saturating_sub(wanted.suspensions);
    let is = [end.writes, end.messages, waits];
    let at_most = [
        most(wanted.writes, MOST_WRITES) + waits * WRITES_OF_A_WAIT,
        most(wanted.messages, MOST_MESSAGES) + waits,
        LONGEST_WAIT * faults,
    ];
    let what = ["writes", "messages", "times put down"];
    let numbers = what.into_iter().zip(is).zip(at_most);
    numbers
        .filter(|((_, is), most)| is > most)
        .map(|((what, is), most)| format!("C7: {is} {what}, at most {most}"))
        .collect()
}

/// Nothing is left of an event that was taken out.
fn gone(end: &End) -> Vec<String> {
    let left = |line: &&String| line.contains("devcon");
    let lines = end
        .picture
        .lines
        .iter()
        .chain(&end.picture.left)
        .filter(left);
    lines
        .map(|line| format!("F13: there still is {line}"))
        .collect()
}
