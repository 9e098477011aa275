//! Figures, times and results as people read them.

use attendee_sync_domain::guard::{Guard, Tripped};
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_domain::run::{Counts, Decision, Extent, Hold, Run, RunState};
use attendee_sync_domain::schedule::{Due, Why};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// With thousands separated: 12,345.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: 1 record, 2 records.
pub(crate) fn counted(value: u64, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(value))
}

/// A size: 4.1 MB.
pub(crate) fn bytes(value: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", value / unit, value % unit * 10 / unit);
    match value {
        0..1_000 => format!("{value} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

/// A duration: 0.4 s, 3 min 12 s.
pub(crate) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..10 => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A sentence, from words that begin in lower case and end without a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut text = capitalised(words);
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// What a run did: "12 added, 3 updated, 1 removed, 484 unchanged of 500 records in 0.4 s, 12
/// invitations queued".
pub(crate) fn result(run: &Run) -> String {
    let did = match run.extent {
        Extent::NotModified => "nothing new".to_owned(),
        _ => figures(&run.counts),
    };
    let queued = match run.counts.invitations_queued {
        0 => String::new(),
        queued => format!(", {} queued", counted(queued, "invitation")),
    };
    format!("{did} in {}{queued}", duration(run.milliseconds))
}

/// People, counted: 1 person, 12 people.
pub(crate) fn people(count: u64) -> String {
    match count {
        1 => "1 person".to_owned(),
        _ => format!("{} people", number(count)),
    }
}

/// Why a guard holds a run: what would happen, and what the limit is.
pub(crate) fn why(tripped: &Tripped) -> String {
    let Tripped {
        guard,
        count,
        of,
        limit_percent,
    } = tripped;
    let (count, of) = (number(*count), number(*of));
    match guard {
        Guard::Removals => format!(
            "{count} of {of} attendees would be taken out of the event. More than {limit_percent} % needs your approval."
        ),
        Guard::Blanked(field) => format!(
            "{} would go blank for {count} of the {of} attendees who have it. More than {limit_percent} % needs your approval.",
            capitalised(&field_name(field))
        ),
        Guard::Rejected => format!(
            "{count} of {of} records were rejected. Over {limit_percent} %, whatever takes something away needs your approval."
        ),
        Guard::Invitations => {
            format!("{count} people would be invited. More than {of} at a time need your approval.")
        }
    }
}

/// What became of what guards held of a run, in a sentence; nothing where they held nothing.
pub(crate) fn hold(run: &Run) -> Option<String> {
    let hold = run.hold.as_ref()?;
    let Some(decision) = hold.decision else {
        return Some(match (hold.people, hold.invitations) {
            (0, 0) => "Asks for your attention; nothing of it is held back.".to_owned(),
            (0, 1) => "1 invitation waits for your decision.".to_owned(),
            (0, many) => format!("{} invitations wait for your decision.", number(many)),
            (people, invitations) => {
                let and = match invitations {
                    0 => String::new(),
                    some => format!(" and {}", counted(some, "invitation")),
                };
                format!("{} changes{and} wait for your decision.", whose(people))
            }
        });
    };
    let (what, were) = match (hold.people, hold.invitations) {
        (0, 1) => ("The invitation that was held".to_owned(), "was"),
        (0, many @ 2..) => (
            format!("The {} invitations that were held", number(many)),
            "were",
        ),
        (some, 0) => (format!("What was held of {}", people(some)), "was"),
        (some, many) => (
            format!(
                "The held changes of {} and {}",
                people(some),
                counted(many, "invitation")
            ),
            "were",
        ),
    };
    Some(match decision {
        Decision::Approved => {
            let said = run.reason.as_deref().unwrap_or_default();
            match said.rsplit_once("approved, but for ") {
                Some((_, but)) => format!("{what} {were} approved, but for {but}."),
                None => format!("{what} {were} approved."),
            }
        }
        Decision::Discarded => {
            let nobody = match (hold.people, hold.invitations) {
                (_, 0) => "changed",
                (0, _) => "was invited",
                _ => "changed or was invited",
            };
            format!("{what} {were} discarded; nobody {nobody} by it.")
        }
        Decision::Superseded => {
            format!("{what} {were} not decided: a newer run looked at the same people.")
        }
    })
}

fn whose(count: u64) -> String {
    format!("{}\u{2019}s", people(count))
}

/// Why a run failed, without what it then said of invitations that wait: what became of them is
/// said by [`hold`].
pub(crate) fn failure(run: &Run) -> Option<String> {
    let reason = run.reason.as_deref()?;
    let waited = run.hold.clone().map(|hold| Hold {
        decision: None,
        ..hold
    });
    let waited = waited.map(|hold| format!("; {}", hold.in_words()));
    let why = waited.and_then(|waited| reason.strip_suffix(&waited));
    Some(sentence(why.unwrap_or(reason)))
}

/// What of a sync would wait, where it would be held.
pub(crate) fn would_wait(hold: &Hold) -> String {
    let changes = format!("the changes of {}", people(hold.people));
    let invitations = format!("the invitations of {}", people(hold.invitations));
    let what = match (hold.people, hold.invitations) {
        (0, 0) => return "Nothing would be held back; it asks for your attention.".to_owned(),
        (_, 0) => changes,
        (0, _) => invitations,
        _ => format!("{changes} and {invitations}"),
    };
    format!(
        "{} would be held; all others would go through.",
        capitalised(&what)
    )
}

/// What the texts of an invitation may use, and what it stands for.
pub(crate) const VARIABLES: [(&str, &str); 14] = [
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("title", "Title, such as Dr."),
    ("email", "E-mail address"),
    ("job_title", "Job title"),
    ("company", "Company"),
    ("country", "Country"),
    ("additional_info", "Additional information"),
    ("biography", "Biography"),
    ("groups", "The list of groups; write groups | join(', ')"),
    ("badge_url", "Address of the digital badge"),
    ("event.name", "Name of the event"),
    ("sign_in_url", "Where attendees sign in, as given above"),
    (
        "unsubscribe_url",
        "Where mail ends for good; it stands below every mail anyway",
    ),
];

/// What came of asking for invitations.
pub(crate) fn were_queued(count: u64) -> String {
    match count {
        0 => "Nobody was left to invite.".to_owned(),
        1 => "1 invitation was queued and goes out.".to_owned(),
        many => format!(
            "{} invitations were queued; they go out one after the other.",
            number(many)
        ),
    }
}

/// Who was left out when invitations were asked for.
pub(crate) fn are_suppressed(count: u64) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!(
        "{} {are} on the suppression list and got none.",
        people(count)
    )
}

/// Whom a sync would invite.
pub(crate) fn would_be_invited(count: u64) -> Option<String> {
    (count > 0).then(|| format!("{} would be invited.", people(count)))
}

/// A state of an invitation, by its name; `none` among them.
pub(crate) fn invitation(state: &str) -> &'static str {
    match state {
        "queued" => "Queued",
        "sending" => "Being sent",
        "sent" => "Sent",
        "delivered" => "Delivered",
        "bounced" => "Bounced",
        "complained" => "Reported as spam",
        "failed" => "Failed",
        "in_doubt" => "In doubt",
        _ => "Not invited",
    }
}

/// The states of invitations in the order of their lives, `none` first.
pub(crate) fn invitation_states() -> impl Iterator<Item = &'static str> {
    let states = InvitationState::ALL.into_iter();
    ["none"]
        .into_iter()
        .chain(states.map(InvitationState::name))
}

/// A field as people read it: `job_title` is "job title".
pub(crate) fn field_name(name: &str) -> String {
    match name {
        "source_id" => "source ID".to_owned(),
        "email" => "e-mail".to_owned(),
        other => other.replace('_', " "),
    }
}

pub(crate) fn capitalised(words: &str) -> String {
    let mut chars = words.trim().chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// Counts in words: "12 added, 488 unchanged of 500 records".
pub(crate) fn figures(counts: &Counts) -> String {
    if counts.records_read == 0 {
        return "no records".to_owned();
    }
    let parts: Vec<String> = [
        (counts.added, "added"),
        (counts.updated, "updated"),
        (counts.removed, "removed"),
        (counts.unchanged, "unchanged"),
        (counts.rejected, "rejected"),
        (counts.ignored, "out of scope"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", number(count)))
    .collect();
    let records = counted(counts.records_read, "record");
    format!("{} of {records}", parts.join(", "))
}

/// What there is to say beside the result, in sentences.
pub(crate) fn remarks(run: &Run) -> Vec<String> {
    let counts = &run.counts;
    let people = |count: u64| match count {
        1 => "1 person was".to_owned(),
        _ => format!("{} were", people(count)),
    };
    let mut remarks = Vec::new();
    match run.extent {
        Extent::Everything => {}
        Extent::Changes => remarks.push(
            "Only what changed since the last run was asked for; all others are as they were."
                .to_owned(),
        ),
        Extent::NotModified => remarks.push(
            "The source says that nothing changed since the last run, so nothing was read."
                .to_owned(),
        ),
        Extent::OnePerson => remarks.push("This run was about one person.".to_owned()),
    }
    if counts.missing_removed > 0 {
        let who = people(counts.missing_removed);
        remarks.push(format!(
            "{who} removed because the feed no longer names them."
        ));
    }
    if counts.erased > 0 {
        let who = people(counts.erased);
        remarks.push(format!("{who} erased for good, as the delete flag says."));
    }
    match counts.groups_created {
        0 => {}
        1 => remarks.push("1 group is new.".to_owned()),
        many => remarks.push(format!("{} groups are new.", number(many))),
    }
    remarks
}

/// A state as pages name it.
pub(crate) fn state(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "Queued",
        RunState::Reading | RunState::Applying => "Under way",
        RunState::Held => "Held",
        RunState::Succeeded => "Succeeded",
        RunState::Failed => "Failed",
    }
}

/// A time as pages show it: how long ago, and exactly, in the event's time zone.
#[derive(Debug, Clone, askama::Template)]
#[template(
    source = r#"<time datetime="{{ utc }}" title="{{ exact }}">{{ relative }}</time>"#,
    ext = "html"
)]
pub(crate) struct When {
    utc: String,
    pub(crate) exact: String,
    relative: String,
}

/// A sync that comes by itself: exactly when, in the event's time zone, and how soon that is.
#[derive(Debug, Clone, askama::Template)]
#[template(
    source = r#"<time datetime="{{ utc }}">{{ exact }}</time> ({{ in_words }}{% if !why.is_empty() %}, {{ why }}{% endif %})"#,
    ext = "html"
)]
pub(crate) struct Coming {
    utc: String,
    exact: String,
    in_words: String,
    why: &'static str,
}

/// The time zone of an event and the time of the page.
#[derive(Debug, Clone)]
pub(crate) struct Clockwork {
    zone: TimeZone,
    now: Timestamp,
}

impl Clockwork {
    /// UTC where this machine does not know the zone.
    pub(crate) fn new(zone: &str, now: Timestamp) -> Self {
        Self {
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            now,
        }
    }

    /// A sync that comes by itself.
    pub(crate) fn coming(&self, due: &Due) -> Coming {
        let local = due.at.to_zoned_datetime(self.zone.clone());
        let seconds = due.at.duration_since(self.now).as_secs();
        let in_words = match seconds {
            ..45 => "now".to_owned(),
            45..3600 => format!("in {} min", (seconds + 30) / 60),
            3600..172_800 => format!("in {} h", (seconds + 1_800) / 3600),
            _ => format!("in {} days", (seconds + 43_200) / 86_400),
        };
        Coming {
            utc: due.at.to_string(),
            exact: local.strftime("%-d %b %Y, %H:%M:%S %Z").to_string(),
            in_words,
            why: match due.why {
                Why::Schedule => "",
                Why::CatchUp => "as one was missed",
                Why::Retry => "as the last one failed",
                Why::Final => "the final one",
            },
        }
    }

    pub(crate) fn show(&self, time: Timestamp) -> When {
        let local = time.to_zoned_datetime(self.zone.clone());
        let exact = local.strftime("%-d %b %Y, %H:%M:%S %Z").to_string();
        let seconds = self.now.duration_since(time).as_secs();
        let relative = match seconds {
            ..45 => "just now".to_owned(),
            45..3600 => format!("{} min ago", (seconds + 30) / 60),
            3600..86_400 => format!("{} h ago", seconds / 3600),
            86_400..172_800 => "yesterday".to_owned(),
            172_800..2_592_000 => format!("{} days ago", seconds / 86_400),
            _ => local.strftime("%-d %b %Y").to_string(),
        };
        When {
            utc: time.to_string(),
            exact,
            relative,
        }
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::run::RunMode;

    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(4_190_000), "4.1 MB");
        assert_eq!(duration(430), "0.4 s");
        assert_eq!(duration(192_000), "3 min 12 s");
        assert_eq!(sentence("it ended"), "It ended.");
        assert_eq!(sentence("élan."), "Élan.");
    }

    #[test]
    fn a_result_is_told_in_words() {
        let id = "devcon.1".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        run.milliseconds = 430;
        assert_eq!(result(&run), "no records in 0.4 s");
        run.counts = Counts {
            records_read: 500,
            added: 12,
            updated: 3,
            removed: 1,
            erased: 1,
            unchanged: 484,
            groups_created: 2,
            ..Counts::default()
        };
        assert_eq!(
            result(&run),
            "12 added, 3 updated, 1 removed, 484 unchanged of 500 records in 0.4 s"
        );
        run.counts.invitations_queued = 12;
        assert!(result(&run).ends_with("in 0.4 s, 12 invitations queued"));
        assert_eq!(
            remarks(&run),
            [
                "1 person was erased for good, as the delete flag says.",
                "2 groups are new."
            ]
        );
    }

    #[test]
    fn what_became_of_held_invitations_is_told_in_words() {
        let id = "devcon.1".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        let mut told = |people, invitations, decision| {
            run.hold = Some(Hold {
                people,
                invitations,
                guards: Vec::new(),
                decision,
            });
            hold(&run).unwrap()
        };
        let (approved, discarded) = (Some(Decision::Approved), Some(Decision::Discarded));
        for (people, invitations, decision, words) in [
            (0, 1, None, "1 invitation waits for your decision."),
            (0, 600, None, "600 invitations wait for your decision."),
            (
                1,
                0,
                None,
                "1 person\u{2019}s changes wait for your decision.",
            ),
            (
                12,
                600,
                None,
                "12 people\u{2019}s changes and 600 invitations wait for your decision.",
            ),
            (0, 1, approved, "The invitation that was held was approved."),
            (
                0,
                600,
                discarded,
                "The 600 invitations that were held were discarded; nobody was invited by it.",
            ),
            (
                12,
                600,
                discarded,
                "The held changes of 12 people and 600 invitations were discarded; nobody changed or was invited by it.",
            ),
        ] {
            assert_eq!(told(people, invitations, decision), words);
        }
    }

    #[test]
    fn a_failure_is_told_without_what_waited_then() {
        let id = "devcon.1".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        run.reason = Some("the feed was cut off".to_owned());
        assert_eq!(failure(&run).unwrap(), "The feed was cut off.");
        let waits = Hold {
            invitations: 600,
            ..Hold::default()
        };
        run.reason = Some(format!("the feed was cut off; {}", waits.in_words()));
        run.hold = Some(Hold {
            decision: Some(Decision::Approved),
            ..waits
        });
        assert_eq!(failure(&run).unwrap(), "The feed was cut off.");
    }

    #[test]
    fn a_time_is_shown_in_the_zone_of_the_event() {
        let now: Timestamp = "2026-11-01T12:00:00Z".parse().unwrap();
        let clock = Clockwork::new("Europe/Amsterdam", now);
        let shown = clock.show("2026-11-01T11:10:00Z".parse().unwrap());
        assert_eq!(
            shown.to_string(),
            "<time datetime=\"2026-11-01T11:10:00Z\" title=\"1 Nov 2026, 12:10:00 CET\">50 min ago</time>"
        );
        let old = clock.show("2026-07-01T11:10:00Z".parse().unwrap());
        assert_eq!(
            (&*old.relative, &*old.exact),
            ("1 Jul 2026", "1 Jul 2026, 13:10:00 CEST")
        );
    }
}
