//! The index follows the log.

use crate::kit::{Chaos, Cluster, OddBus, Sweep, by_visitor};
use model::{Audience, Body, conversation::Event};
use session::testing::conversation;
use std::{sync::atomic::Ordering, time::Duration};

async fn until_indexed(cluster: &Cluster, expected: &[(u64, &str)]) {
    let is_so = || {
        let index = cluster.search.texts.lock();
        index.iter().map(|((_, seq), text)| (*seq, text.as_str())).eq(expected.iter().copied())
    };
    let waiting = async {
        while !is_so() {
            cluster.search.changed.notified().await;
        }
    };
    let result = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(result.is_ok(), "{:?}", cluster.search.texts.lock());
}

#[tokio::test]
async fn what_is_said_edited_and_recalled() {
    let cluster = Cluster::start(1, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    let (node, id) = (&cluster.nodes[0], conversation(1));
    let author = || by_visitor(1);
    node.hint(cluster.log.open(id, 1));
    node.hint(cluster.log.send(id, author(), "two"));
    node.hint(cluster.log.send(id, author(), "three"));
    until_indexed(&cluster, &[(2, "two"), (3, "three")]).await;
    let body = Body::Text { text: "deux".into() };
    node.hint(cluster.log.commit_event(id, &Event::Edited { author: author(), seq: 2, audience: Audience::All, body }));
    node.hint(cluster.log.commit_event(id, &Event::Recalled { author: author(), seq: 3, audience: Audience::All }));
    until_indexed(&cluster, &[(2, "deux")]).await;
    // Without a hint, and with a store that fails at first.
    cluster.log.failing.store(3, Ordering::Relaxed);
    drop(cluster.log.send(id, author(), "six"));
    until_indexed(&cluster, &[(2, "deux"), (6, "six")]).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_long_history_is_indexed_whole() {
    let cluster = Cluster::start(1, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    for n in 0..150 {
        cluster.log.open(conversation(n), 1);
        for _ in 0..5 {
            cluster.log.send(conversation(n), by_visitor(1), "text");
        }
    }
    for _ in 0..600 {
        cluster.log.send(conversation(0), by_visitor(1), "text");
    }
    until_count(&cluster, 150 * 5 + 600).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_share_the_work() {
    let cluster = Cluster::start(3, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    for n in 0..60 {
        let (node, id) = (&cluster.nodes[n as usize % 3], conversation(n));
        node.hint(cluster.log.open(id, 1));
        node.hint(cluster.log.send(id, by_visitor(1), "text"));
    }
    until_count(&cluster, 60).await;
    assert_eq!(cluster.search.given.load(Ordering::Relaxed), 60, "each entry once, by one node");
    cluster.stop().await;
}

#[tokio::test]
async fn an_index_that_is_away_is_waited_for_and_then_caught_up_with() {
    let cluster = Cluster::start(2, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    let search = &cluster.search;
    search.away.store(true, Ordering::Relaxed);
    let asked = search.asked.load(Ordering::Relaxed);
    for n in 0..20 {
        cluster.nodes[0].hint(cluster.log.open(conversation(n), 1));
        cluster.nodes[0].hint(cluster.log.send(conversation(n), by_visitor(1), "text"));
    }
    // waits: nothing is to happen in this time, but now and then a try.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let asked = search.asked.load(Ordering::Relaxed) - asked;
    assert!((1..=12).contains(&asked), "two nodes asked {asked} times in 3 s");
    search.away.store(false, Ordering::Relaxed);
    until_count(&cluster, 20).await;

    // It comes back with nothing: everything is indexed again.
    search.texts.lock().clear();
    "another".clone_into(&mut search.lineage.lock());
    until_count(&cluster, 20).await;
    cluster.stop().await;
}

async fn until_count(cluster: &Cluster, count: usize) {
    let waiting = async {
        while cluster.search.texts.lock().len() < count {
            cluster.search.changed.notified().await;
        }
    };
    let result = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(result.is_ok(), "{} of {count}", cluster.search.texts.lock().len());
}
