//! What the connection that writes needs more of as the file grows.
//!
//! People's ids are random, so each row goes into another page of the index. In a file of gigabytes these pages
//! are more than a small cache holds, and each commit reads most of those that it changes. And the longer the log
//! grows before it is put into the file, the more commits change a page that is then written once.

use rusqlite::Connection;

/// How many commits come between two looks at the size of the file.
const LOOK_EVERY: u32 = 32;
/// Bytes of a page of the file, as the engine makes it.
const PAGE_BYTES: u64 = 4096;
/// A log of so many pages, 32 MB, is put into any file; one of a part of its pages into a larger one.
const SHORTEST_LOG: u64 = 8_000;
const LONGEST_LOG: u64 = 32_000;
const LOG_PART: u64 = 8;
/// So many KiB of pages are kept of any file; a part of its bytes of a larger one.
const SMALLEST_CACHE: u64 = 16_000;
const LARGEST_CACHE: u64 = 64_000;
const CACHE_PART: u64 = 16;

/// The sizes of a file of so many pages: of the cache in KiB, and of the log in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    cache: u64,
    log: u64,
}

impl Sizes {
    fn of(pages: u64) -> Self {
        let kib = pages * PAGE_BYTES / 1024;
        Self {
            cache: (kib / CACHE_PART).clamp(SMALLEST_CACHE, LARGEST_CACHE),
            log: (pages / LOG_PART).clamp(SHORTEST_LOG, LONGEST_LOG),
        }
    }
}

/// Keeps to the size of the file.
#[derive(Debug, Default)]
pub(super) struct Growth {
    commits: u32,
    set: Option<Sizes>,
}

impl Growth {
    /// Sets what the file needs now; looks at it once in a while.
    pub(super) fn follow(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let is_time = self.set.is_none() || self.commits >= LOOK_EVERY;
        self.commits += 1;
        if !is_time {
            return Ok(());
        }
        self.commits = 0;
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let sizes = Sizes::of(pages.unsigned_abs());
        if self.set == Some(sizes) {
            return Ok(());
        }
        let Sizes { cache, log } = sizes;
        connection.execute_batch(&format!(
            "PRAGMA cache_size = -{cache}; PRAGMA wal_autocheckpoint = {log};"
        ))?;
        self.set = Some(sizes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_file_gets_a_larger_cache_and_a_longer_log_up_to_a_limit() {
        let sizes = |pages| {
            let Sizes { cache, log } = Sizes::of(pages);
            (cache, log)
        };
        assert_eq!(sizes(0), (16_000, 8_000));
        assert_eq!(sizes(64_000), (16_000, 8_000));
        assert_eq!(sizes(128_000), (32_000, 16_000));
        assert_eq!(sizes(500_000), (64_000, 32_000));
        assert_eq!(sizes(u64::MAX / PAGE_BYTES), (64_000, 32_000));
    }
}
