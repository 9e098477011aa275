//! Notices: what people are told when an event comes to need them, or needs them no longer.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::{EventDocument, NotifyTarget};
use crate::ids::RunNumber;
use crate::schedule::{Due, PastSyncs, Why};

/// A sync that is due for longer than this is overdue.
const LATE: SignedDuration = SignedDuration::from_mins(15);
/// A source that flaps is told of once in this time.
const ONCE_IN: SignedDuration = SignedDuration::from_hours(1);
/// For so long a notice is tried to be delivered.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The wait after a first try that failed; each further one doubles it, up to the longest.
const FIRST_GAP: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(1);
/// Notices of an event that wait at most; the oldest go.
const MOST_WAITING: usize = 50;

/// How an event is; the ones that need somebody first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum EventHealth {
    /// Every sync since the last good one has failed.
    Failing,
    /// A run waits for a decision.
    Held,
    /// A sync should have begun some time ago.
    Overdue,
    /// None of these.
    #[default]
    Well,
}

impl EventHealth {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Failing, Self::Held, Self::Overdue, Self::Well];

    /// Its name in addresses of pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Held => "held",
            Self::Overdue => "overdue",
            Self::Well => "well",
        }
    }

    /// Decides how an event is: the one place where that is decided.
    #[must_use]
    pub fn of(
        past: &PastSyncs,
        waits: bool,
        is_under_way: bool,
        next: Option<&Due>,
        now: Timestamp,
    ) -> Self {
        let is_late = |due: &Due| due.why == Why::CatchUp || now.duration_since(due.at) > LATE;
        if past.failing_since().is_some() {
            Self::Failing
        } else if waits {
            Self::Held
        } else if !is_under_way && next.is_some_and(is_late) {
            Self::Overdue
        } else {
            Self::Well
        }
    }
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The source cannot be read.
    Failing,
    /// A run waits for a decision.
    Held,
    /// A source that could not be read, or a sync that was overdue, is well again.
    Recovered,
    /// A sync that should have begun did not.
    Overdue,
    /// Changes are delivered to an address no longer, as it did not take them for days.
    HookStopped,
}

impl NoticeKind {
    /// Its name, as the interface has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Held => "held",
            Self::Recovered => "recovered",
            Self::Overdue => "overdue",
            Self::HookStopped => "hook_stopped",
        }
    }

    /// The notice of a change of state, where there is one.
    fn of_change(told: EventHealth, health: EventHealth) -> Option<Self> {
        match (told, health) {
            (EventHealth::Failing | EventHealth::Overdue, EventHealth::Well) => {
                Some(Self::Recovered)
            }
            (_, EventHealth::Well) => None,
            (_, EventHealth::Failing) => Some(Self::Failing),
            (_, EventHealth::Held) => Some(Self::Held),
            (_, EventHealth::Overdue) => Some(Self::Overdue),
        }
    }
}

/// A notice that waits to be delivered to one recipient. Names no attendee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingNotice {
    /// Its id: the same however often it is delivered.
    pub id: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// When it came about.
    pub at: Timestamp,
    /// The run that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunNumber>,
    /// Whom it goes to, as the document has it.
    pub to: String,
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// Not before this.
    pub due: Timestamp,
    /// Whether a process was about to send it as mail: nobody knows whether it went out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_claimed: bool,
}

/// What was told about an event, and what waits to be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeBook {
    /// The state that was told last.
    pub told: EventHealth,
    /// When something was last told about the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_told: Option<Timestamp>,
    /// How many notices there were.
    pub count: u64,
    /// What waits.
    pub waiting: Vec<WaitingNotice>,
}

impl NoticeBook {
    /// Takes in how the event is now; what has to be told waits afterwards. While a source flaps, nothing changes until
    /// an hour after the last notice about it.
    pub fn note(
        &mut self,
        health: EventHealth,
        run: Option<RunNumber>,
        document: &EventDocument,
        now: Timestamp,
    ) {
        if health == self.told {
            return;
        }
        let kind = NoticeKind::of_change(self.told, health);
        let is_about_source = matches!(
            kind,
            Some(NoticeKind::Failing | NoticeKind::Recovered | NoticeKind::Overdue)
        );
        let is_fresh = |last: Timestamp| now.duration_since(last).abs() < ONCE_IN;
        if is_about_source && self.source_told.is_some_and(is_fresh) {
            return;
        }
        self.told = health;
        if is_about_source {
            self.source_told = Some(now);
        }
        if let Some(kind) = kind {
            self.tell(kind, run, document, now);
        }
    }

    fn tell(
        &mut self,
        kind: NoticeKind,
        run: Option<RunNumber>,
        document: &EventDocument,
        now: Timestamp,
    ) {
        self.count += 1;
        let wanted = document.notify.iter().enumerate();
        for (place, target) in wanted.filter(|(_, target)| target.wants(kind)) {
            self.waiting.push(WaitingNotice {
                id: format!("notice_{}_{}_{place}", document.event, self.count),
                kind,
                at: now,
                run,
                to: target.to.clone(),
                tries: 0,
                due: now,
                is_claimed: false,
            });
        }
        let too_many = self.waiting.len().saturating_sub(MOST_WAITING);
        self.waiting.drain(..too_many);
    }

    /// Notes that a notice was delivered, or never will be.
    pub fn done(&mut self, id: &str) {
        self.waiting.retain(|notice| notice.id != id);
    }

    /// Notes that a notice is about to be sent.
    pub fn claim(&mut self, id: &str) {
        for notice in self.waiting.iter_mut().filter(|notice| notice.id == id) {
            notice.is_claimed = true;
        }
    }

    /// Notes that a notice was not taken. It is tried again later, for a day.
    pub fn failed(&mut self, id: &str, now: Timestamp) {
        for notice in self.waiting.iter_mut().filter(|notice| notice.id == id) {
            let gap = FIRST_GAP.saturating_mul(1 << notice.tries.min(10));
            notice.tries += 1;
            notice.is_claimed = false;
            notice.due = now.checked_add(gap.min(LONGEST_GAP)).unwrap_or(now);
        }
        self.waiting
            .retain(|notice| notice.due.duration_since(notice.at) < TRIED_FOR);
    }

    /// When the next notice is to be tried.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|notice| notice.due).min()
    }
}

/// A notice as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeText {
    /// One line.
    pub subject: String,
    /// What happened and what to do.
    pub text: String,
    /// The page where one acts.
    pub link: String,
}

impl NoticeText {
    /// Writes a notice about an event. `console` is the address of the console, without a slash at its end.
    #[must_use]
    pub fn of(notice: &WaitingNotice, document: &EventDocument, console: &str) -> Self {
        let event = format!("{console}/events/{}", document.event);
        let run = notice.run.map(|run| format!("{event}/runs/{}", run.0));
        let name = document
            .name
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let (subject, text, link) = match notice.kind {
            NoticeKind::Failing => (
                "The sync is failing",
                "The source could not be read. It is tried again automatically. The run says why; correct the \
                 configuration, or contact your registration provider if this continues.",
                run,
            ),
            NoticeKind::Held => (
                "Changes wait for you",
                "A safety limit holds changes or invitations of a sync. Review them, and approve or discard them.",
                run,
            ),
            NoticeKind::Recovered => (
                "The sync works again",
                "The source was read again. Nothing needs to be done.",
                run,
            ),
            NoticeKind::Overdue => (
                "A sync is overdue",
                "A sync that should have begun did not. Open the event and sync now; if this continues, tell whoever \
                 operates Attendee Sync.",
                Some(format!("{event}/runs")),
            ),
            NoticeKind::HookStopped => (
                "A hook was switched off",
                "An address did not take changes for three days, so nothing is delivered to it any more. Check it, and \
                 switch it on again.",
                Some(event.clone()),
            ),
        };
        Self {
            subject: format!("{name}: {subject}"),
            text: text.to_owned(),
            link: link.unwrap_or(event),
        }
    }

    /// The message for Slack.
    #[must_use]
    pub fn slack(&self) -> String {
        // What Slack asks to be escaped ("Formatting text for app surfaces").
        let escape = |text: &str| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        let text = format!(
            "*{}*\n{}\n{}",
            escape(&self.subject),
            escape(&self.text),
            escape(&self.link)
        );
        serde_json::json!({ "text": text }).to_string()
    }

    /// The message for programs, by Standard Webhooks.
    #[must_use]
    pub fn webhook(&self, notice: &WaitingNotice, document: &EventDocument) -> String {
        serde_json::json!({
            "type": format!("event.{}", notice.kind.name()),
            "timestamp": notice.at,
            "data": {
                "community": document.community, "event": document.event, "name": document.name,
                "run": notice.run, "subject": self.subject, "text": self.text, "link": self.link,
            }
        })
        .to_string()
    }
}

/// The recipient of a waiting notice, where the document still has it.
#[must_use]
pub fn recipient<'d>(
    notice: &WaitingNotice,
    document: &'d EventDocument,
) -> Option<&'d NotifyTarget> {
    document
        .notify
        .iter()
        .find(|target| target.to == notice.to && target.wants(notice.kind))
}

#[cfg(test)]
mod tests;
