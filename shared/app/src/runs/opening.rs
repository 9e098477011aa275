//! Opens a source, and says where a reading of it can be continued.

use attendee_sync_domain::config::EventDocument;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::Error;
use crate::ports::{
    Conclusion, Feed, FeedBlock, ReadMode, Remark, SourceError, SourcePosition, Validators,
};
use crate::runs::pieces::Pieces;

/// The point at which a reading was suspended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReadBookmark {
    stage: ReadStage,
    place: Option<SourcePosition>,
    /// The number of elements after that position that were evaluated.
    #[serde(default)]
    taken: usize,
    past: FirstReading,
}

/// Whether the first reading of the feed goes on, or the verification pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReadStage {
    First,
    Again,
}

/// The results of a finished first reading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct FirstReading {
    conclusion: Conclusion,
    pages: u64,
    bytes: u64,
}

/// An opened feed, with the results of its first requests.
pub(crate) struct Opening {
    /// The first reading, unless it is finished.
    feed: Option<Box<dyn Feed>>,
    first: Option<Result<Option<FeedBlock>, SourceError>>,
    /// The verification pass.
    pub(super) again: Option<Box<dyn Feed>>,
    past: FirstReading,
    /// A remark on the records themselves.
    pub(super) own_remark: Option<Remark>,
    /// Parts of the side lists that were not read.
    pub(crate) of_side_lists: Vec<Remark>,
    /// Splits the blocks of the first reading, where each record may need a request.
    pieces: Option<Pieces>,
    /// The validators of an earlier reading of the same.
    pub(crate) believed: Option<Validators>,
    /// Whether they came again with other records.
    pub(super) validators_lie: bool,
}

impl Opening {
    pub(crate) fn is_not_modified(&self) -> bool {
        matches!(self.first, Some(Ok(None))) && self.conclusion().not_modified
    }

    /// Returns the pages and bytes of the first reading.
    pub(crate) fn read(&self) -> (u64, u64) {
        match &self.feed {
            Some(feed) => feed.read(),
            None => (self.past.pages, self.past.bytes),
        }
    }

    /// Returns what the answers of the first reading said of the feed as a whole.
    pub(crate) fn conclusion(&self) -> Conclusion {
        match &self.feed {
            Some(feed) => {
                let mut conclusion = feed.conclusion();
                conclusion.remarks.extend(self.own_remark.clone());
                conclusion.remarks.extend(self.of_side_lists.clone());
                conclusion
            }
            None => self.past.conclusion.clone(),
        }
    }

    /// Returns the point from which the reading can be continued.
    pub(crate) fn bookmark(&self) -> ReadBookmark {
        let (pages, bytes) = self.read();
        let (stage, feed) = match &self.again {
            Some(again) => (ReadStage::Again, Some(again)),
            None => (ReadStage::First, self.feed.as_ref()),
        };
        let pieces = self.pieces.as_ref().filter(|_| stage == ReadStage::First);
        let within = pieces.and_then(Pieces::place);
        let after = || (feed.and_then(|feed| feed.place()), 0);
        let (place, taken) = within.unwrap_or_else(after);
        ReadBookmark {
            stage,
            place,
            taken,
            past: FirstReading {
                conclusion: self.conclusion(),
                pages,
                bytes,
            },
        }
    }

    pub(super) fn begin_again(&mut self, feed: Box<dyn Feed>) {
        self.again = Some(feed);
    }

    /// Notes that the block returned last was not evaluated.
    pub(super) fn put_back(&mut self) {
        if let Some(pieces) = &mut self.pieces {
            pieces.put_back();
        }
    }

    pub(super) async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        loop {
            if let Some(piece) = self.pieces.as_mut().and_then(Pieces::next) {
                return Ok(Some(piece));
            }
            if let Some(pieces) = &mut self.pieces {
                let feed = self.feed.as_ref().filter(|_| self.first.is_none());
                pieces.begin(feed.and_then(|feed| feed.place()));
            }
            let block = self.next_block().await?;
            match (&mut self.pieces, block) {
                (Some(pieces), Some(block)) => pieces.put(block),
                (_, block) => return Ok(block),
            }
        }
    }

    async fn next_block(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        match (self.first.take(), &mut self.feed) {
            (Some(first), _) => first,
            (None, Some(feed)) => feed.next().await,
            (None, None) => Ok(None),
        }
    }
}

impl App {
    /// Opens a source. The first answer already shows whether there is anything new.
    pub(crate) async fn open(
        &self,
        document: &EventDocument,
        ask: &ReadMode,
    ) -> Result<Opening, Error> {
        let mut feed = self.parts.sources.open(&document.source, ask).await?;
        let first = feed.next().await;
        Ok(Opening {
            feed: Some(feed),
            first: Some(first),
            again: None,
            past: FirstReading::default(),
            own_remark: None,
            of_side_lists: Vec::new(),
            pieces: document.source.details.is_some().then(Pieces::default),
            believed: None,
            validators_lie: false,
        })
    }

    /// Continues a reading that another process suspended.
    pub(crate) async fn reopen(
        &self,
        document: &EventDocument,
        ask: &ReadMode,
        bookmark: &ReadBookmark,
    ) -> Result<Opening, Error> {
        let source = &document.source;
        let mut opening = Opening {
            feed: None,
            first: None,
            again: None,
            past: bookmark.past.clone(),
            own_remark: None,
            of_side_lists: Vec::new(),
            pieces: None,
            believed: None,
            validators_lie: false,
        };
        let pieces = document
            .source
            .details
            .is_some()
            .then(|| Pieces::after(bookmark.place.clone(), bookmark.taken));
        match (&bookmark.stage, &bookmark.place) {
            (ReadStage::First, Some(place)) => {
                opening.feed = Some(self.parts.sources.resume(source, ask, place).await?);
                opening.pieces = pieces;
            }
            (ReadStage::First, None) => {
                opening = self.open(document, ask).await?;
                opening.pieces = pieces;
            }
            (ReadStage::Again, place) => {
                let everything = &ReadMode::Everything;
                opening.again = Some(match place {
                    Some(place) => self.parts.sources.resume(source, everything, place).await?,
                    None => self.parts.sources.open(source, everything).await?,
                });
            }
        }
        Ok(opening)
    }
}
