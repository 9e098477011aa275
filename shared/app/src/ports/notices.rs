//! Notices: what is stored of them, and how they are posted.

use async_trait::async_trait;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::notice::NoticeBook;
use attendee_sync_domain::people::Versioned;
use url::Url;

use super::StoreError;

/// What was told about events, and what waits to be.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// Returns what was told about an event.
    async fn notice_book(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<NoticeBook>>, StoreError>;
    /// Stores it over the version that was read; [`StoreError::Conflict`] where it is another by now.
    async fn put_notice_book(
        &self,
        event: &EventId,
        book: &NoticeBook,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
}

/// Posts messages to addresses that people gave.
#[async_trait]
pub trait HookPoster: Send + Sync {
    /// Posts a JSON body with these headers; an answer of 2xx takes it.
    async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(), PostFailed>;
}

/// Why a message was not taken. Its text is for people, and has neither address nor body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PostFailed(pub String);
