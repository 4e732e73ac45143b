use super::{
    AllowList, Destination, Guard, NotAllowable, Obstacle, Resolver, Unfit,
    connect::{Connection, connect},
    idle::Idle,
    outcome::{Answer, judge},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use model::Timestamp;
use ports::{Failure, Sent};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem, pem::PemObject},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Of a request's body, in bytes.
const MOST_SENT: usize = 256 * 1024;
/// Of an answer's body: read, so that the connection can serve the next request; and kept, to be looked at.
const MOST_READ: usize = 64 * 1024;
const MOST_KEPT: usize = 1024;

const PRODUCT: &str = concat!("weft/", env!("CARGO_PKG_VERSION"));

/// How requests are bounded, and who may be reached.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Exceptions to "only public addresses": see `AllowList::parse`.
    pub allow: Vec<String>,
    /// PEM of certificate authorities that count besides the public ones.
    pub authorities: Option<String>,
    /// Name, connection and TLS.
    pub connect_within: Duration,
    /// All of a request, connecting included.
    pub answer_within: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            authorities: None,
            connect_within: Duration::from_secs(5),
            answer_within: Duration::from_secs(10),
        }
    }
}

/// A configuration that will not do.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the allow-list is wrong")]
    Allow(#[from] NotAllowable),
    #[error("the certificate authorities are not PEM")]
    Pem(#[from] pem::Error),
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

/// Sends requests to where tenants want them, within the guard's and the configuration's limits.
pub struct Http {
    guard: Guard,
    tls: Arc<ClientConfig>,
    idle: Idle,
    connect_within: Duration,
    answer_within: Duration,
}

impl Http {
    pub fn new(config: &HttpConfig, resolver: Arc<dyn Resolver>) -> Result<Self, SetupError> {
        Ok(Self {
            guard: Guard::new(AllowList::parse(&config.allow)?, resolver),
            tls: Arc::new(tls(config.authorities.as_deref())?),
            idle: Idle::default(),
            connect_within: config.connect_within,
            answer_within: config.answer_within,
        })
    }

    /// What can be said of a URL without asking where its name leads to.
    pub fn check(&self, url: &str) -> Result<Destination, Unfit> {
        self.guard.check(url)
    }

    /// One POST. `now` is what a date in `Retry-After` is compared with.
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Bytes, now: Timestamp) -> Result<Sent, Failure> {
        let begun = Instant::now();
        let took_ms = || u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        let deadline = begun + self.answer_within;
        let (destination, connection, response) = match timeout_at(deadline, self.exchange(url, headers, body)).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(obstacle)) => return Err(obstacle.into_failure(took_ms())),
            Err(_) => return Err(Obstacle::Silent(self.answer_within).into_failure(took_ms())),
        };
        let (head, mut body) = response.into_parts();
        let mut kept = Vec::new();
        // The head has said what became of it; of the rest is kept what comes in time.
        if matches!(timeout_at(deadline, read(&mut body, &mut kept)).await, Ok(Ok(true))) {
            self.idle.keep(&destination, connection);
        }
        judge(Answer { status: head.status, headers: &head.headers, body: kept, took_ms: took_ms(), now })
    }

    async fn exchange(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(Destination, Connection, Response<Incoming>), Obstacle> {
        if body.len() > MOST_SENT {
            return Err(Obstacle::TooBig(MOST_SENT));
        }
        let destination = self.guard.check(url)?;
        let finding = self.guard.addresses(&destination);
        let addresses = tokio::time::timeout(self.connect_within, finding)
            .await
            .map_err(|_| Obstacle::NoConnection(self.connect_within))??;
        let request = request(&destination, headers, body)?;
        // One that was kept may have been closed by the other side meanwhile: then a new one is made. Should the other side have taken
        // the request all the same, it knows it by its id.
        if let Some(mut connection) = self.idle.take(&destination, &addresses)
            && let Ok(response) = connection.sender.send_request(request.clone()).await
        {
            return Ok((destination, connection, response));
        }
        let mut connection = connect(&destination, &addresses, &self.tls, self.connect_within).await?;
        let response = connection.sender.send_request(request).await?;
        Ok((destination, connection, response))
    }
}

fn request(destination: &Destination, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, Obstacle> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&destination.path)
        .header(header::HOST, destination.authority())
        .header(header::USER_AGENT, HeaderValue::from_static(PRODUCT))
        .body(Full::new(body))?;
    request.headers_mut().extend(headers);
    Ok(request)
}

/// Keeps the beginning of the body; true when all of it was read.
async fn read(body: &mut Incoming, kept: &mut Vec<u8>) -> Result<bool, hyper::Error> {
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        seen += data.len();
        let room = MOST_KEPT.saturating_sub(kept.len()).min(data.len());
        kept.extend_from_slice(&data[..room]);
        if seen > MOST_READ {
            return Ok(false);
        }
    }
    Ok(true)
}

fn tls(authorities: Option<&str>) -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for authority in CertificateDer::pem_slice_iter(authorities.unwrap_or_default().as_bytes()) {
        roots.add(authority?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
