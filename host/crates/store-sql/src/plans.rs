//! How SQLite finds the rows of the statements that run for every group: by an index, however long the tables are.

#![allow(clippy::unwrap_used, reason = "a test")]

use crate::{
    SqlStore, StoreConfig,
    db::{Sql, Value},
};
use std::sync::Arc;

fn rows<const N: usize>() -> Vec<[Value; N]> {
    (0..3_u8).map(|n| std::array::from_fn(|_| Value::Blob(vec![n; 16]))).collect()
}

async fn plan(store: &SqlStore, sql: Sql) -> Vec<String> {
    let rows = store.db.rows(sql).await.unwrap();
    rows.iter().map(|r| r.text(3).unwrap()).collect()
}

#[tokio::test]
async fn no_group_scans_a_table() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/weft.db", directory.path().display());
    let store = SqlStore::open(&StoreConfig { url, connections: 1 }, Arc::new(ports::SystemClock)).await.unwrap();
    let by_two = [
        "SELECT doc FROM conversations c JOIN heads h ON h.tenant_id = c.tenant_id AND h.conversation_id = c.id \
         WHERE (c.tenant_id, c.id)",
        "SELECT * FROM seats WHERE (tenant_id, agent_id)",
        "UPDATE assignments SET freed_at = 1 WHERE freed_at IS NULL AND (tenant_id, conversation_id)",
        "SELECT COUNT(*) FROM conversations WHERE state IN ('waiting', 'offered') AND (tenant_id, visitor_id)",
        "SELECT * FROM entries WHERE seq > 5 AND (tenant_id, conversation_id)",
        "UPDATE conversations SET lease_until = 1 WHERE (tenant_id, id)",
    ];
    let by_three = [
        "SELECT * FROM entries WHERE (tenant_id, command_id, author_id)",
        "SELECT * FROM entries WHERE (tenant_id, conversation_id, seq)",
        "UPDATE entries SET body = '' WHERE (tenant_id, conversation_id, target_seq)",
        "SELECT * FROM marks WHERE (tenant_id, conversation_id, participant_id)",
        "DELETE FROM parties WHERE (tenant_id, agent_id, conversation_id)",
        "DELETE FROM search_entries WHERE (tenant_id, conversation_id, seq)",
    ];
    let explain = |text: &str| store.db.sql(&format!("EXPLAIN QUERY PLAN {text}"));
    let two = by_two.iter().map(|text| (text, explain(text).among(rows::<2>())));
    let three = by_three.iter().map(|text| (text, explain(text).among(rows::<3>())));
    for (text, sql) in two.chain(three) {
        let plan = plan(&store, sql).await;
        assert!(plan.iter().any(|step| step.starts_with("SEARCH") && step.contains("tenant_id=?")), "{text}: {plan:?}");
    }
}
