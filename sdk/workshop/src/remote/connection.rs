//! One HTTP/1.1 connection to a server, with TLS where its address says https.

use crate::complaint::Complaint;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{fs, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use url::Url;

/// Name, connection and TLS.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

pub(super) type Sender = SendRequest<Full<Bytes>>;

/// The public authorities, and those of a file.
pub(super) fn tls(ca: Option<&Path>) -> Result<Arc<ClientConfig>, Complaint> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca {
        let pem = fs::read(path).map_err(|e| Complaint::file(path, e))?;
        let odd = || Complaint::new("bad_ca", format!("{}: these are no PEM certificates", path.display()));
        for authority in CertificateDer::pem_slice_iter(&pem) {
            roots.add(authority.map_err(|e| odd().because(e))?).map_err(|e| odd().because(e))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| Complaint::new("tls", "TLS cannot be set up").because(e))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// Ends when the sender is dropped.
pub(super) async fn connect(server: &Url, tls: &Arc<ClientConfig>) -> Result<Sender, Complaint> {
    let host = server.host_str().unwrap_or_default().to_owned();
    let port = server.port_or_known_default().unwrap_or(80);
    let opening = async {
        let tcp = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(|e| {
            unreachable(server).because(e).advice("is the server running, and is this its REST address (port 9003)?")
        })?;
        if server.scheme() != "https" {
            return shake_hands(tcp, server).await;
        }
        let name = ServerName::try_from(host.clone()).map_err(|e| unreachable(server).because(e))?;
        let stream = TlsConnector::from(tls.clone()).connect(name, tcp).await.map_err(|e| {
            unreachable(server).because(e).advice("for a certificate of your own authority: --ca FILE, or WEFT_CA")
        })?;
        shake_hands(stream, server).await
    };
    timeout(CONNECT_WITHIN, opening)
        .await
        .map_err(|_| unreachable(server).advice(format!("there was no connection within {CONNECT_WITHIN:?}")))?
}

async fn shake_hands<S>(stream: S, server: &Url) -> Result<Sender, Complaint>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|e| unreachable(server).because(e))?;
    // It ends with its sender; what goes wrong with it is seen there.
    tokio::spawn(connection);
    Ok(sender)
}

pub(super) fn unreachable(server: &Url) -> Complaint {
    Complaint::new("unreachable", format!("{server} cannot be reached"))
}
