//! The server is away, frozen, or back with nothing.

use crate::kit::{all, config, entry, open, server, until};
use ports::Search;
use std::time::{Duration, Instant};
use weft_search_elastic::ElasticConfig;

/// What any call may take beyond its own bound, on a busy machine.
const MARGIN: Duration = Duration::from_secs(2);

/// A node that does not wait long.
fn hasty(url: &str) -> ElasticConfig {
    let (answer_within, write_within) = (Duration::from_secs(4), Duration::from_secs(8));
    ElasticConfig { answer_within, write_within, ..config(url, "faults") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_and_comes_back() {
    let mut server = server();
    let search = open(hasty(server.url()));
    server.kill();
    // A node starts without it.
    let nobody = open(hasty(server.url()));
    assert_eq!(nobody.figures().reachable, None);
    let error = nobody.index(&[entry(1, 1, "kept")]).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(nobody.figures().reachable, Some(false));
    server.start().unwrap();
    until("the node to find it", async || nobody.index(&[entry(1, 1, "kept")]).await.is_ok()).await;
    assert_eq!(nobody.figures().last_error, None);
    search.index(&[entry(1, 2, "kept")]).await.unwrap();
    let lineage = search.lineage().await.unwrap();

    server.kill();
    assert!(search.index(&[entry(1, 3, "kept")]).await.unwrap_err().is_transient());
    assert!(all(&search, "kept").await.unwrap_err().is_transient());
    server.start().unwrap();
    let back = until("killed and back", async || search.index(&[entry(1, 3, "kept")]).await.is_ok()).await;
    until("all shards", async || all(&search, "kept").await.is_ok()).await;
    assert_eq!(all(&search, "kept").await.unwrap(), [3, 2, 1]);
    assert_eq!(search.lineage().await.unwrap(), lineage, "nothing was lost");
    eprintln!("killed and started: indexing again {back:?} after it answers");

    frozen(&server, &search).await;
    emptied(&server, &search, &lineage).await;
}

async fn frozen(server: &weft_services::Server, search: &weft_search_elastic::ElasticSearch) {
    let bounds = hasty(server.url());
    server.freeze();
    let began = Instant::now();
    assert!(search.index(&[entry(1, 4, "kept")]).await.unwrap_err().is_transient());
    assert!(began.elapsed() < bounds.write_within + MARGIN, "{:?}", began.elapsed());
    let began = Instant::now();
    assert!(all(search, "kept").await.unwrap_err().is_transient());
    assert!(began.elapsed() < bounds.answer_within + MARGIN, "{:?}", began.elapsed());
    server.thaw();
    let back = until("thawed", async || search.index(&[entry(1, 4, "kept")]).await.is_ok()).await;
    assert_eq!(all(search, "kept").await.unwrap(), [4, 3, 2, 1]);
    eprintln!("frozen and thawed: indexing again after {back:?}");
}

/// Somebody deleted everything: writes do not make an index of another kind, and the lineage says that it is a new one.
async fn emptied(server: &weft_services::Server, search: &weft_search_elastic::ElasticSearch, lineage: &str) {
    let client = reqwest::Client::new();
    for what in ["faults-entries-v1", "_index_template/faults-entries"] {
        client.delete(format!("{}/{what}", server.url())).send().await.unwrap().error_for_status().unwrap();
    }
    search.index(&[entry(1, 5, "kept 退款")]).await.unwrap();
    assert_eq!(all(search, "退款").await.unwrap(), [5]);
    assert_ne!(search.lineage().await.unwrap(), lineage);
    client.delete(format!("{}/faults-entries-v1", server.url())).send().await.unwrap().error_for_status().unwrap();
    assert!(all(search, "kept").await.unwrap().is_empty());
}
