//! What the periodic repairs look for, over all tenants.

use crate::{
    SqlStore, codec,
    commit::{live, now},
    db::{Db, DbError},
};
use model::{AgentId, ConversationId, NodeId, TenantId, Timestamp};
use ports::store::{Change, Located};
use std::{collections::BTreeSet, time::Duration};

pub async fn changed_since(db: &Db, since: Timestamp, limit: u32) -> Result<Vec<Change>, DbError> {
    let sql = db
        .sql(
            // Tenant by tenant, so that one index serves this and each tenant's list.
            "SELECT h.tenant_id, h.conversation_id, h.last_seq, h.version, h.changed_at \
             FROM tenants t CROSS JOIN heads h ON h.tenant_id = t.id WHERE h.changed_at >= ? \
             ORDER BY h.changed_at, h.tenant_id, h.conversation_id LIMIT ?",
        )
        .bind(since)
        .bind(limit);
    let rows = db.rows(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(Change {
                tenant: r.id(0, TenantId::from_bytes)?,
                conversation: r.id(1, ConversationId::from_bytes)?,
                last_seq: r.number(2)?,
                version: r.number(3)?,
                changed_at: r.time(4)?,
            })
        })
        .collect()
}

pub async fn claim_due(store: &SqlStore, node: NodeId, limit: u32, lease: Duration) -> Result<Vec<Located>, DbError> {
    let at = store.moment().await?;
    let due = |select: &str| {
        store
            .db
            .sql(select)
            .text("FROM conversations WHERE due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)")
            .bind(at)
            .bind(at)
            .text("ORDER BY due_at LIMIT ?")
            .bind(limit)
    };
    // Looks first, so that an idle sweep does not take the writer.
    if store.db.row(due("SELECT 1")).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.db.begin().await?;
    let rows = tx.rows(due("SELECT tenant_id, id").for_update_skip_locked()).await?;
    let claimed = rows
        .iter()
        .map(|r| {
            Ok(Located { tenant: r.id(0, TenantId::from_bytes)?, conversation: r.id(1, ConversationId::from_bytes)? })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    if claimed.is_empty() {
        return Ok(claimed);
    }
    let now = now(&mut tx, store.clock.as_ref()).await?;
    if live(&mut tx, &BTreeSet::from([node]), now).await?.is_empty() {
        tracing::warn!(%node, "this node's lease has ended: it claims nothing");
        return Ok(Vec::new());
    }
    let until = now.plus(lease);
    let sql = tx
        .sql("UPDATE conversations /*! FORCE INDEX (PRIMARY) */ SET lease_until = ?, lease_node = ? WHERE (tenant_id, id)")
        .bind(until)
        .bind(node)
        .among(claimed.iter().map(|c| codec::key((c.tenant, c.conversation))));
    tx.run(sql).await?;
    tx.commit().await?;
    Ok(claimed)
}

pub async fn holders(db: &Db, limit: u32) -> Result<Vec<(TenantId, AgentId)>, DbError> {
    let sql = db.sql("SELECT tenant_id, agent_id FROM seats WHERE places > 0 LIMIT ?").bind(limit);
    let rows = db.rows(sql).await?;
    rows.iter().map(|r| Ok((r.id(0, TenantId::from_bytes)?, r.id(1, AgentId::from_bytes)?))).collect()
}
