//! A server that does what no registration system should: it answers byte by byte as a test says,
//! stalls, never ends, resets, lies.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One step of an answer.
#[derive(Clone, Debug)]
pub enum ReplyStep {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes again and again, so many times at most.
    Repeat(Vec<u8>, usize),
    /// Sends one byte at a time, with a pause before each.
    Trickle(Vec<u8>, Duration),
    /// Ends the connection with a reset instead of an end.
    Reset,
}

/// What is answered to a request's path and query.
pub type HostileReplies = Box<dyn Fn(&str) -> Vec<ReplyStep> + Send + Sync>;

/// A running server; it stops when this goes.
pub struct Hostile {
    address: SocketAddr,
    answers: Arc<Mutex<Arc<HostileReplies>>>,
    task: JoinHandle<()>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hostile {
    /// Starts on a free loopback port; answers nothing yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let nothing: HostileReplies = Box::new(|_| Vec::new());
        let answers = Arc::new(Mutex::new(Arc::new(nothing)));
        let shared = Arc::clone(&answers);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answers = Arc::clone(&shared.lock().unwrap());
                tokio::spawn(serve(stream, answers));
            }
        });
        Self {
            address,
            answers,
            task,
        }
    }

    /// What is answered from now on.
    pub fn answer(&self, answers: impl Fn(&str) -> Vec<ReplyStep> + Send + Sync + 'static) {
        *self.answers.lock().unwrap() = Arc::new(Box::new(answers));
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// One request and its answer; the connection ends with it. Whoever hangs up has seen enough.
async fn serve(mut stream: TcpStream, answers: Arc<HostileReplies>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    let text = String::from_utf8_lossy(&request);
    let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
    for step in answers(&target) {
        let sent = match step {
            ReplyStep::Send(bytes) => stream.write_all(&bytes).await,
            ReplyStep::Repeat(bytes, times) => repeat(&mut stream, &bytes, times).await,
            ReplyStep::Trickle(bytes, pause) => trickle(&mut stream, &bytes, pause).await,
            ReplyStep::Reset => {
                // Unread data and no time to linger make the end a reset.
                let _ignored = stream.set_zero_linger();
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
    let _ignored = stream.shutdown().await;
}

async fn repeat(stream: &mut TcpStream, bytes: &[u8], times: usize) -> std::io::Result<()> {
    for _ in 0..times {
        stream.write_all(bytes).await?;
    }
    Ok(())
}

async fn trickle(stream: &mut TcpStream, bytes: &[u8], pause: Duration) -> std::io::Result<()> {
    for byte in bytes {
        tokio::time::sleep(pause).await;
        stream.write_all(&[*byte]).await?;
    }
    Ok(())
}

/// An answer with a length, so that it is whole.
#[must_use]
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<ReplyStep> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    vec![
        ReplyStep::Send(head.into_bytes()),
        ReplyStep::Send(body.to_vec()),
    ]
}

/// The head of an answer whose end is the connection's.
#[must_use]
pub fn head(headers: &str) -> ReplyStep {
    ReplyStep::Send(format!("HTTP/1.1 200 OK\r\n{headers}connection: close\r\n\r\n").into_bytes())
}

/// A JSON answer.
#[must_use]
pub fn json(body: &str) -> Vec<ReplyStep> {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        body.as_bytes(),
    )
}
