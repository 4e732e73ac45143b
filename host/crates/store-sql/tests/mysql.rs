//! The store's contract on MariaDB and on MySQL, each a server of its own, started here and ended here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{CommandId, ConversationId};
use ports::{
    SystemClock,
    conformance::store::{StoreUnderTest, World, suite},
    store::{CommitError, Conversations},
};
use sqlx::{Connection, Executor, MySqlConnection};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use weft_services::{Server, ServiceError};
use weft_store_sql::{MigrateError, SqlStore, StoreConfig, StoreOpenError};

const KILLS: usize = 4;

/// A server, and a database of it for each store that is looked at.
struct Databases {
    server: Server,
    made: AtomicU32,
}

impl Databases {
    async fn start(server: fn() -> Result<Server, ServiceError>) -> Result<Self, ServiceError> {
        let server = tokio::task::spawn_blocking(server).await.unwrap()?;
        let databases = Self { server, made: AtomicU32::new(0) };
        databases.do_not_wait_for_the_disk().await;
        Ok(databases)
    }

    async fn kill_and_restart(&mut self) {
        tokio::task::block_in_place(|| {
            self.server.kill();
            self.server.start().unwrap();
        });
        self.do_not_wait_for_the_disk().await;
    }

    /// The server may die here, the machine may not.
    async fn do_not_wait_for_the_disk(&self) {
        let mut connection = MySqlConnection::connect(self.server.url()).await.unwrap();
        connection.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2").await.unwrap();
    }

    async fn database(&self) -> String {
        let name = format!("weft_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let mut connection = MySqlConnection::connect(self.server.url()).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (server, _) = self.server.url().rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }
}

async fn open(url: String) -> SqlStore {
    SqlStore::open(&StoreConfig { url, connections: 16 }, Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mariadb_keeps_the_contract() {
    keeps_the_contract(Databases::start(Server::mariadb).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mysql_keeps_the_contract_where_it_can_be_had() {
    match Databases::start(Server::mysql).await {
        Ok(server) => keeps_the_contract(server).await,
        Err(missing @ ServiceError::Missing { .. }) => println!("not tested on MySQL: {missing}"),
        Err(error) => panic!("{error}"),
    }
}

async fn keeps_the_contract(mut server: Databases) {
    Box::pin(several_nodes_start_and_commit_at_once(&server)).await;
    an_older_node_starts_on_a_newer_schema_that_it_can_work_with(&server).await;
    suite(async || {
        let store = open(server.database().await).await;
        StoreUnderTest { store: Arc::new(store), clock: None }
    })
    .await;
    Box::pin(a_killed_server_loses_and_doubles_nothing(&mut server)).await;
}

/// As on SQLite.
async fn an_older_node_starts_on_a_newer_schema_that_it_can_work_with(server: &Databases) {
    let url = server.database().await;
    let config = StoreConfig { url: url.clone(), connections: 2 };
    let start = async || SqlStore::open(&config, Arc::new(SystemClock)).await;
    let change = async |sql: &'static str| {
        MySqlConnection::connect(&url).await.unwrap().execute(sql).await.unwrap();
    };
    start().await.unwrap().close().await;
    change("ALTER TABLE schema_steps DROP COLUMN works_with").await;
    start().await.unwrap().close().await;
    change("INSERT INTO schema_steps (version, done_at, works_with) VALUES (999, 0, 1)").await;
    start().await.unwrap().close().await;
    change("INSERT INTO schema_steps (version, done_at, works_with) VALUES (1000, 0, 1000)").await;
    let refused = start().await.err().unwrap();
    assert!(matches!(refused, StoreOpenError::Migrate(MigrateError::Newer { found: 1000, .. })), "{refused}");
}

/// Senders repeat what was not acknowledged, under the same ids, while the server is killed in the middle of it.
async fn a_killed_server_loses_and_doubles_nothing(server: &mut Databases) {
    let store = Arc::new(open(server.database().await).await);
    let world = Arc::new(World::new(StoreUnderTest { store, clock: None }, 1, 10).await);
    let c = world.open_with(0).await.id;
    let done = Arc::new(AtomicU32::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let (world, done, stop) = (world.clone(), done.clone(), stop.clone());
            tokio::spawn(async move { send_until(&world, c, &done, &stop).await })
        })
        .collect();
    for _ in 0..KILLS {
        let goal = done.load(Ordering::SeqCst) + 40;
        while done.load(Ordering::SeqCst) < goal {
            tokio::task::yield_now().await;
        }
        server.kill_and_restart().await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.extend(sender.await.unwrap());
    }
    let stored: BTreeMap<_, _> = world.log(c).await.iter().filter_map(|e| Some((e.id?, e.seq))).collect();
    assert_eq!(world.assert_gapless(c).await, acknowledged.len() + 2, "nothing twice, nothing that nobody sent");
    assert!(acknowledged.iter().all(|(id, seq)| stored.get(id) == Some(seq)));
    world.assert_whole().await;
}

async fn send_until(world: &World, c: ConversationId, done: &AtomicU32, stop: &AtomicBool) -> Vec<(CommandId, u64)> {
    let ids: &dyn model::IdSource = &SystemClock;
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let body = model::Body::Text { text: "once".into() };
        let send = model::conversation::Command::Send { body, audience: model::Audience::All };
        let write = world.write(c, &world.as_visitor(), ids.command(), send);
        let entry = loop {
            match world.commit(write.clone()).await {
                Ok(written) => break written.entries[0].clone(),
                Err(CommitError::Refused(refusal)) => panic!("{refusal:?}"),
                Err(CommitError::Store(e)) => assert!(e.is_transient(), "{e:?}"),
            }
        };
        acknowledged.push((entry.id.unwrap(), entry.seq));
        done.fetch_add(1, Ordering::SeqCst);
    }
    acknowledged
}

/// Three nodes migrate an empty database together, then commit groups to the same conversations.
async fn several_nodes_start_and_commit_at_once(server: &Databases) {
    let url = server.database().await;
    let (a, b, c) = tokio::join!(open(url.clone()), open(url.clone()), open(url.clone()));
    let nodes = [Arc::new(a), Arc::new(b), Arc::new(c)];
    let world = Arc::new(World::new(StoreUnderTest { store: nodes[0].clone(), clock: None }, 2, 10).await);
    let mut conversations = Vec::new();
    for n in 0..6 {
        conversations.push(world.open_with(n % 2).await.id);
    }
    let ids: &dyn model::IdSource = &SystemClock;
    let tasks: Vec<_> = (0..12_usize)
        .map(|task| {
            let (world, node, conversations) = (world.clone(), nodes[task % 3].clone(), conversations.clone());
            tokio::spawn(async move {
                for round in 0..5_usize {
                    let group = (0..conversations.len()).map(|n| {
                        let to = conversations[(n * 5 + task + round) % conversations.len()];
                        let body = model::Body::Text { text: format!("{task} {round} 🙏🏽") };
                        let send = model::conversation::Command::Send { body, audience: model::Audience::All };
                        world.write(to, &world.as_visitor(), ids.command(), send)
                    });
                    for written in node.commit(group.collect()).await {
                        written.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for id in conversations {
        assert_eq!(world.assert_gapless(id).await, 62);
    }
    world.assert_whole().await;
    // Locks are taken in one order by everyone.
    let mut connection = MySqlConnection::connect(server.server.url()).await.unwrap();
    let deadlocks = "SELECT CAST(COUNT AS SIGNED) FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'";
    let (deadlocks,): (i64,) = sqlx::query_as(deadlocks).fetch_one(&mut connection).await.unwrap();
    assert_eq!(deadlocks, 0);
}
