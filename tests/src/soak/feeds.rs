//! Registration systems, one for each URL.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{
    Conclusion, Feed, FeedBlock, FeedSample, ReadMode, RequestMade, SourceError, SourcePosition,
    SourceSideLists, Sources, Validators,
};
use attendee_sync_domain::config::SourceSettings;

/// Records of a page.
const PAGE: usize = 50;

/// How a source answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    Fair,
    /// It does not answer at all.
    Down,
    /// Its answer ends after half of its records.
    CutOff,
    /// It says that it has nobody.
    Empty,
}

/// What a source has.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) records: Arc<Vec<Vec<u8>>>,
    pub(super) weather: Weather,
    /// By what it tells that it is as it was, if it can.
    pub(super) etag: Option<String>,
}

/// All of them.
#[derive(Clone, Default)]
pub(super) struct Feeds(Arc<Mutex<HashMap<String, Served>>>);

impl Feeds {
    pub(super) fn serve(&self, url: String, served: Served) {
        self.0.lock().unwrap().insert(url, served);
    }

    fn of(&self, source: &SourceSettings) -> Result<Served, SourceError> {
        let served = self.0.lock().unwrap().get(&source.url).cloned();
        served.ok_or_else(|| SourceError::new("nothing is served there"))
    }

    fn begin(&self, source: &SourceSettings, ask: &ReadMode) -> Result<SoakReading, SourceError> {
        let Served {
            records,
            weather,
            etag,
        } = self.of(source)?;
        let fair = weather == Weather::Fair;
        let validators = etag.filter(|_| fair).map(|etag| Validators {
            etag: Some(etag),
            last_modified: None,
        });
        let asked_with = match ask {
            ReadMode::Unless(validators) => Some(validators),
            _ => None,
        };
        let not_modified = validators.is_some() && asked_with == validators.as_ref();
        let end = match weather {
            Weather::Fair if not_modified => 0,
            Weather::Fair => records.len(),
            Weather::Down | Weather::Empty => 0,
            Weather::CutOff => records.len() / 2,
        };
        Ok(SoakReading {
            records,
            end,
            taken: 0,
            pages: 0,
            bytes: 0,
            breaks: matches!(weather, Weather::Down | Weather::CutOff),
            conclusion: Conclusion {
                not_modified,
                validators,
                answered: None,
                ..Conclusion::default()
            },
        })
    }
}

#[async_trait]
impl Sources for Feeds {
    async fn lookups(&self, _: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        Ok(SourceSideLists::default())
    }

    async fn sample(&self, _: &SourceSettings, _: usize) -> FeedSample {
        FeedSample {
            request: RequestMade::default(),
            answer: None,
            more: false,
            units: Ok(Vec::new()),
            remarks: Vec::new(),
        }
    }

    async fn media_type(&self, _: &str) -> Result<String, SourceError> {
        Ok("application/pdf".to_owned())
    }

    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        let mut reading = self.begin(source, ask)?;
        reading.taken = place.0.parse().unwrap();
        Ok(Box::new(reading))
    }

    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError> {
        Ok(Box::new(self.begin(source, ask)?))
    }
}

struct SoakReading {
    records: Arc<Vec<Vec<u8>>>,
    end: usize,
    taken: usize,
    pages: u64,
    bytes: u64,
    breaks: bool,
    conclusion: Conclusion,
}

#[async_trait]
impl Feed for SoakReading {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        // Before anything is given out, as somebody may not wait for it.
        tokio::task::yield_now().await;
        let mut block = FeedBlock::default();
        let to = self.end.min(self.taken + PAGE);
        for record in self.records.get(self.taken..to).unwrap_or_default() {
            let start = block.bytes.len();
            block.bytes.extend_from_slice(record);
            block.units.push(Some(start..block.bytes.len()));
        }
        self.taken = to.max(self.taken);
        if block.units.is_empty() {
            return if self.breaks {
                Err(SourceError::new("the connection was closed"))
            } else {
                Ok(None)
            };
        }
        self.pages += 1;
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
