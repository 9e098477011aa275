//! Deletes what is past its time: from the table, as `DynamoDB` does by itself, and from the mail folder.
//!
//! While `serve` runs, each hour; where `sync` is called now and then instead, by the first call of
//! a day. Looking at every item takes some seconds where there are a million, so not by every call.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::App;

use crate::data_dir::DataDir;

/// How often `serve` does it.
const EVERY: Duration = Duration::from_hours(1);

/// How long it may be ago before a command does it.
const AT_LEAST_EVERY: Duration = Duration::from_hours(24);

/// Sweeps for as long as it is not dropped.
pub(crate) async fn run(app: Arc<App>, table: SqliteTable, swept: PathBuf) {
    loop {
        clear_mail(&app).await;
        sweep(&table, &swept).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Sweeps if nobody did for a day.
pub(crate) async fn if_due(app: &App, table: &SqliteTable, dir: &DataDir) {
    let swept = dir.swept();
    if is_due(&swept, SystemTime::now()) {
        clear_mail(app).await;
        sweep(table, &swept).await;
    }
}

/// Nothing is past its time in a table that is about to be made.
pub(crate) fn begin(dir: &DataDir) {
    if !dir.table().exists() {
        note(&dir.swept());
    }
}

/// When it was done says the file's time of change; one in the future says nothing.
fn is_due(swept: &Path, now: SystemTime) -> bool {
    let last = swept.metadata().and_then(|about| about.modified());
    let ago = last.ok().and_then(|last| now.duration_since(last).ok());
    ago.is_none_or(|ago| ago >= AT_LEAST_EVERY)
}

async fn clear_mail(app: &App) {
    match app.clear_mail_folder().await {
        Ok(files) => tracing::debug!(files, "old mails were deleted from the mail folder"),
        Err(error) => tracing::warn!(%error, "old mails were not deleted from the mail folder"),
    }
}

async fn sweep(table: &SqliteTable, swept: &Path) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    match table.delete_expired(now).await {
        Ok(items) => {
            tracing::debug!(items, "what is past its time was deleted");
            note(swept);
        }
        Err(error) => tracing::warn!(%error, "expired items were not deleted"),
    }
}

fn note(swept: &Path) {
    let noted = File::create(swept).and_then(|file| file.set_modified(SystemTime::now()));
    if let Err(error) = noted {
        tracing::warn!(%error, "nobody will know when expired items were last deleted");
    }
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
}
