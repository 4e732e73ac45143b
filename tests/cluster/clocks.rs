//! One node's clock is five minutes ahead, or behind: leases, offers and logs go by the store's.

use std::fs;
use weft_tests::{Admin, Agent, Chats, Cluster, Load, Via, Visitor};

/// Preloaded, it moves the clock that a process reads.
const PACKAGE: &str = "faketime";
const LIBRARY: &str = "faketime/libfaketime.so.1";
const CHATS: Chats = Chats { pairs: 4, by_rest: 0 };
const BETWEEN: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_is_five_minutes_ahead() {
    let _alone = crate::ALONE.lock().await;
    nodes_die_while_a_clock_is_off("+300s").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_is_five_minutes_behind() {
    let _alone = crate::ALONE.lock().await;
    nodes_die_while_a_clock_is_off("-300s").await;
}

/// The first node's clock is off; each node dies, that one and those that are right.
async fn nodes_die_while_a_clock_is_off(off: &str) {
    let library = library();
    let mut cluster = Cluster::start_with("cluster-clock", 3, &["clock", "offer"], None, |n, plan| match n {
        0 => plan
            .variable("LD_PRELOAD", &library)
            .variable("FAKETIME", off)
            .variable("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        _ => plan,
    })
    .await;
    offers_are_accepted(&cluster).await;
    let load = Load::start(&cluster, "clock", CHATS).await;
    for n in 0..cluster.nodes.len() {
        load.more(BETWEEN).await;
        let mark = load.history.mark();
        cluster.nodes[n].kill().await;
        println!("one clock off by {off}, node {n} killed: {}", load.recovered(&mark).await);
        cluster.nodes[n].start().await;
    }
    load.more(BETWEEN).await;
    println!("one clock off by {off}: {}", load.settle().await);
    cluster.is_sound().await;
}

/// An offer made by one node can be accepted on each other: it has not expired, whichever clock made it.
async fn offers_are_accepted(cluster: &Cluster) {
    let admin = Admin::sign_in(&cluster.nodes[2], "offer").await;
    admin.agent("Ana", 3, &[]).await;
    for made in 0..cluster.nodes.len() {
        let ana = Agent::sign_in(&cluster.nodes[(made + 1) % 3].rest(), "offer", "ana@offer.example").await;
        let desk = ana.online(Via::Socket).await;
        let visitor = Visitor::enter(&cluster.nodes[made], &admin.channel_key().await, "Vera").await;
        let session = visitor.session(Via::Socket).await;
        let chat = Visitor::open(&session, "what time is it?").await;
        Agent::accept(&desk, &chat).await;
        session.entry(&chat, "assigned").await;
        desk.command("close", serde_json::json!({"conversation": chat})).await.unwrap();
    }
}

/// Where Debian puts it, below the folder of the architecture; installed when it is not there.
fn library() -> String {
    let find = || {
        let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|folder| folder.path().join(LIBRARY));
        folders.into_iter().find(|path| path.is_file()).map(|path| path.display().to_string())
    };
    find().unwrap_or_else(|| {
        weft_services::install_debian_package(PACKAGE, PACKAGE).unwrap_or_else(|e| panic!("{e}"));
        find().expect("the package has the library")
    })
}
