//! One node's clock is five minutes ahead: leases, offers and logs go by the store's.

use std::fs;
use weft_tests::{Admin, Agent, Chats, Cluster, Load, Via, Visitor};

/// Preloaded, it moves the clock that a process reads.
const PACKAGE: &str = "faketime";
const LIBRARY: &str = "faketime/libfaketime.so.1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_is_five_minutes_off() {
    let _alone = crate::ALONE.lock().await;
    let library = library();
    let cluster = Cluster::start_with("cluster-clock", 3, &["clock", "offer"], None, |n, plan| {
        if n > 0 {
            return plan;
        }
        plan.variable("LD_PRELOAD", &library)
            .variable("FAKETIME", "+300s")
            .variable("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    })
    .await;

    // An offer made by the node that is ahead can be accepted on another: it has not expired.
    let admin = Admin::sign_in(&cluster.nodes[1], "offer").await;
    admin.agent("Ana", 3, &[]).await;
    let ana = Agent::sign_in(&cluster.nodes[1].rest(), "offer", "ana@offer.example").await.online(Via::Socket).await;
    let visitor = Visitor::enter(&cluster.nodes[0], &admin.channel_key().await, "Vera").await;
    let session = visitor.session(Via::Socket).await;
    let chat = Visitor::open(&session, "what time is it?").await;
    Agent::accept(&ana, &chat).await;
    session.entry(&chat, "assigned").await;

    let load = Load::start(&cluster.nodes[1], "clock", Chats { pairs: 4, by_rest: 0 }).await;
    load.more(100).await;
    let toll = load.settle().await;
    println!("a clock 5 min ahead: {} entries, {} receipts, 0 violations", toll.entries, toll.receipts);
    let violations = cluster.metric("weft_violations").await;
    assert!(violations.abs() < f64::EPSILON, "the nodes' own audit found {violations}");
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
