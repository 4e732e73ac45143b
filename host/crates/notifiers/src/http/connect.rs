//! A connection to one of the checked addresses, and to nothing else: no proxy, no second look-up.

use super::{Destination, Obstacle};
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::Host;

/// Addresses of a name that are tried before it counts as not reachable.
const MOST_TRIED: usize = 3;
/// Status line and headers of an answer, in bytes and in number.
const MOST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 100;

/// One HTTP/1.1 connection. Ends when it is dropped.
pub(super) struct Connection {
    pub sender: SendRequest<Full<Bytes>>,
    pub peer: SocketAddr,
    _driver: AbortOnDropHandle<()>,
}

pub(super) async fn connect(
    destination: &Destination,
    addresses: &[IpAddr],
    tls: &Arc<ClientConfig>,
    within: Duration,
) -> Result<Connection, Obstacle> {
    let opening = async {
        let tcp = reach(addresses, destination.port).await?;
        let peer = tcp.peer_addr().map_err(Obstacle::Connect)?;
        if !destination.tls {
            return shake_hands(tcp, peer).await;
        }
        let name = match &destination.host {
            Host::Domain(name) => ServerName::try_from(name.clone())?,
            Host::Ipv4(v4) => ServerName::from(IpAddr::from(*v4)),
            Host::Ipv6(v6) => ServerName::from(IpAddr::from(*v6)),
        };
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await.map_err(Obstacle::Tls)?;
        shake_hands(stream, peer).await
    };
    timeout(within, opening).await.map_err(|_| Obstacle::NoConnection(within))?
}

async fn reach(addresses: &[IpAddr], port: u16) -> Result<TcpStream, Obstacle> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses.iter().take(MOST_TRIED) {
        match TcpStream::connect((*address, port)).await {
            Ok(tcp) => {
                tcp.set_nodelay(true).map_err(Obstacle::Connect)?;
                return Ok(tcp);
            }
            Err(error) => last = error,
        }
    }
    Err(Obstacle::Connect(last))
}

async fn shake_hands<Io>(stream: Io, peer: SocketAddr) -> Result<Connection, Obstacle>
where
    Io: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_header_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(2 * MOST_HEAD)
        .handshake(TokioIo::new(stream))
        .await?;
    // Its error reaches the request that waits for the answer.
    let driver = AbortOnDropHandle::new(tokio::spawn(async move {
        let _told_to_the_request = connection.await;
    }));
    Ok(Connection { sender, peer, _driver: driver })
}
