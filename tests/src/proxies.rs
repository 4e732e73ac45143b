//! A TCP proxy before each server: connections through it are cut, reset or delayed on demand (toxiproxy's HTTP API).

use crate::cluster::Urls;
use reqwest::Client;
use serde_json::{Value, json};
use weft_services::Server;

pub struct Proxies {
    server: Server,
    http: Client,
}

/// What stands behind a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Broker,
    Store,
    Directory,
    Search,
    /// The balancer's two ports.
    FrontRest,
    FrontSocket,
}

impl Peer {
    /// What nodes talk to.
    pub const SERVERS: [Self; 4] = [Self::Broker, Self::Store, Self::Directory, Self::Search];
    /// What clients talk to.
    pub const FRONT: [Self; 2] = [Self::FrontRest, Self::FrontSocket];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Store => "store",
            Self::Directory => "directory",
            Self::Search => "search",
            Self::FrontRest => "front-rest",
            Self::FrontSocket => "front-socket",
        }
    }
}

/// The same URLs by way of a proxy each.
pub(crate) async fn proxied(proxies: &Proxies, urls: &Urls) -> Urls {
    Urls {
        broker: proxies.before(Peer::Broker, &urls.broker).await,
        store: proxies.before(Peer::Store, &urls.store).await,
        directory: proxies.before(Peer::Directory, &urls.directory).await,
        search: proxies.before(Peer::Search, &urls.search).await,
    }
}

impl Proxies {
    pub async fn start() -> Self {
        let server = tokio::task::spawn_blocking(Server::toxiproxy).await.unwrap();
        Self { server: server.unwrap_or_else(|e| panic!("{e}")), http: Client::new() }
    }

    /// Makes the proxy; the URL that goes through it.
    pub(crate) async fn before(&self, peer: Peer, url: &str) -> String {
        let (head, tail) = url.split_once("://").expect("a URL has a scheme");
        let (authority, path) = tail.split_once('/').map_or((tail, ""), |(a, p)| (a, p));
        let (credentials, host) = authority.rsplit_once('@').map_or(("", authority), |(c, h)| (c, h));
        let body = json!({"name": peer.name(), "listen": "127.0.0.1:0", "upstream": host, "enabled": true});
        let made = self.post("/proxies", &body).await;
        let listen = made["listen"].as_str().expect("a proxy says where it listens");
        let at = if credentials.is_empty() { String::new() } else { format!("{credentials}@") };
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        format!("{head}://{at}{listen}{path}")
    }

    /// Off: connections are closed and new ones refused.
    pub async fn enable(&self, peer: Peer, on: bool) {
        self.post(&format!("/proxies/{}", peer.name()), &json!({"enabled": on})).await;
    }

    /// Everything from the server comes so much later.
    pub async fn delay(&self, peer: Peer, milliseconds: u32) {
        self.toxic(peer, "latency", &json!({"latency": milliseconds, "jitter": milliseconds / 2})).await;
    }

    /// Connections are reset (RST) as they are used.
    pub async fn reset(&self, peer: Peer) {
        self.toxic(peer, "reset_peer", &json!({"timeout": 0})).await;
    }

    /// Nothing comes through and nothing is closed.
    pub async fn swallow(&self, peer: Peer) {
        self.toxic(peer, "timeout", &json!({"timeout": 0})).await;
    }

    async fn toxic(&self, peer: Peer, kind: &str, attributes: &Value) {
        let body = json!({"name": kind, "type": kind, "stream": "downstream", "attributes": attributes});
        self.post(&format!("/proxies/{}/toxics", peer.name()), &body).await;
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
