//! Registration systems that a test controls, without a socket: their records, their answers, and
//! the requests they received.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    AskDetails, Conclusion, Feed, FeedBlock, FeedSample, NoDetails, ReadMode, RequestMade,
    SourceError, SourcePosition, SourceSideLists, Sources, Validators,
};
use attendee_sync_domain::badge::{BadgeFinding, BadgeKind};
use attendee_sync_domain::config::{SecretValue, SourceSettings};
use attendee_sync_domain::lookup::Lookups;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::sleep;

/// A feed as a test sets it.
#[derive(Debug, Clone, Default)]
pub struct Scripted {
    /// Its records.
    pub records: Vec<Value>,
    /// The reason why the feed cannot be read at all.
    pub refuses: Option<String>,
    /// The reason why the feed ends early, after its records.
    pub cut_off: Option<String>,
    /// Its side lists.
    pub lookups: Lookups,
    /// The validators of the source. A request with the same ones gets the answer that nothing
    /// changed.
    pub validators: Option<Validators>,
    /// Whether the source always answers that nothing changed.
    pub not_modified: bool,
    /// The source's time.
    pub answered: Option<Timestamp>,
    /// The modes of all reads, the newest last.
    pub asked: Vec<ReadMode>,
    /// The details of records by their addresses; all other addresses are missing.
    pub details: BTreeMap<String, Value>,
    /// The addresses of requested details, the newest last.
    pub asked_details: Vec<String>,
    /// What is at the URLs of badges; at all others there is a PDF.
    pub badges: BTreeMap<String, BadgeFinding>,
    /// The URLs of badges that were looked at, the newest last.
    pub asked_badges: Vec<String>,
    /// How long a request for details takes.
    pub details_take: Duration,
    /// Records of a page; 7 where it is 0.
    pub page: usize,
    /// The credential with which the last sample was requested, if it was plain text.
    pub credential: Option<String>,
}

/// Sources whose feeds a test sets; copies share them.
#[derive(Clone)]
pub struct ScriptedSources {
    feeds: Arc<Mutex<ScriptedFeeds>>,
    is_held: watch::Sender<bool>,
}

/// The feed of each source by its URL, and the feed of all others.
#[derive(Default)]
struct ScriptedFeeds {
    own: BTreeMap<String, Scripted>,
    others: Scripted,
}

impl ScriptedFeeds {
    fn of(&mut self, url: &str) -> &mut Scripted {
        self.own.get_mut(url).unwrap_or(&mut self.others)
    }
}

impl Default for ScriptedSources {
    fn default() -> Self {
        Self {
            feeds: Arc::default(),
            is_held: watch::Sender::new(false),
        }
    }
}

/// Records of a page.
const PAGE: usize = 7;

/// Most reads that are remembered.
const MOST_ASKED: usize = 50;

/// A feed that is being read.
struct ScriptedFeed {
    conclusion: Conclusion,
    left: std::vec::IntoIter<Value>,
    cut_off: Option<String>,
    pages: u64,
    bytes: u64,
    /// Number of records returned so far.
    taken: usize,
    page: usize,
    is_held: watch::Receiver<bool>,
}

impl ScriptedSources {
    /// Sets the feed of every source that has none of its own.
    pub fn script(&self, scripted: Scripted) {
        self.feeds.lock().unwrap().others = scripted;
    }

    /// Sets the feed of the source at this URL.
    pub fn serve(&self, url: String, scripted: Scripted) {
        self.feeds.lock().unwrap().own.insert(url, scripted);
    }

    /// Changes the feed of every source that has none of its own.
    pub fn change(&self, change: impl FnOnce(&mut Scripted)) {
        change(&mut self.feeds.lock().unwrap().others);
    }

    /// The feed of every source that has none of its own.
    #[must_use]
    pub fn scripted(&self) -> Scripted {
        self.feeds.lock().unwrap().others.clone()
    }

    /// Blocks every feed, so that its readers wait, or unblocks all of them.
    pub fn hold(&self, is_held: bool) {
        self.is_held.send_replace(is_held);
    }

    fn begin(&self, source: &SourceSettings, ask: &ReadMode) -> Result<ScriptedFeed, SourceError> {
        let scripted = {
            let mut feeds = self.feeds.lock().unwrap();
            let scripted = feeds.of(&source.url);
            if scripted.asked.len() == MOST_ASKED {
                scripted.asked.remove(0);
            }
            scripted.asked.push(ask.clone());
            scripted.clone()
        };
        if let Some(reason) = scripted.refuses {
            return Err(SourceError::new(reason));
        }
        let is_as_it_was = match ask {
            ReadMode::Unless(validators) => scripted.validators.as_ref() == Some(validators),
            _ => false,
        };
        let not_modified = scripted.not_modified || is_as_it_was;
        let records = if not_modified {
            Vec::new()
        } else {
            scripted.records
        };
        Ok(ScriptedFeed {
            conclusion: Conclusion {
                not_modified,
                validators: scripted.validators,
                answered: scripted.answered,
                ..Conclusion::default()
            },
            left: records.into_iter(),
            cut_off: scripted.cut_off,
            pages: 0,
            bytes: 0,
            taken: 0,
            page: match scripted.page {
                0 => PAGE,
                page => page,
            },
            is_held: self.is_held.subscribe(),
        })
    }
}

async fn until_released(mut is_held: watch::Receiver<bool>) {
    let _released = is_held.wait_for(|is_held| !is_held).await;
}

#[async_trait]
impl Sources for ScriptedSources {
    async fn lookups(&self, source: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        Ok(SourceSideLists {
            lookups: self.feeds.lock().unwrap().of(&source.url).lookups.clone(),
            remarks: Vec::new(),
        })
    }

    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample {
        let mut authentication = source.authentication.clone();
        let credential = match authentication.secret_mut() {
            Some((_, SecretValue::Plain(text))) => Some(std::mem::take(text)),
            _ => None,
        };
        self.feeds.lock().unwrap().of(&source.url).credential = credential;
        until_released(self.is_held.subscribe()).await;
        let scripted = self.feeds.lock().unwrap().of(&source.url).clone();
        let bytes = |record: &Value| Some(record.to_string().into_bytes());
        let records = &scripted.records;
        let units = records.iter().take(most).map(bytes).collect();
        FeedSample {
            request: RequestMade {
                method: "GET".to_owned(),
                url: source.url.clone(),
                headers: vec![("authorization".to_owned(), "Bearer …".to_owned())],
            },
            answer: None,
            more: scripted.refuses.is_none() && records.len() > most,
            units: scripted
                .refuses
                .map_or(Ok(units), |reason| Err(SourceError::new(reason))),
            remarks: Vec::new(),
        }
    }

    async fn details(
        &self,
        source: &SourceSettings,
        _: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        Ok(Box::new(ScriptedDetails {
            sources: self.clone(),
            url: source.url.clone(),
        }))
    }

    async fn badge(&self, url: &str) -> BadgeFinding {
        let finding = {
            let scripted = &mut self.feeds.lock().unwrap().others;
            scripted.asked_badges.push(url.to_owned());
            scripted.badges.get(url).copied()
        };
        if finding == Some(BadgeFinding::Silent) {
            sleep(Duration::from_secs(10)).await;
        }
        finding.unwrap_or(BadgeFinding::Good(BadgeKind::Pdf))
    }

    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        let taken: usize = place.0.parse().unwrap();
        let mut feed = self.begin(source, ask)?;
        feed.pages = taken.div_ceil(feed.page) as u64;
        feed.taken = taken;
        for record in feed.left.by_ref().take(taken) {
            feed.bytes += record.to_string().len() as u64;
        }
        Ok(Box::new(feed))
    }

    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError> {
        Ok(Box::new(self.begin(source, ask)?))
    }
}

/// The details of the records of one source.
struct ScriptedDetails {
    sources: ScriptedSources,
    url: String,
}

#[async_trait]
impl AskDetails for ScriptedDetails {
    async fn ask(&self, urls: &[String]) -> Vec<Result<Value, NoDetails>> {
        let mut answers = Vec::new();
        for url in urls {
            let (answer, takes) = {
                let mut feeds = self.sources.feeds.lock().unwrap();
                let scripted = feeds.of(&self.url);
                scripted.asked_details.push(url.clone());
                (scripted.details.get(url).cloned(), scripted.details_take)
            };
            tokio::time::sleep(takes).await;
            answers.push(answer.ok_or_else(|| NoDetails {
                reason: format!("there is nothing at {url}"),
                of_record: true,
            }));
        }
        answers
    }
}

#[async_trait]
impl Feed for ScriptedFeed {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        until_released(self.is_held.clone()).await;
        // This lets reconcile run, before anything is returned, because nobody may wait for it
        // later.
        tokio::task::yield_now().await;
        let mut block = FeedBlock::default();
        for record in self.left.by_ref().take(self.page) {
            let start = block.bytes.len();
            block.bytes.extend(record.to_string().into_bytes());
            block.units.push(Some(start..block.bytes.len()));
        }
        if block.units.is_empty() {
            return match self.cut_off.take() {
                Some(reason) => Err(SourceError::new(reason)),
                None => Ok(None),
            };
        }
        self.pages += 1;
        self.taken += block.units.len();
        self.bytes += block.bytes.len() as u64;
        Ok(Some(block))
    }

    fn read(&self) -> (u64, u64) {
        (self.pages, self.bytes)
    }

    fn place(&self) -> Option<SourcePosition> {
        (self.taken > 0).then(|| SourcePosition(self.taken.to_string()))
    }

    fn conclusion(&self) -> Conclusion {
        self.conclusion.clone()
    }
}
