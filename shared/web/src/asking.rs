//! Queries sources while a person waits, for pages and API alike: only a few at a time in each
//! community.

use std::time::Duration;

use attendee_sync_app::{Error, FeedDiagnosis, MappingTest, Preview, SourceSays, SyncScope};
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::config::{EventDocument, GivenList};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId};
use serde_json::Value;

use crate::check_places::CheckKind;
use crate::console::Console;
use crate::permits;
use crate::problem::HttpProblem;
use crate::texts::{TextId, id, t};

/// Why a preview ended early.
const TOO_MUCH_FOR_A_PREVIEW: TextId = id("asking-the-source-is-too");
/// How long a page waits for a whole feed to be read.
const PATIENCE: Duration = Duration::from_secs(12);

impl Console {
    /// Reads the source's first page by a document of this community that need not be stored.
    pub(crate) async fn test_mapping(
        &self,
        authority: &Authority,
        community: &CommunityId,
        document: &Value,
    ) -> Result<MappingTest, HttpProblem> {
        self.test_list(authority, community, document, None).await
    }

    /// The same, where somebody gives the list along that the document says is uploaded.
    pub(crate) async fn test_list(
        &self,
        authority: &Authority,
        community: &CommunityId,
        document: &Value,
        list: Option<GivenList>,
    ) -> Result<MappingTest, HttpProblem> {
        let author = permits::author(authority);
        let tried = self.hosting.wait(
            self.app.test_list(document, author, list),
            t("asking-the-source-takes-too"),
        );
        Ok(self.in_place(community, CheckKind::Feed, tried).await???)
    }

    /// Reads a whole feed by a document that is not stored and says what it would cause; nothing where that takes longer
    /// than somebody waits for a page.
    pub(crate) async fn diagnose_draft(
        &self,
        document: &EventDocument,
    ) -> Result<Option<FeedDiagnosis>, HttpProblem> {
        // On the heap: it is large, and every caller's future would be too.
        let diagnosed = Box::pin(self.app.diagnose_document(document));
        let diagnosed = tokio::time::timeout(PATIENCE, diagnosed);
        let community = &document.community;
        let diagnosed = self.in_place(community, CheckKind::Feed, diagnosed).await?;
        Ok(diagnosed.ok().transpose()?)
    }

    /// Shows what a sync would do.
    pub(crate) async fn preview(
        &self,
        event: &EventId,
        scope: SyncScope,
    ) -> Result<Preview, HttpProblem> {
        let community = self.app.event(event).await?.value.community;
        let preview = self.hosting.wait(
            // The future is boxed because it is large: it would make every caller's future large.
            Box::pin(self.app.preview(event, scope)),
            TOO_MUCH_FOR_A_PREVIEW.text(),
        );
        let preview = self.in_place(&community, CheckKind::Feed, preview).await;
        Ok(preview???)
    }

    /// Shows what a sync would do by a document that is not stored; whoever asks may have its source asked.
    pub(crate) async fn preview_document(
        &self,
        authority: &Authority,
        event: &EventId,
        document: &Value,
        scope: SyncScope,
    ) -> Result<Preview, HttpProblem> {
        let checked = self.check(document, Some(event))?;
        self.require_tester(authority, document, &checked).await?;
        let preview = self.hosting.wait(
            Box::pin(self.app.preview_document(document, scope)),
            TOO_MUCH_FOR_A_PREVIEW.text(),
        );
        let preview = self
            .in_place(&checked.community, CheckKind::Feed, preview)
            .await;
        Ok(preview???)
    }

    /// Queries the source about one person. Fails with an error of the source, or with a problem
    /// where the source takes too long.
    pub(crate) async fn query_source(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<Result<SourceSays, Error>, HttpProblem> {
        let community = match self.app.event(event).await {
            Ok(stored) => stored.value.community,
            Err(error) => return Ok(Err(error)),
        };
        let says = self.hosting.wait(
            self.app.query_source(event, email),
            t("asking-the-source-takes-too-long"),
        );
        self.in_place(&community, CheckKind::Person, says).await?
    }

    /// Does some work while it occupies one of a community's places for checks.
    pub(crate) async fn in_place<T>(
        &self,
        community: &CommunityId,
        kind: CheckKind,
        work: impl Future<Output = T>,
    ) -> Result<T, HttpProblem> {
        let place = self.check_places.take(community, kind).await?;
        let done = work.await;
        self.check_places.give_back(place).await;
        Ok(done)
    }
}
