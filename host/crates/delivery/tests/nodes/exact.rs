//! C1 and C2 across nodes.

use crate::kit::{Chaos, Cluster, OddBus, Sweep, by_visitor};
use model::Reader;
use ports::{Hint, Hints as _};
use session::testing::{agent_caller, conversation, visitor_caller};

/// A conversation of 300 entries: its visitor on the first node, its agent on the second, commits on both.
async fn chat(chaos: Chaos, seed: u64) {
    let cluster = Cluster::start(2, OddBus::new(chaos, seed), None, Sweep::Often).await;
    let id = conversation(1);
    let mut visitor = cluster.nodes[0].open(visitor_caller(1)).await;
    let mut agent = cluster.nodes[1].open(agent_caller(1)).await;
    cluster.nodes[0].hint(cluster.log.open(id, 1));
    cluster.nodes[1].hint(cluster.log.assign(id, 1));
    for n in 0..300 {
        let committed =
            if n % 4 == 1 { cluster.log.note(id, "note") } else { cluster.log.send(id, by_visitor(1), "text") };
        cluster.nodes[n % 2].hint(committed);
        if n % 10 == 0 {
            tokio::task::yield_now().await;
        }
    }
    visitor.until_seq(id, *cluster.log.visible(id, Reader::Visitor).last().unwrap()).await;
    agent.until_seq(id, *cluster.log.visible(id, Reader::Agent).last().unwrap()).await;
    visitor.assert_whole(id, Reader::Visitor);
    agent.assert_whole(id, Reader::Agent);
    assert!(visitor.got.iter().all(|e| e["audience"] != "agents"), "a note reached the visitor");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_over_a_bus_that_keeps_its_word() {
    chat(Chaos::default(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_over_a_bus_that_loses_doubles_and_holds_back() {
    for seed in 1..=3 {
        chat(Chaos { lost: 30, doubled: 30, late: 30 }, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_without_any_bus() {
    chat(Chaos { lost: 100, ..Chaos::default() }, 1).await;
}

#[tokio::test]
async fn a_lost_last_message_is_found_by_the_sweep() {
    let cluster = Cluster::start(1, OddBus::new(Chaos::default(), 1), None, Sweep::Often).await;
    let (node, id) = (&cluster.nodes[0], conversation(1));
    let mut visitor = node.open(visitor_caller(1)).await;
    node.hint(cluster.log.open(id, 1));
    visitor.until_seq(id, 1).await;
    drop(cluster.log.send(id, by_visitor(1), "its hint is lost"));
    visitor.until_seq(id, 2).await;
    drop(cluster.log.assign(id, 1));
    visitor.until("the assignment", |got| got.iter().any(|e| e["conversation"]["state"] == "assigned")).await;
    visitor.assert_whole(id, Reader::Visitor);
    cluster.stop().await;
}

#[tokio::test]
async fn hints_beyond_the_queue_are_dropped_and_nobody_waits() {
    let cluster = Cluster::start(1, OddBus::new(Chaos::default(), 1), None, Sweep::Often).await;
    let (node, id) = (&cluster.nodes[0], conversation(1));
    let mut visitor = node.open(visitor_caller(1)).await;
    node.hint(cluster.log.open(id, 1));
    // Nobody else runs in between: the queue fills.
    let taken = (0..model::limits::HINT_QUEUE + 100)
        .filter(|_| node.delivery.hint(Hint::Committed(cluster.log.send(id, by_visitor(1), "flood"))))
        .count();
    assert!(taken <= model::limits::HINT_QUEUE);
    visitor.until_seq(id, *cluster.log.visible(id, Reader::Visitor).last().unwrap()).await;
    visitor.assert_whole(id, Reader::Visitor);
    cluster.stop().await;
}
