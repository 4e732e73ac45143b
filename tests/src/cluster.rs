//! Identical nodes on real servers, behind a real balancer.

use crate::{
    Addresses, Door, Node, Plan, Proxies,
    proxies::{Peer, proxied},
};
use std::time::Duration;
use weft_services::{NodeAddress, Server, ServiceError};

/// What the nodes share.
pub struct Servers {
    pub broker: Server,
    pub store: Server,
    pub directory: Server,
    pub search: Server,
}

/// How the nodes reach the servers.
#[derive(Clone, Debug)]
pub struct Urls {
    pub broker: String,
    pub store: String,
    pub directory: String,
    pub search: String,
}

impl Servers {
    /// All four, started at once.
    pub async fn start() -> Self {
        let start = |server: fn() -> Result<Server, ServiceError>| tokio::task::spawn_blocking(server);
        let (broker, store) = (start(Server::artemis), start(Server::mariadb));
        let (directory, search) = (start(Server::redis), start(Server::elasticsearch));
        let ready = |started: Result<_, _>| started.unwrap_or_else(|e: ServiceError| panic!("{e}"));
        Self {
            broker: ready(broker.await.unwrap()),
            store: ready(store.await.unwrap()),
            directory: ready(directory.await.unwrap()),
            search: ready(search.await.unwrap()),
        }
    }

    pub fn urls(&self) -> Urls {
        let url = |server: &Server| server.url().to_owned();
        Urls {
            broker: url(&self.broker),
            store: url(&self.store),
            directory: url(&self.directory),
            search: url(&self.search),
        }
    }
}

impl Plan {
    /// A node of a cluster on these servers. Names and ids come from the plan's folder.
    #[must_use]
    pub fn on(self, urls: &Urls) -> Self {
        self.key("artemis.mode", "native")
            .key("artemis.urls", &urls.broker)
            .key("store.url", &urls.store)
            .key("redis.urls", &urls.directory)
            .key("elasticsearch.url", &urls.search)
            .key("elasticsearch.replicas", "0")
            .key("listen.trusted_proxies", "127.0.0.1")
            .key("sessions.commands_per_second", FAST)
            .key("sessions.command_burst", FAST)
            .keep_ports()
    }
}

/// What a load may send: the tests look for lost entries, not for throttling.
const FAST: &str = "100000";

pub struct Cluster {
    pub nodes: Vec<Node>,
    pub front: Addresses,
    pub servers: Servers,
    pub proxies: Option<Proxies>,
    /// Killed last of all.
    _balancer: Server,
}

impl Door for Cluster {
    fn addresses(&self) -> &Addresses {
        &self.front
    }
}

impl Cluster {
    /// `count` nodes that begin with these tenants. `change` has the last word on a node's plan.
    pub async fn start(name: &str, count: usize, tenants: &[&str]) -> Self {
        Self::start_with(name, count, tenants, None, |_, plan| plan).await
    }

    /// The same with a proxy before each server and before the balancer, which can cut, delay and reset.
    pub async fn start_behind_proxies(name: &str, count: usize, tenants: &[&str]) -> Self {
        let proxies = Proxies::start().await;
        Self::start_with(name, count, tenants, Some(proxies), |_, plan| plan).await
    }

    pub async fn start_with(
        name: &str,
        count: usize,
        tenants: &[&str],
        proxies: Option<Proxies>,
        change: impl Fn(usize, Plan) -> Plan,
    ) -> Self {
        let servers = Servers::start().await;
        let urls = match &proxies {
            Some(proxies) => proxied(proxies, &servers.urls()).await,
            None => servers.urls(),
        };
        let plan =
            |n: usize| change(n, Plan::new(&format!("{name}-{n}")).key("node.name", &format!("node-{n}")).on(&urls));
        for tenant in tenants {
            plan(0).tenant(tenant).await;
        }
        let starting: Vec<_> = (0..count).map(|n| tokio::spawn(plan(n).start())).collect();
        let mut nodes = Vec::new();
        for node in starting {
            nodes.push(node.await.unwrap());
        }
        let doors: Vec<_> = nodes
            .iter()
            .map(|node| {
                let [rest, socket] = node.addresses.doors();
                NodeAddress { rest, socket }
            })
            .collect();
        let balancer = tokio::task::spawn_blocking(move || Server::nginx(&doors)).await.unwrap();
        let balancer = balancer.unwrap_or_else(|e| panic!("{e}"));
        let [mut rest, mut socket] = [0, 1].map(|port| balancer.urls()[port].clone());
        if let Some(proxies) = &proxies {
            rest = proxies.before(Peer::FrontRest, &rest).await;
            socket = proxies.before(Peer::FrontSocket, &socket).await;
        }
        let front = Addresses::in_front(&rest, &socket);
        Self { nodes, front, servers, proxies, _balancer: balancer }
    }

    /// The sum of a metric over all nodes.
    pub async fn metric(&self, name: &str) -> f64 {
        let mut sum = 0.0;
        for node in &self.nodes {
            sum += node.metric(name).await;
        }
        sum
    }

    /// The proxy before a server.
    pub async fn cut(&self, peer: Peer, time: Duration) {
        let proxies = self.proxies.as_ref().expect("this cluster has proxies");
        proxies.enable(peer, false).await;
        // waits: the fault lasts so long
        tokio::time::sleep(time).await;
        proxies.enable(peer, true).await;
    }
}
