//! Telling people when an event comes to need them: what changed is noted with each run and by the hourly watch, and
//! delivered by whichever process sends mail.

use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{EventDocument, NoticeChannel, NoticeFormat, NotifyTarget};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::hook::sign_standard;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::mail::{Letter, Mailbox};
use attendee_sync_domain::notice::{EventHealth, NoticeBook, NoticeText, WaitingNotice, recipient};
use url::Url;

use crate::App;
use crate::error::Error;
use crate::ports::{CommunityRecord, MailError, OutgoingMail, RunCommand, StoreError};
use crate::runs::lease::LONGEST_WAIT;

/// How often a change is tried again because others changed the same meanwhile.
const MAX_TRIES: u32 = 8;

/// What became of a notice.
enum Told {
    Done,
    /// It was not taken; a later try may succeed.
    Later,
}

impl App {
    /// Notes how an event is now, and has it told where that is another state than the one that was told.
    /// Where that fails, the log says so, and the next run or the hourly watch notes it.
    pub(crate) async fn note_health(&self, event: &EventId) {
        if let Err(error) = Box::pin(self.try_to_note_health(event)).await {
            let error = with_causes(&error);
            tracing::warn!(%event, error, "how the event is could not be noted");
        }
    }

    async fn try_to_note_health(&self, event: &EventId) -> Result<Option<EventHealth>, Error> {
        let Some(overview) = self.overview(event.clone()).await? else {
            return Ok(None);
        };
        let health = overview.health;
        let document = self.document(event).await?;
        let stored = self.parts.store.notice_book(event).await?;
        if document.notify.is_empty() && stored.is_none() {
            return Ok(Some(health));
        }
        let newest = overview.runs.first().map(|run| run.id.number);
        let run = match health {
            EventHealth::Held => overview.waiting.or(newest),
            _ => newest,
        };
        let now = self.parts.clock.now();
        let book = self
            .change_notices(event, |book| book.note(health, run, &document, now))
            .await?;
        if book.next_due().is_some_and(|due| due <= now) {
            self.order_notices(event, Duration::ZERO).await?;
        }
        Ok(Some(health))
    }

    async fn change_notices(
        &self,
        event: &EventId,
        change: impl Fn(&mut NoticeBook),
    ) -> Result<NoticeBook, Error> {
        for _ in 0..MAX_TRIES {
            let stored = self.parts.store.notice_book(event).await?;
            let expected = stored.as_ref().map(|stored| stored.version);
            let before = stored.map(|stored| stored.value).unwrap_or_default();
            let mut book = before.clone();
            change(&mut book);
            if book == before {
                return Ok(book);
            }
            match self
                .parts
                .store
                .put_notice_book(event, &book, expected)
                .await
            {
                Ok(()) => return Ok(book),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn order_notices(&self, event: &EventId, wait: Duration) -> Result<(), Error> {
        let order = RunCommand::Notices {
            event: event.clone(),
        };
        Ok(self.orders()?.order(&order, wait.min(LONGEST_WAIT)).await?)
    }

    /// Delivers the notices of an event that are due; what is not taken is ordered for later. Only for a process that
    /// sends mail.
    pub async fn send_notices(&self, event: &EventId) -> Result<(), Error> {
        let (document, community) = match self.event_and_community(event).await {
            Err(Error::NoEvent(_)) => return Ok(()),
            other => other?,
        };
        let stored = self.parts.store.notice_book(event).await?;
        let Some(book) = stored.map(|stored| stored.value) else {
            return Ok(());
        };
        let now = self.parts.clock.now();
        for notice in book.waiting.iter().filter(|notice| notice.due <= now) {
            let told = self.send_notice(notice, &document, &community).await?;
            self.change_notices(event, |book| match told {
                Told::Done => book.done(&notice.id),
                Told::Later => book.failed(&notice.id, now),
            })
            .await?;
        }
        let left = self.parts.store.notice_book(event).await?;
        if let Some(due) = left.and_then(|left| left.value.next_due()) {
            let wait = due.duration_since(self.parts.clock.now());
            let wait = Duration::try_from(wait).unwrap_or(Duration::ZERO);
            self.order_notices(event, wait).await?;
        }
        Ok(())
    }

    async fn send_notice(
        &self,
        notice: &WaitingNotice,
        document: &EventDocument,
        community: &CommunityRecord,
    ) -> Result<Told, Error> {
        let event = &document.event;
        let channel = recipient(notice, document).and_then(NotifyTarget::channel);
        let text = NoticeText::of(notice, document, &self.parts.public_url);
        match channel {
            // Nobody wants it any more.
            None => Ok(Told::Done),
            Some(NoticeChannel::Mail(address)) => {
                if notice.is_claimed {
                    tracing::warn!(%event, id = notice.id, "a notice was being sent when its process ended; it may have been sent, and is not sent again");
                    return Ok(Told::Done);
                }
                self.change_notices(event, |book| book.claim(&notice.id))
                    .await?;
                Ok(self.mail_notice(&text, address, document).await)
            }
            Some(NoticeChannel::Post(url, format)) => Ok(self
                .post_notice(notice, &text, (&url, format), document, community)
                .await),
        }
    }

    async fn mail_notice(
        &self,
        text: &NoticeText,
        address: EmailAddress,
        document: &EventDocument,
    ) -> Told {
        let event = &document.event;
        let template = document.invitations.template.as_ref();
        let from = template.and_then(|template| template.from.parse::<Mailbox>().ok());
        let (Some(mailer), Some(from)) = (&self.parts.mailer, from) else {
            tracing::warn!(%event, "a notice has no sender, so it is not sent");
            return Told::Done;
        };
        if let Err(refused) = self.require_sender(document, &from) {
            tracing::warn!(%event, error = with_causes(&refused), "a notice has a sender that is not allowed, so it is not sent");
            return Told::Done;
        }
        let mail = OutgoingMail {
            about: None,
            concerns: Vec::new(),
            to: Mailbox {
                name: None,
                address,
            },
            letter: Letter {
                from,
                reply_to: None,
                subject: text.subject.clone(),
                html: html(text),
                text: format!("{}\n\n{}\n", text.text, text.link),
            },
            unsubscribe: None,
            date: self.parts.clock.now(),
        };
        match mailer.send(&mail).await {
            Ok(_) => Told::Done,
            Err(MailError::Unavailable { .. } | MailError::Deferred(_)) => Told::Later,
            Err(error @ (MailError::Refused(_) | MailError::InDoubt(_))) => {
                tracing::warn!(%event, error = with_causes(&error), "a notice was not taken, or nobody knows whether it was");
                Told::Done
            }
        }
    }

    async fn post_notice(
        &self,
        notice: &WaitingNotice,
        text: &NoticeText,
        (url, format): (&Url, NoticeFormat),
        document: &EventDocument,
        community: &CommunityRecord,
    ) -> Told {
        let Some(poster) = &self.parts.poster else {
            return Told::Later;
        };
        let (body, headers) = match format {
            NoticeFormat::Slack => (text.slack(), Vec::new()),
            NoticeFormat::Webhook => {
                let body = text.webhook(notice, document);
                let now = self.parts.clock.now();
                let secret = community.key.notice_secret(&document.event);
                let signature = sign_standard(&secret, &notice.id, now, body.as_bytes());
                let headers = vec![
                    ("webhook-id", notice.id.clone()),
                    ("webhook-timestamp", now.as_second().to_string()),
                    ("webhook-signature", signature.unwrap_or_default()),
                ];
                (body, headers)
            }
        };
        match poster.post(url, &headers, body).await {
            Ok(()) => Told::Done,
            Err(failed) => {
                let event = &document.event;
                tracing::warn!(%event, id = notice.id, reason = %failed, "a notice was not taken; it is tried again");
                Told::Later
            }
        }
    }

    /// Returns what notices of an event are signed with, where they are posted to programs.
    pub async fn notice_secret(&self, event: &EventId) -> Result<String, Error> {
        let (_, community) = self.event_and_community(event).await?;
        Ok(community.key.notice_secret(event))
    }

    /// Looks at all events: what should have synced and did not begins now, what was to be told and was not is told,
    /// hooks whose wake-up got lost are read, and badges that nobody looked at are checked. Once an hour, beside all schedules.
    pub async fn watch(&self) -> Result<(), Error> {
        for community in self.parts.store.communities().await? {
            for event in self.parts.store.events(&community).await? {
                if let Err(error) = Box::pin(self.watch_event(&event)).await {
                    let error = with_causes(&error);
                    tracing::warn!(%event, error, "an event could not be looked at");
                }
            }
        }
        Ok(())
    }

    async fn watch_event(&self, event: &EventId) -> Result<(), Error> {
        let now = self.parts.clock.now();
        if self.try_to_note_health(event).await? == Some(EventHealth::Overdue) {
            tracing::warn!(%event, "a sync of the event is overdue, and begins now");
            let order = RunCommand::Due {
                event: event.clone(),
            };
            self.orders()?.order(&order, Duration::ZERO).await?;
        }
        let hooks = self.parts.store.hook_queue(event).await?;
        if hooks.is_some_and(|hooks| hooks.value.is_forgotten(now)) {
            self.order_hooks(event, now).await?;
        }
        let notices = self.parts.store.notice_book(event).await?;
        let due = notices.and_then(|book| book.value.next_due());
        if due.is_some_and(|due| due <= now) {
            self.order_notices(event, Duration::ZERO).await?;
        }
        self.order_badges_if_due(event).await
    }
}

/// The letter as HTML.
fn html(text: &NoticeText) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let link = escape(&text.link);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head><body><p>{}</p><p><a href=\"{link}\">{link}</a></p></body></html>",
        escape(&text.subject),
        escape(&text.text)
    )
}
