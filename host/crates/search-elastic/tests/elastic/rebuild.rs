//! A new index while the old one is in use.

use crate::kit::{TENANT, all, config, entry, open, server};
use model::ConversationId;
use ports::Search;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use weft_search_elastic::{ElasticConfig, ElasticError, ElasticSearch, Leftover};

/// Entries that are there before the rebuild.
const OLD: u64 = 300;

/// A node of its own that writes until it is told to stop; every tenth entry is erased again. How many it wrote.
async fn write(node: Arc<ElasticSearch>, stop: Arc<AtomicBool>) -> u64 {
    let mut seq = OLD;
    while !stop.load(Ordering::Relaxed) {
        seq += 1;
        let (conversation, entry) = (ConversationId::from_parts(1, 1), [entry(1, seq, "fresh")]);
        // A node tries again as long as it takes: the row in the store says that it is not done.
        while node.index(&entry).await.is_err() {}
        while seq.is_multiple_of(10) && node.erase(TENANT, conversation, &[seq]).await.is_err() {}
    }
    seq
}

/// Every search during the rebuild finds all that was there before. How many there were.
async fn read(node: Arc<ElasticSearch>, stop: Arc<AtomicBool>, searches: Arc<AtomicU64>) {
    while !stop.load(Ordering::Relaxed) {
        assert_eq!(all(&node, "lasting").await.unwrap().len() as u64, OLD);
        searches.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn searches_and_writes_go_on_while_it_is_rebuilt() {
    let server = server();
    let node = || open(ElasticConfig { shards: 2, ..config(server.url(), "rebuild") });
    let (writer, node) = (node(), node());
    let operator = open(ElasticConfig { answer_within: Duration::from_secs(5), ..config(server.url(), "rebuild") });
    node.index(&(1..=OLD).map(|seq| entry(2, seq, "lasting")).collect::<Vec<_>>()).await.unwrap();
    let lineage = node.lineage().await.unwrap();
    let (stop, searches) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = tokio::spawn(write(writer, Arc::clone(&stop)));
    let reader = tokio::spawn(read(Arc::clone(&node), Arc::clone(&stop), Arc::clone(&searches)));
    for version in 1..=3 {
        let rebuilt = operator.rebuild(Leftover::Respect).await.unwrap();
        assert_eq!(rebuilt.from, format!("rebuild-entries-v{version}"));
        assert_eq!(rebuilt.to, format!("rebuild-entries-v{}", version + 1));
    }
    stop.store(true, Ordering::Relaxed);
    let last = writer.await.unwrap();
    reader.await.unwrap();
    assert!(last > OLD && searches.load(Ordering::Relaxed) > 0, "the load was one");
    let expected: Vec<_> = (OLD + 1..=last).rev().filter(|seq| !seq.is_multiple_of(10)).collect();
    assert_eq!(all(&node, "fresh").await.unwrap(), expected);
    assert_eq!(node.lineage().await.unwrap(), lineage, "the history is the same");
    eprintln!("three rebuilds under {} writes and {} searches", last - OLD, searches.load(Ordering::Relaxed));

    one_that_was_cut_off(server.url(), &operator).await;
}

async fn one_that_was_cut_off(url: &str, operator: &ElasticSearch) {
    let client = reqwest::Client::new();
    for what in ["rebuild-entries-v5", "rebuild-entries-v4/_block/write"] {
        client.put(format!("{url}/{what}")).send().await.unwrap().error_for_status().unwrap();
    }
    assert!(operator.index(&[entry(3, 1, "late")]).await.unwrap_err().is_transient());
    let refused = operator.rebuild(Leftover::Respect).await.unwrap_err();
    assert!(matches!(refused, ElasticError::Underway(_)), "{refused:?}");
    operator.rebuild(Leftover::Discard).await.unwrap();
    operator.index(&[entry(3, 1, "late")]).await.unwrap();
    assert_eq!(all(operator, "late").await.unwrap(), [1]);
    assert_eq!(all(operator, "lasting").await.unwrap().len() as u64, OLD);
}
