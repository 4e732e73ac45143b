//! One moment for the whole cluster (C7): agreed by all nodes, or nothing changes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    Timestamp,
    plugin::{Activation, ActivationState, Hook, Rung},
};
use ports::{Router, store::Page};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};
use support::{Cluster, Runtime, bind, component};
use weft_rollout::{Change, RolloutError, Stage};

#[tokio::test]
async fn without_an_activation_the_shipped_plugin_decides() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let routing = cluster.route(&node).await;
    assert_eq!((routing.plugin.as_str(), routing.epoch, routing.rung), ("least-busy", 0, Rung::Active));
    assert_eq!(node.rollout.releases(cluster.other).await.unwrap().len(), 1, "every tenant sees what ships");
    let again = cluster.starting(Runtime::default()).await;
    assert_eq!(again.rollout.releases(cluster.tenant).await.unwrap().len(), 1, "and it is installed once");
}

#[tokio::test]
async fn an_activation_changes_who_decides_and_is_in_the_audit() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    assert_eq!(cluster.activate(&node, "mine 1.0.0 ok").await, 1);
    let routing = cluster.route(&node).await;
    assert_eq!((routing.plugin.as_str(), routing.epoch, routing.rung), ("mine", 1, Rung::Active));
    assert_eq!(cluster.epoch().await, 1);
    let other = node.rollout.in_force(cluster.other).await.unwrap();
    assert_eq!(other, (0, vec![]), "other tenants are not touched");
    let records = cluster.store.audit_records(cluster.tenant, Page { after: None, limit: 10 }).await.unwrap();
    let actions: Vec<_> = records.iter().map(|r| r.action.as_str()).collect();
    assert!(actions.contains(&"plugin.uploaded") && actions.contains(&"plugin.activated"), "{actions:?}");
}

#[tokio::test]
async fn what_cannot_be_prepared_is_planned_with_its_problem_and_aborted_with_its_reason() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let release = cluster.upload(&node, "mine 1.0.0 ok").await;
    let change = Change { settings: json!({ "bad": 1 }), ..bind(&release) };
    let plan = node.rollout.plan(cluster.tenant, std::slice::from_ref(&change)).await.unwrap();
    assert_eq!((plan.epoch, plan.after.len(), plan.problems[0].code.as_str()), (0, 1, "invalid_settings"));
    let refused = node.rollout.activate(cluster.tenant, cluster.admin, &[change], None).await.unwrap_err();
    assert!(matches!(refused, RolloutError::Plugin(p) if p.code == "invalid_settings"));
    assert_eq!(cluster.epoch().await, 0);
    let sets = node.rollout.activations(cluster.tenant, None, 5).await.unwrap();
    assert_eq!(sets[0].state, ActivationState::Aborted);
    assert!(sets[0].reason.as_deref().unwrap().contains("`bad` is no setting"));
    let unknown = Change { release: Some(model::plugin::Digest::of(b"?")), ..bind(&release) };
    assert!(node.rollout.activate(cluster.tenant, cluster.admin, &[unknown], None).await.is_err());
    let foreign = node.rollout.activate(cluster.other, cluster.admin, &[bind(&release)], None).await;
    assert!(foreign.is_err(), "another tenant's release does not exist");
}

#[tokio::test]
async fn all_nodes_prepare_before_any_node_decides() {
    let cluster = Cluster::new().await;
    let (a, b) = (cluster.node().await, cluster.node().await);
    b.run();
    let epoch = cluster.activate(&a, "mine 1.0.0 ok").await;
    let (_, nodes) = cluster.newest(&a).await;
    assert_eq!(nodes.len(), 2);
    assert!(nodes.iter().all(|n| n.state == Stage::Prepared && n.proof == nodes[0].proof && n.fuel == Some(1)));
    assert!(nodes.iter().all(|n| n.name.as_deref() == Some(&format!("node-{}", n.node))));
    cluster.until(async || b.rollout.epoch(cluster.tenant) == epoch).await;
    assert_eq!(cluster.route(&b).await.plugin, "mine");
    b.halt().await;
    assert!(cluster.store.nodes().await.unwrap().iter().all(|(n, _)| *n != b.id), "the lease is given back");
}

async fn aborts(cluster: &Cluster, runtime: Runtime, runs: bool, why: &str) {
    let a = cluster.node().await;
    let b = cluster.starting(runtime).await;
    b.rollout.load().await.unwrap();
    b.runtime.refuses.store(runs && !b.runtime.lies, Ordering::SeqCst);
    if runs {
        b.run();
    }
    let release = cluster.upload(&a, "mine 1.0.0 ok").await;
    let error = a.rollout.activate(cluster.tenant, cluster.admin, &[bind(&release)], None).await.unwrap_err();
    assert!(error.to_string().contains(why), "{error}");
    assert_eq!((cluster.epoch().await, cluster.route(&a).await.epoch), (0, 0), "nothing has changed");
    let set = a.rollout.activations(cluster.tenant, None, 1).await.unwrap().remove(0);
    assert_eq!(set.state, ActivationState::Aborted);
    b.halt().await;
}

#[tokio::test]
async fn a_node_with_other_results_stops_the_activation() {
    let cluster = Cluster::new().await;
    aborts(&cluster, Runtime { lies: true, ..Runtime::default() }, true, "other results").await;
}

#[tokio::test]
async fn a_node_that_cannot_prepare_stops_the_activation() {
    let cluster = Cluster::new().await;
    aborts(&cluster, Runtime::default(), true, "no memory left here").await;
}

#[tokio::test]
async fn a_node_that_does_not_answer_stops_the_activation() {
    let cluster = Cluster::new().await;
    aborts(&cluster, Runtime::default(), false, "did not prepare it within").await;
}

#[tokio::test]
async fn of_two_activations_at_once_one_wins() {
    let cluster = Cluster::new().await;
    let barrier = Some(tokio::sync::Barrier::new(2));
    let node = cluster.starting(Runtime { barrier, ..Runtime::default() }).await;
    let (one, two) = (cluster.upload(&node, "one 1.0.0 ok").await, cluster.upload(&node, "two 1.0.0 ok").await);
    let (one, two) = ([bind(&one)], [bind(&two)]);
    let (a, b) = tokio::join!(
        node.rollout.activate(cluster.tenant, cluster.admin, &one, None),
        node.rollout.activate(cluster.tenant, cluster.admin, &two, None)
    );
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    let won = won.unwrap();
    assert_eq!(lost.unwrap_err().refusal().code, model::Code::Conflict);
    assert_eq!(cluster.epoch().await, won.epoch);
    assert_eq!(cluster.route(&node).await.epoch, won.epoch);
}

#[tokio::test]
async fn a_late_node_decides_under_the_old_epoch_until_it_has_adopted_the_new_one() {
    let cluster = Cluster::new().await;
    let a = cluster.node().await;
    let late = cluster.starting(Runtime::default()).await;
    let epoch = cluster.activate(&a, "mine 1.0.0 ok").await;
    assert_eq!(cluster.route(&late).await.epoch, 0, "the store refuses what it decides");
    late.rollout.load().await.unwrap();
    let routing = cluster.route(&late).await;
    assert_eq!((routing.epoch, routing.plugin.as_str()), (epoch, "mine"));
}

#[tokio::test]
async fn a_roll_back_is_another_activation() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    assert!(node.rollout.rollback(cluster.tenant, cluster.admin, None, None).await.is_err(), "there is nothing yet");
    cluster.activate(&node, "one 1.0.0 ok").await;
    cluster.activate(&node, "two 1.0.0 ok").await;
    let back = node.rollout.rollback(cluster.tenant, cluster.admin, None, None).await.unwrap();
    assert_eq!((back.epoch, back.reason.as_deref()), (3, Some("rolls back epoch 2")));
    assert_eq!(cluster.route(&node).await.plugin, "one");
    let late = node.rollout.rollback(cluster.tenant, cluster.admin, None, Some(2)).await.unwrap_err();
    assert_eq!(late.refusal().code, model::Code::Conflict, "sent twice, it goes back once");
    assert_eq!(cluster.epoch().await, 3);
    node.rollout.rollback(cluster.tenant, cluster.admin, Some(2), None).await.unwrap();
    assert_eq!(cluster.route(&node).await.plugin, "two");
    node.rollout.rollback(cluster.tenant, cluster.admin, Some(0), None).await.unwrap();
    let routing = cluster.route(&node).await;
    assert_eq!((routing.plugin.as_str(), routing.epoch), ("least-busy", 5));
}

#[tokio::test]
async fn each_roll_back_goes_one_step_further() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    for text in ["one 1.0.0 ok", "two 1.0.0 ok", "three 1.0.0 ok"] {
        cluster.activate(&node, text).await;
    }
    for plugin in ["two", "one", "least-busy"] {
        node.rollout.rollback(cluster.tenant, cluster.admin, None, None).await.unwrap();
        assert_eq!(cluster.route(&node).await.plugin, plugin);
    }
    let end = node.rollout.rollback(cluster.tenant, cluster.admin, None, None).await.unwrap_err();
    assert_eq!(end.refusal().code, model::Code::WrongState);
}

#[tokio::test]
async fn activations_are_read_page_by_page() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let release = cluster.upload(&node, "mine 1.0.0 ok").await;
    for n in 0..5 {
        let change = Change { settings: json!({ "n": n }), ..bind(&release) };
        cluster.put(&node, &[change]).await.unwrap();
    }
    let page = async |before| node.rollout.activations(cluster.tenant, before, 2).await.unwrap();
    let epochs = |page: &[Activation]| page.iter().map(|a| a.epoch).collect::<Vec<_>>();
    assert_eq!(epochs(&page(None).await), [5, 4]);
    assert_eq!(epochs(&page(Some(4)).await), [3, 2]);
    assert_eq!(epochs(&page(Some(2)).await), [1]);
}

#[tokio::test]
async fn a_teams_own_binding_goes_before_the_one_for_all() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let (all, own) = (cluster.upload(&node, "all 1.0.0 ok").await, cluster.upload(&node, "own 1.0.0 ok").await);
    let own = Change { team: Some(cluster.team), ..bind(&own) };
    node.rollout.activate(cluster.tenant, cluster.admin, &[bind(&all), own.clone()], None).await.unwrap();
    assert_eq!(cluster.route(&node).await.plugin, "own");
    let elsewhere = node.rollout.route(cluster.tenant, support::ids().team(), &support::request()).await;
    assert_eq!(elsewhere.plugin, "all");
    node.rollout.activate(cluster.tenant, cluster.admin, &[Change { release: None, ..own }], None).await.unwrap();
    assert_eq!(cluster.route(&node).await.plugin, "all");
}

#[tokio::test]
async fn a_staged_set_whose_activator_died_is_aborted() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let set = support::staged(Timestamp::from_ms(1_800_000_000_000));
    cluster.store.stage(cluster.tenant, &set).await.unwrap();
    node.run();
    cluster.until(async || cluster.newest(&node).await.1[0].state == Stage::Prepared).await;
    cluster.clock.advance(Duration::from_secs(11));
    let state = async || node.rollout.activations(cluster.tenant, None, 1).await.unwrap()[0].state;
    cluster.until(async || state().await == ActivationState::Aborted).await;
    node.halt().await;
}

#[tokio::test]
async fn a_staged_set_whose_activator_does_not_wait_is_aborted_at_once() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let _silent = cluster.node().await;
    node.run();
    let release = cluster.upload(&node, "mine 1.0.0 ok").await;
    let (rollout, tenant, admin) = (node.rollout.clone(), cluster.tenant, cluster.admin);
    let asks = tokio::spawn(async move { rollout.activate(tenant, admin, &[bind(&release)], None).await });
    let state = async || {
        let sets = node.rollout.activations(cluster.tenant, None, 1).await.unwrap();
        sets.first().map(|set| set.state)
    };
    cluster.until(async || state().await == Some(ActivationState::Staged)).await;
    asks.abort();
    cluster.until(async || state().await == Some(ActivationState::Aborted)).await;
    assert_eq!(cluster.epoch().await, 0);
    node.halt().await;
}

#[tokio::test]
async fn releases_are_content_addressed_and_kept_while_they_are_used() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let refused = node.rollout.upload(cluster.tenant, cluster.admin, component("junk")).await.unwrap_err();
    assert!(matches!(refused, RolloutError::Plugin(p) if p.code == "not_wasm"));
    let release = cluster.upload(&node, "mine 1.0.0 ok").await;
    assert_eq!(cluster.upload(&node, "mine 1.0.0 ok").await, release);
    assert_eq!(node.rollout.inspect(cluster.tenant, release.digest).await.unwrap().name, "mine");
    node.rollout.activate(cluster.tenant, cluster.admin, &[bind(&release)], None).await.unwrap();
    assert!(node.rollout.delete_release(cluster.tenant, cluster.admin, release.digest).await.is_err());
    let unbind = Change { hook: Hook::Routing, team: None, channel: None, release: None, settings: json!({}) };
    node.rollout.activate(cluster.tenant, cluster.admin, &[unbind], None).await.unwrap();
    node.rollout.delete_release(cluster.tenant, cluster.admin, release.digest).await.unwrap();
    assert!(node.rollout.release(cluster.tenant, release.digest).await.is_err());
}
