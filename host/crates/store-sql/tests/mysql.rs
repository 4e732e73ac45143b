//! The store's contract on a MariaDB server of its own, started here and ended here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use ports::{
    SystemClock,
    conformance::store::{StoreUnderTest, World, suite},
    store::Conversations,
};
use sqlx::{Connection, Executor, MySqlConnection};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use weft_store_sql::{SqlStore, StoreConfig};

const MISSING: &str = "MariaDB is not installed: apt-get install mariadb-server";
const START: Duration = Duration::from_mins(1);

struct Server {
    process: Child,
    directory: PathBuf,
    port: u16,
    databases: AtomicU32,
}

impl Server {
    async fn start() -> Self {
        let binary = find(&["mariadbd", "mysqld"]);
        let install = find(&["mariadb-install-db", "mysql_install_db"]);
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/services");
        let directory = target.join(format!("store-sql-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let directory = directory.canonicalize().unwrap();
        let data = directory.join("data");
        let log = || Stdio::from(std::fs::File::create(directory.join("install.log")).unwrap());
        // The server refuses to run as root: it changes to its own user, who then owns the data.
        let user = if is_root() { "--user=mysql" } else { "--skip-symbolic-links" };
        let installed = Command::new(install)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", user])
            .arg(format!("--datadir={}", data.display()))
            .stdout(log())
            .stderr(log())
            .status()
            .unwrap();
        assert!(installed.success(), "see {}", directory.join("install.log").display());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(binary)
            .args(["--no-defaults", user, "--bind-address=127.0.0.1", "--skip-networking=0", "--skip-name-resolve"])
            .args(["--skip-log-bin", "--innodb-buffer-pool-size=64M", "--max-connections=300"])
            // Nothing here outlives the server: it need not wait for the disk.
            .args(["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0"])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", data.join("s").display()))
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(directory.join("server.log")).unwrap())
            .spawn()
            .unwrap();
        let server = Self { process, directory, port, databases: AtomicU32::new(0) };
        let began = Instant::now();
        while MySqlConnection::connect(&server.url("mysql")).await.is_err() {
            assert!(began.elapsed() < START, "see {}", server.directory.join("server.log").display());
            // waits: a starting server says nothing before it accepts.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        server
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

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

async fn open(url: String) -> SqlStore {
    SqlStore::open(&StoreConfig { url, connections: 16 }, Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mariadb_keeps_the_contract() {
    let server = Server::start().await;
    Box::pin(several_nodes_start_and_commit_at_once(&server)).await;
    suite(async || {
        let store = open(server.database().await).await;
        StoreUnderTest { store: Arc::new(store), clock: None }
    })
    .await;
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
