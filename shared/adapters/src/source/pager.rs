//! Decides what follows a page: the next one, the proven end of the feed, or an error where the
//! source contradicts itself. Asks nothing itself.

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::Pagination;
use attendee_sync_domain::feed::FieldPath;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::links::{Origin, with_parameter};
use super::web_links::next_in_header;

/// Pages without a record that may follow each other: a source that sends more of them never ends.
const MAX_EMPTY_PAGES: u32 = 100;

/// The paging of one feed.
pub(super) struct Pager {
    style: Pagination,
    first: Url,
    origin: Origin,
    pages: u64,
    records: u64,
    empty_pages: u32,
    /// Records of the first page.
    first_records: u64,
    /// The most pages or records the source has declared: it may grow while it is read; where it
    /// shrinks, records have moved between pages.
    declared: Option<u64>,
}

/// What a pager has counted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Counted {
    pages: u64,
    records: u64,
    empty_pages: u32,
    first_records: u64,
    declared: Option<u64>,
}

/// One page that has been read to its end.
pub(super) struct PageRead<'p> {
    /// Where it came from.
    pub(super) url: &'p Url,
    /// Its headers, which may have a link to the next page.
    pub(super) headers: &'p HeaderMap,
    /// What surrounds its records.
    pub(super) envelope: &'p Value,
    /// Elements in its list.
    pub(super) records: u64,
}

impl Pager {
    pub(super) fn new(style: Pagination, first: Url, origin: Origin) -> Self {
        Self {
            style,
            first,
            origin,
            pages: 0,
            records: 0,
            empty_pages: 0,
            first_records: 0,
            declared: None,
        }
    }

    /// What was counted so far, for a reading that goes on later.
    pub(super) fn counted_so_far(&self) -> Counted {
        Counted {
            pages: self.pages,
            records: self.records,
            empty_pages: self.empty_pages,
            first_records: self.first_records,
            declared: self.declared,
        }
    }

    /// Goes on from what an earlier reading counted.
    pub(super) fn go_on_from(&mut self, counted: Counted) {
        Counted {
            pages: self.pages,
            records: self.records,
            empty_pages: self.empty_pages,
            first_records: self.first_records,
            declared: self.declared,
        } = counted;
    }

    /// The URL of the first page.
    pub(super) fn first(&self) -> Url {
        match &self.style {
            Pagination::Page { .. } | Pagination::Offset { .. } => self.counted(),
            _ => self.first.clone(),
        }
    }

    /// The URL of the page after `page`; `None` where the feed has ended.
    pub(super) fn after(&mut self, page: &PageRead<'_>) -> Result<Option<Url>, SourceError> {
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
        let next = self.next(page)?;
        if next.is_some() && self.empty_pages >= MAX_EMPTY_PAGES {
            return Err(SourceError::new(format!(
                "{MAX_EMPTY_PAGES} pages in a row hold no record, and the source goes on; check \
                 source.records and source.pagination"
            )));
        }
        Ok(next)
    }

    fn next(&mut self, page: &PageRead<'_>) -> Result<Option<Url>, SourceError> {
        match &self.style {
            Pagination::None => Ok(None),
            Pagination::NextLink { path } => match link_at(path, page.envelope)? {
                Some(link) => self.origin.follow(page.url, link).map(Some),
                None => Ok(None),
            },
            Pagination::LinkHeader => match next_in_header(page.headers)? {
                Some(link) => self.origin.follow(page.url, &link).map(Some),
                None => Ok(None),
            },
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
            } => {
                let more = more_path
                    .as_ref()
                    .map(|path| says_yes(path.find(page.envelope)));
                match (mark_at(path, page.envelope)?, more) {
                    (_, Some(false)) | (None, None) => Ok(None),
                    (Some(mark), _) => Ok(Some(with_parameter(&self.first, parameter, &mark))),
                    (None, Some(true)) => Err(SourceError::new(format!(
                        "the source says that there is more, but nothing at {path} to continue from"
                    ))),
                }
            }
        }
    }

    /// After a numbered page, which says whether there is another (`next`), or does not.
    fn numbered(
        &self,
        page: &PageRead<'_>,
        next: Option<bool>,
    ) -> Result<Option<Url>, SourceError> {
        let goes_on = match (next, self.declared) {
            (Some(next), _) => next,
            (None, Some(pages)) => self.pages < pages,
            (None, None) => page.records > 0,
        };
        if let Some(pages) = self.declared {
            if !goes_on && self.pages < pages {
                return Err(fell_short("pages", pages, self.pages));
            }
            // Where there is one page, it may be empty.
            if page.records == 0 && pages > 1 && self.pages <= pages {
                return Err(SourceError::new(format!(
                    "the source declared {pages} pages, and this one holds no record; sync again"
                )));
            }
        }
        Ok(goes_on.then(|| self.counted()))
    }

    fn by_offset(&self, page: &PageRead<'_>) -> Result<Option<Url>, SourceError> {
        let goes_on = match self.declared {
            Some(records) if page.records == 0 && self.records < records => {
                return Err(fell_short("records", records, self.records));
            }
            Some(records) => self.records < records,
            None => page.records > 0,
        };
        Ok(goes_on.then(|| self.counted()))
    }

    /// The page `places` after the next one, as far as the source has declared that there is one.
    /// Where pages are counted by their records, it is where it would be if those in between were
    /// as long as the first.
    pub(super) fn later(&self, places: u64) -> Option<Url> {
        let declared = self.declared?;
        match &self.style {
            Pagination::Page { .. } => {
                let pages = self.pages.checked_add(places)?;
                (pages < declared).then(|| self.at(pages, 0))
            }
            Pagination::Offset { .. } if self.first_records > 0 => {
                let between = places.checked_mul(self.first_records)?;
                let records = self.records.checked_add(between)?;
                (records < declared).then(|| self.at(0, records))
            }
            _ => None,
        }
    }

    /// The URL of the page after the pages and records read so far.
    fn counted(&self) -> Url {
        // Servers cut page sizes silently: what counts is what was received.
        self.at(self.pages, self.records)
    }

    /// The URL of the page after so many pages, or so many records.
    fn at(&self, pages: u64, records: u64) -> Url {
        let set = |url, name: &str, value: u64| with_parameter(&url, name, &value.to_string());
        match &self.style {
            Pagination::Page {
                parameter,
                start,
                size_parameter,
                size,
                ..
            } => {
                let url = set(self.first.clone(), parameter, u64::from(*start) + pages);
                match (size_parameter, size) {
                    (Some(name), Some(size)) => set(url, name, u64::from(*size)),
                    _ => url,
                }
            }
            Pagination::Offset {
                offset_parameter,
                start,
                limit_parameter,
                limit,
                ..
            } => {
                let offset = u64::from(*start) + records;
                let url = set(self.first.clone(), offset_parameter, offset);
                set(url, limit_parameter, u64::from(*limit))
            }
            _ => self.first.clone(),
        }
    }
}

fn fell_short(what: &str, declared: u64, sent: u64) -> SourceError {
    SourceError::new(format!(
        "the source declared {declared} {what} and sent {sent}; sync again, and tell the people \
         who run it if it lasts"
    ))
}

/// The most that was declared up to this page. The first page has to say it; later ones may not.
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

/// Whether a value says that there is more.
fn says_yes(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !matches!(text.trim(), "" | "0" | "false" | "False"),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(_) => true,
    }
}

fn link_at<'e>(path: &FieldPath, envelope: &'e Value) -> Result<Option<&'e str>, SourceError> {
    match path.find(envelope) {
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(Value::String(link)) => Ok(Some(link.trim()).filter(|link| !link.is_empty())),
        Some(_) => Err(SourceError::new(format!(
            "what is at {path} is not a link; check source.pagination"
        ))),
    }
}

fn mark_at(path: &FieldPath, envelope: &Value) -> Result<Option<String>, SourceError> {
    match path.find(envelope) {
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(Value::String(mark)) => Ok(Some(mark.clone()).filter(|mark| !mark.trim().is_empty())),
        Some(Value::Number(mark)) => Ok(Some(mark.to_string())),
        Some(_) => Err(SourceError::new(format!(
            "what is at {path} is neither a text nor a number to continue from; check \
             source.pagination"
        ))),
    }
}

#[cfg(test)]
mod tests;
