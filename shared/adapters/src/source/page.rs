//! One page while it is read: decodes its bytes to text and splits the text into records.

use attendee_sync_app::ports::{FeedBlock, SourceError};
use bytes::Bytes;
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3Default;

use super::ahead::Fetching;
use super::body::{ResponseBody, ResponseHead};
use super::charset::Charset;
use super::page_request::PageRequest;
use super::seen::SeenText;
use super::splitter::{BodyShape, Split, Splitter};
use super::unpack::Unpacking;

/// A page that is read.
pub(super) struct FeedPage {
    pub(super) request: PageRequest,
    head: ResponseHead,
    incoming: PageBytes,
    unpacking: Unpacking,
    charset: Charset,
    splitter: Splitter,
    tally: PageTally,
    keeps_last: bool,
    seen: Option<SeenText>,
}

/// The origin of a page's bytes.
pub(super) enum PageBytes {
    /// The page is fetched while it is read.
    Here(ResponseBody),
    /// The page was fetched ahead.
    Ahead(Fetching),
}

/// The records of one page.
#[derive(Default)]
pub(super) struct PageTally {
    pub(super) records: u64,
    /// The bytes of its records, without those that were too long.
    bytes: u64,
    /// The hash of its records, to detect pages that repeat each other.
    hash: Xxh3Default,
    /// The last record, where it is needed and not too long.
    pub(super) last: Option<Vec<u8>>,
}

impl FeedPage {
    pub(super) fn new(
        request: PageRequest,
        head: ResponseHead,
        incoming: PageBytes,
        shape: &BodyShape,
    ) -> Result<Self, SourceError> {
        let charset = Charset::of(&head.headers, shape.charset.as_ref());
        Ok(Self {
            request,
            charset: charset.map_err(|error| head.described(error))?,
            head,
            incoming,
            unpacking: Unpacking::default(),
            splitter: Splitter::new(shape),
            tally: PageTally::default(),
            keeps_last: false,
            seen: None,
        })
    }

    /// Keeps the last record if `keeps` is set; the next page may be requested by it.
    pub(super) fn keep_last(mut self, keeps: bool) -> Self {
        self.keeps_last = keeps;
        self
    }

    /// Keeps the text, to show what was answered.
    pub(super) fn seen_as(mut self, seen: Option<SeenText>) -> Self {
        self.seen = seen;
        self
    }

    /// Returns the next bytes, decompressed; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        loop {
            let unpacked = self.unpacking.next();
            if let Some(bytes) = unpacked.map_err(|error| self.head.described(error))? {
                return Ok(Some(bytes));
            }
            if self.unpacking.has_ended() {
                return Ok(None);
            }
            let chunk = match &mut self.incoming {
                PageBytes::Here(body) => body.chunk().await?,
                PageBytes::Ahead(page) => page.chunk().await?,
            };
            match chunk {
                Some(chunk) => self.unpacking.push(chunk),
                None => self.unpacking.end(),
            }
        }
    }

    /// Decodes the next bytes, and writes the records that end in them to `block`.
    pub(super) fn take(&mut self, chunk: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        block.bytes.reserve(chunk.len());
        let before = BlockMark::at_end_of(block);
        let (text, fits) = self.charset.text(chunk);
        if let Some(seen) = &self.seen {
            seen.add(text);
        }
        // An error in the text before the invalid bytes may say more about the answer.
        let split = self.splitter.push(text, block);
        self.tally.add(block, &before, self.keeps_last);
        let misfit = |_| self.charset.misfit(self.tally.records + 1);
        split
            .and_then(|()| fits.map_err(misfit))
            .map_err(|error| self.head.described(error))
    }

    /// Ends the page: checks that it is complete, and returns what surrounds its records. For a
    /// later page, `known` are the keys beside the records of the first page: a later page may lack
    /// its list if it has no other keys.
    pub(super) fn end(
        mut self,
        block: &mut FeedBlock,
        known: Option<&[String]>,
    ) -> Result<(ResponseHead, Split, PageTally), SourceError> {
        let before = BlockMark::at_end_of(block);
        let near = self.tally.records + 1;
        let (text, fits) = self.charset.end();
        if let Some(seen) = &self.seen {
            seen.add(text);
        }
        let fits = fits.is_ok();
        let ended = match self.splitter.push(text, block) {
            Ok(()) => match known.and_then(|known| empty(&self.splitter, known)) {
                Some(envelope) => Ok(Split {
                    envelope,
                    ..Split::default()
                }),
                None => self.splitter.finish(block),
            },
            Err(error) => Err(error),
        };
        self.tally.add(block, &before, self.keeps_last);
        match ended {
            Ok(split) if fits => Ok((self.head, split, self.tally)),
            Ok(_) => Err(self.head.described(self.charset.misfit(near))),
            Err(error) => Err(self.head.described(error)),
        }
    }
}

/// Returns the envelope of a page that has no record and no unknown key.
fn empty(splitter: &Splitter, known: &[String]) -> Option<Value> {
    let envelope = splitter.without_list()?;
    let is_known = |name: &String| known.contains(name);
    let mut names = envelope
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    names.all(is_known).then_some(envelope)
}

/// The end of a block before something was added.
struct BlockMark {
    units: usize,
    bytes: usize,
}

impl BlockMark {
    fn at_end_of(block: &FeedBlock) -> Self {
        Self {
            units: block.units.len(),
            bytes: block.bytes.len(),
        }
    }
}

impl PageTally {
    /// Counts what was added to `block` since `before`.
    fn add(&mut self, block: &FeedBlock, before: &BlockMark, keeps_last: bool) {
        self.records += (block.units.len() - before.units) as u64;
        let added = block.bytes.get(before.bytes..).unwrap_or_default();
        self.bytes += added.len() as u64;
        self.hash.update(added);
        if keeps_last && block.units.len() > before.units {
            let last = block.units.last().cloned().flatten();
            self.last = last
                .and_then(|range| block.bytes.get(range))
                .map(<[u8]>::to_vec);
        }
    }

    /// The hash of the records, where there are any.
    pub(super) fn hash(&self) -> Option<u128> {
        (self.bytes > 0).then(|| self.hash.digest128())
    }
}
