//! Sources and credentials of functions that use neither.

use async_trait::async_trait;
use attendee_sync_app::ports::{
    Feed, FeedSample, ReadMode, RequestMade, SecretError, Secrets, SourceError, SourcePosition,
    SourceSideLists, Sources,
};
use attendee_sync_domain::badge::BadgeFinding;
use attendee_sync_domain::config::{SecretName, SourceSettings};
use secrecy::SecretString;

pub(crate) struct NoSources;

pub(crate) struct NoSecrets;

fn none() -> SourceError {
    SourceError::new("this function reads no source")
}

#[async_trait]
impl Sources for NoSources {
    async fn open(&self, _: &SourceSettings, _: &ReadMode) -> Result<Box<dyn Feed>, SourceError> {
        Err(none())
    }

    async fn resume(
        &self,
        _: &SourceSettings,
        _: &ReadMode,
        _: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        Err(none())
    }

    async fn lookups(&self, _: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        Err(none())
    }

    async fn sample(&self, _: &SourceSettings, _: usize) -> FeedSample {
        FeedSample {
            request: RequestMade::default(),
            answer: None,
            units: Err(none()),
            more: false,
            remarks: Vec::new(),
        }
    }

    async fn badge(&self, _: &str) -> BadgeFinding {
        BadgeFinding::Unreachable
    }
}

#[async_trait]
impl Secrets for NoSecrets {
    async fn secret(&self, _: &SecretName) -> Result<Option<SecretString>, SecretError> {
        Err(SecretError("this function knows no credentials".into()))
    }

    async fn remove_secret(&self, _: &SecretName) -> Result<(), SecretError> {
        Err(SecretError("this function knows no credentials".into()))
    }

    async fn put_secret(&self, _: &SecretName, _: SecretString) -> Result<(), SecretError> {
        Err(SecretError("this function knows no credentials".into()))
    }
}
