//! The connection to Redis. While there is none, calls fail at once.

use crate::{OpenError, RedisConfig, pauses::Pauses};
use model::TenantId;
use parking_lot::RwLock;
use ports::{PortError, PortResult};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisResult, TlsCertificates,
    aio::MultiplexedConnection,
    cluster::{ClusterClient, ClusterClientBuilder},
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
};
use secrecy::ExposeSecret;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

const WHAT: &str = "the session directory in Redis";

/// What health says about Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedisFigures {
    pub connected: bool,
    /// Of the last ping that was answered.
    pub latency: Option<Duration>,
    /// Calls that failed, and connections that were made, since the start.
    pub errors: u64,
    pub connections: u64,
}

#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("not connected")]
    NotConnected,
    #[error("it did not answer a moment ago")]
    Paused,
    #[error("no answer in time")]
    TimedOut,
}

enum Target {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

#[derive(Clone)]
pub(crate) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

pub(crate) struct Link {
    target: Target,
    answer_within: Duration,
    connection: RwLock<Option<Connection>>,
    /// Woken when a call failed.
    pub doubted: Notify,
    pauses: Pauses,
    /// Microseconds; 0 before the first.
    latency: AtomicU64,
    errors: AtomicU64,
    connections: AtomicU64,
}

impl Link {
    pub fn new(config: &RedisConfig) -> Result<Self, OpenError> {
        let read = |file| std::fs::read(file).map_err(OpenError::Authorities);
        let root_cert = config.authorities.as_ref().map(read).transpose()?;
        let certificates = root_cert.map(|pem| TlsCertificates { client_tls: None, root_cert: Some(pem) });
        let mut urls = config.urls.iter().map(ExposeSecret::expose_secret);
        let target = if config.is_cluster() {
            let mut builder = ClusterClientBuilder::new(urls)
                .connection_timeout(config.answer_within)
                .response_timeout(config.answer_within)
                .retries(1)
                .min_retry_wait(10)
                .max_retry_wait(50);
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates);
            }
            Target::Cluster(Box::new(builder.build().map_err(OpenError::Url)?))
        } else {
            let url = urls.next().ok_or(OpenError::NoUrl)?;
            let client = match certificates {
                Some(certificates) => Client::build_with_tls(url, certificates),
                None => Client::open(url),
            };
            Target::Single(Box::new(client.map_err(OpenError::Url)?))
        };
        Ok(Self {
            target,
            answer_within: config.answer_within,
            connection: RwLock::default(),
            doubted: Notify::new(),
            pauses: Pauses::default(),
            latency: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        })
    }

    pub fn figures(&self) -> RedisFigures {
        let latency = self.latency.load(Ordering::Relaxed);
        RedisFigures {
            connected: self.connection.read().is_some(),
            latency: (latency > 0).then(|| Duration::from_micros(latency)),
            errors: self.errors.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
        }
    }
    pub const fn is_cluster(&self) -> bool {
        matches!(self.target, Target::Cluster(_))
    }

    /// Asks about a tenant. Answers or fails within `answer_within`.
    pub async fn ask<T: FromRedisValue>(&self, tenant: TenantId, command: &Cmd) -> PortResult<T> {
        let Some(connection) = self.connection.read().clone() else {
            return Err(PortError::unavailable(WHAT, NoAnswer::NotConnected));
        };
        self.ask_on(connection, tenant, command).await
    }

    /// The same on a connection that is not everybody's yet.
    pub async fn ask_on<T: FromRedisValue>(
        &self,
        mut connection: Connection,
        tenant: TenantId,
        command: &Cmd,
    ) -> PortResult<T> {
        if self.pauses.holds(tenant) {
            return Err(PortError::unavailable(WHAT, NoAnswer::Paused));
        }
        let error = match timeout(self.answer_within, connection.query(command)).await {
            Ok(Ok(answer)) => {
                self.pauses.end(tenant);
                return Ok(answer);
            }
            Ok(Err(error)) => PortError::unavailable(WHAT, error),
            Err(_elapsed) => PortError::unavailable(WHAT, NoAnswer::TimedOut),
        };
        self.errors.fetch_add(1, Ordering::Relaxed);
        self.pauses.begin(tenant);
        self.doubted.notify_one();
        Err(error)
    }

    /// Makes a connection that answers.
    pub async fn connect(&self, within: Duration) -> PortResult<Connection> {
        let connecting = async {
            let connection = match &self.target {
                Target::Single(client) => {
                    let config = AsyncConnectionConfig::new()
                        .set_connection_timeout(Some(within))
                        .set_response_timeout(Some(self.answer_within));
                    Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
                }
                Target::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
            };
            connection.clone().ping().await.map(|()| connection)
        };
        match timeout(within, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(PortError::unavailable(WHAT, error)),
            Err(_elapsed) => Err(PortError::unavailable(WHAT, NoAnswer::TimedOut)),
        }
    }

    /// From now on calls use this connection; none: they fail at once.
    pub fn set(&self, connection: Option<Connection>) {
        self.pauses.clear();
        self.connections.fetch_add(u64::from(connection.is_some()), Ordering::Relaxed);
        *self.connection.write() = connection;
    }

    /// Whether the connection answers.
    pub async fn ping(&self, connection: &Connection) -> bool {
        let began = Instant::now();
        let answered = matches!(timeout(self.answer_within, connection.clone().ping()).await, Ok(Ok(())));
        if answered {
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.latency.store(took.max(1), Ordering::Relaxed);
        }
        answered
    }
}

impl Connection {
    async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Single(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    /// Of a cluster, any node that is reached: one that is lost is no reason to let go of the others.
    async fn ping(mut self) -> RedisResult<()> {
        let ping = redis::cmd("PING");
        match &mut self {
            Self::Single(connection) => ping.query_async(connection).await,
            Self::Cluster(connection) => {
                let anywhere = RoutingInfo::SingleNode(SingleNodeRoutingInfo::Random);
                connection.route_command(ping, anywhere).await.map(drop)
            }
        }
    }
}
