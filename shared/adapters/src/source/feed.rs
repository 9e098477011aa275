//! One feed while it is read: page after page, each a stream that is returned in blocks.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    Conclusion, Feed, FeedBlock, Remark, RequestMade, ResponseSummary, SourceError, SourcePosition,
    Validators,
};
use attendee_sync_domain::config::{Pagination, SourceSettings};
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::Url;

use super::addresses::address;
use super::ahead::{Ahead, Fetching};
use super::ask::{self, WantedPages};
use super::body::{ResponseBody, ResponseHead};
use super::offers::{ReadAmount, more_than_read};
use super::page::{FeedPage, PageBytes, PageTally};
use super::page_request::PageRequest;
use super::pager::{After, PageCount, PageRead, Pager};
use super::rate_headers::date;
use super::refusals::is_nothing_there;
use super::remarks;
use super::requests::Requests;
use super::seen::{REST, SeenText};
use super::splitter::{BodyShape, Split, told_error};
use super::told;

/// The size from which a block is returned; it is also returned at the end of each page.
const BLOCK_BYTES: usize = 256 * 1024;

/// A feed that is read over HTTP.
pub(super) struct HttpFeed {
    requests: Arc<Requests>,
    wanted: WantedPages,
    pager: Pager,
    pagination: Pagination,
    shape: BodyShape,
    max_bytes: u64,
    /// Describes the limit `max_bytes` in a message.
    limit: &'static str,
    state: FeedState,
    asked: PagesAsked,
    ahead: Ahead,
    /// The number of pages read, including the current one.
    pages: u64,
    bytes: u64,
    /// The hash of the records of the previous page, where it had any.
    previous: Option<u128>,
    first_answer: FirstAnswer,
    /// Remarks on the pages that were read.
    remarks: Vec<Remark>,
    /// Where the current page began, and how much of it was returned.
    page_began: FeedBookmark,
    /// Where another reading could continue.
    bookmark: Option<FeedBookmark>,
    /// The elements of the next page that an earlier reading returned already.
    skip: u64,
    /// The text of the first page, where it is to be shown.
    seen: Option<SeenText>,
}

/// The position of a suspended reading: before an element of a page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct FeedBookmark {
    /// The page's address; `None` after the last page.
    url: Option<Url>,
    /// The request of the page. Earlier versions stored only its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<PageRequest>,
    /// The number of its elements that were returned.
    taken: u64,
    /// The pages and bytes read before it.
    pages: u64,
    bytes: u64,
    counted: Option<PageCount>,
    /// The hash of the page before, in hexadecimal.
    previous: Option<String>,
    first_answer: FirstAnswer,
    #[serde(default)]
    remarks: Vec<Remark>,
}

/// What the first answer said of the feed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct FirstAnswer {
    not_modified: bool,
    validators: Option<Validators>,
    answered: Option<Timestamp>,
    /// The keys around its records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
}

enum FeedState {
    /// The first page comes next.
    Begin,
    /// This page comes next.
    Ahead(PageRequest),
    /// This page is being read.
    Reading(Box<FeedPage>),
    /// Everything was read.
    Whole,
    /// An error occurred, or the reading was dropped in the middle of an answer.
    Failed,
}

impl HttpFeed {
    /// Returns the feed that begins with the request `document`.
    pub(super) fn new(
        source: &SourceSettings,
        document: PageRequest,
        wanted: WantedPages,
        requests: Arc<Requests>,
    ) -> Self {
        let first = document.at(wanted.put_into(document.url.clone()));
        let pager = Pager::new(source, document.url, first, requests.origin().clone());
        Self {
            state: FeedState::Begin,
            pager,
            requests,
            wanted,
            pagination: source.pagination.clone(),
            shape: BodyShape::of(source),
            max_bytes: source.limits.max_bytes,
            limit: "the limit of source.limits.max_bytes",
            asked: PagesAsked::default(),
            ahead: Ahead::default(),
            pages: 0,
            bytes: 0,
            previous: None,
            first_answer: FirstAnswer::default(),
            remarks: Vec::new(),
            page_began: FeedBookmark::default(),
            bookmark: None,
            skip: 0,
            seen: None,
        }
    }

    /// Continues where an earlier reading stopped. No conditions are sent: part of the answer was
    /// used already.
    pub(super) fn resume(mut self, place: &SourcePosition) -> Result<Self, SourceError> {
        let lost = |_| SourceError::new("the position in the source was lost; sync again");
        let mark: FeedBookmark = serde_json::from_str(&place.0).map_err(lost)?;
        self.wanted.conditions.clear();
        let url = mark.url.clone();
        let request = mark.request.clone().or_else(|| url.map(PageRequest::get));
        self.state = match request {
            // The link was followed once, but a stored one is trusted no more than one that is
            // received.
            Some(request) if self.requests.origin().holds(&request.url).is_none() => {
                return Err(SourceError::new(
                    "the position in the source is on another server than source.url; sync again",
                ));
            }
            Some(request) => FeedState::Ahead(request),
            None => FeedState::Whole,
        };
        if let Some(counted) = mark.counted {
            self.pager.go_on_from(counted);
        }
        self.previous = mark
            .previous
            .as_deref()
            .and_then(|hash| u128::from_str_radix(hash, 16).ok());
        self.pages = mark.pages;
        self.bytes = mark.bytes;
        self.first_answer = mark.first_answer.clone();
        self.remarks.clone_from(&mark.remarks);
        self.skip = mark.taken;
        self.bookmark = Some(mark);
        Ok(self)
    }

    /// A bookmark before this page.
    fn before(&self, request: Option<PageRequest>) -> FeedBookmark {
        FeedBookmark {
            url: request.as_ref().map(|request| request.url.clone()),
            request,
            taken: 0,
            pages: self.pages,
            bytes: self.bytes,
            counted: Some(self.pager.counted_so_far()),
            previous: self.previous.map(|hash| format!("{hash:x}")),
            first_answer: self.first_answer.clone(),
            remarks: self.remarks.clone(),
        }
    }

    /// Removes the elements that an earlier reading returned already, and moves the bookmark behind
    /// those that are returned now.
    fn give_out(&mut self, mut block: FeedBlock) -> FeedBlock {
        let given = block.units.len() as u64;
        let skipped = self.skip.min(given);
        self.skip -= skipped;
        block
            .units
            .drain(..usize::try_from(skipped).unwrap_or(usize::MAX));
        self.bookmark = Some(match &self.state {
            FeedState::Reading(_) => {
                self.page_began.taken += given;
                self.page_began.clone()
            }
            FeedState::Ahead(request) => self.before(Some(request.clone())),
            FeedState::Begin | FeedState::Whole | FeedState::Failed => self.before(None),
        });
        if !matches!(self.state, FeedState::Reading(_)) {
            // The page is now shorter than it was.
            self.skip = 0;
        }
        block
    }

    /// Sets how messages describe the limit of bytes.
    pub(super) fn limit_is(&mut self, limit: &'static str) {
        self.limit = limit;
    }

    /// Returns the last request as it may be shown, and the answer.
    pub(super) fn last_request(&self) -> (RequestMade, Option<ResponseSummary>) {
        let (request, mut answer) = self.requests.last();
        if let (Some(answer), Some(seen)) = (&mut answer, &self.seen) {
            answer.text = seen.take();
        }
        (request, answer)
    }

    /// Returns up to `most` elements of the first page's list, and whether there are more. The feed
    /// cannot be used afterwards.
    pub(super) async fn first_page(&mut self, most: usize) -> Result<Units, SourceError> {
        self.seen = Some(SeenText::default());
        let units = self.read_first_page(most).await;
        units.map_err(|error| self.located(error))
    }

    async fn read_first_page(&mut self, most: usize) -> Result<Units, SourceError> {
        let mut block = FeedBlock::default();
        let first = self.pager.first()?;
        let FeedState::Reading(mut page) = self.begin(&first).await? else {
            return Ok((Vec::new(), false));
        };
        while block.units.len() <= most {
            if !self.read_on(&mut page, &mut block).await? {
                let ends = matches!(self.end(*page, &mut block).await?, FeedState::Whole);
                if let Some(remark) = self
                    .remarks
                    .iter()
                    .find(|remark| remark.code == remarks::NO_LIST)
                {
                    return Err(SourceError::new(remark.reason.clone()));
                }
                let more = !ends || block.units.len() > most;
                return Ok((units(&block, most), more));
            }
        }
        self.read_rest(&mut page).await;
        Ok((units(&block, most), true))
    }

    /// Reads the rest of a page only for its text, as far as it comes soon.
    async fn read_rest(&mut self, page: &mut FeedPage) {
        let is_full = |feed: &Self| feed.seen.as_ref().is_none_or(SeenText::is_full);
        let rest = async {
            while !is_full(self)
                && self
                    .read_on(page, &mut FeedBlock::default())
                    .await
                    .unwrap_or(false)
            {}
        };
        let _ended = timeout(REST, rest).await;
    }

    async fn advance(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        let mut block = FeedBlock::default();
        loop {
            // Where this function is left early, by an error or because its future is dropped, the
            // feed has failed: it must never pass for complete.
            match std::mem::replace(&mut self.state, FeedState::Failed) {
                FeedState::Begin => self.state = FeedState::Ahead(self.pager.first()?),
                FeedState::Ahead(request) => {
                    self.state = self.begin(&request).await?;
                }
                FeedState::Reading(mut page) => {
                    if self.read_on(&mut page, &mut block).await? {
                        self.state = FeedState::Reading(page);
                        if block.bytes.len() < BLOCK_BYTES {
                            continue;
                        }
                    } else {
                        self.state = self.end(*page, &mut block).await?;
                    }
                    if !block.units.is_empty() {
                        let block = self.give_out(std::mem::take(&mut block));
                        if !block.units.is_empty() {
                            return Ok(Some(block));
                        }
                    }
                }
                FeedState::Whole => {
                    self.state = FeedState::Whole;
                    return Ok(None);
                }
                FeedState::Failed => {
                    return Err(SourceError::new("the feed could not be read to its end"));
                }
            }
        }
    }

    async fn begin(&mut self, request: &PageRequest) -> Result<FeedState, SourceError> {
        self.page_began = self.before(Some(request.clone()));
        self.pages += 1;
        self.asked.note(request)?;
        let (head, incoming) = match self.open(request).await {
            Ok(opened) => opened,
            Err(error) => return self.end_at_refusal(error),
        };
        if self.pages == 1 {
            self.first_answer = FirstAnswer {
                not_modified: head.status == StatusCode::NOT_MODIFIED,
                validators: ask::validators(&head.headers),
                answered: date(&head.headers, &DATE),
                keys: Vec::new(),
            };
        }
        if self.first_answer.not_modified {
            return Ok(FeedState::Whole);
        }
        if head.is_nothing() {
            self.pager.end_at_nothing()?;
            return Ok(FeedState::Whole);
        }
        let page = self.page(request, head, incoming)?;
        Ok(FeedState::Reading(Box::new(page)))
    }

    fn page(
        &self,
        request: &PageRequest,
        head: ResponseHead,
        incoming: PageBytes,
    ) -> Result<FeedPage, SourceError> {
        let page = FeedPage::new(request.clone(), head, incoming, &self.shape)?;
        let page = page.keep_last(self.pager.wants_last_record());
        Ok(page.seen_as(self.seen.clone()))
    }

    /// Ends the feed where the source refuses the page after the last one as not existing.
    fn end_at_refusal(&self, mut error: SourceError) -> Result<FeedState, SourceError> {
        if !is_nothing_there(&error) || !self.pager.may_end_at_refusal() {
            return Err(error);
        }
        match self.pager.end_at_nothing() {
            Ok(()) => Ok(FeedState::Whole),
            Err(short) => {
                error.message = format!("{}; {}", error.message, short.message);
                Err(error)
            }
        }
    }

    async fn open(
        &mut self,
        request: &PageRequest,
    ) -> Result<(ResponseHead, PageBytes), SourceError> {
        let fetch = |next| Fetching::begin(Arc::clone(&self.requests), next, self.shape.format);
        if let Some(mut page) = self.ahead.take(request, &self.pager, fetch) {
            return Ok((page.head().await?, PageBytes::Ahead(page)));
        }
        let unconditional = HeaderMap::new();
        let conditions = match self.pages {
            1 => &self.wanted.conditions,
            _ => &unconditional,
        };
        let (head, body) =
            ResponseBody::open(&self.requests, request, conditions, self.shape.format).await?;
        Ok((head, PageBytes::Here(body)))
    }

    /// Reads the next bytes of `page`. Returns false at its end.
    async fn read_on(
        &mut self,
        page: &mut FeedPage,
        block: &mut FeedBlock,
    ) -> Result<bool, SourceError> {
        let Some(chunk) = page.chunk().await? else {
            return Ok(false);
        };
        self.bytes += chunk.len() as u64;
        if self.bytes > self.max_bytes {
            return Err(SourceError::new(format!(
                "the source sent more than {} bytes, {}",
                self.max_bytes, self.limit
            )));
        }
        page.take(&chunk, block)?;
        Ok(true)
    }

    /// Ends `page` and returns what follows it.
    async fn end(
        &mut self,
        page: FeedPage,
        block: &mut FeedBlock,
    ) -> Result<FeedState, SourceError> {
        let request = page.request.clone();
        let known = (self.pages > 1).then_some(&*self.first_answer.keys);
        let (head, split, tally) = page.end(block, known)?;
        if self.pages == 1 {
            let fields = split.envelope.as_object();
            self.first_answer.keys =
                fields.map_or(Vec::new(), |fields| fields.keys().cloned().collect());
        }
        self.judge(&split, &tally)?;
        self.refuse_repeated(&tally)?;
        let Split {
            envelope, remarks, ..
        } = split;
        self.remarks.extend(remarks::on_page(self.pages, remarks));
        let after = self.pager.after(&PageRead {
            request: &request,
            url: &head.url,
            headers: &head.headers,
            envelope: &envelope,
            records: tally.records,
            last: tally.last.as_deref(),
        })?;
        match after {
            After::Page(next) => return Ok(FeedState::Ahead(next)),
            After::Itself => return self.confirm_end(&request).await,
            After::End => {}
        }
        let (pages, records) = self.pager.read();
        let read = ReadAmount {
            pages,
            records,
            slack: remarks::slack(&self.pagination, pages, records),
            everything: self.wanted.is_everything(),
            ended_full: tally.records > 0,
        };
        let list = self.shape.records.list_names();
        let known = remarks::known_places(&self.pagination);
        let offer = more_than_read(&envelope, &head.headers, list, &known, &read);
        self.remarks
            .extend(offer.map(|offer| remarks::more(&offer, &read, &self.pagination)));
        Ok(FeedState::Whole)
    }

    /// Requests the page just read once more, as its link leads to itself: where it stays the same
    /// or is empty, it is the last.
    async fn confirm_end(&mut self, request: &PageRequest) -> Result<FeedState, SourceError> {
        self.pages += 1;
        let nothing = HeaderMap::new();
        let (head, body) =
            ResponseBody::open(&self.requests, request, &nothing, self.shape.format).await?;
        if head.is_nothing() {
            return Ok(FeedState::Whole);
        }
        let mut page = self.page(request, head, PageBytes::Here(body))?;
        let mut seen = FeedBlock::default();
        while self.read_on(&mut page, &mut seen).await? {
            seen = FeedBlock::default();
        }
        let (_, _, tally) = page.end(&mut seen, Some(&self.first_answer.keys))?;
        if tally.records == 0 || tally.hash() == self.previous {
            return Ok(FeedState::Whole);
        }
        Err(in_a_circle(request))
    }

    /// Fails for a page that reports an error, or lacks the list that it must have. Adds a remark
    /// where that may be right.
    fn judge(&mut self, split: &Split, tally: &PageTally) -> Result<(), SourceError> {
        if let Some(error) = told::error_in(&split.envelope, tally.records == 0) {
            if tally.records == 0 {
                return Err(told_error(&error));
            }
            self.remarks.push(remarks::error_beside_records(&error));
        }
        // A read of changes needs no list where nothing changed. A later page without a list, and
        // with nothing new, was treated as the end before.
        if let Some(no_list) = &split.no_list
            && (self.pages > 1 || self.wanted.is_everything())
        {
            // Without a mapping this is a side list, whose remarks nobody sees.
            let is_later = self.pages > 1;
            if is_later || self.shape.taken.is_empty() || remarks::is_no_empty_feed(&split.envelope)
            {
                return Err(SourceError::new(no_list.message.clone()));
            }
            self.remarks
                .extend(remarks::no_list(&no_list.message, &split.envelope));
        }
        Ok(())
    }

    /// Returns the remarks on what was read.
    pub(super) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn refuse_repeated(&mut self, tally: &PageTally) -> Result<(), SourceError> {
        let hash = tally.hash();
        if hash.is_some() && hash == self.previous {
            return Err(SourceError::new(format!(
                "this page holds the same records as the one before: the source seems to ignore \
                 the paging, or to repeat its last page; check source.pagination{}",
                self.pager.way_to_end()
            )));
        }
        self.previous = hash;
        Ok(())
    }

    /// Adds the page to an error, and removes everything secret from it.
    fn located(&self, mut error: SourceError) -> SourceError {
        error.message = format!("page {}: {}", self.pages, error.message);
        self.requests.without_credential(error)
    }
}

/// Elements of a list, and whether there are more.
pub(super) type Units = (Vec<Option<Vec<u8>>>, bool);

fn units(block: &FeedBlock, most: usize) -> Vec<Option<Vec<u8>>> {
    let bytes = |range: &Option<Range<usize>>| {
        let bytes = block.bytes.get(range.clone()?)?;
        Some(bytes.to_vec())
    };
    block.units.iter().take(most).map(bytes).collect()
}

#[async_trait]
impl Feed for HttpFeed {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        let next = self.advance().await;
        if !matches!(next, Ok(Some(_))) {
            // Nothing more is read.
            self.ahead = Ahead::default();
        }
        next.map_err(|error| self.located(error))
    }

    fn read(&self) -> (u64, u64) {
        (self.pages, self.bytes)
    }

    fn place(&self) -> Option<SourcePosition> {
        let text = serde_json::to_string(self.bookmark.as_ref()?).ok()?;
        Some(SourcePosition(text))
    }

    fn conclusion(&self) -> Conclusion {
        let first = &self.first_answer;
        let in_one = matches!(self.state, FeedState::Whole) && self.pages == 1;
        let validators = if first.not_modified {
            &self.wanted.asked
        } else {
            &first.validators
        };
        Conclusion {
            not_modified: first.not_modified,
            validators: validators
                .clone()
                .filter(|_| in_one && self.wanted.comparable),
            answered: first.answered,
            remarks: self.remarks.clone(),
            ..Conclusion::default()
        }
    }
}

/// The requests made so far, as hashes.
#[derive(Default)]
struct PagesAsked {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl PagesAsked {
    fn note(&mut self, request: &PageRequest) -> Result<(), SourceError> {
        if self.hashes.insert(self.hasher.hash_one(request)) {
            return Ok(());
        }
        Err(in_a_circle(request))
    }
}

fn in_a_circle(request: &PageRequest) -> SourceError {
    SourceError::new(format!(
        "the paging goes in a circle: {} was asked before with the same parameters; check \
         source.pagination",
        address(&request.url)
    ))
}
