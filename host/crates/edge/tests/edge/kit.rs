//! A node with everything but real plugins: the built-in rule routes.

mod socket;

pub use socket::Socket;

use async_trait::async_trait;
use embedded::{EmbeddedBus, EmbeddedDirectory, FileBlobs};
use model::{Clock, CommandId, IdSource, Role, tenant::Settings};
use ports::{Frozen, Inspection, PluginRuntime, Prepared, Store, SystemClock, plugins::UploadRefusal};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use session::{Hub, Sessions};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store_sql::{SqlStore, StoreConfig};
use tenancy::{NewPerson, NewTenant, PasswordCost, Tenancy};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_edge::{Config, Edge, Health, Limits, Parts, serve};

pub const PATIENCE: Duration = Duration::from_secs(10);
pub const PASSWORD: &str = "canary-password";
pub const OPERATOR: &str = "canary-operator";

pub struct Options {
    pub edge: Config,
    pub tenancy: tenancy::Config,
    pub connections: usize,
    pub health: Health,
}

impl Default for Options {
    fn default() -> Self {
        let password = PasswordCost { memory_kib: 64, passes: 1 };
        Self {
            edge: Config {
                management_token: Some(SecretString::from(OPERATOR)),
                hello_within: Duration::from_secs(5),
                ..Config::default()
            },
            tenancy: tenancy::Config { password, ..tenancy::Config::default() },
            connections: 1000,
            health: Health::default(),
        }
    }
}

pub struct Node {
    pub edge: Arc<Edge>,
    /// What another node would write to.
    pub store: Arc<dyn Store>,
    pub address: SocketAddr,
    pub management: SocketAddr,
    pub http: reqwest::Client,
    pub tea: Shop,
    pub bikes: Shop,
    stop: CancellationToken,
    shared: Arc<Shared>,
}

/// What the nodes of a cluster have in common.
struct Shared {
    sql: Arc<SqlStore>,
    bus: Arc<EmbeddedBus>,
    sessions_at: Arc<EmbeddedDirectory>,
    directory: tempfile::TempDir,
}

/// A tenant with one team, one channel, and one of each role, whose tokens are kept.
#[derive(Clone, Default)]
pub struct Shop {
    pub key: String,
    pub team: String,
    pub channel: String,
    pub agent: String,
    pub supervisor: String,
    pub admin: String,
}

struct NoPlugins;

#[async_trait]
impl PluginRuntime for NoPlugins {
    async fn validate(&self, component: Arc<[u8]>) -> Result<Inspection, UploadRefusal> {
        let message = format!("{} bytes that are no component", component.len());
        Err(UploadRefusal { code: "not_wasm".into(), message, errors: Vec::new() })
    }
    async fn prepare(&self, _: Frozen) -> Result<Arc<dyn Prepared>, UploadRefusal> {
        Err(UploadRefusal { code: "not_wasm".into(), message: "none".into(), errors: Vec::new() })
    }
}

pub async fn node() -> Node {
    Node::start(Options::default()).await
}

impl Node {
    pub async fn start(options: Options) -> Self {
        crate::logs::keep();
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("weft.db").display());
        let sql = SqlStore::open(&StoreConfig { url, connections: 4 }, Arc::new(SystemClock)).await.unwrap();
        let shared = Shared {
            sql: Arc::new(sql),
            bus: Arc::new(EmbeddedBus::new()),
            sessions_at: Arc::new(EmbeddedDirectory::new(Arc::new(SystemClock))),
            directory,
        };
        let (mut node, tenancy) = Self::of(Arc::new(shared), options).await;
        (node.tea, node.bikes) = (found(&tenancy, "tea").await, found(&tenancy, "bikes").await);
        for slug in ["tea", "bikes"] {
            let [agent, supervisor, admin] = [
                node.login(slug, "agent").await,
                node.login(slug, "supervisor").await,
                node.login(slug, "admin").await,
            ];
            let shop = if slug == "tea" { &mut node.tea } else { &mut node.bikes };
            (shop.agent, shop.supervisor, shop.admin) = (agent, supervisor, admin);
        }
        node
    }

    /// Another node of the same cluster.
    pub async fn another(&self) -> Self {
        let (mut node, _) = Self::of(self.shared.clone(), Options::default()).await;
        (node.tea, node.bikes) = (self.tea.clone(), self.bikes.clone());
        node
    }

    async fn of(shared: Arc<Shared>, options: Options) -> (Self, Arc<Tenancy>) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdSource> = Arc::new(SystemClock);
        let (sql, bus, sessions_at) = (shared.sql.clone(), shared.bus.clone(), shared.sessions_at.clone());
        let store: Arc<dyn Store> = sql.clone();
        let id = ids.node();
        let search = Arc::new(sql.search().unwrap());
        let hub = Arc::new(Hub::default());
        let plugins_changed = Arc::new(tokio::sync::Notify::new());
        let delivery = delivery::Delivery::new(delivery::Parts {
            hub: hub.clone(),
            store: sql.clone(),
            bus: bus.clone(),
            directory: sessions_at.clone(),
            search: search.clone(),
            work: Arc::new(embedded::EmbeddedWork::new(clock.clone())),
            clock: clock.clone(),
            plugins_changed: plugins_changed.clone(),
            node: id,
            config: delivery::Config::default(),
        });
        let rollout = rollout::Rollout::new(rollout::Parts {
            store: store.clone(),
            runtime: Arc::new(NoPlugins),
            ids: ids.clone(),
            clock: clock.clone(),
            hints: delivery.clone(),
            changed: plugins_changed,
            node: id,
            config: rollout::Config::default(),
        });
        let conversations = conversation::Conversations::new(conversation::Parts {
            store: store.clone(),
            router: rollout.clone(),
            directory: sessions_at.clone(),
            hints: delivery.clone(),
            ids: ids.clone(),
            clock: clock.clone(),
            node: id,
            config: conversation::Config::default(),
        });
        let sessions = Sessions::new(session::Parts {
            hub,
            store: sql.clone(),
            directory: sessions_at.clone(),
            ids: ids.clone(),
            node: id,
            config: session::Config::default(),
        });
        let parts =
            tenancy::Parts { store: store.clone(), ids: ids.clone(), clock: clock.clone(), config: options.tenancy };
        let tenancy = Tenancy::new(parts).await.unwrap();
        let notifications = notification::Notifications::new(notification::Parts {
            store: store.clone(),
            work: Arc::new(embedded::EmbeddedWork::new(clock.clone())),
            handlers: rollout.clone(),
            notifiers: Vec::new(),
            ids: ids.clone(),
            clock: clock.clone(),
            config: notification::Config::default(),
        });
        let edge = Edge::new(Parts {
            notifications,
            conversations: conversations.clone(),
            sessions,
            delivery: delivery.clone(),
            rollout: rollout.clone(),
            tenancy: tenancy.clone(),
            store: store.clone(),
            bus,
            directory: sessions_at,
            search,
            blobs: Arc::new(FileBlobs::open(shared.directory.path().join("uploads")).await.unwrap()),
            clock,
            ids,
            config: options.edge,
            health: options.health,
            metrics: None,
        });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        rollout.run(&tasks, stop.clone());
        delivery.run(&tasks, stop.clone());
        conversations.run(&tasks, stop.clone());
        edge.run(&tasks, stop.clone());
        let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, management) = (rest.local_addr().unwrap(), other.local_addr().unwrap());
        tasks.spawn(serve(rest, edge.rest_router(), Limits::new(options.connections), stop.clone()));
        tasks.spawn(serve(other, edge.management_router(), Limits::new(10), stop.clone()));
        edge.set_ready(true);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let (tea, bikes) = (Shop::default(), Shop::default());
        (Self { edge, store, address, management, http, tea, bikes, stop, shared }, tenancy)
    }

    async fn login(&self, slug: &str, who: &str) -> String {
        let body = json!({ "tenant": slug, "email": format!("{who}@{slug}.example"), "password": PASSWORD });
        let (status, answer) = self.call(Method::POST, "/v1/auth/login", None, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.request(method, path, token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str, token: &str) -> Value {
        let (status, answer) = self.call(Method::GET, path, Some(token), None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(token), Some(body)).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Live sockets, as the management port says.
    pub async fn sockets(&self) -> u64 {
        let url = format!("http://{}/actuator/health", self.management);
        let health: Value = self.http.get(url).bearer_auth(OPERATOR).send().await.unwrap().json().await.unwrap();
        health["components"]["sessions"]["details"]["sockets"].as_u64().unwrap()
    }

    /// A new visitor's token.
    pub async fn visitor(&self, shop: &Shop) -> String {
        let body = json!({ "channel_key": shop.key, "name": "Vera" });
        let (status, answer) = self.call(Method::POST, "/v1/visitors", None, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    /// A socket that has not said hello.
    pub async fn silent(&self) -> Socket {
        self.socket_from(None).await
    }

    pub async fn socket_from(&self, origin: Option<&str>) -> Socket {
        let mut request = format!("ws://{}/v1/socket", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "weft.v1".parse().unwrap());
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        Socket { stream, seen: Vec::new() }
    }

    /// A socket with a session; its welcome.
    pub async fn socket(&self, token: &str) -> (Socket, Value) {
        let mut socket = self.silent().await;
        socket.send(&json!({ "type": "hello", "id": id(), "token": token, "client": { "name": "test" } })).await;
        let welcome = socket.until("welcome").await;
        (socket, welcome)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn id() -> String {
    let ids: &dyn IdSource = &SystemClock;
    let id: CommandId = ids.command();
    id.to_string()
}

async fn found(tenancy: &Tenancy, slug: &'static str) -> Shop {
    let founded = tenancy
        .add_tenant(NewTenant {
            slug: slug.into(),
            name: slug.into(),
            settings: Settings { offer_seconds: 0, ..Settings::default() },
            team: "Support".into(),
            channel: "Shop".into(),
            channel_key: Some(format!("key-{slug}")),
        })
        .await
        .unwrap();
    for (name, role) in [("agent", Role::Agent), ("supervisor", Role::Supervisor), ("admin", Role::Admin)] {
        let person = NewPerson {
            email: format!("{name}@{slug}.example"),
            name: name.into(),
            role,
            password: SecretString::from(PASSWORD),
            capacity: Some(5),
            skills: Vec::new(),
            tier: 0,
            weight: None,
        };
        let teams: Option<&[String]> = if role == Role::Agent { None } else { Some(&[]) };
        tenancy.add_person(founded.tenant.id, person, teams).await.unwrap();
    }
    Shop {
        key: founded.channel.key,
        team: founded.team.id.to_string(),
        channel: founded.channel.id.to_string(),
        agent: String::new(),
        supervisor: String::new(),
        admin: String::new(),
    }
}
