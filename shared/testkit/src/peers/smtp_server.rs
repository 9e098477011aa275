//! A mail server that a test can make answer anything at any step, hang, or cut the connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// The steps at which the server can misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Before the greeting.
    Greeting,
    /// At `EHLO`.
    Ehlo,
    /// At `STARTTLS`.
    StartTls,
    /// At `AUTH`.
    Auth,
    /// At `RSET`.
    Reset,
    /// At `MAIL FROM`.
    Mail,
    /// At `RCPT TO`.
    Recipient,
    /// At `DATA`.
    Data,
    /// After the first line of the body.
    InBody,
    /// After the body, which the server discards.
    Body,
    /// After the body, which the server stores.
    Stored,
}

impl At {
    /// All steps.
    pub const ALL: [Self; 11] = [
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::Auth,
        Self::Reset,
        Self::Mail,
        Self::Recipient,
        Self::Data,
        Self::InBody,
        Self::Body,
        Self::Stored,
    ];

    /// Returns whether the client may have sent a part of the body at this step.
    #[must_use]
    pub fn has_body(self) -> bool {
        matches!(self, Self::InBody | Self::Body | Self::Stored)
    }
}

/// The server's behaviour at a step.
#[derive(Debug, Clone)]
pub enum SmtpServerStep {
    /// Sends this answer.
    Answer(String),
    /// Stops answering.
    Hang,
    /// Closes the connection.
    Cut,
    /// Behaves as usual after this delay.
    Wait(Duration),
}

impl SmtpServerStep {
    /// Returns a step that sends this answer.
    #[must_use]
    pub fn answer(text: &str) -> Self {
        Self::Answer(text.to_owned())
    }
}

/// The data that the server received.
#[derive(Debug, Default, Clone)]
pub struct SmtpServerSeen {
    /// Connections so far.
    pub connections: usize,
    /// Commands so far.
    pub commands: Vec<String>,
    /// Complete mails that were stored.
    pub stored: Vec<Vec<u8>>,
    /// The recipients of the stored mails.
    pub recipients: Vec<String>,
    /// Number of bodies that were begun.
    pub bodies: usize,
    /// Number of connections that the client closed.
    pub ended: usize,
}

impl SmtpServerSeen {
    /// The address of the last `RCPT TO`.
    fn recipient(&self) -> Option<String> {
        let mut commands = self.commands.iter().rev();
        let last = commands.find(|command| command.starts_with("RCPT"))?;
        last.split(['<', '>']).nth(1).map(str::to_owned)
    }
}

type SmtpScript = dyn Fn(At, &SmtpServerSeen) -> Option<SmtpServerStep> + Send + Sync;

/// A running server; dropping it stops the server.
pub struct SmtpServer {
    /// The address on which it listens.
    pub address: SocketAddr,
    seen: Arc<Mutex<SmtpServerSeen>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl SmtpServer {
    /// Starts a server that accepts every mail.
    pub async fn willing() -> Self {
        Self::scripted(|_, _| None).await
    }

    /// Starts a server that accepts every mail after this delay, except for addresses that contain
    /// `refused`.
    pub async fn taking(delay: Duration) -> Self {
        Self::scripted(move |at, seen| match at {
            At::Recipient => {
                let address = seen.recipient().filter(|to| to.contains("refused"))?;
                // The answer repeats the address, as most servers' answers do.
                let refusal = format!("550 5.1.1 <{address}>: no such user");
                Some(SmtpServerStep::Answer(refusal))
            }
            At::Stored => Some(SmtpServerStep::Wait(delay)),
            _ => None,
        })
        .await
    }

    /// Starts a server with these behaviours at single steps; at all other steps it behaves as
    /// usual.
    pub async fn scripted(
        script: impl Fn(At, &SmtpServerSeen) -> Option<SmtpServerStep> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(SmtpServerSeen::default()));
        let script: Arc<SmtpScript> = Arc::new(script);
        let shared = seen.clone();
        let serving = tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let (script, seen) = (script.clone(), shared.clone());
                talks.spawn(async move {
                    let mut talk = Talk {
                        stream: BufReader::new(stream),
                        script,
                        seen: seen.clone(),
                    };
                    let _ = talk.hold().await;
                    seen.lock().unwrap().ended += 1;
                });
            }
        });
        Self {
            address,
            seen,
            serving,
        }
    }

    /// Returns the mails it accepted: the recipient and the content of each.
    #[must_use]
    pub fn taken(&self) -> Vec<(String, String)> {
        let seen = self.seen();
        let texts = seen.stored.into_iter();
        let texts = texts.map(|mail| String::from_utf8(mail).unwrap());
        seen.recipients.into_iter().zip(texts).collect()
    }

    /// Returns what it received so far.
    #[must_use]
    pub fn seen(&self) -> SmtpServerSeen {
        self.seen.lock().unwrap().clone()
    }

    /// Returns its URL, as `--smtp` expects it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Returns its URL with a user and a password.
    #[must_use]
    pub fn url_with_password(&self) -> String {
        format!("smtp://demo:s3cret-pw@{}", self.address)
    }
}

/// Serves a client after the greeting, with the usual behaviour.
pub async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, seen: Arc<Mutex<SmtpServerSeen>>) {
    let mut talk = Talk {
        stream: BufReader::new(stream),
        script: Arc::new(|_, _| None),
        seen,
    };
    let _ = talk.serve().await;
}

struct Talk<S> {
    stream: BufReader<S>,
    script: Arc<SmtpScript>,
    seen: Arc<Mutex<SmtpServerSeen>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    async fn hold(&mut self) -> std::io::Result<()> {
        self.step(At::Greeting, "220 mail.example ESMTP").await?;
        self.serve().await
    }

    async fn serve(&mut self) -> std::io::Result<()> {
        loop {
            let line = self.line().await?;
            self.seen.lock().unwrap().commands.push(line.clone());
            let verb = line.split([' ', '\r']).next().unwrap_or_default();
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let features =
                        "250-mail.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN";
                    self.step(At::Ehlo, features).await?;
                }
                "STARTTLS" => self.step(At::StartTls, "454 no TLS today").await?,
                "AUTH" => self.step(At::Auth, "235 in").await?,
                "RSET" => self.step(At::Reset, "250 reset").await?,
                "MAIL" => self.step(At::Mail, "250 sender").await?,
                "RCPT" => self.step(At::Recipient, "250 recipient").await?,
                "DATA" => self.data().await?,
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(());
                }
                _ => self.say("502 what?").await?,
            }
        }
    }

    async fn data(&mut self) -> std::io::Result<()> {
        let Some(SmtpServerStep::Answer(answer)) = self.told(At::Data).await? else {
            self.say("354 go on").await?;
            self.seen.lock().unwrap().bodies += 1;
            return self.body().await;
        };
        self.say(&answer).await
    }

    async fn body(&mut self) -> std::io::Result<()> {
        let mut body = String::new();
        loop {
            let line = self.line().await?;
            if line == ".\r\n" {
                break;
            }
            body.push_str(line.strip_prefix('.').unwrap_or(&line));
            self.told(At::InBody).await?;
        }
        if let Some(SmtpServerStep::Answer(answer)) = self.told(At::Body).await? {
            return self.say(&answer).await;
        }
        {
            let mut seen = self.seen.lock().unwrap();
            let recipient = seen.recipient().unwrap_or_default();
            seen.recipients.push(recipient);
            seen.stored.push(body.into_bytes());
        }
        self.step(At::Stored, "250 stored as 42").await
    }

    async fn step(&mut self, at: At, usual: &str) -> std::io::Result<()> {
        match self.told(at).await? {
            Some(SmtpServerStep::Answer(answer)) => self.say(&answer).await,
            _ => self.say(usual).await,
        }
    }

    async fn told(&mut self, at: At) -> std::io::Result<Option<SmtpServerStep>> {
        let told = {
            let seen = self.seen.lock().unwrap();
            (self.script)(at, &seen)
        };
        match told {
            Some(SmtpServerStep::Cut) => Err(std::io::ErrorKind::ConnectionAborted.into()),
            Some(SmtpServerStep::Hang) => std::future::pending().await,
            Some(SmtpServerStep::Wait(time)) => {
                tokio::time::sleep(time).await;
                Ok(None)
            }
            told => Ok(told),
        }
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line)
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{text}\r\n").as_bytes()).await
    }
}
