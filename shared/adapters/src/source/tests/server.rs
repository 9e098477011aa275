//! A server for one test: each request is recorded and answered with the steps the test gives.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// One request.
#[derive(Debug, Clone)]
pub(super) struct SourceRequestSeen {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    /// By lower-case name.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
    /// How many came before.
    pub(super) before: usize,
}

/// What the kernel may take to hand over what was sent on this machine.
const SENT: Duration = Duration::from_millis(20);

/// What to do next with a connection, before it is closed.
pub(super) enum ServerStep {
    Send(Vec<u8>),
    /// The same bytes until the other side has had enough.
    Repeat(Vec<u8>, usize),
    /// A byte now and then, for ever.
    Trickle(Duration),
    /// Nothing, for so long.
    Wait(Duration),
    /// From here on, time passes by itself wherever everybody waits.
    Hurry,
    /// Nothing, until the other side goes.
    Hang,
    /// Another request on the same connection.
    Again,
    /// Ends the connection as a crash would.
    Reset,
}

pub(super) type ScriptedAnswer = Vec<ServerStep>;

/// Answers the same whatever is asked.
pub(super) type Always = fn() -> ScriptedAnswer;

pub(super) struct SourceServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<SourceRequestSeen>>>,
    /// Connections under way.
    under_way: watch::Sender<usize>,
    /// The most there were at once, and all there ever were.
    peak: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for SourceServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SourceServer {
    pub(super) async fn start(
        answer: impl Fn(&SourceRequestSeen) -> ScriptedAnswer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let log = Arc::clone(&asked);
        let under_way = watch::Sender::new(0);
        let peak = Arc::new(AtomicUsize::new(0));
        let (count, most) = (under_way.clone(), Arc::clone(&peak));
        let connections = Arc::new(AtomicUsize::new(0));
        let all = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                all.fetch_add(1, Ordering::SeqCst);
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                let (count, most) = (count.clone(), Arc::clone(&most));
                tokio::spawn(async move {
                    count.send_modify(|count| *count += 1);
                    most.fetch_max(*count.borrow(), Ordering::SeqCst);
                    // The other side may go at any time.
                    let _ = serve(stream, answer.as_ref(), &log).await;
                    count.send_modify(|count| *count -= 1);
                });
            }
        });
        Self {
            address,
            asked,
            under_way,
            peak,
            connections,
            task,
        }
    }

    /// Waits until so many connections are under way.
    pub(super) async fn until_under_way(&self, wanted: usize) {
        let mut under_way = self.under_way.subscribe();
        under_way.wait_for(|count| *count == wanted).await.unwrap();
    }

    /// The most connections that were under way at once.
    pub(super) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    pub(super) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The connections there ever were.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests so far.
    pub(super) fn asked(&self) -> Vec<SourceRequestSeen> {
        self.asked.lock().unwrap().clone()
    }

    /// The paths and queries asked so far.
    pub(super) fn targets(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|asked| asked.target.clone()).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(impl Fn(&SourceRequestSeen) -> ScriptedAnswer + Sync),
    log: &Mutex<Vec<SourceRequestSeen>>,
) -> std::io::Result<()> {
    loop {
        let asked = note_request(&mut stream, log).await?;
        if !take_steps(&mut stream, answer(&asked)).await? {
            return Ok(());
        }
    }
}

async fn note_request(
    stream: &mut TcpStream,
    log: &Mutex<Vec<SourceRequestSeen>>,
) -> std::io::Result<SourceRequestSeen> {
    let mut asked = request(stream).await?;
    let mut log = log.lock().unwrap();
    asked.before = log.len();
    log.push(asked.clone());
    Ok(asked)
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
            ServerStep::Trickle(gap) => loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(gap).await;
            },
            ServerStep::Wait(time) => tokio::time::sleep(time).await,
            ServerStep::Hurry => {
                // What was sent before has to be there: it counts among what somebody waits for.
                tokio::time::sleep(SENT).await;
                tokio::time::pause();
            }
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

async fn request(stream: &mut TcpStream) -> std::io::Result<SourceRequestSeen> {
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
    Ok(SourceRequestSeen {
        method,
        target,
        headers,
        body: String::from_utf8(body).unwrap(),
        before: 0,
    })
}

/// A whole answer.
pub(super) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> ScriptedAnswer {
    let body = body.as_ref();
    let mut bytes = head(
        status,
        &format!("content-length: {}\r\n{headers}", body.len()),
    );
    bytes.extend_from_slice(body);
    vec![ServerStep::Send(bytes)]
}

/// A page of JSON.
pub(super) fn json(body: impl AsRef<str>) -> ScriptedAnswer {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        body.as_ref(),
    )
}

/// The beginning of an answer. Each header ends in a line break.
pub(super) fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

/// One chunk of a body that is sent in chunks.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
