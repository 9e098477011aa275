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
use crate::texts::{find, t, text};

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

/// A number with its noun, by the message for it: 1 record, 2 records.
pub(crate) fn counted(value: u64, id: &'static str) -> String {
    text(id).with("count", number(value)).to_string()
}

/// Joins parts of a sentence: "12 added, 3 updated".
pub(crate) fn listed(parts: Vec<String>) -> String {
    let joined = parts
        .into_iter()
        .reduce(|before, last| text!("words-list", before = before, last = last));
    joined.unwrap_or_default()
}

/// A size: 4.1 MB.
pub(crate) fn bytes(value: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", value / unit, value % unit * 10 / unit);
    match value {
        0..1_000 => text!("words-bytes", number = value),
        1_000..1_000_000 => text!("words-kilobytes", number = tenths(1_000)),
        1_000_000..1_000_000_000 => text!("words-megabytes", number = tenths(1_000_000)),
        _ => text!("words-gigabytes", number = tenths(1_000_000_000)),
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
        0..10 => {
            let tenths = milliseconds % 1000 / 100;
            text!("words-seconds", number = format!("{seconds}.{tenths}"))
        }
        10..60 => text!("words-seconds", number = seconds),
        _ => text!(
            "words-minutes-and-seconds",
            minutes = seconds / 60,
            seconds = seconds % 60
        ),
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
        Coverage::NotModified => t("words-nothing-new").to_owned(),
        _ => figures(&run.counts),
    };
    if run.state.ended_early() && run.counts.accounted() == 0 {
        // The reason of the failure is enough.
        return String::new();
    }
    let took = took(run.milliseconds);
    match run.counts.invitations_queued {
        0 => text!("words-result", did = did, took = took),
        queued => {
            let invitations = counted(queued, "count-invitations");
            text!(
                "words-result-with-invitations",
                did = did,
                took = took,
                invitations = invitations
            )
        }
    }
}

/// Formats the duration of a run, which is never zero.
pub(crate) fn took(milliseconds: u64) -> String {
    match milliseconds {
        0..100 => t("words-under-a-tenth").to_owned(),
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
    counted(count, "count-people")
}

/// Returns the label of a field: `job_title` is "job title".
pub(crate) fn field_name(name: &str) -> String {
    match find(&format!("field-{}", name.replace('_', "-"))) {
        Some(label) => label.to_owned(),
        // Others are named by the source, or by the program.
        None => name.replace('_', " "),
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
        return t("words-no-records").to_owned();
    }
    let parts = [
        (counts.added, "words-added"),
        (counts.updated, "words-updated"),
        (counts.removed, "words-removed"),
        (counts.unchanged, "words-unchanged"),
        (counts.rejected, "words-rejected"),
        (counts.ignored, "words-ignored"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, id)| counted(count, id))
    .collect();
    let records = counted(counts.records_read, "count-records");
    text!("words-figures", figures = listed(parts), records = records)
}

/// Returns remarks in addition to the result, in sentences.
pub(crate) fn remarks(run: &Run) -> Vec<String> {
    let counts = &run.counts;
    let mut remarks = Vec::new();
    match run.extent {
        Coverage::Everything => {}
        Coverage::Changes => remarks.push(t("words-only-changes-since-the").to_owned()),
        Coverage::NotModified => remarks.push(t("words-the-source-reports-no").to_owned()),
        Coverage::OnePerson => remarks.push(t("words-this-run-synced-one").to_owned()),
    }
    remarks.extend(
        [
            (counts.missing_removed, "words-missing-removed"),
            (counts.moved, "words-tickets-moved"),
            (counts.erased, "words-erased"),
            (counts.groups_created, "words-groups-created"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, id)| counted(count, id)),
    );
    remarks
}

/// A run in a line: "Run 2, Failed, 1 Nov 2026, 12:10:00 CET: 12 added, ...".
pub(crate) fn run_title(run: &Run, clock: &Clockwork) -> String {
    let (number, began) = (run.id.number, clock.show(run.started).exact);
    let (state, result) = (state(run.state), result(run));
    if result.is_empty() {
        return text!(
            "words-run-number-state-began",
            number = number,
            state = state,
            began = began
        );
    }
    text!(
        "words-run-with-result",
        number = number,
        state = state,
        began = began,
        result = result
    )
}

/// Returns the label of a state.
pub(crate) fn state(state: RunState) -> &'static str {
    match state {
        RunState::Queued => t("words-queued"),
        RunState::Reading | RunState::Applying => t("words-under-way"),
        RunState::Held => t("words-held"),
        RunState::Succeeded => t("words-succeeded"),
        RunState::Failed => t("words-failed"),
        RunState::Interrupted => t("words-interrupted"),
        RunState::Stopped => t("words-stopped"),
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
            ..45 => t("words-now").to_owned(),
            45..3600 => text!("words-in-minutes", minutes = (seconds + 30) / 60),
            3600..172_800 => text!("words-in-hours", hours = (seconds + 1_800) / 3600),
            _ => text!("words-in-days", days = (seconds + 43_200) / 86_400),
        };
        Coming {
            utc: due.at.to_string(),
            exact: local.strftime("%-d %b %Y, %H:%M:%S %Z").to_string(),
            in_words,
            why: match due.why {
                Why::Schedule => "",
                Why::CatchUp => t("words-because-one-was-missed"),
                Why::Retry => t("words-because-the-last-one"),
                Why::Final => t("words-the-final-sync"),
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
            ..45 => t("words-just-now").to_owned(),
            45..3600 => text!("words-minutes-ago", minutes = (seconds + 30) / 60),
            3600..86_400 => text!("words-hours-ago", hours = seconds / 3600),
            86_400..172_800 => t("words-yesterday").to_owned(),
            172_800..2_592_000 => text!("words-days-ago", days = seconds / 86_400),
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
