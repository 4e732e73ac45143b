//! A plugin can fail; a conversation cannot be lost by it (DESIGN.md §3).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{notification::EventKind, plugin::Rung, routing::Action};
use ports::{
    Router,
    store::{Resource, ResourceKind},
};
use std::{sync::atomic::Ordering, time::Duration};
use support::{Cluster, Node, ids, request};

fn calls(node: &Node) -> u64 {
    node.runtime.calls.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_trap_costs_one_rung_and_three_open_the_breaker_of_that_tenant() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    cluster.activate(&node, "good 1.0.0 ok").await;
    cluster.route(&node).await;
    let epoch = cluster.activate(&node, "bad 2.0.0 flips").await;
    for _ in 0..3 {
        let routing = cluster.route(&node).await;
        assert_eq!((routing.rung, routing.plugin.as_str(), routing.epoch), (Rung::LastGood, "good", epoch));
        assert_eq!(routing.faults, ["bad 2.0.0: trap: unreachable"]);
    }
    let before = calls(&node);
    assert_eq!(cluster.route(&node).await.faults, ["bad 2.0.0: breaker open"]);
    assert_eq!(calls(&node), before + 1, "only the last good one was called");
    node.runtime.flipped.store(true, Ordering::SeqCst);
    cluster.clock.advance(Duration::from_secs(30));
    for _ in 0..3 {
        assert_eq!(cluster.route(&node).await.rung, Rung::Active, "probes, then closed");
    }
}

#[tokio::test]
async fn the_first_activation_falls_back_to_what_ships_and_the_shipped_one_to_the_built_in_rule() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    cluster.activate(&node, "bad 1.0.0 trap").await;
    let routing = cluster.route(&node).await;
    assert_eq!((routing.rung, routing.plugin.as_str()), (Rung::LastGood, "least-busy"));
    let bare = cluster.starting(support::Runtime::default()).await;
    bare.rollout.install_shipped(vec![support::component("least-busy 9.0.0 trap")]).await.unwrap();
    let routing = cluster.route(&bare).await;
    assert_eq!((routing.rung, routing.plugin.as_str(), routing.faults.len()), (Rung::BuiltIn, "built-in", 1));
    assert!(matches!(routing.output.action, Action::Assign(_)));
}

#[tokio::test]
async fn an_answer_that_names_a_stranger_or_only_full_agents_is_a_fault() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    for (behaviour, fault) in [("stranger", "names agent 7 of 2"), ("full", "none of the named agents")] {
        cluster.activate(&node, &format!("{behaviour} 1.0.0 {behaviour}")).await;
        let routing = cluster.route(&node).await;
        assert_eq!(routing.rung, Rung::LastGood);
        assert!(routing.faults[0].contains(fault), "{:?}", routing.faults);
    }
}

#[tokio::test]
async fn an_input_that_crashed_a_release_is_not_asked_again() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    cluster.activate(&node, "bad 1.0.0 trap").await;
    let poison = request();
    let ask = async |request| node.rollout.route(cluster.tenant, cluster.team, &request).await;
    ask(poison.clone()).await;
    let mut later = poison.clone();
    later.context = model::routing::Context { now: poison.context.now + 5, seed: 1 };
    assert_eq!(ask(later).await.faults, ["bad 1.0.0: quarantined input"]);
    assert_eq!(ask(request()).await.faults, ["bad 1.0.0: trap: unreachable"], "another input is asked");
}

#[tokio::test]
async fn a_slow_node_is_no_fault_of_the_plugin() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    cluster.activate(&node, "slow 1.0.0 slow").await;
    for _ in 0..30 {
        assert_eq!(cluster.route(&node).await.faults, ["slow 1.0.0: the node was too slow"]);
    }
}

async fn open_twice(cluster: &Cluster, node: &Node) {
    for _ in 0..3 {
        cluster.route(node).await;
    }
    cluster.clock.advance(Duration::from_secs(30));
    cluster.route(node).await;
}

#[tokio::test]
async fn a_release_that_keeps_failing_is_rolled_back_by_itself() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    node.run();
    cluster.activate(&node, "good 1.0.0 ok").await;
    let bad = cluster.activate(&node, "bad 2.0.0 trap").await;
    // A second bad set with the same release: going back to it would not help.
    let release = cluster.upload(&node, "bad 2.0.0 trap").await;
    let set = [weft_rollout::Change { settings: serde_json::json!({ "other": 1 }), ..support::bind(&release) }];
    node.rollout.activate(cluster.tenant, cluster.admin, &set, None).await.unwrap();
    let target = Resource {
        id: ids().resource(),
        kind: ResourceKind::Target,
        name: "ops".into(),
        body: serde_json::json!({ "name": "ops" }),
        version: 1,
    };
    assert!(cluster.store.add_resource(cluster.tenant, &target).await.unwrap());
    open_twice(&cluster, &node).await;
    cluster.until(async || cluster.epoch().await > bad + 1).await;
    let told = cluster.store.claim_events(10, Duration::from_secs(1)).await.unwrap();
    let kinds: Vec<_> = told.iter().map(|event| event.it.kind).collect();
    assert_eq!(kinds, [EventKind::PluginFaulted, EventKind::PluginFaulted, EventKind::PluginRolledBack]);
    let payload = &told[0].it.payload;
    assert_eq!(
        (&payload["epoch"], &payload["plugins"][0]["release"]),
        (&(bad + 1).into(), &release.digest.to_string().into())
    );
    assert_eq!(payload["reason"], "bad 2.0.0: trap: unreachable");
    cluster.until(async || cluster.route(&node).await.plugin == "good").await;
    let set = node.rollout.activations(cluster.tenant, None, 1).await.unwrap().remove(0);
    assert!(set.reason.unwrap().contains("kept failing") && set.by.is_none());
    node.halt().await;
}

#[tokio::test]
async fn a_release_that_served_long_is_not_rolled_back() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    node.run();
    let epoch = cluster.activate(&node, "bad 1.0.0 trap").await;
    cluster.clock.advance(Duration::from_mins(11));
    open_twice(&cluster, &node).await;
    // waits: nothing may happen for as long as a roll-back would take
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(cluster.epoch().await, epoch);
    node.halt().await;
}
