//! Several nodes and what may go wrong between them (C7): afterwards all decide with the same set, or nothing has changed.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::plugin::{ActivationState, Rung};
use ports::Router;
use std::{sync::atomic::Ordering, time::Duration};
use support::{Cluster, Node, Runtime, bind};
use weft_rollout::Stage;

/// Longer than any test: what happens meanwhile was not the sweep.
const NEVER: Duration = Duration::from_hours(1);

async fn sweeping(cluster: &Cluster, every: Duration) -> Node {
    let node = cluster.sweeping(Runtime::default(), every).await;
    node.rollout.load().await.unwrap();
    node.run();
    node
}

/// Whether `node` may decide under what is in force in the store.
async fn decides(cluster: &Cluster, node: &Node) -> bool {
    node.rollout.decides(cluster.tenant, cluster.epoch().await)
}

#[tokio::test]
async fn a_hint_is_enough_for_the_other_nodes_to_prepare_and_to_adopt() {
    let cluster = Cluster::new().await;
    let (a, b) = (sweeping(&cluster, NEVER).await, sweeping(&cluster, NEVER).await);
    let epoch = cluster.activate(&a, "mine 1.0.0 ok").await;
    cluster.until(async || b.rollout.epoch(cluster.tenant) == epoch).await;
    assert_eq!(cluster.route(&b).await.plugin, "mine");
}

#[tokio::test]
async fn without_the_bus_the_sweep_does_it() {
    let cluster = Cluster::new().await;
    cluster.bus.down.store(true, Ordering::SeqCst);
    let often = Duration::from_millis(20);
    let (a, b) = (sweeping(&cluster, often).await, sweeping(&cluster, often).await);
    let epoch = cluster.activate(&a, "mine 1.0.0 ok").await;
    cluster.until(async || b.rollout.epoch(cluster.tenant) == epoch).await;
}

#[tokio::test]
async fn a_node_behind_does_not_decide_and_looks_at_once() {
    let cluster = Cluster::new().await;
    let a = cluster.node().await;
    // No member yet, so nobody waits for it.
    let behind = cluster.sweeping(Runtime::default(), NEVER).await;
    let epoch = cluster.activate(&a, "mine 1.0.0 ok").await;
    assert!(!decides(&cluster, &behind).await && decides(&cluster, &a).await);
    behind.run();
    cluster.until(async || decides(&cluster, &behind).await).await;
    assert_eq!(cluster.route(&behind).await.epoch, epoch);
}

#[tokio::test]
async fn a_fenced_node_says_so_and_leaves_decisions_to_the_others() {
    let cluster = Cluster::new().await;
    let a = cluster.node().await;
    let epoch = cluster.activate(&a, "mine 1.0.0 ok").await;
    let b = cluster.starting(Runtime::default()).await;
    b.runtime.refuses.store(true, Ordering::SeqCst);
    b.rollout.load().await.unwrap();
    assert_eq!(b.rollout.fenced()[0].0, cluster.tenant);
    let (_, nodes) = cluster.newest(&a).await;
    let fenced = nodes.iter().find(|n| n.node == b.id).unwrap();
    assert_eq!((fenced.state, fenced.error.as_deref()), (Stage::Fenced, Some("no memory left here")));
    assert!(!decides(&cluster, &b).await && decides(&cluster, &a).await);
    assert!(b.rollout.decides(cluster.other, 0), "other tenants are not touched");
    // The other one goes: somebody has to decide, under the set in force.
    b.run();
    cluster.store.retire_node(a.id).await.unwrap();
    cluster.until(async || decides(&cluster, &b).await).await;
    let routing = cluster.route(&b).await;
    assert_eq!((routing.rung, routing.epoch), (Rung::BuiltIn, epoch));
    assert!(routing.faults[0].contains("cannot run epoch 1"));
    // And it recovers.
    b.runtime.refuses.store(false, Ordering::SeqCst);
    cluster.clock.advance(Duration::from_secs(31));
    cluster.until(async || b.rollout.fenced().is_empty()).await;
    assert_eq!(cluster.route(&b).await.plugin, "mine");
    let (_, nodes) = cluster.newest(&b).await;
    assert!(nodes.iter().all(|n| n.state == Stage::Prepared));
    b.halt().await;
}

#[tokio::test]
async fn a_refusal_anywhere_is_kept_with_its_node_and_reason() {
    let cluster = Cluster::new().await;
    let (a, b) = (cluster.node().await, cluster.node().await);
    b.run();
    b.runtime.refuses.store(true, Ordering::SeqCst);
    let release = cluster.upload(&a, "mine 1.0.0 ok").await;
    assert!(cluster.put(&a, &[bind(&release)]).await.is_err());
    let (set, nodes) = cluster.newest(&a).await;
    assert_eq!(set.state, ActivationState::Aborted);
    assert!(set.reason.unwrap().contains(&b.id.to_string()));
    let refused = nodes.iter().find(|n| n.node == b.id).unwrap();
    assert_eq!((refused.state, refused.error.as_deref()), (Stage::Refused, Some("no memory left here")));
    assert_eq!((cluster.route(&b).await.epoch, decides(&cluster, &b).await), (0, true));
    b.halt().await;
}

#[tokio::test]
async fn a_node_that_joins_while_a_set_is_staged_takes_part() {
    let cluster = Cluster::new().await;
    let (a, slow) = (sweeping(&cluster, NEVER).await, cluster.node().await);
    let release = cluster.upload(&a, "mine 1.0.0 ok").await;
    let changes = [bind(&release)];
    let (set, joined) = tokio::join!(cluster.put(&a, &changes), async {
        cluster.until(async || cluster.store.staged_sets().await.unwrap().len() == 1).await;
        let joined = sweeping(&cluster, Duration::from_millis(20)).await;
        cluster.until(async || cluster.newest(&joined).await.1.iter().any(|n| n.node == joined.id)).await;
        slow.run();
        joined
    });
    let epoch = set.unwrap().epoch;
    cluster.until(async || joined.rollout.epoch(cluster.tenant) == epoch).await;
    assert!(cluster.newest(&joined).await.1.iter().all(|n| n.state == Stage::Prepared));
}

#[tokio::test]
async fn a_node_that_dies_between_prepare_and_commit_leaves_nothing_in_force() {
    let cluster = Cluster::new().await;
    let (dying, b) = (cluster.node().await, sweeping(&cluster, Duration::from_millis(20)).await);
    let never_answers = cluster.node().await;
    let release = cluster.upload(&dying, "mine 1.0.0 ok").await;
    let rollout = dying.rollout.clone();
    let (tenant, admin) = (cluster.tenant, cluster.admin);
    let activating = tokio::spawn(async move { rollout.activate(tenant, admin, &[bind(&release)], None).await });
    let prepared = async |node: &Node| {
        let sets = cluster.store.staged_sets().await.unwrap();
        !sets.is_empty() && cluster.newest(&b).await.1.iter().any(|n| n.node == node.id && n.state == Stage::Prepared)
    };
    cluster.until(async || prepared(&dying).await && prepared(&b).await).await;
    activating.abort();
    assert!(activating.await.unwrap_err().is_cancelled());
    cluster.store.retire_node(dying.id).await.unwrap();
    cluster.store.retire_node(never_answers.id).await.unwrap();
    cluster.clock.advance(Duration::from_secs(11));
    cluster.until(async || cluster.newest(&b).await.0.state == ActivationState::Aborted).await;
    assert_eq!((cluster.epoch().await, cluster.route(&b).await.epoch), (0, 0));
    cluster.activate(&b, "next 1.0.0 ok").await;
    assert_eq!(cluster.route(&b).await.plugin, "next");
}

#[tokio::test]
async fn a_node_that_dies_right_after_the_commit_leaves_the_set_in_force_everywhere() {
    let cluster = Cluster::new().await;
    let (dying, b) = (cluster.node().await, sweeping(&cluster, Duration::from_millis(20)).await);
    let release = cluster.upload(&dying, "mine 1.0.0 ok").await;
    // The first hint tells of the staged set, the second of the one in force.
    *cluster.bus.dies_at.lock() = Some(2);
    let rollout = dying.rollout.clone();
    let (tenant, admin) = (cluster.tenant, cluster.admin);
    let died = tokio::spawn(async move { rollout.activate(tenant, admin, &[bind(&release)], None).await }).await;
    assert!(died.unwrap_err().is_panic());
    *cluster.bus.dies_at.lock() = None;
    assert_eq!(cluster.epoch().await, 1);
    cluster.until(async || b.rollout.epoch(cluster.tenant) == 1).await;
    assert_eq!(cluster.route(&b).await.plugin, "mine");
    assert!(!decides(&cluster, &dying).await, "what it decides under the old set is left or refused");
}

#[tokio::test]
async fn of_two_nodes_that_activate_at_once_one_wins_and_the_other_is_told() {
    let cluster = Cluster::new().await;
    let often = Duration::from_millis(20);
    let (a, b) = (sweeping(&cluster, often).await, sweeping(&cluster, often).await);
    let (one, two) = (cluster.upload(&a, "one 1.0.0 ok").await, cluster.upload(&b, "two 1.0.0 ok").await);
    for _ in 0..10 {
        let from = cluster.epoch().await;
        let on = async |node: &Node, release: &model::plugin::Release| {
            node.rollout.activate(cluster.tenant, cluster.admin, &[bind(release)], Some(from)).await
        };
        let (x, y) = tokio::join!(on(&a, &one), on(&b, &two));
        let (won, lost) = if x.is_ok() { (x, y) } else { (y, x) };
        let (won, lost) = (won.unwrap().epoch, lost.unwrap_err().refusal());
        assert_eq!(lost.code, model::Code::Conflict);
        assert!(lost.message.contains(&format!("epoch {won} is in force")), "{lost}");
        assert_eq!(cluster.epoch().await, won);
        cluster.until(async || [&a, &b].iter().all(|n| n.rollout.epoch(cluster.tenant) == won)).await;
        assert_eq!(cluster.route(&a).await.plugin, cluster.route(&b).await.plugin);
    }
}

#[tokio::test]
async fn a_node_whose_clock_is_wrong_aborts_nothing_early() {
    let cluster = Cluster::new().await;
    // Staged "long ago" by the clock of who activates; this node has just seen it.
    cluster.clock.advance(Duration::from_mins(5));
    let set = support::staged(model::Timestamp::from_ms(1_800_000_000_000));
    cluster.store.stage(cluster.tenant, &set).await.unwrap();
    let node = sweeping(&cluster, Duration::from_millis(20)).await;
    cluster.until(async || cluster.newest(&node).await.1.iter().any(|n| n.state == Stage::Prepared)).await;
    assert_eq!(cluster.newest(&node).await.0.state, ActivationState::Staged);
}
