//! Decides what follows a page: the next page, the proven end of the feed, or an error where the
//! source contradicts itself. Sends no request itself.

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{Pagination, SourceSettings};
use attendee_sync_domain::feed::{FieldPath, LastRecordPath};
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::links::{ServerOrigin, with_parameters_of};
use super::page_request::PageRequest;
use super::web_links::next_in_header;

/// Pages without a record that may follow each other: a source that sends more of them never ends.
const MAX_EMPTY_PAGES: u32 = 100;

/// The pagination of one feed.
pub(super) struct Pager {
    style: Pagination,
    /// The path of the cursor within the last record of a page, if it is there.
    last_record: Option<LastRecordPath>,
    /// The document's address, whose parameters apply to every page.
    document: Url,
    first: PageRequest,
    origin: ServerOrigin,
    pages: u64,
    records: u64,
    empty_pages: u32,
    /// Records of the first page.
    first_records: u64,
    /// The largest number of pages or records that the source has declared: it may grow during the
    /// reading; where it shrinks, records have moved between pages.
    declared: Option<u64>,
}

/// The counts of a pager.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct PageCount {
    pages: u64,
    records: u64,
    empty_pages: u32,
    first_records: u64,
    declared: Option<u64>,
}

/// One page that has been read to its end.
pub(super) struct PageRead<'p> {
    /// The request of the page.
    pub(super) request: &'p PageRequest,
    /// The URL that the page came from.
    pub(super) url: &'p Url,
    /// Its headers, which may have a link to the next page.
    pub(super) headers: &'p HeaderMap,
    /// What surrounds its records.
    pub(super) envelope: &'p Value,
    /// Elements in its list.
    pub(super) records: u64,
    /// The last element, where it is needed and not too long.
    pub(super) last: Option<&'p [u8]>,
}

/// What follows a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum After {
    /// The feed has ended.
    End,
    /// This page follows.
    Page(PageRequest),
    /// The page links to itself and has records: requested again, it must be the same, otherwise
    /// the pagination makes no progress.
    Itself,
}

impl Pager {
    /// Returns the pager of a feed that begins at `document`, requested as `first`.
    pub(super) fn new(
        source: &SourceSettings,
        document: Url,
        first: PageRequest,
        origin: ServerOrigin,
    ) -> Self {
        let style = source.pagination.clone();
        let last_record = match &style {
            Pagination::Cursor { path, .. } => path.within_last_record(&source.records_path()),
            _ => None,
        };
        Self {
            style,
            last_record,
            document,
            first,
            origin,
            pages: 0,
            records: 0,
            empty_pages: 0,
            first_records: 0,
            declared: None,
        }
    }

    /// Returns the counts so far, for a reading that continues later.
    pub(super) fn counted_so_far(&self) -> PageCount {
        PageCount {
            pages: self.pages,
            records: self.records,
            empty_pages: self.empty_pages,
            first_records: self.first_records,
            declared: self.declared,
        }
    }

    /// Returns the numbers of pages and records read so far.
    pub(super) fn read(&self) -> (u64, u64) {
        (self.pages, self.records)
    }

    /// Continues from the counts of an earlier reading.
    pub(super) fn go_on_from(&mut self, counted: PageCount) {
        PageCount {
            pages: self.pages,
            records: self.records,
            empty_pages: self.empty_pages,
            first_records: self.first_records,
            declared: self.declared,
        } = counted;
    }

    /// Returns whether the last record of each page is needed.
    pub(super) fn wants_last_record(&self) -> bool {
        self.last_record.is_some()
    }

    /// The request of the first page.
    pub(super) fn first(&self) -> Result<PageRequest, SourceError> {
        match &self.style {
            Pagination::Page { .. } | Pagination::Offset { .. } => self.counted(),
            _ => Ok(self.first.clone()),
        }
    }

    /// Returns what follows `page`.
    pub(super) fn after(&mut self, page: &PageRead<'_>) -> Result<After, SourceError> {
        if self.pages == 0 {
            self.first_records = page.records;
        }
        self.pages += 1;
        self.records += page.records;
        self.empty_pages = if page.records == 0 {
            self.empty_pages + 1
        } else {
            0
        };
        let Some(next) = self.next(page)? else {
            return Ok(After::End);
        };
        if next == *page.request && page.records == 0 {
            // A page that links to itself and is empty is one way to say that there is no more.
            return Ok(After::End);
        }
        if next == *page.request && matches!(self.style, Pagination::Cursor { .. }) {
            return Ok(After::Itself);
        }
        if self.empty_pages >= MAX_EMPTY_PAGES {
            return Err(SourceError::new(format!(
                "{MAX_EMPTY_PAGES} pages in a row hold no record, and the source goes on; check \
                 source.records and source.pagination"
            )));
        }
        Ok(After::Page(next))
    }

    /// Ends the feed at a page of which the source says that it does not exist or is empty. Fails
    /// where the source had said that there is more.
    pub(super) fn end_at_nothing(&self) -> Result<(), SourceError> {
        match (&self.style, self.declared) {
            (
                Pagination::Page {
                    total_pages_path: Some(path),
                    ..
                },
                Some(pages),
            ) if self.pages < pages => Err(fell_short(
                ("pages", "total_pages_path"),
                path,
                pages,
                self.pages,
            )),
            (
                Pagination::Offset {
                    total_path: Some(path),
                    ..
                },
                Some(records),
            ) if self.records < records => Err(fell_short(
                ("records", "total_path"),
                path,
                records,
                self.records,
            )),
            _ => Ok(()),
        }
    }

    /// Returns advice for a source that repeats its last page, as the end of a message.
    pub(super) fn way_to_end(&self) -> &'static str {
        match &self.style {
            Pagination::Page {
                total_pages_path: None,
                next_path: None,
                ..
            } => {
                ": where its answer says how many pages there are, name that in total_pages_path, \
                 or in next_path what it says of another page"
            }
            Pagination::Offset {
                total_path: None, ..
            } => ": where its answer says how many records there are, name that in total_path",
            Pagination::Cursor {
                more_path: None, ..
            } => ": where its answer says whether there is more, name that in more_path",
            _ => "",
        }
    }

    /// Returns whether the feed may end at a page that the source refuses as not existing: pages
    /// are counted, some were read, and nothing said that there is another.
    pub(super) fn may_end_at_refusal(&self) -> bool {
        let is_counted = match &self.style {
            Pagination::Page { next_path, .. } => next_path.is_none(),
            Pagination::Offset { .. } => true,
            _ => false,
        };
        is_counted && self.pages > 0
    }

    fn next(&mut self, page: &PageRead<'_>) -> Result<Option<PageRequest>, SourceError> {
        match &self.style {
            Pagination::None => Ok(None),
            Pagination::NextLink { path } => {
                let link = link_at(path, page.envelope)?;
                link.map(|link| self.linked(page, link)).transpose()
            }
            Pagination::LinkHeader => {
                let link = next_in_header(page.headers)?;
                link.map(|link| self.linked(page, &link)).transpose()
            }
            Pagination::Page {
                total_pages_path,
                next_path,
                ..
            } => {
                self.declared = declared(self.declared, total_pages_path.as_ref(), page)?;
                let next = next_path
                    .as_ref()
                    .map(|path| says_yes(path.find(page.envelope)));
                self.numbered(page, next)
            }
            Pagination::Offset { total_path, .. } => {
                self.declared = declared(self.declared, total_path.as_ref(), page)?;
                self.by_offset(page)
            }
            Pagination::Cursor {
                parameter,
                path,
                more_path,
                place,
            } => {
                let more = more_path
                    .as_ref()
                    .map(|path| says_yes(path.find(page.envelope)));
                if more == Some(false) {
                    return Ok(None);
                }
                let Some(mark) = self.mark(path, page)? else {
                    return match more {
                        Some(true) => Err(SourceError::new(format!(
                            "the source says that there is more, but nothing at {path} to continue \
                             from"
                        ))),
                        _ => Ok(None),
                    };
                };
                self.first.clone().with(*place, parameter, mark).map(Some)
            }
        }
    }

    /// The request of the page at a link.
    fn linked(&self, page: &PageRead<'_>, link: &str) -> Result<PageRequest, SourceError> {
        let url = self.origin.page_link(page.url, link)?;
        Ok(self.first.at(with_parameters_of(&self.document, &url)))
    }

    /// Returns the cursor to continue from, if there is one.
    fn mark(&self, path: &FieldPath, page: &PageRead<'_>) -> Result<Option<Value>, SourceError> {
        let Some(within) = &self.last_record else {
            return mark_of(path, path.find(page.envelope));
        };
        if page.records == 0 {
            return Ok(None);
        }
        let last = page.last.and_then(|last| serde_json::from_slice(last).ok());
        let mark = mark_of(
            path,
            last.as_ref().and_then(|last: &Value| within.find(last)),
        )?;
        // As long as there are records there may be more, so the cursor is required.
        mark.map(Some).ok_or_else(|| {
            SourceError::new(format!(
                "the last record of the page has nothing at {path} to continue from; check \
                 source.pagination"
            ))
        })
    }

    /// Returns what follows a numbered page. `next` says whether there is another page, where the
    /// answer tells.
    fn numbered(
        &self,
        page: &PageRead<'_>,
        next: Option<bool>,
    ) -> Result<Option<PageRequest>, SourceError> {
        let goes_on = match (next, self.declared) {
            (Some(next), _) => next,
            (None, Some(pages)) => self.pages < pages,
            (None, None) => page.records > 0,
        };
        if let Some(pages) = self.declared {
            if !goes_on {
                self.end_at_nothing()?;
            }
            // A page that is the only one may be empty.
            if page.records == 0 && pages > 1 && self.pages <= pages {
                return Err(SourceError::new(format!(
                    "the source declared {pages} pages, and this one holds no record; sync again, \
                     and if this continues, remove total_pages_path out of source.pagination: then the \
                     first empty page is the end"
                )));
            }
        }
        goes_on.then(|| self.counted()).transpose()
    }

    fn by_offset(&self, page: &PageRead<'_>) -> Result<Option<PageRequest>, SourceError> {
        if page.records == 0 {
            self.end_at_nothing()?;
        }
        let goes_on = match self.declared {
            Some(records) => self.records < records,
            None => page.records > 0,
        };
        goes_on.then(|| self.counted()).transpose()
    }

    /// Returns the request of the page `places` after the next one, as far as the source has
    /// declared that there is one. Where pages are counted by their records, it assumes that the
    /// pages between are as long as the first.
    pub(super) fn later(&self, places: u64) -> Option<PageRequest> {
        let declared = self.declared?;
        match &self.style {
            Pagination::Page { .. } => {
                let pages = self.pages.checked_add(places)?;
                (pages < declared).then(|| self.at(pages, 0).ok())?
            }
            Pagination::Offset { .. } if self.first_records > 0 => {
                let between = places.checked_mul(self.first_records)?;
                let records = self.records.checked_add(between)?;
                (records < declared).then(|| self.at(0, records).ok())?
            }
            _ => None,
        }
    }

    /// The request of the page after the pages and records read so far.
    fn counted(&self) -> Result<PageRequest, SourceError> {
        // Servers may silently reduce page sizes, so the records received are counted.
        self.at(self.pages, self.records)
    }

    /// The request of the page after so many pages, or so many records.
    fn at(&self, pages: u64, records: u64) -> Result<PageRequest, SourceError> {
        let first = self.first.clone();
        match &self.style {
            Pagination::Page {
                parameter,
                start,
                size_parameter,
                size,
                place,
                ..
            } => {
                let number = u64::from(*start) + pages;
                let page = first.with(*place, parameter, number.into())?;
                match (size_parameter, size) {
                    (Some(name), Some(size)) => page.with(*place, name, (*size).into()),
                    _ => Ok(page),
                }
            }
            Pagination::Offset {
                offset_parameter,
                start,
                limit_parameter,
                limit,
                place,
                ..
            } => {
                let offset = u64::from(*start) + records;
                let page = first.with(*place, offset_parameter, offset.into())?;
                page.with(*place, limit_parameter, (*limit).into())
            }
            _ => Ok(first),
        }
    }
}

fn fell_short(
    (what, key): (&str, &str),
    path: &FieldPath,
    declared: u64,
    sent: u64,
) -> SourceError {
    SourceError::new(format!(
        "the source declared {declared} {what} and sent {sent}; sync again, and if this continues, remove \
         {key} (\"{path}\") out of source.pagination: it counts what is not sent, and without it \
         the first empty page is the end"
    ))
}

/// Returns the largest number declared up to this page. The first page must have it; later pages
/// may lack it.
fn declared(
    before: Option<u64>,
    path: Option<&FieldPath>,
    page: &PageRead<'_>,
) -> Result<Option<u64>, SourceError> {
    let Some(path) = path else {
        return Ok(None);
    };
    let said = path.find(page.envelope).and_then(whole_number);
    if said.is_none() && before.is_none() {
        return Err(SourceError::new(format!(
            "there is no whole number at {path}, where the source should say how much it has; \
             check source.pagination"
        )));
    }
    Ok(before.max(said))
}

fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Returns whether a value says that there is more.
fn says_yes(value: Option<&Value>) -> bool {
    value.is_some_and(|value| !is_nothing(value))
}

/// Returns whether a value stands for nothing, in any of the usual spellings.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => {
            let text = text.trim();
            let words = ["0", "null", "none", "false", "undefined", "nil"];
            text.is_empty() || words.iter().any(|word| text.eq_ignore_ascii_case(word))
        }
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn link_at<'e>(path: &FieldPath, envelope: &'e Value) -> Result<Option<&'e str>, SourceError> {
    match path.find(envelope).filter(|value| !is_nothing(value)) {
        None => Ok(None),
        Some(Value::String(link)) => Ok(Some(link)),
        Some(_) => Err(SourceError::new(format!(
            "what is at {path} is not a link; check source.pagination"
        ))),
    }
}

fn mark_of(path: &FieldPath, found: Option<&Value>) -> Result<Option<Value>, SourceError> {
    match found.filter(|value| !is_nothing(value)) {
        None => Ok(None),
        Some(mark @ (Value::String(_) | Value::Number(_))) => Ok(Some(mark.clone())),
        Some(_) => Err(SourceError::new(format!(
            "what is at {path} is neither a text nor a number to continue from; check \
             source.pagination"
        ))),
    }
}

#[cfg(test)]
mod tests;
