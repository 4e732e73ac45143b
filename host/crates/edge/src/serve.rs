//! A listener with a header timeout and a cap of connections (axum's own has neither).

use axum::{Router, body::Body, extract::ConnectInfo, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

/// How long a client may take with the head of a request.
const HEADER_READ: Duration = Duration::from_secs(10);
/// How long requests in flight may take after `stop`.
const FINISH: Duration = Duration::from_secs(5);
/// After `accept` failed (no file descriptors left): others are served meanwhile.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// The greatest head of a request.
const HEAD_BYTES: usize = 16 * 1024;

/// Connections at once; share one value over several listeners.
#[derive(Clone, Debug)]
pub struct Limits {
    connections: Arc<Semaphore>,
}

impl Limits {
    pub fn new(connections: usize) -> Self {
        Self { connections: Arc::new(Semaphore::new(connections)) }
    }
}

/// The place of a connection: kept by a socket that outlives its request.
#[derive(Clone)]
pub(crate) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Serves until `stop`, then finishes the requests in flight. One connection more than the limit is closed at once.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let router = router.layer(CatchPanicLayer::new());
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                accept_failed(&error).await;
                continue;
            }
        };
        let Ok(permit) = limits.connections.clone().try_acquire_owned() else {
            metrics::counter!("weft_connections_refused_total").increment(1);
            continue;
        };
        let place = Place { _permit: Arc::new(permit) };
        connections.spawn(connection(stream, peer, router.clone(), place, stop.clone()));
    }
    drop(listener);
    connections.close();
    if timeout(FINISH, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests did not finish in time");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, place: Place, stop: CancellationToken) {
    // Frames are small and each is waited for. An old kernel that cannot is slower, no more.
    let _slower = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        let request: Request = request.map(Body::new);
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ).max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A broken connection is the client's affair; what it sent was answered or was not.
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended early");
    }
}

async fn accept_failed(error: &io::Error) {
    let gone = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    );
    if !gone {
        tracing::error!(error = error as &dyn std::error::Error, "no connection can be accepted at the moment");
        tokio::time::sleep(ACCEPT_RETRY).await;
    }
}
