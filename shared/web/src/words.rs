//! Figures, times and results as people read them.

mod countries;
mod hold;
mod invitation;
mod names;

use attendee_sync_domain::run::{Counts, Coverage, Run, RunState};
use attendee_sync_domain::schedule::{Due, Why};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::configurator::{label_of, with_labels};

pub(crate) use countries::country;
pub(crate) use hold::{failure, hold, why, would_wait};
pub(crate) use invitation::{
    VARIABLES, are_suppressed, invitation, invitation_states, were_queued, would_be_invited,
};
pub(crate) use names::{name_of, uncapitalised, zones};

/// Formats a number with separated thousands: 12,345.
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

/// The line of a text that has this byte, and below it a caret under its character.
pub(crate) fn caret(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(begin..).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    let column = before.get(begin..).unwrap_or_default().chars().count();
    format!("{line}\n{}^", " ".repeat(column))
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

/// Turns a message, which begins in lower case and has no full stop, into a sentence. It contains
/// the labels of settings.
pub(crate) fn sentence(words: &str) -> String {
    let mut text = capitalised(&with_labels(words));
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// What a run did: "12 added, 3 updated, 1 removed, 484 unchanged of 500 records in 0.4 s, 12
/// invitations queued".
pub(crate) fn result(run: &Run) -> String {
    let did = match run.extent {
        Coverage::NotModified => "nothing new".to_owned(),
        _ => figures(&run.counts),
    };
    let queued = match run.counts.invitations_queued {
        0 => String::new(),
        queued => format!(", {} queued", counted(queued, "invitation")),
    };
    if run.state.ended_early() && run.counts.accounted() == 0 {
        // The reason of the failure is enough.
        return String::new();
    }
    format!("{did} in {}{queued}", took(run.milliseconds))
}

/// Formats the duration of a run, which is never zero.
pub(crate) fn took(milliseconds: u64) -> String {
    match milliseconds {
        0..100 => "under 0.1 s".to_owned(),
        _ => duration(milliseconds),
    }
}

/// Formats the duration of a run in seconds, as a figure: 192.4.
pub(crate) fn seconds(milliseconds: u64) -> String {
    match milliseconds {
        0..100 => "< 0.1".to_owned(),
        _ => format!(
            "{}.{}",
            number(milliseconds / 1000),
            milliseconds % 1000 / 100
        ),
    }
}

/// People, counted: 1 person, 12 people.
pub(crate) fn people(count: u64) -> String {
    match count {
        1 => "1 person".to_owned(),
        _ => format!("{} people", number(count)),
    }
}

/// Returns the label of a field: `job_title` is "job title".
pub(crate) fn field_name(name: &str) -> String {
    match name {
        "source_id" => "source ID".to_owned(),
        "email" => "e-mail".to_owned(),
        other => other.replace('_', " "),
    }
}

/// Returns the label of a setting or of a field.
pub(crate) fn setting_or_field(name: &str) -> String {
    match label_of(name) {
        Some(label) if name.contains('.') => label.to_owned(),
        _ => field_name(name),
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
        (counts.ignored, "ignored"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", number(count)))
    .collect();
    let records = counted(counts.records_read, "record");
    format!("{} of {records}", parts.join(", "))
}

/// Returns remarks in addition to the result, in sentences.
pub(crate) fn remarks(run: &Run) -> Vec<String> {
    let counts = &run.counts;
    let people = |count: u64| match count {
        1 => "1 person was".to_owned(),
        _ => format!("{} were", people(count)),
    };
    let mut remarks = Vec::new();
    match run.extent {
        Coverage::Everything => {}
        Coverage::Changes => remarks.push(
            "Only changes since the last run were read. All other attendees are unchanged."
                .to_owned(),
        ),
        Coverage::NotModified => remarks.push(
            "The source reports no changes since the last run, so nothing was read.".to_owned(),
        ),
        Coverage::OnePerson => remarks.push("This run synced one person.".to_owned()),
    }
    if counts.missing_removed > 0 {
        let who = people(counts.missing_removed);
        remarks.push(format!(
            "{who} removed because they are missing from the source."
        ));
    }
    match counts.moved {
        0 => {}
        1 => remarks.push("1 ticket moved to another address.".to_owned()),
        many => remarks.push(format!(
            "{} tickets moved to another address.",
            number(many)
        )),
    }
    if counts.erased > 0 {
        let who = people(counts.erased);
        remarks.push(format!(
            "{who} erased permanently, because of the delete flag."
        ));
    }
    match counts.groups_created {
        0 => {}
        1 => remarks.push("1 group is new.".to_owned()),
        many => remarks.push(format!("{} groups are new.", number(many))),
    }
    remarks
}

/// A run in a line: "Run 2, Failed, 1 Nov 2026, 12:10:00 CET: 12 added, ...".
pub(crate) fn run_title(run: &Run, clock: &Clockwork) -> String {
    let result = match result(run) {
        nothing if nothing.is_empty() => String::new(),
        result => format!(": {result}"),
    };
    let (number, began) = (run.id.number, clock.show(run.started).exact);
    format!("Run {number}, {}, {began}{result}", state(run.state))
}

/// Returns the label of a state.
pub(crate) fn state(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "Queued",
        RunState::Reading | RunState::Applying => "Under way",
        RunState::Held => "Held",
        RunState::Succeeded => "Succeeded",
        RunState::Failed => "Failed",
        RunState::Interrupted => "Interrupted",
        RunState::Stopped => "Stopped",
    }
}

/// A time as pages show it: relative, and on hover exact in the event's time zone.
#[derive(Debug, Clone, askama::Template)]
#[template(
    source = r#"<time datetime="{{ utc }}" title="{{ exact }}">{{ relative }}</time>"#,
    ext = "html"
)]
pub(crate) struct ShownTime {
    utc: String,
    pub(crate) exact: String,
    relative: String,
}

/// An automatic sync: its exact time in the event's time zone, and how soon it starts.
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

impl Coming {
    /// Returns how soon it starts; the exact time is shown on hover.
    pub(crate) fn soon(&self) -> String {
        let Self {
            utc,
            exact,
            in_words,
            ..
        } = self;
        format!("<time datetime=\"{utc}\" title=\"{exact}\">{in_words}</time>")
    }
}

/// The time zone of an event and the time of the page.
#[derive(Debug, Clone)]
pub(crate) struct Clockwork {
    zone: TimeZone,
    now: Timestamp,
}

impl Clockwork {
    /// Returns the clock of a zone; UTC where this machine does not know the zone.
    pub(crate) fn new(zone: &str, now: Timestamp) -> Self {
        Self {
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            now,
        }
    }

    /// The time of the page.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns an automatic sync, ready to be shown.
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
                Why::CatchUp => "because one was missed",
                Why::Retry => "because the last one failed",
                Why::Final => "the final sync",
            },
        }
    }

    /// The day, in the event's time zone: 1 Nov.
    pub(crate) fn day(&self, time: Timestamp) -> String {
        let local = time.to_zoned_datetime(self.zone.clone());
        local.strftime("%-d %b").to_string()
    }

    pub(crate) fn show(&self, time: Timestamp) -> ShownTime {
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
        ShownTime {
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
        assert_eq!(took(99), "under 0.1 s");
        assert_eq!(took(100), "0.1 s");
        assert_eq!(seconds(99), "< 0.1");
        assert_eq!(seconds(1_234_567), "1,234.5");
        assert_eq!(sentence("it ended"), "It ended.");
        assert_eq!(sentence("élan."), "Élan.");
    }

    #[test]
    fn a_result_is_told_in_words() {
        let id = "devcon.1".parse().unwrap();
        let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
        assert_eq!(result(&run), "no records in under 0.1 s");
        run.milliseconds = 430;
        assert_eq!(result(&run), "no records in 0.4 s");
        run.state = RunState::Failed;
        assert_eq!(result(&run), "");
        run.state = RunState::Succeeded;
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
                "1 person was erased permanently, because of the delete flag.",
                "2 groups are new."
            ]
        );
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
