//! The history of an event's runs as a small chart: records read, people changed and seconds, run
//! by run. The table below it contains all the figures.
//!
//! Positions along the time axis are percentages of the width, so that the chart fits every screen;
//! heights are in pixels. Style sheets set the colours.

use attendee_sync_domain::run::{Run, RunState};

use crate::texts::{TextId, id, t, text};
use crate::words::{self, Clockwork};

/// Height of the tallest bar, in pixels.
const TALL: u64 = 40;
/// The bottom of the first row's bars, and the distance to the next row, in pixels.
const BASE: u64 = 66;
const ROW: u64 = 76;
/// The vertical position of the marks, below all bars.
const MARKS: u64 = BASE + 2 * ROW + 14;
/// The vertical position of the days, below the marks.
const DAYS: u64 = MARKS + 22;
/// Most days that are labelled, so that the labels do not overlap on a small screen.
const MOST_DAYS: usize = 5;
/// Least number of places on the time axis, so that the bars of few runs do not become too wide.
const PLACES: u64 = 16;

/// The data of the chart.
#[derive(Debug)]
pub(super) struct Chart {
    /// The chart in words.
    pub(super) words: String,
    /// The height of the chart in pixels.
    pub(super) height: u64,
    /// The vertical position of the marks for failed and held runs.
    pub(super) marks: u64,
    pub(super) rows: Vec<ChartRow>,
    pub(super) runs: Vec<ChartSlot>,
    /// The days along the time axis: the position of the day's first run, and the label.
    pub(super) days: Vec<(String, String)>,
    /// The vertical position of the labels.
    pub(super) days_at: u64,
    /// The times of the first and the last run.
    pub(super) span: String,
    /// Whether there are failed runs and held runs.
    pub(super) failed: bool,
    pub(super) held: bool,
}

/// One figure of all runs.
#[derive(Debug)]
pub(super) struct ChartRow {
    pub(super) name: &'static str,
    /// The value of the tallest bar.
    pub(super) most: String,
    pub(super) base: u64,
    pub(super) bars: Vec<ChartBar>,
}

/// A bar, or a part of a stacked bar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ChartBar {
    /// The class for style sheets.
    pub(super) kind: &'static str,
    pub(super) x: String,
    pub(super) width: String,
    pub(super) y: u64,
    pub(super) height: u64,
}

/// A run's position along the time axis.
#[derive(Debug)]
pub(super) struct ChartSlot {
    pub(super) x: String,
    pub(super) middle: String,
    pub(super) width: String,
    /// `failed`, `held` or empty.
    pub(super) mark: &'static str,
    /// The text that a pointer over it shows.
    pub(super) title: String,
}

impl ChartRow {
    /// Returns the vertical position of the row's name, at the top of its tallest bar.
    pub(super) fn top(&self) -> u64 {
        self.base - TALL
    }

    pub(super) fn text(&self) -> u64 {
        self.top() - 8
    }
}

/// One figure of a run that a row shows.
struct Figure {
    name: TextId,
    /// The stacked parts of the figure.
    parts: fn(&Run) -> Vec<(&'static str, u64)>,
    words: fn(u64) -> String,
}

const FIGURES: [Figure; 3] = [
    Figure {
        name: id("chart-records-read"),
        parts: |run| vec![("records", run.counts.records_read)],
        words: words::number,
    },
    Figure {
        name: id("chart-people-changed"),
        parts: people,
        words: words::number,
    },
    Figure {
        name: id("chart-seconds"),
        parts: |run| vec![("seconds", run.milliseconds)],
        words: words::seconds,
    },
];

impl Figure {
    /// Returns the largest value of these runs.
    fn most(&self, runs: &[&Run]) -> u64 {
        let sum = |run: &&Run| (self.parts)(run).into_iter().map(|(_, value)| value).sum();
        runs.iter().map(sum).max().unwrap_or(0)
    }

    fn row(&self, runs: &[&Run], places: u64, base: u64) -> ChartRow {
        let most = self.most(runs);
        let mut bars = Vec::new();
        for (at, run) in (0..).zip(runs) {
            let mut y = base;
            for (kind, value) in (self.parts)(run)
                .into_iter()
                .filter(|(_, value)| *value > 0)
            {
                let height = height(value, most);
                y = y.saturating_sub(height);
                bars.push(ChartBar {
                    kind,
                    // A fifth of the place stays free.
                    x: percent(10 * at + 1, 10 * places),
                    width: percent(8, 10 * places),
                    y,
                    height,
                });
            }
        }
        ChartRow {
            name: self.name.text(),
            most: (self.words)(most),
            base,
            bars,
        }
    }
}

fn people(run: &Run) -> Vec<(&'static str, u64)> {
    let counts = &run.counts;
    vec![
        ("added", counts.added),
        ("updated", counts.updated),
        (
            "removed",
            counts.removed + counts.missing_removed + counts.moved,
        ),
    ]
}

/// Returns how many people a run changed.
pub(super) fn changes(run: &Run) -> u64 {
    people(run).into_iter().map(|(_, count)| count).sum()
}

/// Returns the chart of these runs, which are given newest first; `None` where fewer than two have
/// ended.
pub(super) fn chart(runs: &[Run], clock: &Clockwork) -> Option<Chart> {
    let runs: Vec<&Run> = runs
        .iter()
        .rev()
        .filter(|run| run.state.is_over())
        .collect();
    let [first, _, ..] = runs.as_slice() else {
        return None;
    };
    let last = runs.last()?;
    let places = (runs.len() as u64).max(PLACES);
    let began = |run: &Run| clock.show(run.started).exact;
    let is = |state| runs.iter().any(|run| run.state == state);
    Some(Chart {
        words: in_words(&runs),
        height: DAYS + 6,
        days: days(&runs, clock, places),
        days_at: DAYS,
        marks: MARKS,
        rows: (0..)
            .zip(FIGURES)
            .map(|(at, figure)| figure.row(&runs, places, BASE + at * ROW))
            .collect(),
        runs: (0..)
            .zip(&runs)
            .map(|(at, run)| slot(run, at, places, clock))
            .collect(),
        span: text!(
            "chart-runs-number-to-number",
            number = first.id.number,
            number2 = last.id.number,
            began = began(first),
            began2 = began(last)
        ),
        failed: runs.iter().any(|run| run.state.ended_early()),
        held: is(RunState::Held),
    })
}

/// Returns the height of a bar; a value above zero is always visible.
fn height(value: u64, most: u64) -> u64 {
    let height = (value.saturating_mul(TALL) + most / 2) / most.max(1);
    height.clamp(1, TALL)
}

/// Returns the days on which runs began, each at the position of its first run. Of many days, some
/// are left out so that the labels do not overlap.
fn days(runs: &[&Run], clock: &Clockwork, places: u64) -> Vec<(String, String)> {
    let mut days: Vec<(u64, String)> = Vec::new();
    for (at, run) in (0..).zip(runs) {
        let day = clock.day(run.started);
        if days.last().is_none_or(|(_, last)| *last != day) {
            days.push((at, day));
        }
    }
    let apart = places.div_ceil(MOST_DAYS as u64);
    let mut free = 0;
    days.retain(|(at, _)| {
        let is_free = *at >= free;
        if is_free {
            free = at + apart;
        }
        is_free
    });
    let shown = days.into_iter();
    shown.map(|(at, day)| (percent(at, places), day)).collect()
}

fn slot(run: &Run, at: u64, places: u64, clock: &Clockwork) -> ChartSlot {
    let mark = match run.state {
        state if state.ended_early() => "failed",
        RunState::Held => "held",
        _ => "",
    };
    ChartSlot {
        x: percent(at, places),
        middle: percent(2 * at + 1, 2 * places),
        width: percent(1, places),
        mark,
        title: words::run_title(run, clock),
    }
}

/// Formats a part of the width: 12.50%.
fn percent(part: u64, of: u64) -> String {
    let hundredths = part * 10_000 / of.max(1);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn in_words(runs: &[&Run]) -> String {
    let mut sentences = vec![text!("chart-history-of-runs-runs", runs = runs.len())];
    sentences.extend(FIGURES.iter().map(|figure| {
        let most = (figure.words)(figure.most(runs));
        text!("chart-name-at-most-most", name = figure.name, most = most)
    }));
    for (state, word) in [
        (RunState::Failed, t("chart-failed")),
        (RunState::Interrupted, t("chart-interrupted")),
        (RunState::Stopped, t("chart-stopped")),
        (RunState::Held, t("chart-held")),
    ] {
        let numbers: Vec<String> = runs
            .iter()
            .filter(|run| run.state == state)
            .map(|run| run.id.number.to_string())
            .collect();
        match numbers.as_slice() {
            [] => {}
            [one] => sentences.push(text!("chart-state-run", state = word, numbers = one)),
            many => sentences.push(text!(
                "chart-state-runs",
                state = word,
                numbers = many.join(", ")
            )),
        }
    }
    sentences.push(t("chart-the-table-below-has").to_owned());
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::run::{Counts, RunMode};
    use jiff::Timestamp;

    use super::*;

    /// Runs from number 1 on, oldest first: state, records, added, updated, removed, milliseconds.
    fn drawn(runs: &[(RunState, u64, [u64; 3], u64)]) -> Option<Chart> {
        let mut all: Vec<Run> = (1..)
            .zip(runs)
            .map(
                |(number, (state, records, [added, updated, removed], ms))| {
                    let id = format!("devcon.{number}").parse().unwrap();
                    let mut run = Run::begin(id, RunMode::Sync, Timestamp::UNIX_EPOCH);
                    run.state = *state;
                    run.milliseconds = *ms;
                    run.counts = Counts {
                        records_read: *records,
                        added: *added,
                        updated: *updated,
                        removed: *removed,
                        ..Counts::default()
                    };
                    run
                },
            )
            .collect();
        all.reverse();
        chart(&all, &Clockwork::new("UTC", Timestamp::UNIX_EPOCH))
    }

    const DONE: RunState = RunState::Succeeded;

    fn bars(row: &ChartRow) -> Vec<(&str, &str, u64, u64)> {
        let bar = |bar: &'_ ChartBar| (bar.y, bar.height);
        row.bars
            .iter()
            .map(|one| (one.kind, one.x.as_str(), bar(one).0, bar(one).1))
            .collect()
    }

    #[test]
    fn bars_are_scaled_to_the_tallest_and_the_oldest_stands_on_the_left() {
        let chart = drawn(&[
            (DONE, 1_000, [0; 3], 50),
            (DONE, 500, [0; 3], 400),
            (DONE, 1, [0; 3], 0),
        ])
        .unwrap();
        let [records, people, seconds] = chart.rows.as_slice() else {
            panic!("{chart:?}");
        };
        assert_eq!(
            bars(records),
            [
                ("records", "0.62%", 26, 40),
                ("records", "6.87%", 46, 20),
                ("records", "13.12%", 65, 1),
            ]
        );
        assert_eq!((records.base, records.most.as_str()), (66, "1,000"));
        assert_eq!((bars(people), people.most.as_str()), (vec![], "0"));
        assert_eq!(seconds.most, "0.4");
        assert_eq!(seconds.bars.len(), 2);
    }

    #[test]
    fn what_was_added_updated_and_removed_is_stacked() {
        let chart = drawn(&[(DONE, 9, [10, 5, 5], 0), (DONE, 9, [0, 0, 10], 0)]).unwrap();
        let people = &chart.rows[1];
        assert_eq!((people.base, people.most.as_str()), (142, "20"));
        assert_eq!(
            bars(people),
            [
                ("added", "0.62%", 122, 20),
                ("updated", "0.62%", 112, 10),
                ("removed", "0.62%", 102, 10),
                ("removed", "6.87%", 122, 20),
            ]
        );
    }

    #[test]
    fn failed_and_held_runs_are_marked_and_named() {
        let chart = drawn(&[
            (DONE, 500, [12, 0, 0], 430),
            (RunState::Failed, 0, [0; 3], 0),
            (RunState::Held, 500, [0, 3, 0], 192_000),
            (RunState::Failed, 0, [0; 3], 0),
        ])
        .unwrap();
        let marks: Vec<&str> = chart.runs.iter().map(|slot| slot.mark).collect();
        assert_eq!(marks, ["", "failed", "held", "failed"]);
        assert!(chart.failed && chart.held);
        assert_eq!(
            chart.words,
            "History of 4 runs, the oldest first. Records read: at most 500. People changed: at \
             most 12. Seconds: at most 192.0. Failed: runs 2, 4. Held: run 3. The table below \
             has all figures."
        );
        assert_eq!(
            chart.runs[1].title,
            "Run 2, Failed, 1 Jan 1970, 00:00:00 UTC"
        );
        assert_eq!(chart.days, [("0.00%".to_owned(), "1 Jan".to_owned())]);
    }

    #[test]
    fn days_are_named_where_there_is_room() {
        let day = |number: i64| Timestamp::from_second(86_400 * number).unwrap();
        let runs: Vec<Run> = (0..50)
            .map(|at| {
                let id = format!("devcon.{}", at + 1).parse().unwrap();
                Run::begin(id, RunMode::Sync, day(at / 2))
            })
            .collect();
        let all: Vec<&Run> = runs.iter().collect();
        let clock = Clockwork::new("UTC", Timestamp::UNIX_EPOCH);
        let shown = days(&all, &clock, 50);
        let shown: Vec<(&str, &str)> = shown.iter().map(|(x, day)| (&**x, &**day)).collect();
        assert_eq!(
            shown,
            [
                ("0.00%", "1 Jan"),
                ("20.00%", "6 Jan"),
                ("40.00%", "11 Jan"),
                ("60.00%", "16 Jan"),
                ("80.00%", "21 Jan"),
            ]
        );
    }

    #[test]
    fn nothing_is_drawn_of_fewer_than_two_runs_that_are_over() {
        assert!(drawn(&[]).is_none());
        assert!(drawn(&[(DONE, 9, [9, 0, 0], 0)]).is_none());
        assert!(drawn(&[(DONE, 9, [9, 0, 0], 0), (RunState::Reading, 0, [0; 3], 0)]).is_none());
    }

    #[test]
    fn fifty_runs_fill_the_width() {
        let chart = drawn(&[(DONE, 9, [1, 1, 1], 5); 50]).unwrap();
        let last = chart.runs.last().unwrap();
        assert_eq!((last.x.as_str(), last.width.as_str()), ("98.00%", "2.00%"));
        assert_eq!(chart.runs.len(), 50);
    }
}
