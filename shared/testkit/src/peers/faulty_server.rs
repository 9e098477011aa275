//! A server that follows a test's script byte by byte: it stalls, hangs, cuts, resets, and sends
//! endless answers. It records each request. For ordinary answers use an
//! [`HttpPeer`](super::HttpPeer).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// A request that the server received.
#[derive(Debug, Clone)]
pub struct RequestSeen {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// Its headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
    /// The number of earlier requests.
    pub before: usize,
}

/// Time in which the kernel delivers sent bytes on this machine.
const SENT: Duration = Duration::from_millis(20);

/// A step of the server on a connection, which is closed after the last step.
#[derive(Debug, Clone)]
pub enum ServerStep {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends the same bytes this many times, or until the other side closes.
    Repeat(Vec<u8>, usize),
    /// Sends a byte at a time, with a pause before each.
    Trickle(Vec<u8>, Duration),
    /// Waits for this long.
    Wait(Duration),
    /// From now on, a paused clock advances by itself whenever everybody waits.
    Hurry,
    /// Waits for a permit of this semaphore.
    Hold(Arc<Semaphore>),
    /// Waits until the other side closes the connection.
    Hang,
    /// Accepts another request on the same connection.
    Again,
    /// Resets the connection, as a crash would.
    Reset,
}

/// The steps after one request.
pub type ScriptedAnswer = Vec<ServerStep>;

type AnswerScript = Arc<dyn Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync>;

/// A running server; dropping it stops the server.
pub struct FaultyServer {
    address: SocketAddr,
    talk: FaultyTalk,
    accepting: JoinHandle<()>,
    /// The server's own runtime, if it has one.
    runtime: Option<Runtime>,
}

/// The state that all connections share.
#[derive(Clone)]
struct FaultyTalk {
    answer: Arc<Mutex<AnswerScript>>,
    asked: Arc<Mutex<Vec<RequestSeen>>>,
    /// Number of connections under way.
    under_way: watch::Sender<usize>,
    /// The largest number of connections at once, and the total number.
    peak: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl FaultyServer {
    /// Starts a server on a free port of this machine, in the runtime of the test.
    pub async fn start(
        answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self::serving(listener, answer)
    }

    /// Starts one in a runtime of its own: for a test that is not async.
    #[must_use]
    pub fn beside(answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let inside = runtime.enter();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut server = Self::serving(TcpListener::from_std(listener).unwrap(), answer);
        drop(inside);
        server.runtime = Some(runtime);
        server
    }

    fn serving(
        listener: TcpListener,
        answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let talk = FaultyTalk {
            answer: Arc::new(Mutex::new(Arc::new(answer))),
            asked: Arc::default(),
            under_way: watch::Sender::new(0),
            peak: Arc::default(),
            connections: Arc::default(),
        };
        let shared = talk.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let talk = shared.clone();
                talk.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    talk.under_way.send_modify(|count| *count += 1);
                    let count = *talk.under_way.borrow();
                    talk.peak.fetch_max(count, Ordering::SeqCst);
                    // The other side may close the connection at any time.
                    let _ = talk.serve(BufReader::new(stream)).await;
                    talk.under_way.send_modify(|count| *count -= 1);
                });
            }
        });
        Self {
            address,
            talk,
            accepting,
            runtime: None,
        }
    }

    /// Starts a server without a script; a test sets it later.
    pub async fn silent() -> Self {
        Self::start(|_| Vec::new()).await
    }

    /// Sets the script for all further requests.
    pub fn answer(&self, answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static) {
        *self.talk.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Waits until so many connections are under way.
    pub async fn until_under_way(&self, wanted: usize) {
        let mut under_way = self.talk.under_way.subscribe();
        under_way.wait_for(|count| *count == wanted).await.unwrap();
    }

    /// Returns the largest number of connections at once.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.talk.peak.load(Ordering::SeqCst)
    }

    /// Its scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the URL of a target on this server.
    #[must_use]
    pub fn url(&self, target: &str) -> String {
        format!("{}{target}", self.origin())
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the total number of connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.talk.connections.load(Ordering::SeqCst)
    }

    /// The requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<RequestSeen> {
        self.talk.asked.lock().unwrap().clone()
    }

    /// Returns the paths and queries of the requests so far.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let asked = self.talk.asked.lock().unwrap();
        asked.iter().map(|asked| asked.target.clone()).collect()
    }
}

impl FaultyTalk {
    async fn serve(&self, mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
        loop {
            let asked = self.note_request(&mut stream).await?;
            let script = Arc::clone(&self.answer.lock().unwrap());
            if !take_steps(stream.get_mut(), script(&asked)).await? {
                return Ok(());
            }
        }
    }

    async fn note_request(
        &self,
        stream: &mut BufReader<TcpStream>,
    ) -> std::io::Result<RequestSeen> {
        let mut asked = request(stream).await?;
        let mut log = self.asked.lock().unwrap();
        asked.before = log.len();
        log.push(asked.clone());
        Ok(asked)
    }
}

/// Executes the steps; returns true where the connection accepts another request.
async fn take_steps(stream: &mut TcpStream, steps: ScriptedAnswer) -> std::io::Result<bool> {
    for step in steps {
        match step {
            ServerStep::Send(bytes) => stream.write_all(&bytes).await?,
            ServerStep::Repeat(bytes, times) => {
                for _ in 0..times {
                    stream.write_all(&bytes).await?;
                }
            }
            ServerStep::Trickle(bytes, pause) => {
                for byte in bytes {
                    tokio::time::sleep(pause).await;
                    stream.write_all(&[byte]).await?;
                }
            }
            ServerStep::Wait(time) => tokio::time::sleep(time).await,
            ServerStep::Hurry => {
                // Bytes sent before must have arrived, because a waiting reader counts among those
                // who wait.
                tokio::time::sleep(SENT).await;
                tokio::time::pause();
            }
            ServerStep::Hold(permits) => permits.acquire().await.unwrap().forget(),
            ServerStep::Hang => {
                let _ = stream.read_u8().await;
            }
            ServerStep::Again => return Ok(true),
            ServerStep::Reset => {
                stream.set_zero_linger()?;
                return Ok(false);
            }
        }
    }
    stream.shutdown().await?;
    Ok(false)
}

async fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<RequestSeen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap().split(' ');
    let mut word = || words.next().unwrap().to_owned();
    let (method, target) = (word(), word());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or("0", String::as_str);
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await?;
    Ok(RequestSeen {
        method,
        target,
        headers,
        body: String::from_utf8(body).unwrap(),
        before: 0,
    })
}

/// Returns the steps of a complete answer.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> ScriptedAnswer {
    let body = body.as_ref();
    let mut bytes = head(
        status,
        &format!("content-length: {}\r\n{headers}", body.len()),
    );
    bytes.extend_from_slice(body);
    vec![ServerStep::Send(bytes)]
}

/// Returns the steps of a JSON answer.
pub fn json(body: impl AsRef<str>) -> ScriptedAnswer {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        body.as_ref(),
    )
}

/// Returns the head of an answer. Each header must end in a line break.
#[must_use]
pub fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

/// Returns the head of a successful answer whose body ends with the connection.
#[must_use]
pub fn begun(headers: &str) -> ServerStep {
    ServerStep::Send(head("200 OK", headers))
}

/// Returns one chunk of a chunked body.
#[must_use]
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
