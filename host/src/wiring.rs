//! From the configuration to a node: the only place that names adapters.

use crate::{
    config::{Compile, Config},
    servers::Servers,
};
use anyhow::{Context, Result, bail};
use conversation::Conversations;
use delivery::{Delivery, Notices};
use edge::Edge;
use metrics_exporter_prometheus::PrometheusHandle;
use model::{Clock, IdSource, NodeId};
use notification::Notifications;
use notifiers::{
    Email, EmailConfig, Push, VapidKey, Webhook,
    http::{Http, HttpConfig, SystemResolver},
};
use plugin_host::{Caps, PluginHost, PluginHostConfig};
use ports::{Hint, Hints, Notifier, Store, SystemClock, store::Releases as _};
use rollout::Rollout;
use rust_embed::Embed;
use secrecy::ExposeSecret;
use session::{Hub, Sessions};
use std::{fs, path::Path, sync::Arc, time::Duration};
use store_sql::{SqlStore, StoreConfig};
use tenancy::Tenancy;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The plugins that ship, as components.
#[derive(Embed)]
#[folder = "../plugins/dist"]
struct Shipped;

/// The component of a plugin that ships, by name.
pub fn shipped(name: &str) -> Option<Vec<u8>> {
    Shipped::get(&format!("{name}.wasm")).map(|file| file.data.into_owned())
}

/// The store and who is in it: all that `tenant add` and `user add` need.
pub struct Base {
    pub store: Arc<SqlStore>,
    pub tenancy: Arc<Tenancy>,
}

/// A whole node.
pub struct Node {
    pub base: Base,
    pub id: NodeId,
    pub edge: Arc<Edge>,
    pub rollout: Arc<Rollout>,
    conversations: Arc<Conversations>,
    delivery: Arc<Delivery>,
    notifications: Arc<Notifications>,
    servers: Servers,
    traces: Option<Arc<trace::Exporter>>,
}

pub async fn base(config: &Config) -> Result<Base> {
    fs::create_dir_all(&config.node.data)
        .with_context(|| format!("the data directory {}", config.node.data.display()))?;
    let store = Arc::new(open_store(config).await?);
    let tenancy = Tenancy::new(tenancy::Parts {
        store: store.clone(),
        ids: Arc::new(SystemClock),
        clock: Arc::new(SystemClock),
        config: tenancy::Config::default(),
    })
    .await?;
    Ok(Base { store, tenancy })
}

async fn open_store(config: &Config) -> Result<SqlStore> {
    let url = match config.store.url.expose_secret() {
        "" => format!("sqlite://{}", config.node.data.join("weft.db").display()),
        url => url.to_owned(),
    };
    let store = StoreConfig { url, connections: config.store.connections };
    SqlStore::open(&store, Arc::new(SystemClock)).await.context("the store cannot be opened [store.url]")
}

pub async fn node(config: &Config, metrics: PrometheusHandle) -> Result<Node> {
    let base = base(config).await?;
    let id = node_id(&config.node.data)?;
    let name = node_name(&config.node.name, id);
    let traces = crate::telemetry::traces(&config.telemetry.otlp, &name, id)?.map(Arc::new);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemClock);
    let store: Arc<dyn Store> = base.store.clone();
    let servers = Servers::open(config, &base.store, id).await?;
    let (bus, directory, search) = (servers.bus.clone(), servers.directory.clone(), servers.search.clone());

    let hub = Arc::new(Hub::default());
    let plugins_changed = Arc::new(Notify::new());
    let delivery = Delivery::new(delivery::Parts {
        hub: hub.clone(),
        store: base.store.clone(),
        bus: bus.clone(),
        directory: directory.clone(),
        search: search.clone(),
        work: servers.work.clone(),
        clock: clock.clone(),
        plugins_changed: plugins_changed.clone(),
        node: id,
        config: delivery::Config { index_jobs: servers.consumers, ..delivery::Config::default() },
    });
    let rollout = Rollout::new(rollout::Parts {
        store: store.clone(),
        runtime: Arc::new(plugin_runtime(config)?),
        ids: ids.clone(),
        clock: clock.clone(),
        hints: delivery.clone(),
        changed: plugins_changed,
        node: id,
        config: rollout::Config { node_name: name.clone(), ..rollout::Config::default() },
    });
    let notifications = Notifications::new(notification::Parts {
        store: store.clone(),
        work: servers.work.clone(),
        handlers: rollout.clone(),
        notifiers: notifiers(config, &delivery)?,
        ids: ids.clone(),
        clock: clock.clone(),
        config: notification::Config::default(),
    });
    let told = Arc::new(Told { delivery: delivery.clone(), notifications: notifications.clone() });
    let conversations = Conversations::new(conversation::Parts {
        store: store.clone(),
        router: rollout.clone(),
        directory: directory.clone(),
        hints: told,
        ids: ids.clone(),
        clock: clock.clone(),
        node: id,
        config: conversation::Config::default(),
    });
    let sessions = Sessions::new(session::Parts {
        hub,
        store: base.store.clone(),
        directory: directory.clone(),
        ids: ids.clone(),
        node: id,
        config: session::Config {
            heartbeat_seconds: config.sessions.heartbeat_seconds,
            commands_per_second: config.sessions.commands_per_second,
            command_burst: config.sessions.command_burst,
            previews_per_second: config.sessions.previews_per_second,
            upload_bytes: config.listen.upload_bytes,
        },
    });
    let edge = Edge::new(edge::Parts {
        conversations: conversations.clone(),
        sessions,
        delivery: delivery.clone(),
        rollout: rollout.clone(),
        notifications: notifications.clone(),
        tenancy: base.tenancy.clone(),
        store,
        bus,
        directory,
        search,
        blobs: servers.blobs.clone(),
        clock,
        ids,
        config: edge_config(config, name),
        health: servers.health.clone(),
        metrics: Some(metrics),
    });
    Ok(Node { base, id, edge, rollout, conversations, delivery, notifications, servers, traces })
}

/// Who hears of a commit: the sessions, and those who are told out of band.
struct Told {
    delivery: Arc<Delivery>,
    notifications: Arc<Notifications>,
}

impl Hints for Told {
    fn hint(&self, hint: Hint) -> bool {
        self.notifications.hint(hint.clone());
        self.delivery.hint(hint)
    }
}

/// The ways out of the house.
fn notifiers(config: &Config, delivery: &Arc<Delivery>) -> Result<Vec<Arc<dyn Notifier>>> {
    let config = &config.notifications;
    let http = HttpConfig { allow: config.allow.clone(), ..HttpConfig::default() };
    let http = Arc::new(Http::new(&http, Arc::new(SystemResolver)).context("the ways out [notifications]")?);
    let mut notifiers: Vec<Arc<dyn Notifier>> =
        vec![Arc::new(Webhook::new(http.clone())), Arc::new(Notices(delivery.clone()))];
    if !config.smtp_url.expose_secret().is_empty() {
        let email = EmailConfig {
            url: config.smtp_url.clone(),
            from: config.email_from.clone(),
            authority: None,
            answer_within: notification::Config::default().attempt_within / 2,
        };
        notifiers.push(Arc::new(Email::new(&email).context("e-mail [notifications.smtp_url, email_from]")?));
    }
    if !config.push_key.expose_secret().is_empty() {
        let key = VapidKey::new(&config.push_key, &config.push_contact);
        let key = key.context("web push [notifications.push_key, push_contact]")?;
        notifiers.push(Arc::new(Push::new(http, key)));
    }
    Ok(notifiers)
}

fn plugin_runtime(config: &Config) -> Result<PluginHost> {
    let compile = match config.plugins.compile {
        Compile::Child => plugin_host::Compile::Child(std::env::current_exe().context("where this program is")?),
        Compile::InProcess => plugin_host::Compile::InProcess,
    };
    let cache = Some(config.node.data.join("plugins"));
    let plugins = &config.plugins;
    let caps = Caps {
        component: plugins.max_component_bytes,
        fuel: plugins.max_fuel,
        memory: plugins.max_memory_bytes,
        output: plugins.max_output_bytes,
        log: plugins.max_log_bytes,
        deadline: Duration::from_millis(plugins.deadline_ms),
    };
    Ok(PluginHost::new(PluginHostConfig { instances: plugins.instances, compile, caps, cache })?)
}

fn edge_config(config: &Config, node_name: String) -> edge::Config {
    let token = config.management.token.expose_secret();
    edge::Config {
        node_name,
        heartbeat: Duration::from_secs(config.sessions.heartbeat_seconds.into()),
        silent_sockets: config.listen.silent_sockets as usize,
        commands_per_second: config.sessions.commands_per_second,
        command_burst: config.sessions.command_burst,
        previews_per_second: config.sessions.previews_per_second,
        requests_per_second: config.listen.requests_per_second,
        request_burst: config.listen.request_burst,
        upload_bytes: config.listen.upload_bytes,
        trusted_proxies: config.listen.trusted_proxies.iter().filter_map(|text| text.parse().ok()).collect(),
        management_token: (!token.is_empty()).then(|| config.management.token.clone()),
        ..edge::Config::default()
    }
}

impl Node {
    /// What must be true before the node says that it is ready: the shipped plugins are in the store, and the active sets of all
    /// tenants are compiled and linked.
    pub async fn prepare(&self) -> Result<()> {
        let components: Vec<Arc<[u8]>> =
            Shipped::iter().filter_map(|name| Shipped::get(&name)).map(|file| Arc::from(file.data.as_ref())).collect();
        if components.is_empty() {
            bail!("this build has no plugins in it: run `cargo xtask plugins` and build again");
        }
        self.rollout.install_shipped(components).await?;
        self.rollout.load().await?;
        Ok(())
    }

    /// Starts every task of the node.
    pub fn run(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        self.rollout.run(tasks, stop.clone());
        self.delivery.run(tasks, stop.clone());
        self.conversations.run(tasks, stop.clone());
        self.notifications.run(tasks, stop.clone());
        self.edge.run(tasks, stop.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(self.servers.gauges(self.base.store.clone()).show()));
    }

    /// After the tasks have ended.
    pub async fn close(&self) -> Result<()> {
        self.servers.close().await;
        self.base.store.retire_node(self.id).await?;
        self.base.store.close().await;
        if let Some(traces) = self.traces.clone() {
            // It waits for the collector, on a thread.
            tokio::task::spawn_blocking(move || traces.stop()).await?.context("the last traces were not sent")?;
        }
        Ok(())
    }
}

/// The node's id: made at its first start, kept with its data.
fn node_id(data: &Path) -> Result<NodeId> {
    let file = data.join("node-id");
    if let Ok(text) = fs::read_to_string(&file) {
        return text.trim().parse().with_context(|| format!("{} holds no node id", file.display()));
    }
    let id = (&SystemClock as &dyn IdSource).node();
    fs::write(&file, format!("{id}\n")).with_context(|| format!("writing {}", file.display()))?;
    Ok(id)
}

fn node_name(configured: &str, id: NodeId) -> String {
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if host.is_empty() { id.to_string() } else { host }
}
