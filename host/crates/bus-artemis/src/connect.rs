//! One attempt to reach one broker.

use crate::{ArtemisConfig, BrokerUrl};
use fe2o3_amqp::{
    Connection, Session,
    connection::{ConnectionHandle, OpenError},
    sasl_profile::SaslProfile,
    session::{BeginError, SessionHandle},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, InvalidDnsNameError, ServerName, pem, pem::PemObject},
};
use secrecy::ExposeSecret;
use std::{fmt::Debug, io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Why a broker was not reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("no connection to the broker's port")]
    Tcp(#[source] io::Error),
    #[error("the certificate authorities could not be read")]
    Authorities(#[source] io::Error),
    #[error("the certificate authorities are not PEM")]
    Pem(#[source] pem::Error),
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
    #[error("the host is no name that a certificate may carry")]
    Name(#[from] InvalidDnsNameError),
    #[error("the TLS handshake failed")]
    Handshake(#[source] io::Error),
    #[error("the broker refuses the name or the password")]
    Login(#[source] OpenError),
    #[error("the broker did not open the connection")]
    Open(#[source] OpenError),
    #[error("the broker did not begin the session")]
    Begin(#[from] BeginError),
    #[error("the broker did not answer within {0:?}")]
    Silent(Duration),
}

pub(crate) type Opened = (ConnectionHandle<()>, SessionHandle<()>);

/// A connection with one session, or why not; within `config.answer_within`.
pub(crate) async fn connect(url: &BrokerUrl, container: &str, config: &ArtemisConfig) -> Result<Opened, ConnectError> {
    let attempt = async {
        let tcp = TcpStream::connect((url.host.as_str(), url.port)).await.map_err(ConnectError::Tcp)?;
        // fe2o3-amqp's own connecting leaves Nagle's delay on: 6 000 messages a second instead of 120 000.
        tcp.set_nodelay(true).map_err(ConnectError::Tcp)?;
        if !url.tls {
            return open(tcp, url, container, config).await;
        }
        let name = ServerName::try_from(url.host.clone())?;
        let tls = TlsConnector::from(Arc::new(tls(config).await?));
        let stream = tls.connect(name, tcp).await.map_err(ConnectError::Handshake)?;
        open(stream, url, container, config).await
    };
    timeout(config.answer_within, attempt).await.map_err(|_| ConnectError::Silent(config.answer_within))?
}

async fn tls(config: &ArtemisConfig) -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &config.authorities {
        let pem = tokio::fs::read(file).await.map_err(ConnectError::Authorities)?;
        for authority in CertificateDer::pem_slice_iter(&pem) {
            roots.add(authority.map_err(ConnectError::Pem)?)?;
        }
    } else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn open<Io>(stream: Io, url: &BrokerUrl, container: &str, config: &ArtemisConfig) -> Result<Opened, ConnectError>
where
    Io: AsyncRead + AsyncWrite + Debug + Send + Unpin + 'static,
{
    let login = url.login.as_ref().map_or(SaslProfile::Anonymous, |(name, password)| SaslProfile::Plain {
        username: name.clone(),
        password: password.expose_secret().to_owned(),
    });
    let mut connection = Connection::builder()
        .container_id(container)
        .hostname(url.host.as_str())
        // Without it a frozen broker is never noticed.
        .idle_time_out(u32::try_from(config.idle_timeout.as_millis()).unwrap_or(u32::MAX))
        .sasl_profile(login)
        .open_with_stream(stream)
        .await
        .map_err(|error| match error {
            OpenError::SaslError { .. } => ConnectError::Login(error),
            other => ConnectError::Open(other),
        })?;
    let session = Session::begin(&mut connection).await?;
    Ok((connection, session))
}
