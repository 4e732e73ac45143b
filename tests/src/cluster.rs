//! Identical nodes on real servers, behind a real balancer.

use crate::{Addresses, Door, Node, Plan, Proxies, Way};
use std::{net::SocketAddr, time::Duration};
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

/// `fail_timeout` of deploy/nginx/weft.conf: it looks for a node that was down no sooner, and with all marked as down it lets nobody
/// through.
pub const BALANCER_LOOKS_AGAIN: Duration = Duration::from_secs(5);

pub struct Cluster {
    pub nodes: Vec<Node>,
    pub front: Addresses,
    pub servers: Servers,
    proxies: Option<Proxies>,
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

    /// The same with a proxy on each way: from each node to each server, from the balancer to each node, from clients to the balancer.
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
        let mut urls = vec![servers.urls(); count];
        for (n, urls) in urls.iter_mut().enumerate() {
            if let Some(proxies) = &proxies {
                *urls = urls.behind(proxies, n).await;
            }
        }
        let plan =
            |n: usize| change(n, Plan::new(&format!("{name}-{n}")).key("node.name", &format!("node-{n}")).on(&urls[n]));
        for tenant in tenants {
            plan(0).tenant(tenant).await;
        }
        let starting: Vec<_> = (0..count).map(|n| tokio::spawn(plan(n).start())).collect();
        let mut nodes = Vec::new();
        for node in starting {
            nodes.push(node.await.unwrap());
        }
        let mut doors = Vec::new();
        for (n, node) in nodes.iter().enumerate() {
            let [mut rest, mut socket] = node.addresses.doors();
            if let Some(proxies) = &proxies {
                rest = door(proxies, Way::NodeRest(n), rest).await;
                socket = door(proxies, Way::NodeSocket(n), socket).await;
            }
            doors.push(NodeAddress { rest, socket });
        }
        let balancer = tokio::task::spawn_blocking(move || Server::nginx(&doors)).await.unwrap();
        let balancer = balancer.unwrap_or_else(|e| panic!("{e}"));
        let [mut rest, mut socket] = [0, 1].map(|port| balancer.urls()[port].clone());
        if let Some(proxies) = &proxies {
            rest = proxies.before(Way::FrontRest, &rest).await;
            socket = proxies.before(Way::FrontSocket, &socket).await;
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

    /// No place over capacity, no ledger that drifts, no hole in a log, as the nodes themselves count. Fails the test otherwise.
    pub async fn is_sound(&self) {
        let violations = self.metric("weft_violations").await;
        assert!(violations.abs() < f64::EPSILON, "the nodes' own audit found {violations}");
    }

    /// Of a cluster behind proxies.
    pub fn proxies(&self) -> &Proxies {
        self.proxies.as_ref().expect("this cluster has proxies")
    }

    /// Closes these ways for a while.
    pub async fn cut(&self, ways: &[Way], time: Duration) {
        self.proxies().enable(ways, false).await;
        // waits: the fault lasts so long
        tokio::time::sleep(time).await;
        self.proxies().enable(ways, true).await;
    }
}

/// The same door by way of a proxy.
async fn door(proxies: &Proxies, way: Way, door: SocketAddr) -> SocketAddr {
    let listen = proxies.listen(way, &door.to_string()).await;
    listen.parse().unwrap_or_else(|e| panic!("{listen}: {e}"))
}
