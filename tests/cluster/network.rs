//! Connections are cut, reset, slow or swallow what is sent: between all nodes and a server, between one node alone and a server,
//! between the balancer and a node, and between clients and the balancer.

use std::time::Duration;
use weft_tests::{Chats, Cluster, Direction, Load, Peer, Proxies, Way};

const ROUNDS: usize = 3;
const CHATS: Chats = Chats { pairs: 6, by_rest: 1 };
/// Receipts before the first fault.
const BEFORE: usize = 24;
const CUT: Duration = Duration::from_secs(3);
/// One way among many.
const CUT_ALONE: Duration = Duration::from_secs(1);
const SLOW_MS: u32 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_cut_reset_and_slow() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-network", 3, &["network"]).await;
    let load = Load::start(&cluster, "network", CHATS).await;
    load.more(BEFORE).await;
    for round in 0..ROUNDS {
        for peer in Peer::ALL {
            let ways = Way::to_server(peer, cluster.nodes.len());
            for fault in [Fault::Cut, Fault::Reset, Fault::Slow] {
                fault
                    .strike(cluster.proxies(), &ways, CUT, &load, &format!("{} ({}/{ROUNDS})", peer.name(), round + 1))
                    .await;
            }
        }
    }
    settle("network", load, &cluster).await;
}

/// The others reach what it does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_alone_loses_its_way() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-alone", 3, &["alone"]).await;
    let load = Load::start(&cluster, "alone", CHATS).await;
    load.more(BEFORE).await;
    for node in 0..cluster.nodes.len() {
        let servers = Peer::ALL.map(|peer| (format!("node {node} – {}", peer.name()), vec![Way::Server(node, peer)]));
        let balancer = (format!("balancer – node {node}"), Way::to_node(node).to_vec());
        for (name, ways) in servers.into_iter().chain([balancer]) {
            for fault in Fault::ALL {
                fault.strike(cluster.proxies(), &ways, CUT_ALONE, &load, &name).await;
            }
        }
    }
    settle("one node alone", load, &cluster).await;
}

/// What lies between people and the balancer: both ports at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_lose_their_way_to_the_balancer() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-clients", 3, &["clients"]).await;
    let load = Load::start(&cluster, "clients", CHATS).await;
    load.more(BEFORE).await;
    for round in 0..ROUNDS {
        for fault in [Fault::Cut, Fault::Reset, Fault::Slow] {
            fault
                .strike(cluster.proxies(), &Way::FRONT, CUT, &load, &format!("clients ({}/{ROUNDS})", round + 1))
                .await;
        }
    }
    settle("clients", load, &cluster).await;
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Closed, and nothing new is accepted.
    Cut,
    /// RST.
    Reset,
    /// Both directions.
    Slow,
    /// Connections stay open and nothing arrives.
    Deaf,
    /// Nothing comes back.
    Mute,
}

impl Fault {
    const ALL: [Self; 5] = [Self::Cut, Self::Reset, Self::Slow, Self::Deaf, Self::Mute];

    /// For so long; then everybody talks again. While it is slow they must as well.
    async fn strike(self, proxies: &Proxies, ways: &[Way], time: Duration, load: &Load, name: &str) {
        let began = load.history.mark();
        match self {
            Self::Cut => proxies.enable(ways, false).await,
            Self::Reset => proxies.reset(ways).await,
            Self::Slow => {
                proxies.delay(ways, Direction::There, SLOW_MS).await;
                proxies.delay(ways, Direction::Back, SLOW_MS).await;
            }
            Self::Deaf => proxies.swallow(ways, Direction::There).await,
            Self::Mute => proxies.swallow(ways, Direction::Back).await,
        }
        if matches!(self, Self::Slow) {
            println!("{name}: {self:?}: {}", load.recovered(&began).await);
            return proxies.heal().await;
        }
        // waits: the fault lasts so long
        tokio::time::sleep(time).await;
        let cut = load.history.cut(&began);
        proxies.heal().await;
        let recovery = load.recovered(&load.history.mark()).await;
        println!("{name}: {self:?} for {time:?}: {cut} sessions went elsewhere; then {recovery}");
    }
}

async fn settle(name: &str, load: Load, cluster: &Cluster) {
    let toll = load.settle().await;
    println!("{name}: {toll}");
    cluster.is_sound().await;
}
