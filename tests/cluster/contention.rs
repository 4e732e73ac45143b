//! Visitors contend for the seats of a few agents over three nodes, while nodes die one after the other, and while each server fails:
//! never over capacity, never two owners.

use std::time::Duration;
use weft_services::Server;
use weft_tests::{BALANCER_LOOKS_AGAIN, Cluster, Crowd, Size};

/// They come once: 36 seats for 200.
const ALL_AT_ONCE: Size = Size { visitors: 200, ..AGAIN_AND_AGAIN };
/// Twice as many as there are seats.
const AGAIN_AND_AGAIN: Size =
    Size { visitors: 72, agents: 12, capacity: 3, questions: 4, thinking: Duration::from_secs(2) };
/// Chats that end before and after each fault.
const BETWEEN: usize = 12;
/// Longer than a node's lease: others decide in its place meanwhile.
const NODE_FROZEN: Duration = Duration::from_secs(12);
const SERVER_FROZEN: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_contend_for_seats_while_nodes_die() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-contention", 3, &["crowd"]).await;
    let crowd = Crowd::start(&cluster, "crowd", ALL_AT_ONCE).await;
    crowd.last_visit();
    for n in 0..cluster.nodes.len() {
        crowd.served(BETWEEN).await;
        cluster.nodes[n].kill().await;
        report(&format!("node {n} killed"), &crowd).await;
        cluster.nodes[n].start().await;
        // waits: with all three marked as down it would let nobody through
        tokio::time::sleep(BALANCER_LOOKS_AGAIN).await;
    }
    let chats = crowd.settle(&cluster).await;
    println!("{} visitors served while each node died once, 0 violations", chats.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_contend_for_seats_while_servers_fail() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-scarce", 3, &["scarce"]).await;
    let crowd = Crowd::start(&cluster, "scarce", AGAIN_AND_AGAIN).await;
    crowd.served(BETWEEN).await;
    for (name, server) in [
        ("broker", &mut cluster.servers.broker),
        ("Redis", &mut cluster.servers.directory),
        ("MariaDB", &mut cluster.servers.store),
    ] {
        fail(name, server, &crowd).await;
    }
    cluster.nodes[0].freeze();
    // waits: the fault lasts so long
    tokio::time::sleep(NODE_FROZEN).await;
    cluster.nodes[0].thaw();
    report(&format!("node frozen for {NODE_FROZEN:?}"), &crowd).await;
    let chats = crowd.settle(&cluster).await;
    println!("{} chats while every server and a node failed, 0 violations", chats.len());
}

/// Killed and started again, then frozen and thawed.
async fn fail(name: &str, server: &mut Server, crowd: &Crowd) {
    server.kill();
    server.start().unwrap();
    report(&format!("{name} killed and started"), crowd).await;
    server.freeze();
    // waits: the fault lasts so long
    tokio::time::sleep(SERVER_FROZEN).await;
    server.thaw();
    report(&format!("{name} frozen for {SERVER_FROZEN:?}"), crowd).await;
}

async fn report(fault: &str, crowd: &Crowd) {
    let took = crowd.served(BETWEEN).await;
    println!("{fault}: {BETWEEN} more chats over after {} ms", took.as_millis());
}
