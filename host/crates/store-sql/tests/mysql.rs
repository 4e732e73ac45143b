//! The store's contract on a MariaDB server of its own, started here and ended here.
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
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use weft_store_sql::{SqlStore, StoreConfig};

const MISSING: &str = "MariaDB is not installed: apt-get install mariadb-server";
const KILLS: usize = 4;
const START: Duration = Duration::from_mins(1);

struct Server {
    process: Child,
    directory: PathBuf,
    port: u16,
    databases: AtomicU32,
}

impl Server {
    async fn start() -> Self {
        let install = find(&["mariadb-install-db", "mysql_install_db"]);
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/services");
        let directory = target.join(format!("store-sql-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let directory = directory.canonicalize().unwrap();
        let data = directory.join("data");
        let log = || Stdio::from(std::fs::File::create(directory.join("install.log")).unwrap());
        let user = user();
        let installed = Command::new(install)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", user])
            .arg(format!("--datadir={}", data.display()))
            .stdout(log())
            .stderr(log())
            .status()
            .unwrap();
        assert!(installed.success(), "see {}", directory.join("install.log").display());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = launch(&directory, port);
        let server = Self { process, directory, port, databases: AtomicU32::new(0) };
        server.ready().await;
        server
    }

    async fn ready(&self) {
        let began = Instant::now();
        while MySqlConnection::connect(&self.url("mysql")).await.is_err() {
            assert!(began.elapsed() < START, "see {}", self.directory.join("server.log").display());
            // waits: a starting server says nothing before it accepts.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn kill_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = launch(&self.directory, self.port);
        self.ready().await;
    }

    fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }

    async fn database(&self) -> String {
        let name = format!("weft_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = MySqlConnection::connect(&self.url("mysql")).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        self.url(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

fn find(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = names.iter().find_map(|name| folders.iter().map(|f| f.join(name)).find(|file| file.is_file()));
    found.expect(MISSING)
}

/// The server refuses to run as root: it changes to its own user, who then owns the data.
fn user() -> &'static str {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    if root { "--user=mysql" } else { "--skip-symbolic-links" }
}

fn launch(directory: &Path, port: u16) -> Child {
    let data = directory.join("data");
    Command::new(find(&["mariadbd", "mysqld"]))
        .args(["--no-defaults", user(), "--bind-address=127.0.0.1", "--skip-networking=0", "--skip-name-resolve"])
        .args(["--skip-log-bin", "--innodb-buffer-pool-size=64M", "--max-connections=300"])
        // The server may die here, the machine may not: what is written need not wait for the disk.
        .args(["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2"])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", data.join("s").display()))
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(directory.join("server.log")).unwrap())
        .spawn()
        .unwrap()
}

async fn open(url: String) -> SqlStore {
    SqlStore::open(&StoreConfig { url, connections: 16 }, Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mariadb_keeps_the_contract() {
    let mut server = Server::start().await;
    Box::pin(several_nodes_start_and_commit_at_once(&server)).await;
    suite(async || {
        let store = open(server.database().await).await;
        StoreUnderTest { store: Arc::new(store), clock: None }
    })
    .await;
    Box::pin(a_killed_server_loses_and_doubles_nothing(&mut server)).await;
}

/// Senders repeat what was not acknowledged, under the same ids, while the server is killed in the middle of it.
async fn a_killed_server_loses_and_doubles_nothing(server: &mut Server) {
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
async fn several_nodes_start_and_commit_at_once(server: &Server) {
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
    let mut connection = MySqlConnection::connect(&server.url("mysql")).await.unwrap();
    let deadlocks =
        "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_DEADLOCKS'";
    let (deadlocks,): (String,) = sqlx::query_as(deadlocks).fetch_one(&mut connection).await.unwrap();
    assert_eq!(deadlocks, "0");
}
