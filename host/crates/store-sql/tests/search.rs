//! Full-text search in the SQLite file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{Audience, ConversationId, Reader, TeamId, TenantId, Timestamp, VisitorId};
use ports::{Indexable, Search, SearchQuery, SystemClock};
use std::sync::Arc;
use weft_store_sql::{SqlSearch, SqlStore, StoreConfig};

const TENANT: TenantId = TenantId::from_parts(1, 1);
const CONVERSATION: ConversationId = ConversationId::from_parts(1, 2);

async fn open(directory: &tempfile::TempDir) -> SqlSearch {
    let url = format!("sqlite://{}/weft.db", directory.path().display());
    let store = SqlStore::open(&StoreConfig { url, connections: 2 }, Arc::new(SystemClock)).await.unwrap();
    store.search().unwrap()
}

fn entry(seq: u64, text: &str) -> Indexable {
    Indexable {
        tenant: TENANT,
        conversation: CONVERSATION,
        seq,
        at: Timestamp::from_ms(1000 + seq as i64),
        team: TeamId::from_parts(1, 3),
        visitor: VisitorId::from_parts(1, 4),
        audience: if seq == 9 { Audience::Agents } else { Audience::All },
        text: text.into(),
        revision: seq,
    }
}

fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.into(),
        reader: Reader::Agent,
        team: None,
        visitor: None,
        from: None,
        to: None,
        after: None,
        limit: 10,
    }
}

async fn found(search: &SqlSearch, query: &SearchQuery) -> Vec<u64> {
    search.search(TENANT, query).await.unwrap().into_iter().map(|f| f.seq).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_file_keeps_the_contract_of_search() {
    let directories = std::sync::Mutex::new(Vec::new());
    ports::conformance::search::suite(async || {
        let directory = tempfile::tempdir().unwrap();
        let search = open(&directory).await;
        directories.lock().unwrap().push(directory);
        let search: Arc<dyn Search> = Arc::new(search);
        search
    })
    .await;
}

#[tokio::test]
async fn words_of_any_script_and_length_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let search = open(&directory).await;
    let texts = ["我想退款，谢谢", "Where is my REFUND?", "it is 5% off \"today\"", "🙏🏽 thanks", "refund 退款 both"];
    let entries: Vec<_> = (1..).zip(texts).map(|(seq, text)| entry(seq, text)).collect();
    search.index(&entries).await.unwrap();
    search.index(&entries).await.unwrap();
    for (words, expected) in [
        ("退款", vec![5, 1]),
        ("款", vec![5, 1]),
        ("我想退款", vec![1]),
        ("refund", vec![5, 2]),
        ("refund 退款", vec![5]),
        ("is", vec![3, 2]),
        ("5%", vec![3]),
        ("\"today\"", vec![3]),
        ("🙏🏽", vec![4]),
        ("refund OR thanks", vec![]),
        ("words:refund NEAR(", vec![]),
        ("*", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&search, &query(words)).await, expected, "{words}");
    }
    let hit = &search.search(TENANT, &query("refund")).await.unwrap()[1];
    assert_eq!(hit.highlight, "Where is my \u{2}REFUND\u{3}?");
}

#[tokio::test]
async fn a_search_sees_what_its_reader_may_see() {
    let directory = tempfile::tempdir().unwrap();
    let search = open(&directory).await;
    search.index(&[entry(1, "public word"), entry(2, "second word"), entry(9, "a note with a word")]).await.unwrap();
    assert_eq!(found(&search, &query("word")).await, [9, 2, 1]);
    assert_eq!(found(&search, &SearchQuery { reader: Reader::Visitor, ..query("word") }).await, [2, 1]);
    assert!(search.search(TenantId::from_parts(9, 9), &query("word")).await.unwrap().is_empty());
    let after = Some((Timestamp::from_ms(1009), CONVERSATION, 9));
    assert_eq!(found(&search, &SearchQuery { after, limit: 1, ..query("word") }).await, [2]);
    let (from, to) = (Some(Timestamp::from_ms(1002)), Some(Timestamp::from_ms(1009)));
    assert_eq!(found(&search, &SearchQuery { from, to, ..query("word") }).await, [2]);
    let team = Some(TeamId::from_parts(7, 7));
    assert!(found(&search, &SearchQuery { team, ..query("word") }).await.is_empty());
    // Changed and erased entries leave nothing in the index.
    search.index(&[entry(2, "changed")]).await.unwrap();
    search.erase(TENANT, CONVERSATION, &[1]).await.unwrap();
    assert_eq!(found(&search, &query("word")).await, [9]);
    assert_eq!(found(&search, &query("changed")).await, [2]);
}
