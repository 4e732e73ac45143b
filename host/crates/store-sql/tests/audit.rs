//! The auditor finds what was broken behind the store's back, and the database itself refuses what it can.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{AgentId, Clock, ConversationId, TenantId};
use ports::{
    SystemClock,
    conformance::store::{StoreUnderTest, World},
    store::Conversations,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{path::Path, sync::Arc};
use weft_store_sql::{SqlStore, StoreConfig};

async fn open(path: &Path) -> SqlStore {
    let config = StoreConfig { url: format!("sqlite://{}", path.display()), connections: 2 };
    SqlStore::open(&config, Arc::new(SystemClock)).await.unwrap()
}

async fn spoil(path: &Path, sql: &'static str, tenant: TenantId, id: [u8; 16]) -> Result<u64, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let query = sqlx::query(sql).bind(tenant.to_bytes().to_vec()).bind(id.to_vec());
    query.execute(&mut connection).await.map(|done| done.rows_affected())
}

async fn kinds(store: &SqlStore) -> Vec<&'static str> {
    store.audit().await.unwrap().into_iter().map(|v| v.kind).collect()
}

#[tokio::test]
async fn the_audit_finds_planted_drift() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weft.db");
    let store = open(&path).await;
    let under_test = StoreUnderTest { store: Arc::new(store.clone()), clock: None };
    let world = World::new(under_test, 1, 2).await;
    let c = world.open_with(0).await;
    let (tenant, agent): (TenantId, AgentId) = (world.tenant, world.agents[0].id);
    assert!(kinds(&store).await.is_empty());

    let more = "UPDATE seats SET places = places + 1 WHERE tenant_id = ? AND agent_id = ?";
    assert_eq!(spoil(&path, more, tenant, agent.to_bytes()).await.unwrap(), 1);
    assert_eq!(kinds(&store).await, ["ledger_drift"]);
    assert!(spoil(&path, more, tenant, agent.to_bytes()).await.is_err(), "a place beyond the allowance");
    let less = "UPDATE seats SET places = 1 WHERE tenant_id = ? AND agent_id = ?";
    assert_eq!(spoil(&path, less, tenant, agent.to_bytes()).await.unwrap(), 1);
    assert!(kinds(&store).await.is_empty());

    let gap = "DELETE FROM entries WHERE tenant_id = ? AND conversation_id = ? AND seq = 1";
    let id: ConversationId = c.id;
    assert_eq!(spoil(&path, gap, tenant, id.to_bytes()).await.unwrap(), 1);
    assert_eq!(kinds(&store).await, ["seq_gap"]);
}

#[tokio::test]
async fn several_may_open_an_empty_database_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weft.db");
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { open(&path).await.info().await.unwrap() })
        })
        .collect();
    let mut infos = Vec::new();
    for task in opening {
        infos.push(task.await.unwrap());
    }
    infos.dedup();
    assert_eq!(infos.len(), 1, "one epoch for all");
    let store = open(&path).await;
    assert_eq!(store.info().await.unwrap(), infos[0], "and it stays");
    let moment = SystemClock.now();
    store.renew_epoch().await.unwrap();
    assert!(store.info().await.unwrap().epoch >= moment.as_ms().cast_unsigned());
}
