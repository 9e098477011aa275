//! Registration systems over HTTP: reads a feed page by page as a stream of records.
//!
//! It keeps at most a block, one record, and 1 MiB of each of the three pages that may be fetched
//! ahead in memory. It sends a credential only to the servers that the document names for it, and
//! reports a feed as complete only once that is proved. Every message is written for the organiser
//! and contains neither a credential nor a query.

pub(crate) mod addresses;
mod ahead;
mod ask;
mod badge;
mod body;
mod calls;
mod came;
pub(crate) mod certificates;
mod charset;
mod credentials;
mod csv;
mod details;
mod feed;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod lines;
mod links;
mod lookups;
mod offers;
mod one_record;
mod pace;
mod paces;
mod page;
mod page_request;
mod pager;
mod patience;
mod rate_headers;
mod refusals;
mod remarks;
mod requests;
mod sample;
mod seen;
mod sign_in;
mod splitter;
mod tokens;
mod told;
mod unpack;
mod uploaded;
mod waits;
mod web_links;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    AskDetails, Feed, FeedSample, ReadMode, Secrets, SourceError, SourcePosition, SourceSideLists,
    Sources, UploadedLists,
};
use attendee_sync_domain::badge::BadgeFinding;
use attendee_sync_domain::config::{FeedFormat, Pagination, SourceAddresses, SourceSettings};
use jiff::Timestamp;
use reqwest::Client;
use reqwest::redirect::Policy;

use addresses::PublicResolver;
use ask::WantedPages;
use credentials::Credentials;
use details::{DetailsPlace, HttpDetails};
use feed::HttpFeed;
use paces::Paces;
use page_request::PageRequest;
use patience::{FIRST_WAIT, LONGEST, Patience, TIMEOUTS};
use requests::{Requests, url_of};
use tokens::SourceTokens;
use waits::SourceWaits;

/// The `User-Agent` header.
const NAME: &str = concat!("attendee-sync/", env!("CARGO_PKG_VERSION"));

/// The longest time-out of connecting; a source may be given less, but not more.
const CONNECT: Duration = Duration::from_secs(10);

/// The bytes of one answer that may wait to be read on an HTTP/2 connection, and of all answers:
/// pages fetched ahead must not block the page that is being read.
const STREAM_WINDOW: u32 = 512 * 1024;

/// Sources over HTTP, with one pool of connections for all of them.
pub struct HttpSources {
    client: OnceLock<Client>,
    secrets: Arc<dyn Secrets>,
    addresses: SourceAddresses,
    tokens: SourceTokens,
    paces: Paces,
    waits: Arc<SourceWaits>,
    first_wait: Duration,
    lists: Option<Arc<dyn UploadedLists>>,
}

impl HttpSources {
    /// Sources whose credentials are in `secrets`. The process must have installed a TLS
    /// provider. A proxy from the environment is used only where any address is allowed: what is
    /// behind one cannot be checked. For the same reason the one origin that may be allowed beside
    /// public addresses has to be an address, not a name.
    pub fn new(secrets: Arc<dyn Secrets>, addresses: SourceAddresses) -> Self {
        Self {
            client: OnceLock::new(),
            secrets,
            addresses,
            tokens: SourceTokens::default(),
            paces: Paces::default(),
            waits: Arc::default(),
            first_wait: FIRST_WAIT,
            lists: None,
        }
    }

    /// The same, which also read the lists that people uploaded.
    #[must_use]
    pub fn with_lists(self, lists: Arc<dyn UploadedLists>) -> Self {
        Self {
            lists: Some(lists),
            ..self
        }
    }

    /// Returns the client, which is created when it is first needed: most requests to the console
    /// need no source.
    fn client(&self) -> Result<&Client, SourceError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .connect_timeout(CONNECT)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(64 * STREAM_WINDOW)
            .redirect(Policy::none())
            .referer(false);
        let no_client = "no client for HTTP could be made";
        let builder = certificates::checked_by_the_machine(builder)
            .map_err(|error| failure(no_client, error))?;
        let builder = match self.addresses {
            SourceAddresses::Any => builder,
            SourceAddresses::Public | SourceAddresses::PublicAnd(_) => {
                builder.no_proxy().dns_resolver(PublicResolver)
            }
        };
        let client = builder.build().map_err(|error| failure(no_client, error))?;
        Ok(self.client.get_or_init(|| client))
    }

    async fn feed(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        patience: Patience,
    ) -> Result<HttpFeed, SourceError> {
        can_be_read(source)?;
        let list = uploaded::of(self, source).await?;
        let url = match &list {
            Some(list) => list.url()?,
            None => url_of(source)?,
        };
        let requests = self.requests(source, patience).await?.answered_by(list);
        let wanted = WantedPages::new(source, ask)?;
        let request = PageRequest::new(url, source);
        Ok(HttpFeed::new(source, request, wanted, Arc::new(requests)))
    }

    async fn requests(
        &self,
        source: &SourceSettings,
        patience: Patience,
    ) -> Result<Requests, SourceError> {
        let secrets = self.secrets.as_ref();
        let credentials = Credentials::find(&source.authentication, secrets, &self.tokens).await?;
        Requests::new(self, source, credentials, patience)
    }

    fn patience(&self, source: &SourceSettings) -> Patience {
        let answer = Duration::from_secs(source.limits.timeout_seconds.into());
        let longest = LONGEST.max(answer.saturating_mul(TIMEOUTS));
        Patience::new(self.first_wait, longest)
    }
}

impl fmt::Debug for HttpSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSources")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Sources for HttpSources {
    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError> {
        if let ReadMode::Record(id) = ask {
            return Ok(Box::new(one_record::open(self, source, id).await?));
        }
        Ok(Box::new(
            self.feed(source, ask, self.patience(source)).await?,
        ))
    }

    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        let feed = self.feed(source, ask, self.patience(source)).await?;
        Ok(Box::new(feed.resume(place)?))
    }

    fn waits_until(&self, source: &SourceSettings) -> Option<Timestamp> {
        self.waits.of(&source.url)
    }

    async fn lookups(&self, source: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        lookups::read(self, source).await
    }

    async fn details(
        &self,
        source: &SourceSettings,
        watched: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        let patience = if watched {
            Patience::new(self.first_wait, sample::PATIENCE)
        } else {
            self.patience(source)
        };
        let place = DetailsPlace::of_details(source);
        Ok(Box::new(
            HttpDetails::new(self, source, patience, place).await?,
        ))
    }

    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample {
        sample::take(self, source, most).await
    }

    async fn badge(&self, url: &str) -> BadgeFinding {
        badge::at(self, url).await
    }
}

fn can_be_read(source: &SourceSettings) -> Result<(), SourceError> {
    let records = source.records_path();
    let needs_a_body = match &source.pagination {
        Pagination::None | Pagination::LinkHeader => false,
        Pagination::NextLink { .. } => true,
        // A row or a line is a record, too, and may contain the cursor.
        Pagination::Cursor {
            path, more_path, ..
        } => more_path.is_some() || path.within_last_record(&records).is_none(),
        Pagination::Page {
            total_pages_path,
            next_path,
            ..
        } => total_pages_path.is_some() || next_path.is_some(),
        Pagination::Offset { total_path, .. } => total_path.is_some(),
    };
    if needs_a_body && source.format != FeedFormat::Json {
        return Err(SourceError::new(
            "source.pagination names a path, and only JSON has one around its records; \
             page by link_header, page or offset, without a path",
        ));
    }
    Ok(())
}

/// Returns an error with its cause, which must contain no credential and no URL.
fn failure(
    message: impl Into<String>,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> SourceError {
    SourceError {
        message: message.into(),
        source: Some(cause.into()),
    }
}

/// Returns the text of the innermost cause of an error, without the number of the operating system.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let text = causes.last().map(ToString::to_string).unwrap_or_default();
    match text.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests;
