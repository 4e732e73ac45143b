//! Which node routes which team.

use crate::{
    SqlStore,
    db::{Db, DbError},
};
use model::{NodeId, TeamId, TenantId, Timestamp};
use parking_lot::Mutex;
use std::{collections::HashMap, time::Duration};

type Lane = (TenantId, TeamId);

/// Lanes of a SQLite file: only one process uses it, so its memory does, and idle rounds cost no write.
#[derive(Default)]
pub struct Held(Mutex<HashMap<Lane, (NodeId, Timestamp)>>);

/// Taken when nobody holds it by the store's clock, or when `node` does.
pub async fn claim(store: &SqlStore, node: NodeId, lane: Lane, lease: Duration) -> Result<bool, DbError> {
    let now = store.moment().await?;
    let until = now.plus(lease);
    if matches!(store.db, Db::Sqlite { .. }) {
        let mut held = store.lanes.0.lock();
        let free = held.get(&lane).is_none_or(|(by, until)| *by == node || *until <= now);
        if free {
            held.insert(lane, (node, until));
        }
        return Ok(free);
    }
    let ended = store
        .db
        .sql("DELETE FROM lanes WHERE tenant_id = ? AND team_id = ? AND (lease_until <= ? OR node_id = ?)")
        .bind(lane.0)
        .bind(lane.1)
        .bind(now)
        .bind(node);
    store.db.run(ended).await?;
    // Of several nodes at once, the key lets one in.
    let taken = store.db.sql("INSERT INTO lanes (tenant_id, team_id, node_id, lease_until)").rows([[
        lane.0.into(),
        lane.1.into(),
        node.into(),
        until.into(),
    ]]);
    store.db.insert(taken).await
}

pub async fn leave(store: &SqlStore, node: NodeId, lane: Lane) -> Result<(), DbError> {
    if matches!(store.db, Db::Sqlite { .. }) {
        let mut held = store.lanes.0.lock();
        if held.get(&lane).is_some_and(|(by, _)| *by == node) {
            held.remove(&lane);
        }
        return Ok(());
    }
    let sql = store
        .db
        .sql("DELETE FROM lanes WHERE tenant_id = ? AND team_id = ? AND node_id = ?")
        .bind(lane.0)
        .bind(lane.1)
        .bind(node);
    store.db.run(sql).await.map(drop)
}
