//! A plugin uploaded to one node becomes active on all in one moment, whatever fails meanwhile.

use serde_json::{Value, json};
use std::time::Instant;
use weft_tests::{Admin, Agent, Cluster, Door, Via, Visitor, component, eventually};

const ROUND_ROBIN: &str = "plugins/dist/round-robin.wasm";
const LEAST_BUSY: &str = "plugins/dist/least-busy.wasm";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_moment_for_all_nodes() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-activation", 3, &["moment"]).await;
    let admin = Admin::sign_in(&cluster.nodes[0], "moment").await;
    admin.setting("offer_seconds", 0).await;
    admin.agent("Ana", 200, &[]).await;
    let channel = admin.channel_key().await;
    let desk = Agent::sign_in(&cluster.nodes[2].rest(), "moment", "ana@moment.example").await.online(Via::Socket).await;

    // Uploaded to one node, active on all.
    let began = Instant::now();
    let digest = admin.upload(component(ROUND_ROBIN)).await;
    let epoch = admin.activate(&digest, &json!({})).await;
    println!("upload to active on three nodes: {} ms", began.elapsed().as_millis());
    every_node_prepared(&cluster, &admin, epoch).await;
    for node in &cluster.nodes {
        assert_eq!(decided(node, &admin, &channel).await, epoch, "the very next decision of every node");
    }

    // Without a broker: the sweep finds it.
    cluster.servers.broker.kill();
    let other = admin.upload(component(LEAST_BUSY)).await;
    let epoch = admin.activate(&other, &json!({})).await;
    for node in &cluster.nodes {
        assert_eq!(decided(node, &admin, &channel).await, epoch);
    }
    cluster.servers.broker.start().unwrap();

    two_at_once(&cluster, &admin, &digest, &other).await;
    a_node_dies_in_between(&mut cluster, &admin, &digest).await;
    let before = current(&admin).await;
    let epoch = admin.roll_back().await;
    assert!(epoch > before, "rolling back is another activation: {before} → {epoch}");
    drop(desk);
}

async fn every_node_prepared(cluster: &Cluster, admin: &Admin, epoch: u64) {
    let activation = admin.rest.get(&format!("/v1/activations/{epoch}")).await.good();
    let nodes = activation["nodes"].as_array().unwrap_or_else(|| panic!("each node's state: {activation}"));
    let prepared = nodes.iter().filter(|n| n["state"] == "prepared").count();
    assert_eq!(prepared, cluster.nodes.len(), "{activation}");
}

/// The epoch under which this node decides a new conversation.
async fn decided(node: &impl Door, admin: &Admin, channel: &str) -> u64 {
    let session = Visitor::enter(node, channel, "Vera").await.session(Via::Socket).await;
    let chat = Visitor::open(&session, "which rule?").await;
    session.entry(&chat, "assigned").await;
    let decisions = admin.decisions(&chat).await;
    let assigned = decisions.iter().find(|d| d["action"] == "assign").expect("somebody was assigned");
    assert_eq!(assigned["rung"], "active", "{assigned}");
    session.command("close", json!({"conversation": chat})).await.unwrap();
    assigned["epoch"].as_u64().expect("a decision has an epoch")
}

/// Of two activations at once each is told what became of it, and one epoch is in force.
async fn two_at_once(cluster: &Cluster, admin: &Admin, one: &str, other: &str) {
    let elsewhere = Admin::sign_in(&cluster.nodes[1], "moment").await;
    let settings = json!({});
    let (a, b) = tokio::join!(admin.try_activate(one, &settings), elsewhere.try_activate(other, &settings));
    let won = [&a, &b].iter().filter(|reply| reply.status.is_success()).count();
    assert!(won >= 1, "{} {} / {} {}", a.status, a.body, b.status, b.body);
    for lost in [&a, &b].iter().filter(|reply| !reply.status.is_success()) {
        assert_eq!(lost.status.as_u16(), 409, "{}", lost.body);
    }
}

/// A node that dies before it could prepare holds nobody up for longer than its lease.
async fn a_node_dies_in_between(cluster: &mut Cluster, admin: &Admin, digest: &str) {
    cluster.nodes[2].kill().await;
    let epoch = eventually("an activation succeeds without the dead node", async || {
        let reply = admin.try_activate(digest, &json!({})).await;
        reply.status.is_success().then(|| reply.body["epoch"].as_u64())?
    })
    .await;
    cluster.nodes[2].start().await;
    // Who was at the dead node is away by now, and comes back to another.
    let ana = Agent::sign_in(&cluster.nodes[0].rest(), "moment", "ana@moment.example").await;
    let _desk = ana.online(Via::Socket).await;
    let channel = admin.channel_key().await;
    assert_eq!(current(admin).await, epoch);
    assert_eq!(decided(&cluster.nodes[2], admin, &channel).await, epoch, "it starts with the set in force");
}

async fn current(admin: &Admin) -> u64 {
    let list: Vec<Value> = admin.rest.all("/v1/activations").await;
    let active = list.iter().filter(|a| a["state"] == "active").filter_map(|a| a["epoch"].as_u64());
    active.max().expect("an activation is in force")
}
