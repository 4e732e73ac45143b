//! C3: what is sent, and to whom.

use crate::kit::{Chaos, Cluster, DownDirectory, OddBus, Sweep, by_visitor};
use model::{Reader, people::Status};
use ports::{Address, Hint, Hints as _, store::Place};
use session::testing::{TENANT, agent, agent_caller, conversation, visitor, visitor_caller};
use std::sync::Arc;

#[tokio::test]
async fn a_changed_plugin_set_is_told_to_the_other_nodes() {
    let cluster = Cluster::start(3, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    assert!(cluster.nodes[0].delivery.hint(Hint::PluginsChanged { tenant: TENANT }));
    for node in &cluster.nodes[1..] {
        tokio::time::timeout(crate::kit::SOON, node.plugins_changed.notified()).await.unwrap();
    }
    cluster.stop().await;
}

#[tokio::test]
async fn an_entry_goes_to_the_nodes_that_hold_a_participant_and_to_no_other() {
    let bus = OddBus::new(Chaos::default(), 1);
    let cluster = Cluster::start(3, Arc::clone(&bus), None, Sweep::Never).await;
    let id = conversation(1);
    let mut visitor = cluster.nodes[0].open(visitor_caller(1)).await;
    let mut agent = cluster.nodes[1].open(agent_caller(1)).await;
    let _bystander = cluster.nodes[2].open(agent_caller(2)).await;
    cluster.nodes[0].hint(cluster.log.open(id, 1));
    visitor.until_seq(id, 1).await;
    assert!(bus.sent.lock().is_empty(), "the only participant is here");
    cluster.nodes[0].hint(cluster.log.assign(id, 1));
    for _ in 0..100 {
        cluster.nodes[0].hint(cluster.log.send(id, by_visitor(1), "text"));
    }
    visitor.until_seq(id, 102).await;
    agent.until_seq(id, 102).await;
    agent.assert_whole(id, Reader::Agent);
    let sent = bus.sent.lock().clone();
    assert_eq!(sent.keys().copied().collect::<Vec<_>>(), [Address::Node(cluster.nodes[1].id)]);
    assert!(sent.values().sum::<u32>() < 20, "what waits for one node travels together: {sent:?}");
    cluster.stop().await;
}

#[tokio::test]
async fn who_departs_is_told_on_another_node_too() {
    let cluster = Cluster::start(2, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    let id = conversation(1);
    cluster.log.open(id, 1);
    cluster.log.assign(id, 1);
    let mut agent = cluster.nodes[1].open(agent_caller(1)).await;
    agent.until_seq(id, 2).await;
    cluster.nodes[0].hint(cluster.log.close(id));
    agent.until_seq(id, 3).await;
    agent.until("the last summary", |got| got.iter().any(|e| e["conversation"]["state"] == "closed")).await;
    assert!(!agent.session.follows(id));
    cluster.stop().await;
}

#[tokio::test]
async fn without_a_directory_everything_goes_to_the_cluster() {
    let bus = OddBus::new(Chaos::default(), 1);
    let cluster = Cluster::start(2, Arc::clone(&bus), Some(Arc::new(DownDirectory)), Sweep::Never).await;
    let id = conversation(1);
    let mut visitor = cluster.nodes[0].open(visitor_caller(1)).await;
    let mut agent = cluster.nodes[1].open(agent_caller(1)).await;
    cluster.nodes[0].hint(cluster.log.open(id, 1));
    cluster.nodes[0].hint(cluster.log.assign(id, 1));
    cluster.nodes[0].hint(cluster.log.send(id, by_visitor(1), "text"));
    agent.until_seq(id, 3).await;
    visitor.until_seq(id, 3).await;
    agent.assert_whole(id, Reader::Agent);
    visitor.assert_whole(id, Reader::Visitor);
    assert!(bus.sent.lock().keys().all(|to| *to == Address::Cluster));
    cluster.stop().await;
}

#[tokio::test]
async fn places_and_presence_cross_nodes() {
    let cluster = Cluster::start(2, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    let id = conversation(1);
    cluster.log.open(id, 1);
    let mut waiting = cluster.nodes[1].open(visitor_caller(1)).await;
    let mut colleague = cluster.nodes[1].open(agent_caller(2)).await;
    let eta = Some(model::backlog::Eta { low: 60, high: 240 });
    let places = vec![(id, visitor(1).id, Place { position: 4, ahead: 3 }, eta)];
    let team = model::TeamId::from_parts(1, 4);
    assert!(cluster.nodes[0].delivery.hint(Hint::Places { tenant: TENANT, team, places }));
    let status = Status::Busy;
    assert!(cluster.nodes[0].delivery.hint(Hint::AgentStatus { tenant: TENANT, agent: agent(1), status }));
    waiting
        .until("the place", |got| {
            got.iter().any(|e| e["type"] == "backlog" && e["position"] == 4 && e["eta"]["high"] == 240)
        })
        .await;
    colleague.until("the status", |got| got.iter().any(|e| e["type"] == "presence" && e["status"] == "busy")).await;
    cluster.stop().await;
}
