//! One page while it is read: its bytes become text, its text records.

use attendee_sync_app::ports::{Block, SourceError};
use bytes::Bytes;
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3Default;

use super::ahead::Fetching;
use super::body::{Body, Head};
use super::charset::Charset;
use super::splitter::Splitter;

/// A page that is read.
pub(super) struct Page {
    head: Head,
    incoming: Incoming,
    charset: Charset,
    splitter: Splitter,
    tally: Tally,
}

/// Where a page's bytes come from.
pub(super) enum Incoming {
    /// It is fetched as it is read.
    Here(Body),
    /// It is fetched ahead of its turn.
    Ahead(Fetching),
}

/// The records of one page.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    /// Those that were too long do not count.
    bytes: u64,
    /// For pages that repeat each other.
    hash: Xxh3Default,
}

impl Page {
    pub(super) fn new(
        head: Head,
        incoming: Incoming,
        splitter: Splitter,
    ) -> Result<Self, SourceError> {
        let charset = Charset::of(&head.headers).map_err(|error| head.described(error))?;
        Ok(Self {
            head,
            incoming,
            charset,
            splitter,
            tally: Tally::default(),
        })
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        match &mut self.incoming {
            Incoming::Here(body) => body.chunk().await,
            Incoming::Ahead(page) => page.chunk().await,
        }
    }

    /// Takes the next bytes, and puts the records that end in them into `block`.
    pub(super) fn take(&mut self, chunk: &[u8], block: &mut Block) -> Result<(), SourceError> {
        block.bytes.reserve(chunk.len());
        let before = Mark::at_end_of(block);
        let (text, fits) = self.charset.text(chunk);
        // What comes before the misfit may tell more of what this is.
        let split = self.splitter.push(text, block);
        self.tally.add(block, &before);
        let misfit = |_| self.charset.misfit(self.tally.records + 1);
        split
            .and_then(|()| fits.map_err(misfit))
            .map_err(|error| self.head.described(error))
    }

    /// Ends the page: checks that it was whole, and gives what surrounds its records.
    pub(super) fn end(mut self, block: &mut Block) -> Result<(Head, Value, Tally), SourceError> {
        let before = Mark::at_end_of(block);
        let near = self.tally.records + 1;
        let (text, fits) = self.charset.end();
        let fits = fits.is_ok();
        let ended = match self.splitter.push(text, block) {
            Ok(()) => self.splitter.finish(block),
            Err(error) => Err(error),
        };
        self.tally.add(block, &before);
        match ended {
            Ok(envelope) if fits => Ok((self.head, envelope, self.tally)),
            Ok(_) => Err(self.head.described(self.charset.misfit(near))),
            Err(error) => Err(self.head.described(error)),
        }
    }
}

/// Where a block ended before something was added.
struct Mark {
    units: usize,
    bytes: usize,
}

impl Mark {
    fn at_end_of(block: &Block) -> Self {
        Self {
            units: block.units.len(),
            bytes: block.bytes.len(),
        }
    }
}

impl Tally {
    /// Counts what was added to `block` since `before`.
    fn add(&mut self, block: &Block, before: &Mark) {
        self.records += (block.units.len() - before.units) as u64;
        let added = block.bytes.get(before.bytes..).unwrap_or_default();
        self.bytes += added.len() as u64;
        self.hash.update(added);
    }

    /// The hash of the records, where there are any.
    pub(super) fn hash(&self) -> Option<u128> {
        (self.bytes > 0).then(|| self.hash.digest128())
    }
}
