//! The mail service and the source, at each call of which something can go wrong.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    AskDetails, Conclusion, Feed, FeedBlock, FeedSample, MailError, Mailer, OutgoingMail, ReadMode,
    Sent, SourceError, SourcePosition, SourceSideLists, Sources,
};
use attendee_sync_domain::badge::BadgeFinding;
use attendee_sync_domain::config::SourceSettings;
use attendee_sync_testkit::postbox::Postbox;
use attendee_sync_testkit::source::ScriptedSources;
use attendee_sync_testkit::waiting::pass;

use super::control::{FaultControl, Sabotage};
use super::schedule::{CallKind, Port};

/// The mail service.
#[derive(Clone)]
pub(super) struct FaultyMail {
    pub(super) faults: FaultControl,
    pub(super) inner: Postbox,
}

fn unavailable() -> MailError {
    MailError::Unavailable {
        reason: "the daily quota is spent".to_owned(),
        retry_after: Some(Duration::from_mins(1)),
    }
}

fn in_doubt() -> MailError {
    MailError::InDoubt("no answer came".to_owned())
}

#[async_trait]
impl Mailer for FaultyMail {
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError> {
        let Some(kind) = self.faults.meet(Port::Mail).await else {
            match self.faults.sabotage {
                Some(Sabotage::MailsTwice) => drop(self.inner.send(mail).await),
                Some(Sabotage::LosesMail) => {
                    return Ok(Sent {
                        message_id: "lost".to_owned(),
                    });
                }
                _ => {}
            }
            return self.inner.send(mail).await;
        };
        match kind {
            CallKind::CrashAfter => {
                self.inner.send(mail).await?;
                self.faults.crash().await;
                Err(in_doubt())
            }
            CallKind::Refused | CallKind::Throttled(_) => Err(unavailable()),
            CallKind::Lost => {
                self.inner.send(mail).await?;
                Err(in_doubt())
            }
            CallKind::Hung => Err(in_doubt()),
            CallKind::PutOff => Err(MailError::Deferred("451 try again later".to_owned())),
            CallKind::Rejected => Err(MailError::Refused("550 no such user".to_owned())),
            _ => self.inner.send(mail).await,
        }
    }
}

/// The source.
#[derive(Clone)]
pub(super) struct FaultySources {
    pub(super) faults: FaultControl,
    pub(super) inner: ScriptedSources,
    /// How long a page takes.
    pub(super) page: Duration,
}

fn broken() -> SourceError {
    SourceError::new("the source answered with status 500")
}

impl FaultySources {
    async fn meet(&self) -> Result<(), SourceError> {
        match self.faults.meet(Port::Source).await {
            None => Ok(()),
            Some(CallKind::CrashAfter) => {
                self.faults.crash().await;
                Err(broken())
            }
            Some(_) => Err(broken()),
        }
    }

    fn feed(&self, inner: Box<dyn Feed>) -> Box<dyn Feed> {
        Box::new(FaultyFeed {
            faults: self.faults.clone(),
            inner,
            page: self.page,
            again: None,
        })
    }
}

#[async_trait]
impl Sources for FaultySources {
    async fn lookups(&self, source: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        self.meet().await?;
        self.inner.lookups(source).await
    }

    async fn details(
        &self,
        source: &SourceSettings,
        watched: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        self.inner.details(source, watched).await
    }

    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample {
        self.inner.sample(source, most).await
    }

    async fn badge(&self, url: &str) -> BadgeFinding {
        self.inner.badge(url).await
    }

    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError> {
        self.meet().await?;
        Ok(self.feed(self.inner.open(source, ask).await?))
    }

    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        self.meet().await?;
        Ok(self.feed(self.inner.resume(source, ask, place).await?))
    }
}

struct FaultyFeed {
    faults: FaultControl,
    inner: Box<dyn Feed>,
    page: Duration,
    /// The page that is given once more.
    again: Option<FeedBlock>,
}

fn copy(block: &FeedBlock) -> FeedBlock {
    FeedBlock {
        bytes: block.bytes.clone(),
        units: block.units.clone(),
    }
}

/// The records of a block with other names for all of their fields.
fn renamed(block: &FeedBlock) -> FeedBlock {
    let mut renamed = FeedBlock::default();
    for unit in block.units.iter().flatten() {
        let record: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&block.bytes[unit.clone()]).unwrap();
        let other = |(name, value)| (format!("new_{name}"), value);
        let record: serde_json::Map<_, _> = record.into_iter().map(other).collect();
        let start = renamed.bytes.len();
        serde_json::to_writer(&mut renamed.bytes, &record).unwrap();
        renamed.units.push(Some(start..renamed.bytes.len()));
    }
    renamed
}

#[async_trait]
impl Feed for FaultyFeed {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        if let Some(again) = self.again.take() {
            return Ok(Some(again));
        }
        pass(self.page).await;
        match self.faults.meet(Port::Page).await {
            None => self.inner.next().await,
            Some(CallKind::CrashAfter) => {
                self.inner.next().await?;
                self.faults.crash().await;
                Err(broken())
            }
            Some(CallKind::Repeated) => {
                let block = self.inner.next().await?;
                self.again = block.as_ref().map(copy);
                Ok(block)
            }
            Some(CallKind::Skipped) => {
                self.inner.next().await?;
                self.inner.next().await
            }
            Some(CallKind::Ended) => Ok(None),
            Some(CallKind::Renamed) => match self.inner.next().await? {
                Some(block) => Ok(Some(renamed(&block))),
                None => Err(broken()),
            },
            Some(_) => Err(broken()),
        }
    }

    fn read(&self) -> (u64, u64) {
        self.inner.read()
    }

    fn place(&self) -> Option<SourcePosition> {
        self.inner.place()
    }

    fn conclusion(&self) -> Conclusion {
        self.inner.conclusion()
    }
}
