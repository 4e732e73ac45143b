//! What can stand on this machine, by name.

use crate::{
    NodeAddress, ServiceError,
    artemis::Artemis,
    elasticsearch::Elasticsearch,
    mariadb::MariaDb,
    mysql::MySql,
    nginx::Nginx,
    recipe::Recipe,
    redis::{MASTERS, Redis},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A server, or the three masters of a Redis Cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Artemis,
    MariaDb,
    MySql,
    Redis,
    RedisCluster,
    Elasticsearch,
    /// In front of one node at its default addresses; `demo --cluster` has one of its own.
    Nginx,
}

/// Where a node listens unless it is told otherwise.
const NODE: NodeAddress = NodeAddress {
    rest: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9003),
    socket: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9885),
};

impl Kind {
    /// The servers that a cluster of nodes shares.
    pub const SHARED: [Self; 4] = [Self::Artemis, Self::MariaDb, Self::Redis, Self::Elasticsearch];
    /// All that can stand.
    pub const ALL: [Self; 7] =
        [Self::Artemis, Self::MariaDb, Self::MySql, Self::Redis, Self::RedisCluster, Self::Elasticsearch, Self::Nginx];

    /// As it is called in commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artemis => "artemis",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
            Self::Redis => "redis",
            Self::RedisCluster => "redis-cluster",
            Self::Elasticsearch => "elasticsearch",
            Self::Nginx => "nginx",
        }
    }

    /// Its processes, each in a folder of this name in `target/services`.
    pub(crate) fn folders(self) -> Vec<String> {
        match self {
            Self::RedisCluster => (1..=MASTERS).map(|master| format!("{}-{master}", self.name())).collect(),
            _ => vec![self.name().into()],
        }
    }

    pub(crate) fn recipe(self) -> Result<Box<dyn Recipe>, ServiceError> {
        Ok(match self {
            Self::Artemis => Box::new(Artemis),
            Self::MariaDb => Box::new(MariaDb::default()),
            Self::MySql => Box::new(MySql::find()?),
            Self::Redis => Box::new(Redis { in_cluster: false }),
            Self::RedisCluster => Box::new(Redis { in_cluster: true }),
            Self::Elasticsearch => Box::new(Elasticsearch),
            Self::Nginx => Box::new(Nginx::new(&[NODE])),
        })
    }
}
