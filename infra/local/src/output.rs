//! Prints the results of the command line on standard output, and everything else on standard
//! error.

mod table;

use std::io::{IsTerminal, Write};

use attendee_sync_domain::run::RunState;
use serde::Serialize;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::cli::Common;
use crate::collector::{self, OtlpCollector};

pub(crate) use table::{TableCell, Tone, print_table};

/// Starts logging to standard error: by `RUST_LOG`, or what the owner of a service should see. A
/// command in the foreground reports its end itself. A collector gets what was done, where one is configured.
pub(crate) fn start_logging(serves: bool) {
    let usual = if serves {
        "warn,attendee_sync=info"
    } else {
        "error"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_filter(filter);
    let collector = collector::begin("attendee-sync");
    let found = collector.as_ref().ok().copied().flatten();
    tracing_subscriber::registry()
        .with(lines)
        .with(found.map(OtlpCollector::layer))
        .init();
    if let Err(error) = collector {
        tracing::error!("{error}");
    }
}

/// Prints text on standard output. A reader that closes the pipe ends the printing, not the work.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _reader_gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints one JSON document.
pub(crate) fn print_json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?));
    Ok(())
}

/// Prints a value as JSON where that was requested, and in words otherwise.
pub(crate) fn print_either<T: Serialize>(
    common: &Common,
    value: &T,
    words: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    if common.json {
        return print_json(value);
    }
    print(&words());
    Ok(())
}

/// Returns the name of a run's state, coloured on a terminal; `NO_COLOR` turns colours off.
pub(crate) fn state(state: RunState) -> String {
    Tone::of(state).colour(state.name())
}

/// Returns a verdict, on a terminal in green where it is good, and otherwise in red.
pub(crate) fn verdict(text: &str, is_good: bool) -> String {
    let tone = if is_good { Tone::Good } else { Tone::Bad };
    tone.colour(text)
}

/// Returns text from outside without the characters that control a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_nothing_to_act_on() {
        let name = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31mAda\rEve\u{8}\nnext";
        assert_eq!(printable(name), " ]0;title  [2J 31mAda Eve \nnext");
    }
}
