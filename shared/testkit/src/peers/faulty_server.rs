//! A server that answers byte by byte as a test says: it stalls, hangs, cuts, resets, and never ends. Each request is
//! noted. What answers as a server should is an [`HttpPeer`](super::HttpPeer).

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

/// One request.
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
    /// How many came before.
    pub before: usize,
}

/// What the kernel may take to hand over what was sent on this machine.
const SENT: Duration = Duration::from_millis(20);

/// What to do next with a connection, before it is closed.
#[derive(Debug, Clone)]
pub enum ServerStep {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends the same bytes so many times, or until the other side has had enough.
    Repeat(Vec<u8>, usize),
    /// Sends a byte at a time, with a pause before each.
    Trickle(Vec<u8>, Duration),
    /// Does nothing for so long.
    Wait(Duration),
    /// From here on, time passes by itself wherever everybody waits.
    Hurry,
    /// Does nothing until it gets one of these permits.
    Hold(Arc<Semaphore>),
    /// Does nothing until the other side goes.
    Hang,
    /// Takes another request on the same connection.
    Again,
    /// Ends the connection as a crash would.
    Reset,
}

/// What is done with one request.
pub type ScriptedAnswer = Vec<ServerStep>;

type AnswerScript = Arc<dyn Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync>;

/// A running server; it stops when this goes.
pub struct FaultyServer {
    address: SocketAddr,
    talk: FaultyTalk,
    accepting: JoinHandle<()>,
    /// A runtime of its own, where it has one.
    runtime: Option<Runtime>,
}

/// What connections share.
#[derive(Clone)]
struct FaultyTalk {
    answer: Arc<Mutex<AnswerScript>>,
    asked: Arc<Mutex<Vec<RequestSeen>>>,
    /// Connections under way.
    under_way: watch::Sender<usize>,
    /// The most there were at once, and all there ever were.
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
    /// Starts one on a free port of this machine, in the runtime of the test.
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
                    // The other side may go at any time.
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

    /// Starts one that is told later what to answer.
    pub async fn silent() -> Self {
        Self::start(|_| Vec::new()).await
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static) {
        *self.talk.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Waits until so many connections are under way.
    pub async fn until_under_way(&self, wanted: usize) {
        let mut under_way = self.talk.under_way.subscribe();
        under_way.wait_for(|count| *count == wanted).await.unwrap();
    }

    /// The most connections that were under way at once.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.talk.peak.load(Ordering::SeqCst)
    }

    /// Its scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A URL of it.
    #[must_use]
    pub fn url(&self, target: &str) -> String {
        format!("{}{target}", self.origin())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The connections there ever were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.talk.connections.load(Ordering::SeqCst)
    }

    /// The requests so far.
    #[must_use]
    pub fn asked(&self) -> Vec<RequestSeen> {
        self.talk.asked.lock().unwrap().clone()
    }

    /// The paths and queries asked so far.
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

/// Does as it is told; true where the connection then takes another request.
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
                // What was sent before has to be there: it counts among what somebody waits for.
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

/// A whole answer.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> ScriptedAnswer {
    let body = body.as_ref();
    let mut bytes = head(
        status,
        &format!("content-length: {}\r\n{headers}", body.len()),
    );
    bytes.extend_from_slice(body);
    vec![ServerStep::Send(bytes)]
}

/// A page of JSON.
pub fn json(body: impl AsRef<str>) -> ScriptedAnswer {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        body.as_ref(),
    )
}

/// The beginning of an answer. Each header ends in a line break.
#[must_use]
pub fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

/// The beginning of a good answer, whose end is the connection's.
#[must_use]
pub fn begun(headers: &str) -> ServerStep {
    ServerStep::Send(head("200 OK", headers))
}

/// One chunk of a body that is sent in chunks.
#[must_use]
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
