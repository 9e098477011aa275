//! The connections of the console and the API. An idle client cannot keep one open: a request and
//! its body must arrive within a time limit, and the number of connections is limited.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{BoxError, Router};
use futures_util::{StreamExt, stream};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout_at};
use tower::Service;

/// The limits of connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The time for the head of a request, since the connection was opened or the previous answer
    /// was sent.
    pub(crate) head: Duration,
    /// The time for the whole body, which has at most 1 MiB.
    pub(crate) body: Duration,
    /// The number of connections at the same time; further ones wait. It is below the usual limit
    /// of open files of a process (1,024), so that strangers do not keep runs from their
    /// connections.
    pub(crate) connections: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_mins(1),
            connections: 512,
        }
    }
}

/// Serves until `end` resolves, and then completes the requests in progress.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    end: impl Future<Output = ()>,
) {
    let router = router.layer(from_fn_with_state(bounds.body, in_time));
    let mut services = router.into_make_service_with_connect_info::<SocketAddr>();
    let places = Arc::new(Semaphore::new(bounds.connections as usize));
    let (ending, is_ending) = watch::channel(());
    let mut end = pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = select! {
            next = next => next,
            () = &mut end => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let Ok(service) = services.call(peer).await;
        let is_ending = is_ending.clone();
        tokio::spawn(async move {
            connection(stream, service, bounds.head, is_ending).await;
            drop(place);
        });
    }
    drop(listener);
    drop(ending);
    // Each connection returns its permit after its answer.
    let _all = places.acquire_many(bounds.connections).await;
}

/// Serves one connection, with HTTP/1.1 only: browsers speak HTTP/2 only over TLS.
async fn connection<S>(
    stream: TcpStream,
    service: S,
    head: Duration,
    mut is_ending: watch::Receiver<()>,
) where
    S: Service<Request<hyper::body::Incoming>, Response = Response, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head);
    let service = TowerToHyperService::new(service);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = select! {
        ended = served.as_mut() => ended,
        _ = is_ending.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended early");
    }
}

/// Makes the body of a request fail where it does not arrive in time.
async fn in_time(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    let until = Instant::now() + longest;
    let request = request.map(|body| {
        let pieces = stream::try_unfold(body.into_data_stream(), move |mut rest| async move {
            match timeout_at(until, rest.next()).await {
                Ok(Some(piece)) => Ok::<_, BoxError>(Some((piece?, rest))),
                Ok(None) => Ok(None),
                Err(late) => Err(late.into()),
            }
        });
        Body::from_stream(pieces)
    });
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::{Notify, oneshot};

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_mins(10);

    struct ConnectionServer {
        address: SocketAddr,
        /// Told once a request is being answered.
        asked: Arc<Notify>,
        /// Lets it be answered.
        answered: Arc<Notify>,
        end: oneshot::Sender<()>,
        ended: tokio::task::JoinHandle<()>,
    }

    async fn server(bounds: Bounds) -> ConnectionServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, told) = oneshot::channel();
        let asked = Arc::new(Notify::new());
        let answered = Arc::new(Notify::new());
        let (notes, told_to) = (Arc::clone(&asked), Arc::clone(&answered));
        let slow = move || async move {
            notes.notify_one();
            told_to.notified().await;
        };
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/slow", get(slow))
            .route("/form", post(async |body: String| body));
        let ended = tokio::spawn(serve(listener, router, bounds, async {
            let _told = told.await;
        }));
        ConnectionServer {
            address,
            asked,
            answered,
            end,
            ended,
        }
    }

    impl ConnectionServer {
        async fn send(&self, text: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream
        }
    }

    /// All that comes until the other side closes.
    async fn rest(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        // A connection that is reset has said what it had to say.
        let _reset = stream.read_to_end(&mut bytes).await;
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_connection_on_which_no_request_comes_is_closed() {
        let server = server(Bounds {
            head: SHORT,
            body: LONG,
            connections: 8,
        })
        .await;
        for begun in [
            "",
            "GET / HTTP/1.1\r\nHost: localhost\r\n",
            "PRI * HTTP/2.0\r\n",
        ] {
            let answer = rest(server.send(begun).await).await;
            assert!(!answer.contains("200 OK"), "{begun:?}: {answer}");
        }
        let kept = server.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(rest(kept.await).await.ends_with("here"));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let server = server(Bounds {
            head: LONG,
            body: SHORT,
            connections: 8,
        })
        .await;
        let head = "POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\n";
        let answer = rest(server.send(&format!("{head}tok")).await).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        let chunked =
            "POST /form HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = rest(server.send(&format!("{chunked}3\r\ntok\r\n")).await).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_until_another_is_given_back() {
        let server = server(Bounds {
            head: LONG,
            body: LONG,
            connections: 1,
        })
        .await;
        let first = server.send("").await;
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let second = tokio::spawn(rest(server.send(request).await));
        drop(first);
        assert!(second.await.unwrap().ends_with("here"));
    }

    #[tokio::test]
    async fn what_is_being_answered_is_answered_to_its_end() {
        let server = server(Bounds::default()).await;
        let request = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let answer = rest(server.send(request).await);
        server.asked.notified().await;
        server.end.send(()).unwrap();
        server.answered.notify_one();
        assert!(answer.await.starts_with("HTTP/1.1 200"));
        server.ended.await.unwrap();
    }
}
