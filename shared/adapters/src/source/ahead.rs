//! Fetches pages ahead, where the source has said how many there are: a few at a time, each by a
//! task that pauses once it is some way ahead of its reader.
//!
//! This module does not decide which page comes next. A page that was fetched for another position
//! is dropped, and the rest is then read one page at a time: nothing is skipped, whatever sizes
//! pages have.

use std::collections::VecDeque;
use std::sync::Arc;

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::FeedFormat;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::body::{ResponseBody, ResponseHead};
use super::page_request::PageRequest;
use super::pager::Pager;
use super::requests::Requests;

/// The maximum number of pages in progress, including the one that is read.
const AT_ONCE: u64 = 4;
/// The maximum number of bytes of a page that wait for their reader.
const ROOM: u32 = 1024 * 1024;

/// The pages after the one that is read, in order.
#[derive(Default)]
pub(super) struct Ahead {
    pages: VecDeque<Fetching>,
    /// Whether a page was not the expected one, so that no more pages are fetched ahead.
    ended: bool,
}

/// A page that a task of its own fetches; dropping this ends the task.
pub(super) struct Fetching {
    request: PageRequest,
    parts: UnboundedReceiver<AheadPart>,
    room: Arc<Semaphore>,
    task: JoinHandle<()>,
}

/// A part of the answer, in this order.
enum AheadPart {
    Head(Box<ResponseHead>),
    Chunk(Bytes),
    /// The body has ended as it should.
    End,
    Failed(SourceError),
}

impl Ahead {
    /// The page that comes next, where it is one that may be fetched ahead; begins to fetch those
    /// after it.
    pub(super) fn take(
        &mut self,
        next: &PageRequest,
        pager: &Pager,
        fetch: impl Fn(PageRequest) -> Fetching,
    ) -> Option<Fetching> {
        let expected = self.pages.pop_front();
        if expected.as_ref().is_some_and(|page| page.request != *next) {
            self.pages.clear();
            self.ended = true;
        }
        if self.ended {
            return None;
        }
        let begin = || (pager.later(0)? == *next).then(|| fetch(next.clone()));
        let page = expected.or_else(begin)?;
        for place in self.pages.len() as u64 + 1..AT_ONCE {
            self.pages.extend(pager.later(place).map(&fetch));
        }
        Some(page)
    }
}

impl Fetching {
    /// Begins to fetch a page.
    pub(super) fn begin(requests: Arc<Requests>, request: PageRequest, format: FeedFormat) -> Self {
        let (sender, parts) = unbounded_channel();
        let room = Arc::new(Semaphore::new(ROOM as usize));
        let (from, kept) = (request.clone(), Arc::clone(&room));
        let task = tokio::spawn(async move {
            let fetched = fetch(&requests, &from, format, &sender, &kept).await;
            let last = fetched.map_or_else(AheadPart::Failed, |()| AheadPart::End);
            // The reader may have been dropped.
            let _ = sender.send(last);
        });
        Self {
            request,
            parts,
            room,
            task,
        }
    }

    /// Returns the head of the answer; must be called before `chunk`.
    pub(super) async fn head(&mut self) -> Result<ResponseHead, SourceError> {
        match self.parts.recv().await {
            Some(AheadPart::Head(head)) => Ok(*head),
            Some(AheadPart::Failed(error)) => Err(error),
            Some(AheadPart::Chunk(_) | AheadPart::End) | None => Err(lost()),
        }
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        match self.parts.recv().await {
            Some(AheadPart::Chunk(chunk)) => {
                self.room.add_permits(room_for(&chunk) as usize);
                Ok(Some(chunk))
            }
            Some(AheadPart::End) => Ok(None),
            Some(AheadPart::Failed(error)) => Err(error),
            Some(AheadPart::Head(_)) | None => Err(lost()),
        }
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn fetch(
    requests: &Requests,
    request: &PageRequest,
    format: FeedFormat,
    sender: &UnboundedSender<AheadPart>,
    room: &Semaphore,
) -> Result<(), SourceError> {
    let (head, mut body) = ResponseBody::open(requests, request, &HeaderMap::new(), format).await?;
    let _ = sender.send(AheadPart::Head(Box::new(head)));
    while let Some(chunk) = body.chunk().await? {
        // Waiting for the reader does not count in the body's time-outs.
        let room = room.acquire_many(room_for(&chunk)).await;
        room.map_err(|_| lost())?.forget();
        let _ = sender.send(AheadPart::Chunk(chunk));
    }
    Ok(())
}

fn room_for(chunk: &Bytes) -> u32 {
    u32::try_from(chunk.len()).unwrap_or(ROOM).min(ROOM)
}

/// The task ended before its page did. This must not pass for the end of the page.
fn lost() -> SourceError {
    SourceError::new("the page was not read to its end; sync again")
}
