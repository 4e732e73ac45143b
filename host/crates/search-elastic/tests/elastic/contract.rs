use crate::kit::{TENANT, all, config, entry, open, server};
use ports::Search;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use weft_search_elastic::ElasticConfig;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_server_keeps_the_contract_of_search() {
    let server = server();
    let count = AtomicU32::new(0);
    // An index of its own for each property.
    ports::conformance::search::suite(async || {
        let prefix = format!("suite-{}", count.fetch_add(1, Ordering::Relaxed));
        let search: Arc<dyn Search> = open(config(server.url(), &prefix));
        search
    })
    .await;
    large_writes_go_in_batches(server.url()).await;
    nodes_that_start_at_once_make_one_index(server.url()).await;
    what_is_never_taken_does_not_hold_up_the_rest(server.url()).await;
}

async fn large_writes_go_in_batches(url: &str) {
    let small = ElasticConfig { batch_entries: 7, batch_bytes: 2_000, ..config(url, "batches") };
    let search = open(small);
    let mut entries: Vec<_> = (1..=40).map(|seq| entry(1, seq, "batch")).collect();
    entries.push(entry(1, 41, &format!("batch {}", "long ".repeat(1_000))));
    search.index(&entries).await.unwrap();
    assert_eq!(all(&search, "batch").await.unwrap().len(), 41);
}

async fn nodes_that_start_at_once_make_one_index(url: &str) {
    let nodes: Vec<_> = (0..4).map(|_| open(config(url, "together"))).collect();
    let writes: Vec<_> = (1..)
        .zip(&nodes)
        .map(|(seq, node)| {
            let node = Arc::clone(node);
            tokio::spawn(async move { node.index(&[entry(1, seq, "first")]).await })
        })
        .collect();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(all(&nodes[0], "first").await.unwrap(), [4, 3, 2, 1]);
    let lineage = nodes[0].lineage().await.unwrap();
    for node in &nodes {
        assert_eq!(node.lineage().await.unwrap(), lineage);
    }
}

/// A moment that is no date for the server stands for whatever a server may refuse.
async fn what_is_never_taken_does_not_hold_up_the_rest(url: &str) {
    let search = open(config(url, "refused"));
    let bad = ports::Indexable { at: model::Timestamp::from_ms(i64::MIN), ..entry(1, 2, "odd one") };
    search.index(&[entry(1, 1, "odd"), bad, entry(1, 3, "odd")]).await.unwrap();
    let found = all(&search, "odd").await.unwrap();
    let figures = search.figures();
    assert_eq!((found, figures.refused, figures.reachable), (vec![3, 1], 1, Some(true)));
    search.erase(TENANT, model::ConversationId::from_parts(1, 1), &[1, 3]).await.unwrap();
    assert!(all(&search, "odd").await.unwrap().is_empty());
}
