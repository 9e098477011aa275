//! One connection to a mail server, and the meaning of each of its answers.

use std::error::Error as _;
use std::fmt::Display;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::server::{Encryption, SmtpServerSettings};
use super::stream::BareStream;

/// The time-out of each answer but the last. RFC 5321, section 4.5.3.2, asks for 5 minutes; a mail
/// whose answer takes longer than this is tried again later.
const ANSWER: Duration = Duration::from_secs(30);
/// The time-out for everything before the body, and for the body with its answer: one mail takes
/// less than 4 minutes, whatever the server does.
pub(super) const BEFORE_BODY: Duration = Duration::from_secs(90);
const BODY: Duration = Duration::from_secs(140);
/// The time-out for reaching one of the server's addresses; the next one may answer faster.
const CONNECT: Duration = Duration::from_secs(10);
/// The time that the server has to answer QUIT.
const PARTING: Duration = Duration::from_secs(2);

/// Why a step failed.
#[derive(Debug)]
pub(super) enum SmtpFailure {
    /// The server refused.
    Answer { code: u16, words: String },
    /// There was no answer, or none that makes sense.
    Lost(String),
    /// The server cannot handle the characters in the addresses.
    Incapable,
}

impl SmtpFailure {
    /// The server is closing the connection (RFC 5321, section 3.8).
    const CLOSING: u16 = 421;

    /// Returns whether the connection is of no further use.
    pub(super) fn ends_session(&self) -> bool {
        matches!(
            self,
            Self::Lost(_)
                | Self::Answer {
                    code: Self::CLOSING,
                    ..
                }
        )
    }

    fn of(error: &Error) -> Self {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        match error.status() {
            Some(code) => Self::Answer {
                code: code.into(),
                words,
            },
            // lettre's text for it is "response error: incomplete response".
            None if error.is_response() => Self::Lost("it gave no whole answer".to_owned()),
            None => Self::Lost(error.to_string()),
        }
    }

    fn no_answer() -> Self {
        Self::Lost("no answer in time".to_owned())
    }
}

/// The sender and the recipient, and whether they need SMTPUTF8 (RFC 6531).
#[derive(Debug)]
pub(super) struct SmtpEnvelope<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) is_ascii: bool,
}

/// A connection on which the server has greeted and accepted the login.
pub(super) struct SmtpSession {
    connection: AsyncSmtpConnection,
    deadline: Instant,
}

impl SmtpSession {
    /// Connects and logs in, before `deadline`.
    pub(super) async fn open(
        server: &SmtpServerSettings,
        deadline: Instant,
    ) -> Result<Self, SmtpFailure> {
        let limit = deadline.min(Instant::now() + ANSWER);
        let connection = timeout_at(limit, connect(server))
            .await
            .map_err(|_| SmtpFailure::no_answer())??;
        let mut session = Self {
            connection,
            deadline,
        };
        session.encrypt(server).await?;
        session.sign_in(server).await?;
        Ok(session)
    }

    async fn encrypt(&mut self, server: &SmtpServerSettings) -> Result<(), SmtpFailure> {
        let offered = self.connection.can_starttls();
        match server.encryption {
            Encryption::Required if !offered => {
                return Err(SmtpFailure::Lost("it does not offer encryption".to_owned()));
            }
            Encryption::Required | Encryption::Opportunistic if offered => {}
            _ => return Ok(()),
        }
        let limit = self.limit();
        let name = ClientId::default();
        let upgrade = self.connection.starttls(server.tls.clone(), &name);
        settled(timeout_at(limit, upgrade).await)
    }

    async fn sign_in(&mut self, server: &SmtpServerSettings) -> Result<(), SmtpFailure> {
        let Some(sign_in) = &server.sign_in else {
            return Ok(());
        };
        // An attacker who removes STARTTLS from the answers must not get the password.
        if server.encryption == Encryption::Opportunistic && !self.connection.is_encrypted() {
            let reason = "it does not offer encryption, so the password was not sent";
            return Err(SmtpFailure::Lost(reason.to_owned()));
        }
        let credentials = Credentials::new(
            sign_in.user.clone(),
            sign_in.password.expose_secret().to_owned(),
        );
        let limit = self.limit();
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let answer = self.connection.auth(&mechanisms, &credentials);
        settled(timeout_at(limit, answer).await)
    }

    /// Begins a mail; `deadline` is for all that comes before its body.
    pub(super) async fn begin(
        &mut self,
        envelope: &SmtpEnvelope<'_>,
        deadline: Instant,
    ) -> Result<(), SmtpFailure> {
        self.deadline = deadline;
        let parameters = if envelope.is_ascii {
            ""
        } else if self.has_utf8() {
            " SMTPUTF8 BODY=8BITMIME"
        } else {
            return Err(SmtpFailure::Incapable);
        };
        let command = format!("MAIL FROM:<{}>{parameters}\r\n", envelope.from);
        self.completed(command).await
    }

    fn has_utf8(&self) -> bool {
        let server = self.connection.server_info();
        server.supports_feature(Extension::SmtpUtfEight)
            && server.supports_feature(Extension::EightBitMime)
    }

    /// Cancels a mail that was begun; this also shows whether the connection still works.
    pub(super) async fn reset(&mut self, deadline: Instant) -> Result<(), SmtpFailure> {
        self.deadline = deadline;
        self.completed("RSET\r\n").await
    }

    pub(super) async fn recipient(
        &mut self,
        envelope: &SmtpEnvelope<'_>,
    ) -> Result<(), SmtpFailure> {
        self.completed(format!("RCPT TO:<{}>\r\n", envelope.to))
            .await
    }

    /// Asks to send the body.
    pub(super) async fn data(&mut self) -> Result<(), SmtpFailure> {
        let answer = self.ask(Data).await?;
        if answer.has_code(354) {
            return Ok(());
        }
        Err(unexpected(&answer))
    }

    /// Sends the body. Once this has begun, only an answer tells whether the mail was accepted.
    pub(super) async fn body(&mut self, message: &[u8]) -> Result<(), SmtpFailure> {
        let sent = timeout(BODY, self.connection.message(message)).await;
        let answer = sent
            .map_err(|_| SmtpFailure::no_answer())?
            .map_err(|error| SmtpFailure::of(&error))?;
        completion(&answer)
    }

    /// Sends QUIT and closes the connection.
    pub(super) async fn close(mut self) {
        let _ = timeout(PARTING, self.connection.quit()).await;
    }

    async fn completed(&mut self, command: impl Display) -> Result<(), SmtpFailure> {
        completion(&self.ask(command).await?)
    }

    async fn ask(&mut self, command: impl Display) -> Result<Response, SmtpFailure> {
        let answer = timeout_at(self.limit(), self.connection.command(command)).await;
        answer
            .map_err(|_| SmtpFailure::no_answer())?
            .map_err(|error| SmtpFailure::of(&error))
    }

    fn limit(&self) -> Instant {
        self.deadline.min(Instant::now() + ANSWER)
    }
}

async fn connect(server: &SmtpServerSettings) -> Result<AsyncSmtpConnection, SmtpFailure> {
    let address = (server.host.as_str(), server.port);
    let name = ClientId::default();
    let connected = if server.encryption == Encryption::Always {
        let tls = Some(server.tls.clone());
        AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &name, tls, None).await
    } else {
        let stream = reach(address).await;
        let stream = stream.map_err(|error| SmtpFailure::Lost(error.to_string()))?;
        let stream = Box::new(BareStream::new(stream));
        AsyncSmtpConnection::connect_with_transport(stream, &name).await
    };
    connected.map_err(|error| SmtpFailure::of(&error))
}

async fn reach(address: (&str, u16)) -> std::io::Result<TcpStream> {
    let mut failure = std::io::ErrorKind::NotFound.into();
    for address in tokio::net::lookup_host(address).await? {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Otherwise the end of each body waits for the server to acknowledge its beginning.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => failure = error,
            Err(_) => failure = std::io::ErrorKind::TimedOut.into(),
        }
    }
    Err(failure)
}

/// Accepts a 2xx answer. An answer that is neither that nor a refusal makes no sense here.
fn completion(answer: &Response) -> Result<(), SmtpFailure> {
    if answer.code().severity == Severity::PositiveCompletion {
        return Ok(());
    }
    Err(unexpected(answer))
}

fn unexpected(answer: &Response) -> SmtpFailure {
    SmtpFailure::Lost(format!("it gave an answer out of turn: {}", answer.code()))
}

fn settled<T>(
    outcome: Result<Result<T, Error>, tokio::time::error::Elapsed>,
) -> Result<(), SmtpFailure> {
    match outcome {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(SmtpFailure::of(&error)),
        Err(_) => Err(SmtpFailure::no_answer()),
    }
}
