use secrecy::SecretString;
use std::{path::PathBuf, time::Duration};

/// How long an agent without sessions still counts as connected.
const GRACE: Duration = Duration::from_secs(15);
/// How long a session lives without a refresh by its node, which comes every 3 s. With the sweep for absent agents (1 s) this is how long
/// a dead node keeps its agents: 15 s at the very most.
const LIFETIME: Duration = Duration::from_secs(10);
/// How long one call may take.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// Where the directory is, and its times.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `redis://[name:password@]host:port[/database]`, or `rediss://` for TLS. Several are nodes of one Redis Cluster, of which the others are found.
    pub urls: Vec<SecretString>,
    /// A single URL names a node of a Redis Cluster too.
    pub cluster: bool,
    pub lifetime: Duration,
    pub grace: Duration,
    pub answer_within: Duration,
    /// Whose certificates are believed, a file in PEM; none: the public authorities.
    pub authorities: Option<PathBuf>,
}

impl RedisConfig {
    pub const fn new(urls: Vec<SecretString>) -> Self {
        Self { urls, cluster: false, lifetime: LIFETIME, grace: GRACE, answer_within: ANSWER_WITHIN, authorities: None }
    }
    pub(crate) const fn is_cluster(&self) -> bool {
        self.cluster || self.urls.len() > 1
    }
    /// How long a participant's key is kept after it was touched.
    pub(crate) fn keep(&self) -> Duration {
        self.lifetime.max(self.grace)
    }
}

/// The configuration is wrong. That Redis is away is no error: it is waited for.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no Redis URL is given")]
    NoUrl,
    #[error("a Redis URL is not understood")]
    Url(#[source] redis::RedisError),
    #[error("the certificate authorities could not be read")]
    Authorities(#[source] std::io::Error),
}
