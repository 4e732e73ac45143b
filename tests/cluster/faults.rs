//! Every part of the cluster fails under load. Nothing acknowledged is lost, nothing is shown twice or out of order, and the time until
//! the talk goes on is printed.

use std::time::{Duration, Instant};
use weft_tests::{Chats, Cluster, Load, Peer};

const ROUNDS: usize = 3;
const CHATS: Chats = Chats { pairs: 6, by_rest: 1 };
/// Receipts before and after each fault.
const BETWEEN: usize = 24;
/// A stopped broker: the talk goes on without it, slower.
const WITHOUT_BROKER: Duration = Duration::from_mins(1);
const FROZEN: Duration = Duration::from_secs(8);
const CUT: Duration = Duration::from_secs(3);
const SLOW_MS: u32 = 30;

/// One for each kind of fault.
const TENANTS: [&str; 6] = ["killed", "frozen", "broker", "directory", "search", "store"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_and_servers_fail_under_load() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-faults", 3, &TENANTS).await;
    node_killed(&mut cluster).await;
    node_frozen(&mut cluster).await;
    broker_killed_stopped_and_frozen(&mut cluster).await;
    directory_killed_and_emptied(&mut cluster).await;
    search_away(&mut cluster).await;
    store_killed(&mut cluster).await;
    sound(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_cut_reset_and_slow() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-network", 3, &["network"]).await;
    let proxies = cluster.proxies.as_ref().expect("proxies");
    let load = Load::start(&cluster, "network", CHATS).await;
    load.more(BETWEEN).await;
    for round in 0..ROUNDS {
        for peer in Peer::SERVERS {
            let name = peer.name();
            cluster.cut(peer, CUT).await;
            report(&format!("{name} cut for {CUT:?}"), round, &load).await;
            proxies.reset(peer).await;
            // waits: the fault lasts so long
            tokio::time::sleep(CUT).await;
            proxies.heal().await;
            report(&format!("{name} reset"), round, &load).await;
            proxies.delay(peer, SLOW_MS).await;
            report(&format!("{name} {SLOW_MS} ms late"), round, &load).await;
            proxies.heal().await;
        }
    }
    settle("network", load).await;
    sound(&cluster).await;
}

/// What lies between people and the balancer: both ports at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_lose_their_way_to_the_balancer() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-clients", 3, &["clients"]).await;
    let proxies = cluster.proxies.as_ref().expect("proxies");
    let load = Load::start(&cluster, "clients", CHATS).await;
    load.more(BETWEEN).await;
    for round in 0..ROUNDS {
        tokio::join!(cluster.cut(Peer::FrontRest, CUT), cluster.cut(Peer::FrontSocket, CUT));
        report(&format!("clients cut for {CUT:?}"), round, &load).await;
        for peer in Peer::FRONT {
            proxies.reset(peer).await;
        }
        // waits: the fault lasts so long
        tokio::time::sleep(CUT).await;
        proxies.heal().await;
        report("clients reset", round, &load).await;
        for peer in Peer::FRONT {
            proxies.delay(peer, SLOW_MS).await;
        }
        report(&format!("clients {SLOW_MS} ms late"), round, &load).await;
        proxies.heal().await;
    }
    settle("clients", load).await;
    sound(&cluster).await;
}

async fn node_killed(cluster: &mut Cluster) {
    let load = Load::start(cluster, "killed", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        let n = round % cluster.nodes.len();
        cluster.nodes[n].kill().await;
        report("node killed", round, &load).await;
        cluster.nodes[n].start().await;
    }
    settle("node killed", load).await;
}

/// Longer than its lease: what it had begun must not be committed when it comes back.
async fn node_frozen(cluster: &mut Cluster) {
    const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(30);
    let load = Load::start(cluster, "frozen", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        let node = &cluster.nodes[round % cluster.nodes.len()];
        node.freeze();
        // waits: the fault lasts so long
        tokio::time::sleep(LONGER_THAN_A_LEASE).await;
        node.thaw();
        report("node frozen and thawed", round, &load).await;
    }
    settle("node frozen", load).await;
}

async fn broker_killed_stopped_and_frozen(cluster: &mut Cluster) {
    let load = Load::start(cluster, "broker", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        cluster.servers.broker.kill();
        report("broker killed", round, &load).await;
        cluster.servers.broker.start().unwrap();
        report("broker back", round, &load).await;

        cluster.servers.broker.freeze();
        report("broker frozen", round, &load).await;
        // waits: the fault lasts so long
        tokio::time::sleep(FROZEN).await;
        cluster.servers.broker.thaw();
        report("broker thawed", round, &load).await;
    }
    cluster.servers.broker.stop();
    let began = Instant::now();
    let mut receipts = 0;
    while began.elapsed() < WITHOUT_BROKER {
        load.more(BETWEEN).await;
        receipts += BETWEEN;
    }
    println!("without a broker: {receipts} receipts in {:?}", began.elapsed());
    cluster.servers.broker.start().unwrap();
    settle("broker", load).await;
}

async fn directory_killed_and_emptied(cluster: &mut Cluster) {
    let load = Load::start(cluster, "directory", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        cluster.servers.directory.kill();
        report("Redis killed", round, &load).await;
        cluster.servers.directory.start().unwrap();
        report("Redis back, empty", round, &load).await;
    }
    settle("Redis", load).await;
}

async fn search_away(cluster: &mut Cluster) {
    let load = Load::start(cluster, "search", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        cluster.servers.search.kill();
        report("Elasticsearch killed", round, &load).await;
        cluster.servers.search.start().unwrap();
    }
    settle("Elasticsearch", load).await;
}

async fn store_killed(cluster: &mut Cluster) {
    let load = Load::start(cluster, "store", CHATS).await;
    for round in 0..ROUNDS {
        load.more(BETWEEN).await;
        cluster.servers.store.kill();
        cluster.servers.store.start().unwrap();
        report("MariaDB killed and started", round, &load).await;
        cluster.servers.store.stop();
        cluster.servers.store.start().unwrap();
        report("MariaDB restarted", round, &load).await;
    }
    settle("MariaDB", load).await;
}

/// How long it takes until everybody has had a word again.
async fn report(fault: &str, round: usize, load: &Load) {
    let took = load.more(BETWEEN).await;
    println!("{fault} ({}/{ROUNDS}): {BETWEEN} receipts after {} ms", round + 1, took.as_millis());
}

async fn settle(fault: &str, load: Load) {
    load.more(BETWEEN).await;
    let toll = load.settle().await;
    println!("{fault}: {} entries, {} receipts, 0 violations", toll.entries, toll.receipts);
}

/// No place over capacity, no ledger that drifts, no hole in a log, as the nodes themselves count.
async fn sound(cluster: &Cluster) {
    let violations = cluster.metric("weft_violations").await;
    assert!(violations.abs() < f64::EPSILON, "the nodes' own audit found {violations}");
}
