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
    let waiting = async {
        while cluster.search.texts.lock().len() < 150 * 5 + 600 {
            cluster.search.changed.notified().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
    cluster.stop().await;
}
