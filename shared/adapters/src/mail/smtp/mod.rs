//! Sends mail by SMTP (RFC 5321), step by step, so that the outcome is exact: as long as no octet
//! of the body was sent, the mail was not sent; after that, only the server's answer tells.

mod server;
mod session;
mod stream;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{MailError, Mailer, OutgoingMail, Sent};
use attendee_sync_domain::mail::Senders;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use self::server::SmtpServerSettings;
pub use self::server::SmtpUrlError;
use self::session::{BEFORE_BODY, SmtpEnvelope, SmtpFailure, SmtpSession};
use super::message::{MailMessage, message};
use super::pace::MailPace;
use super::words::{Hidden, scrubbed};

/// How long a connection is kept open for the next mail; many servers wait no longer.
const IDLE: Duration = Duration::from_secs(20);

/// Sends mail through one mail server, over one connection at a time.
#[derive(Debug)]
pub struct SmtpMailer {
    server: SmtpServerSettings,
    pace: MailPace,
    kept: Arc<Mutex<KeptConnection>>,
}

/// The connection that is kept open for the next mail.
#[derive(Default)]
struct KeptConnection {
    session: Option<SmtpSession>,
    /// The task that closes the connection after a while.
    closing: Option<AbortHandle>,
}

impl std::fmt::Debug for KeptConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

impl KeptConnection {
    fn take(&mut self) -> Option<SmtpSession> {
        if let Some(closing) = self.closing.take() {
            closing.abort();
        }
        self.session.take()
    }
}

impl SmtpMailer {
    /// Returns a mailer through the server of a URL, `per_second` mails a second at most:
    /// `smtps://USER:PASSWORD@HOST[:PORT]`, or `smtp://…` with `?tls=required` (the default, except
    /// for a server on this machine), `?tls=opportunistic` or `?tls=none`.
    pub fn new(url: &str, per_second: NonZeroU32) -> Result<Self, SmtpUrlError> {
        Ok(Self {
            server: SmtpServerSettings::read(url)?,
            pace: MailPace::new(per_second.get().into()),
            kept: Arc::default(),
        })
    }

    /// Returns the senders that the account on this server may use by default.
    #[must_use]
    pub fn senders(&self) -> Senders {
        let user = self.server.sign_in.as_ref();
        let user = user.map(|sign_in| sign_in.user.as_str());
        Senders::of_mail_account(user, &self.server.host)
    }

    /// Trusts this certificate too.
    #[cfg(test)]
    pub(super) fn trusting(mut self, pem: &str) -> Self {
        use lettre::transport::smtp::client::{Certificate, TlsParameters};
        let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
        let tls = TlsParameters::builder(self.server.host.clone());
        self.server.tls = tls.add_root_certificate(certificate).build().unwrap();
        self
    }

    /// Returns a connection on which the mail is begun: the open one, or a new one where that is
    /// dead.
    async fn begun(
        &self,
        kept: Option<SmtpSession>,
        envelope: &SmtpEnvelope<'_>,
    ) -> Result<SmtpSession, (SmtpFailure, Option<SmtpSession>)> {
        let deadline = Instant::now() + BEFORE_BODY;
        if let Some(mut session) = kept
            && session.reset(deadline).await.is_ok()
        {
            match session.begin(envelope, deadline).await {
                Ok(()) => return Ok(session),
                Err(fault) if fault.ends_session() => {}
                Err(fault) => return Err((fault, Some(session))),
            }
        }
        let opened = SmtpSession::open(&self.server, deadline).await;
        let mut session = opened.map_err(|fault| (fault, None))?;
        match session.begin(envelope, deadline).await {
            Ok(()) => Ok(session),
            Err(fault) => {
                let session = (!fault.ends_session()).then_some(session);
                Err((fault, session))
            }
        }
    }

    /// Sends the mail, and returns the connection where it can be kept open.
    async fn hand_over(
        &self,
        kept: Option<SmtpSession>,
        envelope: &SmtpEnvelope<'_>,
        message: &MailMessage,
    ) -> (Result<(), MailError>, Option<SmtpSession>) {
        let hidden = self.server.secrets();
        let explain = |fault: &SmtpFailure| Explained::new(fault, &hidden, envelope.to);
        let mut session = match self.begun(kept, envelope).await {
            Ok(session) => session,
            Err((SmtpFailure::Incapable, kept)) => return (Err(incapable()), kept),
            Err((fault, kept)) => return (Err(explain(&fault).unavailable()), kept),
        };
        let accepted = match session.recipient(envelope).await {
            Ok(()) => session.data().await,
            Err(fault) => Err(fault),
        };
        if let Err(fault) = accepted {
            let error = explain(&fault).before_body();
            return (Err(error), (!fault.ends_session()).then_some(session));
        }
        match session.body(&message.bytes).await {
            Ok(()) => (Ok(()), Some(session)),
            Err(fault) => {
                let error = explain(&fault).after_body();
                (Err(error), (!fault.ends_session()).then_some(session))
            }
        }
    }

    fn keep(&self, kept: &mut KeptConnection, session: SmtpSession) {
        kept.session = Some(session);
        let weak = Arc::downgrade(&self.kept);
        let closing = tokio::spawn(async move {
            sleep(IDLE).await;
            let Some(kept) = weak.upgrade() else { return };
            // A connection in use is not there, and this task is then aborted.
            let session = kept.lock().await.session.take();
            if let Some(session) = session {
                session.close().await;
            }
        });
        kept.closing = Some(closing.abort_handle());
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError> {
        let message = message(mail)?;
        let envelope = SmtpEnvelope {
            from: mail.letter.from.address.as_str(),
            to: mail.to.address.as_str(),
            is_ascii: message.bytes.is_ascii(),
        };
        self.pace.turn().await;
        let mut kept = self.kept.lock().await;
        let session = kept.take();
        let (outcome, session) = self.hand_over(session, &envelope, &message).await;
        if let Some(session) = session {
            self.keep(&mut kept, session);
        }
        outcome.map(|()| Sent {
            message_id: message.id,
        })
    }
}

/// A fault in words, and its meaning at each step.
struct Explained {
    code: Option<u16>,
    ends_session: bool,
    words: String,
}

impl Explained {
    fn new(fault: &SmtpFailure, secrets: &[String], to: &str) -> Self {
        let (code, words) = match fault {
            SmtpFailure::Answer { code, words } => (Some(*code), format!("{code} {words}")),
            SmtpFailure::Lost(words) => (None, words.clone()),
            SmtpFailure::Incapable => (None, String::new()),
        };
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let local = to.rsplit_once('@').map_or(to, |(local, _)| local);
        let hidden = Hidden {
            secrets: &secrets,
            words: &[local],
        };
        Self {
            code,
            ends_session: fault.ends_session(),
            words: scrubbed(&words, hidden),
        }
    }

    fn unavailable(self) -> MailError {
        MailError::Unavailable {
            reason: format!("the mail server accepts no mail: {}", self.words),
            retry_after: None,
        }
    }

    /// Returns the error where nothing of the body was sent.
    fn before_body(self) -> MailError {
        match self.code {
            Some(..500) if !self.ends_session => self.deferred(),
            Some(500..) => self.refused(),
            _ => self.unavailable(),
        }
    }

    /// Returns the error where the body was sent, or a part of it.
    fn after_body(self) -> MailError {
        match self.code {
            Some(..500) => self.deferred(),
            Some(_) => self.refused(),
            None => MailError::InDoubt(format!(
                "the mail server did not confirm that it accepted the mail: {}",
                self.words
            )),
        }
    }

    fn deferred(self) -> MailError {
        MailError::Deferred(format!("the mail server deferred the mail: {}", self.words))
    }

    fn refused(self) -> MailError {
        MailError::Refused(format!("the mail server refused the mail: {}", self.words))
    }
}

fn incapable() -> MailError {
    MailError::Refused("the mail server accepts only ASCII characters before the @ sign".to_owned())
}
