//! One feed while it is read: page after page, each a stream, handed on in blocks.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use async_trait::async_trait;
use attendee_sync_app::ports::{Block, Feed, SourceError};
use attendee_sync_domain::config::{Format, Source};
use attendee_sync_domain::feed::RecordsPath;
use url::Url;
use xxhash_rust::xxh3::Xxh3Default;

use super::addresses::address;
use super::body::Body;
use super::links::next_in_header;
use super::pager::{PageRead, Pager};
use super::requests::Requests;
use super::splitter::Splitter;

/// A block is handed on once it is this long, and at the end of each page.
const BLOCK_BYTES: usize = 256 * 1024;

/// A feed that is read over HTTP.
pub(super) struct HttpFeed {
    requests: Requests,
    pager: Pager,
    format: Format,
    records: RecordsPath,
    max_bytes: u64,
    state: State,
    asked: Asked,
    /// Pages finished or under way.
    pages: u64,
    bytes: u64,
    /// Hash of the records of the page before, where there were any.
    previous: Option<u128>,
}

enum State {
    /// This page comes next.
    Ahead(Url),
    /// This one is being read.
    Reading(Box<Page>),
    /// Everything was read.
    Whole,
    /// Something went wrong, or the reading was given up in the middle of an answer.
    Failed,
}

struct Page {
    url: Url,
    /// The next page by the `Link` header.
    link: Option<String>,
    body: Body,
    splitter: Splitter,
    tally: Tally,
}

/// The records of one page.
#[derive(Default)]
struct Tally {
    records: u64,
    /// Those that were too long do not count.
    bytes: u64,
    /// For pages that repeat each other.
    hash: Xxh3Default,
}

impl HttpFeed {
    pub(super) fn new(source: &Source, requests: Requests) -> Self {
        let first = requests.first().clone();
        let pager = Pager::new(source.pagination.clone(), first, requests.origin().clone());
        Self {
            state: State::Ahead(pager.first()),
            pager,
            requests,
            format: source.format,
            records: source.records.clone(),
            max_bytes: source.limits.max_bytes,
            asked: Asked::default(),
            pages: 0,
            bytes: 0,
            previous: None,
        }
    }

    async fn advance(&mut self) -> Result<Option<Block>, SourceError> {
        let mut block = Block::default();
        loop {
            // Where this is left early, by an error or because nobody waits any more, the feed
            // has failed: it must never pass for whole.
            match std::mem::replace(&mut self.state, State::Failed) {
                State::Ahead(url) => {
                    self.state = State::Reading(Box::new(self.begin(&url).await?));
                }
                State::Reading(mut page) => {
                    if self.read_on(&mut page, &mut block).await? {
                        self.state = State::Reading(page);
                        if block.bytes.len() < BLOCK_BYTES {
                            continue;
                        }
                    } else {
                        self.state = self.end(*page, &mut block)?;
                    }
                    if !block.units.is_empty() {
                        return Ok(Some(block));
                    }
                }
                State::Whole => {
                    self.state = State::Whole;
                    return Ok(None);
                }
                State::Failed => {
                    return Err(SourceError::new("the feed could not be read to its end"));
                }
            }
        }
    }

    async fn begin(&mut self, url: &Url) -> Result<Page, SourceError> {
        self.pages += 1;
        self.asked.note(url)?;
        let (response, url) = self.requests.get(url).await?;
        let link = next_in_header(response.headers());
        let body = Body::new(response, &url, self.format, self.requests.timeout())?;
        Ok(Page {
            url,
            link,
            body,
            splitter: Splitter::new(self.format, &self.records),
            tally: Tally::default(),
        })
    }

    /// Takes the next bytes of `page`; false at its end.
    async fn read_on(&mut self, page: &mut Page, block: &mut Block) -> Result<bool, SourceError> {
        let Some(chunk) = page.body.chunk().await? else {
            return Ok(false);
        };
        self.bytes += chunk.len() as u64;
        if self.bytes > self.max_bytes {
            return Err(SourceError::new(format!(
                "the source sent more than {} bytes, the limit of source.limits.max_bytes",
                self.max_bytes
            )));
        }
        block.bytes.reserve(chunk.len());
        let before = Mark::at_end_of(block);
        page.splitter
            .push(&chunk, block)
            .map_err(|error| page.body.described(error))?;
        page.tally.add(block, &before);
        Ok(true)
    }

    /// Ends `page`: what comes then?
    fn end(&mut self, page: Page, block: &mut Block) -> Result<State, SourceError> {
        let mut tally = page.tally;
        let before = Mark::at_end_of(block);
        let envelope = page
            .splitter
            .finish(block)
            .map_err(|error| page.body.described(error))?;
        tally.add(block, &before);
        self.refuse_repeated(&tally)?;
        let next = self.pager.after(&PageRead {
            url: &page.url,
            link: page.link.as_deref(),
            envelope: &envelope,
            records: tally.records,
        })?;
        Ok(next.map_or(State::Whole, State::Ahead))
    }

    fn refuse_repeated(&mut self, tally: &Tally) -> Result<(), SourceError> {
        let hash = (tally.bytes > 0).then(|| tally.hash.digest128());
        if hash.is_some() && hash == self.previous {
            return Err(SourceError::new(
                "this page holds the same records as the one before: the source seems to ignore \
                 the paging, or to repeat its last page; check source.pagination",
            ));
        }
        self.previous = hash;
        Ok(())
    }

    /// Says on which page it happened, and nothing that is secret.
    fn located(&self, mut error: SourceError) -> SourceError {
        error.message = format!("page {}: {}", self.pages, error.message);
        self.requests.without_credential(error)
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
}

#[async_trait]
impl Feed for HttpFeed {
    async fn next(&mut self) -> Result<Option<Block>, SourceError> {
        self.advance().await.map_err(|error| self.located(error))
    }

    fn read(&self) -> (u64, u64) {
        (self.pages, self.bytes)
    }
}

/// The URLs asked so far, as hashes.
#[derive(Default)]
struct Asked {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl Asked {
    fn note(&mut self, url: &Url) -> Result<(), SourceError> {
        if self.hashes.insert(self.hasher.hash_one(url)) {
            return Ok(());
        }
        Err(SourceError::new(format!(
            "the paging goes in a circle: {} was asked before with the same parameters; check \
             source.pagination",
            address(url)
        )))
    }
}
