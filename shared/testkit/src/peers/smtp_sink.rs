//! A mail server that takes everything, but for addresses with `refused` in them, and remembers to
//! whom, as far as the tests need one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// The mail server.
#[derive(Clone)]
pub struct SmtpSink {
    /// Where it listens, as `--smtp` takes it.
    pub url: String,
    taken: Arc<Mutex<Vec<(String, String)>>>,
    delay: Duration,
}

impl SmtpSink {
    /// Starts one that answers to a mail this long after it took it.
    pub async fn start(delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            url: format!("smtp://{}", listener.local_addr().unwrap()),
            taken: Arc::default(),
            delay,
        };
        let server = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                // A connection that breaks is the end of it.
                tokio::spawn(async move { server.talk(stream).await.ok() });
            }
        });
        sink
    }

    /// The mails it took: to whom, and what.
    #[must_use]
    pub fn taken(&self) -> Vec<(String, String)> {
        self.taken.lock().unwrap().clone()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 sink.example\r\n").await?;
        let mut recipient = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let command = line.trim_end().to_owned();
            let answer = match command.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => "250-sink.example\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
                "AUTH" => "235 welcome\r\n",
                "RCPT" => {
                    let address = command.split(['<', '>']).nth(1);
                    address.unwrap_or_default().clone_into(&mut recipient);
                    if recipient.contains("refused") {
                        // Most servers repeat the address.
                        let answer = format!("550 5.1.1 <{recipient}>: no such user\r\n");
                        stream.write_all(answer.as_bytes()).await?;
                        continue;
                    }
                    "250 OK\r\n"
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let Some(body) = body(&mut stream).await? else {
                        return Ok(());
                    };
                    self.taken.lock().unwrap().push((recipient.clone(), body));
                    sleep(self.delay).await;
                    "250 taken\r\n"
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 OK\r\n",
            };
            stream.write_all(answer.as_bytes()).await?;
        }
    }
}

/// What comes until the line with a dot alone; nothing where that never comes.
async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut body = String::new();
    loop {
        let start = body.len();
        if stream.read_line(&mut body).await? == 0 {
            return Ok(None);
        }
        if body.get(start..) == Some(".\r\n") {
            return Ok(Some(body));
        }
    }
}
