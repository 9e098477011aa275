//! The first page: all events; those that need attention come first.

use askama::Template;
use attendee_sync_app::{AttendeeCount, DashboardFilter, EventHealth, EventOverview, MOST_EVENTS};
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};
use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_domain::search::Words;
use axum::extract::{Extension, State};
use jiff::Timestamp;
use serde::Deserialize;

use super::view::RunLine;
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::QueryParameters;
use crate::texts::{t, text};
use crate::words::{self, Clockwork, Coming, ShownTime};

#[derive(Template)]
#[template(path = "events.html")]
struct Events {
    shell: Shell,
    rows: Vec<EventRow>,
    search: String,
    /// The options of the filter: value, label, and whether it is selected.
    states: Vec<(&'static str, String, bool)>,
    communities: Vec<(CommunityId, bool)>,
    /// The message that not every event was read.
    cut: Option<String>,
    /// Whether a filter is set.
    narrowed: bool,
}

struct EventRow {
    event: EventId,
    community: CommunityId,
    name: String,
    /// The class for style sheets, and the label.
    health: Option<(&'static str, &'static str)>,
    attendees: Option<String>,
    run: Option<RunLine>,
    /// The run that waits for a decision.
    waiting: Option<RunNumber>,
    next: Option<Coming>,
    failing: Option<ShownTime>,
    history: Option<RunHistory>,
}

/// The newest runs of an event at a glance, the oldest first.
struct RunHistory {
    /// The history in words.
    words: String,
    /// The class for style sheets, and the text that a pointer over it shows.
    runs: Vec<(&'static str, String)>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct EventsQuery {
    search: String,
    /// The name of a state.
    state: String,
    community: String,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<EventsQuery>,
) -> PageResult {
    let wanted = EventHealth::ALL.into_iter();
    let filter = DashboardFilter {
        search: Words::of(&asked.search),
        community: asked.community.parse().ok(),
        health: wanted.clone().find(|health| health.name() == asked.state),
    };
    let app = &console.app;
    let shown = app.dashboard(&session.authority, &filter).await?;
    let now = app.now();
    let count = |health| {
        let mut counts = shown.counts.iter();
        let found = counts.find(|(known, _)| *known == health);
        found.map_or(0, |(_, count)| *count)
    };
    let states = wanted.map(|health| {
        let words = format!("{} ({})", in_words(health), count(health));
        (health.name(), words, filter.health == Some(health))
    });
    let cut = shown.is_cut.then(|| {
        text!(
            "events-there-are-more-than",
            most_events = words::number(MOST_EVENTS as u64)
        )
    });
    let is_chosen = |community: &CommunityId| filter.community.as_ref() == Some(community);
    render(&Events {
        shell: Shell::new(Some(&session)),
        states: states.collect(),
        communities: shown
            .communities
            .into_iter()
            .map(|community| (community.clone(), is_chosen(&community)))
            .collect(),
        rows: shown
            .events
            .into_iter()
            .map(|event| row(event, now))
            .collect(),
        narrowed: filter.search.is_some() || filter.community.is_some() || filter.health.is_some(),
        search: asked.search,
        cut,
    })
}

fn in_words(health: EventHealth) -> &'static str {
    match health {
        EventHealth::Failing => t("events-failing"),
        EventHealth::Held => t("events-waits-for-you"),
        EventHealth::Overdue => t("events-overdue"),
        EventHealth::Well => t("events-fine"),
    }
}

fn row(event: EventOverview, now: Timestamp) -> EventRow {
    let clock = Clockwork::new(&event.time_zone, now);
    let health = match event.health {
        EventHealth::Failing => Some(("failed", t("events-failing"))),
        EventHealth::Held => Some(("held", t("events-waits-for-you"))),
        EventHealth::Overdue => Some(("held", t("events-overdue"))),
        EventHealth::Well => None,
    };
    EventRow {
        health,
        attendees: event.attendees.map(|count| match count {
            AttendeeCount::Exactly(count) => words::number(count as u64),
            AttendeeCount::About(count) => {
                text!("events-about-count", count = words::number(count))
            }
        }),
        run: event.runs.first().map(|run| RunLine::new(run, &clock)),
        waiting: event.waiting,
        next: event.next_sync.as_ref().map(|due| clock.coming(due)),
        failing: event.failing_since.map(|since| clock.show(since)),
        history: history(&event.runs, &clock),
        event: event.event,
        community: event.community,
        name: event.name,
    }
}

/// Returns the history of the runs; `None` where there are fewer than two.
fn history(runs: &[Run], clock: &Clockwork) -> Option<RunHistory> {
    let over: Vec<&Run> = runs.iter().filter(|run| run.state.is_over()).collect();
    if over.len() < 2 {
        return None;
    }
    let good = |run: &&&Run| matches!(run.state, RunState::Succeeded | RunState::Held);
    let good = over.iter().filter(good).count();
    let mark = |run: &&Run| {
        let kind = match run.state {
            state if state.ended_early() => "failed",
            RunState::Held => "held",
            _ => "succeeded",
        };
        (kind, words::run_title(run, clock))
    };
    Some(RunHistory {
        words: text!("events-of-the-last-over", over = over.len(), good = good),
        runs: over.iter().rev().map(mark).collect(),
    })
}
