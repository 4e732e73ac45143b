//! Every part of the cluster fails under load. Nothing acknowledged is lost, nothing is shown twice or out of order, and the time until
//! everybody talks again is printed: the last of all is one whom the fault hit.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use weft_services::Server;
use weft_tests::{Chats, Cluster, Load, Node, eventually, history::Mark};

const ROUNDS: usize = 3;
const CHATS: Chats = Chats { pairs: 6, by_rest: 1 };
/// Receipts before each fault.
const BETWEEN: usize = 24;
/// Longer than a node's lease.
const NODE_FROZEN: Duration = Duration::from_secs(30);
/// A stopped broker: the talk goes on without it, slower.
const WITHOUT_BROKER: Duration = Duration::from_mins(1);
const SERVER_FROZEN: Duration = Duration::from_secs(8);
const STORE_FROZEN: Duration = Duration::from_secs(5);
/// What was written while the index was away.
const CAUGHT_UP_WITHIN: Duration = Duration::from_mins(1);

/// One for each kind of fault.
const TENANTS: [&str; 6] = ["killed", "frozen", "broker", "directory", "search", "store"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_and_servers_fail_under_load() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-faults", 3, &TENANTS).await;
    node_killed(&mut cluster).await;
    node_frozen(&cluster).await;
    broker_killed_stopped_and_frozen(&mut cluster).await;
    directory_killed_emptied_and_frozen(&mut cluster).await;
    search_away(&mut cluster).await;
    store_killed_restarted_and_frozen(&mut cluster).await;
    cluster.is_sound().await;
}

async fn node_killed(cluster: &mut Cluster) {
    let load = Load::start(cluster, "killed", CHATS).await;
    for round in 0..ROUNDS {
        let mark = next(&load).await;
        let n = round % cluster.nodes.len();
        cluster.nodes[n].kill().await;
        report("node killed", round, &load, &mark).await;
        cluster.nodes[n].start().await;
    }
    settle("node killed", load).await;
}

/// Longer than its lease.
async fn node_frozen(cluster: &Cluster) {
    let load = Load::start(cluster, "frozen", CHATS).await;
    for round in 0..ROUNDS {
        let mark = next(&load).await;
        let node = &cluster.nodes[round % cluster.nodes.len()];
        node.freeze();
        // waits: the fault lasts so long
        tokio::time::sleep(NODE_FROZEN).await;
        node.thaw();
        report(&format!("node frozen for {NODE_FROZEN:?}"), round, &load, &mark).await;
        report("node thawed", round, &load, &load.history.mark()).await;
    }
    settle("node frozen", load).await;
}

async fn broker_killed_stopped_and_frozen(cluster: &mut Cluster) {
    let load = Load::start(cluster, "broker", CHATS).await;
    for round in 0..ROUNDS {
        let mark = next(&load).await;
        cluster.servers.broker.kill();
        report("broker killed", round, &load, &mark).await;
        cluster.servers.broker.start().unwrap();
        connected(&cluster.nodes, round).await;
        report("broker back", round, &load, &load.history.mark()).await;
        freeze("broker", &cluster.servers.broker, SERVER_FROZEN, round, &load).await;
    }
    for round in 0..ROUNDS {
        cluster.servers.broker.stop();
        let (began, mut receipts) = (Instant::now(), 0);
        while began.elapsed() < WITHOUT_BROKER {
            load.more(BETWEEN).await;
            receipts += BETWEEN;
        }
        println!("without a broker: {receipts} receipts in {:?}", began.elapsed());
        cluster.servers.broker.start().unwrap();
        connected(&cluster.nodes, round).await;
        report("broker back after a minute", round, &load, &load.history.mark()).await;
    }
    settle("broker", load).await;
}

/// Every node says that it has the broker again.
async fn connected(nodes: &[Node], round: usize) {
    let began = Instant::now();
    for node in nodes {
        let url = format!("{}/actuator/health", node.addresses.management());
        eventually("the node is connected to the broker", async || {
            let health: serde_json::Value = reqwest::get(&url).await.ok()?.json().await.ok()?;
            (health["components"]["broker"]["status"] == "UP").then_some(())
        })
        .await;
    }
    println!("broker started ({}): all nodes are connected after {} ms", round + 1, began.elapsed().as_millis());
}

async fn directory_killed_emptied_and_frozen(cluster: &mut Cluster) {
    let load = Load::start(cluster, "directory", CHATS).await;
    for round in 0..ROUNDS {
        let mark = next(&load).await;
        cluster.servers.directory.kill();
        report("Redis killed", round, &load, &mark).await;
        cluster.servers.directory.start().unwrap();
        report("Redis back, empty", round, &load, &load.history.mark()).await;
        empty(&cluster.servers.directory);
        report("Redis emptied", round, &load, &load.history.mark()).await;
        freeze("Redis", &cluster.servers.directory, SERVER_FROZEN, round, &load).await;
    }
    settle("Redis", load).await;
}

/// `FLUSHALL` while it runs.
fn empty(directory: &Server) {
    let mut connection = TcpStream::connect(("127.0.0.1", directory.port(0))).unwrap();
    connection.write_all(b"FLUSHALL\r\n").unwrap();
    let mut answer = [0; 5];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+OK\r\n");
}

async fn search_away(cluster: &mut Cluster) {
    let load = Load::start(cluster, "search", CHATS).await;
    for round in 0..ROUNDS {
        let mark = next(&load).await;
        cluster.servers.search.kill();
        report("Elasticsearch killed", round, &load, &mark).await;
        let written = load.history.last_written().expect("somebody wrote");
        cluster.servers.search.start().unwrap();
        let began = Instant::now();
        while !load.finds(&written).await {
            assert!(began.elapsed() < CAUGHT_UP_WITHIN, "the index did not catch up");
            // waits: between two looks at an index
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        println!(
            "Elasticsearch back ({}/{ROUNDS}): what was written meanwhile is found after {} ms",
            round + 1,
            began.elapsed().as_millis()
        );
    }
    settle("Elasticsearch", load).await;
}

async fn store_killed_restarted_and_frozen(cluster: &mut Cluster) {
    let load = Load::start(cluster, "store", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        cluster.servers.store.kill();
        cluster.servers.store.start().unwrap();
        report("MariaDB killed and started", round, &load, &load.history.mark()).await;
        cluster.servers.store.stop();
        cluster.servers.store.start().unwrap();
        report("MariaDB restarted", round, &load, &load.history.mark()).await;
        freeze("MariaDB", &cluster.servers.store, STORE_FROZEN, round, &load).await;
    }
    settle("MariaDB", load).await;
}

/// It holds its connections and says nothing.
async fn freeze(name: &str, server: &Server, time: Duration, round: usize, load: &Load) {
    server.freeze();
    // waits: the fault lasts so long
    tokio::time::sleep(time).await;
    server.thaw();
    report(&format!("{name} frozen for {time:?} and thawed"), round, load, &load.history.mark()).await;
}

/// The moment before the next fault, with everybody talking.
async fn next(load: &Load) -> Mark {
    load.more(BETWEEN).await;
    load.history.mark()
}

/// How long after the mark everybody talks again.
async fn report(fault: &str, round: usize, load: &Load, mark: &Mark) {
    let recovery = load.recovered(mark).await;
    println!("{fault} ({}/{ROUNDS}): {recovery}", round + 1);
}

async fn settle(fault: &str, load: Load) {
    load.more(BETWEEN).await;
    let toll = load.settle().await;
    println!("{fault}: {toll}");
}
