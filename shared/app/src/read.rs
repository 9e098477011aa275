//! Reading a feed: block by block to its end, once more where somebody seems to be missing, and what
//! a whole feed lacks.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::plan::Delta;
use attendee_sync_domain::run::Counts;

use crate::App;
use crate::error::Error;
use crate::examine::too_many;
use crate::fetch::{Fetch, TooMany};
use crate::ports::{Ask, Block, Feed, QueueError, SourceError};
use crate::progress::Reporter;

impl App {
    /// Begins to read: whether there is anything new is known with the first answer.
    pub(crate) async fn open(&self, document: &EventDocument, ask: &Ask) -> Result<Opening, Error> {
        let mut feed = self.sources.open(&document.source, ask).await?;
        let first = feed.next().await;
        Ok(Opening {
            feed,
            first: Some(first),
        })
    }

    pub(crate) async fn read(
        &self,
        source: &mut Opening,
        mut fetch: Fetch<'_>,
        document: &EventDocument,
        reporter: &Reporter<'_>,
    ) -> Read {
        let outcome = self.read_feed(source, &mut fetch, document, reporter).await;
        let (pages, bytes) = source.feed.read();
        Read {
            sent: fetch.sent,
            next_batch: fetch.next_batch(),
            counts: Counts {
                records_read: fetch.records(),
                ..fetch.counts
            },
            pages,
            bytes,
            outcome,
        }
    }

    async fn read_feed(
        &self,
        source: &mut Opening,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
        reporter: &Reporter<'_>,
    ) -> Result<(), Error> {
        loop {
            match source.next().await {
                Ok(Some(block)) => {
                    if let Err(TooMany) = fetch.take(&block).await.map_err(closed)? {
                        fetch.end_early().await.map_err(closed)?;
                        return Err(too_many(document).into());
                    }
                    let (pages, bytes) = source.feed.read();
                    reporter.update(|progress| {
                        progress.pages = pages;
                        progress.bytes = bytes;
                        progress.records = fetch.records();
                        progress.sent = fetch.sent;
                    });
                }
                Ok(None) => break,
                Err(error) => {
                    fetch.end_early().await.map_err(closed)?;
                    return Err(error.into());
                }
            }
        }
        fetch.end().await.map_err(closed)?;
        if fetch.reads_everything() && !source.feed.conclusion().not_modified {
            let (pages, _) = source.feed.read();
            if pages > 1 && !fetch.lacking(document.missing).is_empty() {
                self.look_again(fetch, document).await?;
            }
            self.send_lacking(fetch, document).await?;
        }
        Ok(())
    }

    /// Reads everything a second time, as somebody seems to be missing: pages shift when records
    /// come and go while they are read, and a record may fall between two.
    async fn look_again(
        &self,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
    ) -> Result<(), Error> {
        let mut feed = self
            .sources
            .open(&document.source, &Ask::Everything)
            .await?;
        while let Some(block) = feed.next().await? {
            fetch.look_again(&block);
        }
        Ok(())
    }

    /// What a complete feed no longer has: a record of a person who has others, or, where the
    /// organiser wants such people out, a person.
    async fn send_lacking(
        &self,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
    ) -> Result<(), Error> {
        let mut lacking = fetch.lacking(document.missing);
        if fetch.is_unclear() {
            let all = lacking.len();
            lacking.retain(|(_, kept)| !kept.is_empty());
            fetch.spare(all - lacking.len()).await.map_err(closed)?;
        }
        for part in lacking.chunks(100) {
            let short: Vec<u64> = part.iter().map(|(person, _)| *person).collect();
            let attendees = self
                .store
                .attendees_by_short_id(&document.event, &short)
                .await?;
            let people = attendees
                .into_iter()
                .filter(|(_, attendee)| !fetch.was_rejected(attendee))
                .filter_map(|(person, attendee)| {
                    let (_, kept) = part.iter().find(|(short, _)| *short == person.short())?;
                    Some(Delta {
                        kept: kept.clone(),
                        missing: kept.is_empty(),
                        ..Delta::new(person, attendee.email)
                    })
                })
                .collect();
            fetch.send_lacking(people).await.map_err(closed)?;
        }
        Ok(())
    }
}

/// What came of reading a feed.
pub(crate) struct Read {
    pub(crate) counts: Counts,
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    /// People sent on.
    pub(crate) sent: u64,
    /// The number of the run's next batch.
    pub(crate) next_batch: u32,
    pub(crate) outcome: Result<(), Error>,
}

/// A feed with what came of asking for its beginning.
pub(crate) struct Opening {
    pub(crate) feed: Box<dyn Feed>,
    first: Option<Result<Option<Block>, SourceError>>,
}

impl Opening {
    pub(crate) fn is_not_modified(&self) -> bool {
        matches!(self.first, Some(Ok(None))) && self.feed.conclusion().not_modified
    }

    async fn next(&mut self) -> Result<Option<Block>, SourceError> {
        match self.first.take() {
            Some(first) => first,
            None => self.feed.next().await,
        }
    }
}

fn closed(_: QueueError) -> Error {
    Error::Aborted
}
