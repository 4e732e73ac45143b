//! A TCP proxy on each way between two parts of a cluster: connections through it are cut, reset, delayed or swallowed on demand
//! (toxiproxy's HTTP API).

use crate::cluster::Urls;
use reqwest::Client;
use serde_json::{Value, json};
use weft_services::Server;

pub struct Proxies {
    server: Server,
    http: Client,
}

/// What nodes talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Broker,
    Store,
    Directory,
    Search,
}

/// Who talks to whom. Nodes are numbered as in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a node to a server.
    Server(usize, Peer),
    /// From the balancer to a node, one for each of its ports.
    NodeRest(usize),
    NodeSocket(usize),
    /// From clients to the balancer, one for each of its ports.
    FrontRest,
    FrontSocket,
}

/// Seen from who opens the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    There,
    Back,
}

impl Peer {
    pub const ALL: [Self; 4] = [Self::Broker, Self::Store, Self::Directory, Self::Search];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Store => "store",
            Self::Directory => "directory",
            Self::Search => "search",
        }
    }
}

impl Way {
    pub const FRONT: [Self; 2] = [Self::FrontRest, Self::FrontSocket];

    /// From the balancer to this node.
    pub const fn to_node(node: usize) -> [Self; 2] {
        [Self::NodeRest(node), Self::NodeSocket(node)]
    }

    /// From each of so many nodes to this server.
    pub fn to_server(peer: Peer, nodes: usize) -> Vec<Self> {
        (0..nodes).map(|node| Self::Server(node, peer)).collect()
    }

    fn name(self) -> String {
        match self {
            Self::Server(node, peer) => format!("node-{node}-{}", peer.name()),
            Self::NodeRest(node) => format!("rest-node-{node}"),
            Self::NodeSocket(node) => format!("socket-node-{node}"),
            Self::FrontRest => "front-rest".into(),
            Self::FrontSocket => "front-socket".into(),
        }
    }
}

impl Direction {
    const fn stream(self) -> &'static str {
        match self {
            Self::There => "upstream",
            Self::Back => "downstream",
        }
    }
}

impl Urls {
    /// The same by way of a proxy each, for one node.
    pub(crate) async fn behind(&self, proxies: &Proxies, node: usize) -> Self {
        let before = async |peer, url: &String| proxies.before(Way::Server(node, peer), url).await;
        Self {
            broker: before(Peer::Broker, &self.broker).await,
            store: before(Peer::Store, &self.store).await,
            directory: before(Peer::Directory, &self.directory).await,
            search: before(Peer::Search, &self.search).await,
        }
    }
}

impl Proxies {
    pub async fn start() -> Self {
        let server = tokio::task::spawn_blocking(Server::toxiproxy).await.unwrap();
        Self { server: server.unwrap_or_else(|e| panic!("{e}")), http: Client::new() }
    }

    /// Makes the proxy; the URL that goes through it.
    pub(crate) async fn before(&self, way: Way, url: &str) -> String {
        let (head, tail) = url.split_once("://").expect("a URL has a scheme");
        let (authority, path) = tail.split_once('/').map_or((tail, ""), |(a, p)| (a, p));
        let (credentials, host) = authority.rsplit_once('@').map_or(("", authority), |(c, h)| (c, h));
        let listen = self.listen(way, host).await;
        let at = if credentials.is_empty() { String::new() } else { format!("{credentials}@") };
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        format!("{head}://{at}{listen}{path}")
    }

    /// Makes the proxy to `HOST:PORT`; where it listens.
    pub(crate) async fn listen(&self, way: Way, upstream: &str) -> String {
        let body = json!({"name": way.name(), "listen": "127.0.0.1:0", "upstream": upstream, "enabled": true});
        let made = self.post("/proxies", &body).await;
        made["listen"].as_str().expect("a proxy says where it listens").to_owned()
    }

    /// Off: connections are closed and new ones refused.
    pub async fn enable(&self, ways: &[Way], on: bool) {
        for way in ways {
            self.post(&format!("/proxies/{}", way.name()), &json!({"enabled": on})).await;
        }
    }

    /// Everything that goes in this direction comes so much later.
    pub async fn delay(&self, ways: &[Way], direction: Direction, milliseconds: u32) {
        self.toxic(ways, direction, "latency", &json!({"latency": milliseconds, "jitter": milliseconds / 2})).await;
    }

    /// Connections are reset (RST) as they are used.
    pub async fn reset(&self, ways: &[Way]) {
        self.toxic(ways, Direction::Back, "reset_peer", &json!({"timeout": 0})).await;
    }

    /// Nothing comes through in this direction and nothing is closed.
    pub async fn swallow(&self, ways: &[Way], direction: Direction) {
        self.toxic(ways, direction, "timeout", &json!({"timeout": 0})).await;
    }

    async fn toxic(&self, ways: &[Way], direction: Direction, kind: &str, attributes: &Value) {
        let stream = direction.stream();
        let body =
            json!({"name": format!("{kind}-{stream}"), "type": kind, "stream": stream, "attributes": attributes});
        for way in ways {
            self.post(&format!("/proxies/{}/toxics", way.name()), &body).await;
        }
    }

    /// Every proxy is as it was made.
    pub async fn heal(&self) {
        let url = format!("{}/reset", self.server.url());
        self.http.post(url).send().await.unwrap().error_for_status().unwrap();
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.server.url());
        let reply = self.http.post(url).json(body).send().await.unwrap();
        let status = reply.status();
        let body = reply.text().await.unwrap();
        assert!(status.is_success(), "toxiproxy: {status} {body}");
        serde_json::from_str(&body).unwrap_or(Value::Null)
    }
}
