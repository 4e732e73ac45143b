//! Durable entries per second through the conversation path – deciding, grouping, committing – without sockets around it, on SQLite and on
//! MariaDB; each beside plain inserts of the same text in transactions of 100, on the same file system or server.

use crate::{
    report,
    store::{BATCH, BATCHES, TEXT_BYTES, batched_inserts},
};
use async_trait::async_trait;
use conversation::{Config, Conversations, Intent, Parts};
use embedded::EmbeddedDirectory;
use model::{
    Audience, Body, Caller, ChannelId, ConversationId, IdSource, Participant, Role, TeamId, TenantId, Timestamp,
    people::{Channel, Team, Visitor},
    plugin::Rung,
    routing::RoutingRequest,
    routing_builtin::builtin_least_busy,
    tenant::{Settings, Tenant},
};
use ports::{Hint, Hints, Router, Routing, Store, SystemClock};
use sqlx::{Connection, Executor, MySqlConnection};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store_sql::{SqlStore, StoreConfig};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_services::Server;

const WRITERS: usize = 256;
const ENTRIES_EACH: usize = 60;
const WARM_UP: usize = 5;
const TARGET: f64 = 0.5;
const LEASE: Duration = Duration::from_hours(1);

pub async fn run() {
    let folder = std::env::temp_dir().join(format!("weft-bench-path-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite://{}", folder.join("weft.db").display());
    beside("SQLite", &url, || async { batched_inserts(&folder.join("control.db")).await }).await;
    std::fs::remove_dir_all(&folder).unwrap();
    match tokio::task::spawn_blocking(Server::mariadb).await.unwrap() {
        Ok(server) => beside("MariaDB", server.url(), || plain_inserts(server.url())).await,
        Err(missing) => println!("not measured on MariaDB: {missing}"),
    }
}

/// The path over the store at `url`, between two runs of the control; the faster one counts.
async fn beside<F: Future<Output = f64>>(name: &str, url: &str, control: impl Fn() -> F) {
    let path = Path::open(url).await;
    path.write(WARM_UP).await;
    let before = control().await;
    let took = path.write(ENTRIES_EACH).await;
    let plain = before.max(control().await);
    path.stop().await;
    let entries = (WRITERS * ENTRIES_EACH) as f64 / took.as_secs_f64();
    report::figure(&format!("{name}: plain inserts, transactions of {BATCH}"), plain, "rows/s");
    report::figure(&format!("{name}: through the conversation path, {WRITERS} writers"), entries, "entries/s");
    report::verdict(&format!("{name}: ratio"), entries / plain, TARGET, false, "×");
}

fn ids() -> Arc<dyn IdSource> {
    Arc::new(SystemClock)
}

/// The service over a store, with as many open conversations as there are writers.
struct Path {
    conversations: Arc<Conversations>,
    open: Vec<(Caller, ConversationId)>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Path {
    async fn open(url: &str) -> Self {
        let clock = Arc::new(SystemClock);
        let config = StoreConfig { url: url.into(), connections: 16 };
        let store: Arc<dyn Store> = Arc::new(SqlStore::open(&config, clock.clone()).await.unwrap());
        let (node, tenant, channel) = (ids().node(), ids().tenant(), ids().channel());
        store.renew_node(node, "bench", LEASE).await.unwrap();
        found(&store, tenant, channel).await;
        let conversations = Conversations::new(Parts {
            store: store.clone(),
            router: Arc::new(BuiltIn),
            directory: Arc::new(EmbeddedDirectory::new(clock.clone())),
            hints: Arc::new(Nobody),
            ids: ids(),
            clock,
            node,
            config: Config::default(),
        });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        conversations.run(&tasks, stop.clone());
        let mut open = Vec::new();
        for _ in 0..WRITERS {
            let visitor = visitor(&store, tenant, channel).await;
            let intent =
                Intent::Open { team: None, subject: None, language: None, needs: vec![], properties: [].into() };
            let receipt = conversations.execute(&visitor, ids().command(), intent).await.unwrap();
            open.push((visitor, receipt.conversation.unwrap()));
        }
        Self { conversations, open, tasks, stop }
    }

    /// Everybody writes, each after the receipt of the one before.
    async fn write(&self, entries: usize) -> Duration {
        let started = Instant::now();
        let writers: Vec<_> = self
            .open
            .iter()
            .cloned()
            .map(|(caller, conversation)| {
                let conversations = self.conversations.clone();
                tokio::spawn(async move {
                    for _ in 0..entries {
                        let body = Body::Text { text: "x".repeat(TEXT_BYTES) };
                        let send = Intent::Send { conversation, body, audience: Audience::All };
                        conversations.execute(&caller, ids().command(), send).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        started.elapsed()
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A tenant with a team and a channel.
async fn found(store: &Arc<dyn Store>, tenant: TenantId, channel: ChannelId) {
    let (slug, settings) = ("bench".to_owned(), Settings::default());
    let row = Tenant { id: tenant, slug, name: "Bench".into(), settings, activation_epoch: 0, version: 1 };
    store.add_tenant(&row).await.unwrap();
    let team = Team { id: ids().team(), name: "Support".into(), members: vec![], version: 1 };
    store.add_team(tenant, &team).await.unwrap();
    let row = Channel {
        id: channel,
        key: "bench".into(),
        name: "Site".into(),
        team: team.id,
        allowed_origins: vec![],
        identity_secret: None,
        version: 1,
    };
    store.add_channel(tenant, &row).await.unwrap();
}

async fn visitor(store: &Arc<dyn Store>, tenant: TenantId, channel: ChannelId) -> Caller {
    let visitor = Visitor {
        id: ids().visitor(),
        channel,
        name: "Vera".into(),
        external_id: None,
        language: None,
        vip: 0,
        properties: [].into(),
        created_at: Timestamp::ZERO,
    };
    store.put_visitor(tenant, &visitor).await.unwrap();
    Caller { tenant, participant: Participant::Visitor(visitor.id), role: Role::Visitor, name: "Vera".into() }
}

/// Nobody listens: fan-out is measured by `relay` and `cluster`.
struct Nobody;

impl Hints for Nobody {
    fn hint(&self, _: Hint) -> bool {
        true
    }
}

/// Nobody is online, so nothing is ever decided.
struct BuiltIn;

#[async_trait]
impl Router for BuiltIn {
    fn properties(&self, _: TenantId, _: TeamId) -> Vec<String> {
        vec![]
    }

    fn decides(&self, _: TenantId, _: u64) -> bool {
        true
    }

    async fn route(&self, _: TenantId, _: TeamId, request: &RoutingRequest) -> Routing {
        Routing {
            output: builtin_least_busy(request),
            epoch: 0,
            rung: Rung::BuiltIn,
            release: None,
            snapshot: None,
            plugin: "built-in".into(),
            version: "1".into(),
            fuel: 0,
            faults: vec![],
            logs: vec![],
        }
    }
}

/// What `store` does in SQLite, in MariaDB: a statement a row, a transaction of 100.
async fn plain_inserts(url: &str) -> f64 {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    let table = "CREATE TABLE IF NOT EXISTS control (conversation CHAR(26), seq BIGINT, id CHAR(26), body TEXT,
        PRIMARY KEY (conversation, seq))";
    connection.execute(table).await.unwrap();
    let started = Instant::now();
    for _ in 0..BATCHES {
        let conversation = weft_tests::id();
        let mut transaction = connection.begin().await.unwrap();
        for seq in 0..BATCH {
            let insert = sqlx::query("INSERT INTO control VALUES (?, ?, ?, ?)").bind(&conversation).bind(seq as i64);
            let insert = insert.bind(weft_tests::id()).bind("x".repeat(TEXT_BYTES));
            insert.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    (BATCHES * BATCH) as f64 / started.elapsed().as_secs_f64()
}
