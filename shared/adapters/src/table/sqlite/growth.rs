//! Adapts the cache and the log of the connection that writes to the size of the file.
//!
//! People's ids are random, so each row changes another page of the index. In a file of gigabytes
//! these pages are more than a small cache can hold, and each commit reads most of those that it
//! changes. And the longer the log grows before it is written into the file, the more commits
//! change a page that is then written once.

use rusqlite::Connection;

/// The number of commits between two checks of the file's size.
const LOOK_EVERY: u32 = 32;
/// The size of a page of the file, as the engine creates it.
const PAGE_BYTES: u64 = 4096;
/// The shortest log in pages, 32 MB; a larger file gets a log of a part of its pages.
const SHORTEST_LOG: u64 = 8_000;
const LONGEST_LOG: u64 = 32_000;
const LOG_PART: u64 = 8;
/// The smallest cache in KiB; a larger file gets a cache of a part of its size.
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

/// Adapts the settings to the size of the file.
#[derive(Debug, Default)]
pub(super) struct Growth {
    commits: u32,
    set: Option<Sizes>,
}

impl Growth {
    /// Sets what the file needs now; checks its size from time to time.
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
