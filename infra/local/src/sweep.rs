//! Deletes expired data: from the table, as `DynamoDB` does itself, and from the mail folder.
//!
//! `serve` does this each hour; where `sync` is called from time to time instead, the first call of
//! a day does it. Checking every item takes some seconds where there are a million, so not every
//! call does it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::App;

use crate::data_dir::DataDir;

/// How often `serve` does it.
const EVERY: Duration = Duration::from_hours(1);

/// The time after which a command does it.
const AT_LEAST_EVERY: Duration = Duration::from_hours(24);

/// The time after which nothing is deleted automatically any more. A clock that jumped ahead would
/// delete the history of runs, which cannot be restored.
const AT_MOST: Duration = Duration::from_hours(7 * 24);

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Swept {
    /// Items of the table.
    pub(crate) items: usize,
    /// The number of mails in the mail folder, and of files that were never finished.
    pub(crate) mails: u64,
}

/// Sweeps regularly until the future is dropped.
pub(crate) async fn run(app: Arc<App>, table: SqliteTable, swept: PathBuf) {
    loop {
        if is_trusted(&swept, SystemTime::now()) {
            sweep(&app, &table, &swept).await;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Sweeps if nobody did for a day.
pub(crate) async fn if_due(app: &App, table: &SqliteTable, dir: &DataDir) {
    let (swept, now) = (dir.swept(), SystemTime::now());
    if is_due(&swept, now) && is_trusted(&swept, now) {
        sweep(app, table, &swept).await;
    }
}

/// Sweeps because a person confirms that the clock is right.
pub(crate) async fn confirmed(
    app: &App,
    table: &SqliteTable,
    dir: &DataDir,
) -> anyhow::Result<Swept> {
    let items = table.delete_expired(seconds(SystemTime::now())).await?;
    let mails = app.clear_mail_folder().await?;
    app.purge_what_is_due().await?;
    app.trim_erasure_list().await?;
    note(&dir.swept());
    Ok(Swept { items, mails })
}

/// Notes a sweep for a table that is about to be created, as nothing in it has expired.
pub(crate) fn begin(dir: &DataDir) {
    if !SqliteTable::exists(&dir.table()) {
        note(&dir.swept());
    }
}

/// Returns how long ago the last sweep was, by the file's modification time; `None` for a time in
/// the future.
fn ago(swept: &Path, now: SystemTime) -> Option<Duration> {
    let last = swept.metadata().and_then(|about| about.modified()).ok()?;
    now.duration_since(last).ok()
}

fn is_due(swept: &Path, now: SystemTime) -> bool {
    ago(swept, now).is_none_or(|ago| ago >= AT_LEAST_EVERY)
}

/// Returns whether the clock is near enough to the last sweep to be trusted; logs what to do where
/// it is not.
fn is_trusted(swept: &Path, now: SystemTime) -> bool {
    let ago = ago(swept, now).unwrap_or_default();
    if ago <= AT_MOST {
        return true;
    }
    let days = ago.as_secs() / 86_400;
    tracing::warn!(
        "expired data is not deleted: by the clock of this machine, the last deletion was {days} days ago. \
         If the clock is right, end the program and run `attendee-sync sweep`"
    );
    false
}

fn seconds(now: SystemTime) -> u64 {
    let since = now.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

async fn sweep(app: &App, table: &SqliteTable, swept: &Path) {
    match app.clear_mail_folder().await {
        Ok(files) => tracing::debug!(files, "old mails were deleted from the mail folder"),
        Err(error) => tracing::warn!(%error, "old mails were not deleted from the mail folder"),
    }
    if let Err(error) = app.purge_what_is_due().await {
        tracing::warn!(%error, "events whose time is over were not purged");
    }
    if let Err(error) = app.trim_erasure_list().await {
        tracing::warn!(%error, "old entries were not dropped from the list of erasures");
    }
    match table.delete_expired(seconds(SystemTime::now())).await {
        Ok(items) => {
            tracing::debug!(items, "what is past its time was deleted");
            note(swept);
        }
        Err(error) => tracing::warn!(%error, "expired items were not deleted"),
    }
}

fn note(swept: &Path) {
    let noted = note_at(swept, SystemTime::now());
    if let Err(error) = noted {
        tracing::warn!(%error, "nobody will know when expired items were last deleted");
    }
}

/// Notes the time of a sweep.
pub(crate) fn note_at(swept: &Path, time: SystemTime) -> std::io::Result<()> {
    File::create(swept).and_then(|file| file.set_modified(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_sweeps_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let swept = folder.path().join("swept");
        let now = SystemTime::now();
        assert!(is_due(&swept, now), "never before");
        File::create(&swept).unwrap().set_modified(now).unwrap();
        assert!(!is_due(&swept, now));
        assert!(!is_due(&swept, now + AT_LEAST_EVERY / 2));
        assert!(is_due(&swept, now + AT_LEAST_EVERY));
        let clock_set_back = now - AT_LEAST_EVERY;
        assert!(is_due(&swept, clock_set_back));
    }

    #[test]
    fn a_clock_that_jumped_ahead_deletes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let swept = folder.path().join("swept");
        let now = SystemTime::now();
        assert!(is_trusted(&swept, now), "never before");
        File::create(&swept).unwrap().set_modified(now).unwrap();
        assert!(is_trusted(&swept, now + AT_MOST));
        assert!(!is_trusted(&swept, now + AT_MOST + EVERY));
        assert!(!is_trusted(&swept, now + AT_MOST * 52));
        assert!(is_trusted(&swept, now - AT_MOST), "set back");
    }
}
