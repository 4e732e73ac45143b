//! What is to be indexed, and which node does it. The state of the index is no matter of the log, so no claim touches a row that commits lock,
//! until it is done.

use crate::{
    SqlStore, codec,
    db::{Db, DbError, Row, Value},
};
use model::{ConversationId, NodeId, TenantId, Timestamp};
use ports::store::{IndexLag, Indexed, Located, ToIndex};
use std::{collections::HashSet, time::Duration};

/// Conversations that are marked in one transaction.
const PAGE: u32 = 500;
const LINEAGE: &str = "index_lineage";

fn located(row: &Row) -> Result<Located, DbError> {
    Ok(Located { tenant: row.id(0, TenantId::from_bytes)?, conversation: row.id(1, ConversationId::from_bytes)? })
}

pub async fn claim(
    store: &SqlStore,
    node: NodeId,
    which: ToIndex<'_>,
    limit: u32,
    lease: Duration,
) -> Result<Vec<(Located, u64)>, DbError> {
    let at = store.moment().await?;
    let mut free = free(&store.db, which, at, limit).await?;
    if free.is_empty() {
        return Ok(free);
    }
    // In one order on all nodes, as rows are locked.
    free.sort_unstable();
    let until = at.plus(lease);
    let rows = free.iter().map(|(at, _)| {
        let [tenant, conversation] = codec::key((at.tenant, at.conversation));
        [tenant, conversation, node.into(), until.into()]
    });
    let sql = store.db.sql("INSERT INTO index_claims (tenant_id, conversation_id, node_id, lease_until)").rows(rows);
    let sql = match &store.db {
        Db::Sqlite { .. } => sql
            .text("ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET node_id = excluded.node_id,")
            .text("lease_until = excluded.lease_until WHERE index_claims.lease_until <= ?")
            .bind(at),
        Db::MySql(_) => sql
            .text("ON DUPLICATE KEY UPDATE node_id = IF(lease_until <= ?, VALUES(node_id), node_id),")
            .bind(at)
            .text("lease_until = IF(lease_until <= ?, VALUES(lease_until), lease_until)")
            .bind(at),
    };
    store.db.run(sql).await?;
    let sql = store
        .db
        .sql("SELECT tenant_id, conversation_id FROM index_claims WHERE node_id = ?")
        .bind(node)
        .text("AND lease_until = ?")
        .bind(until)
        .text("AND (tenant_id, conversation_id)")
        .among(free.iter().map(|(at, _)| codec::key((at.tenant, at.conversation))));
    let mine: HashSet<Located> = store.db.rows(sql).await?.iter().map(located).collect::<Result<_, _>>()?;
    free.retain(|(at, _)| mine.contains(at));
    Ok(free)
}

/// Those that nobody holds, and up to where they are indexed.
async fn free(db: &Db, which: ToIndex<'_>, at: Timestamp, limit: u32) -> Result<Vec<(Located, u64)>, DbError> {
    let sql = db.sql(
        "SELECT h.tenant_id, h.conversation_id, h.indexed_seq FROM heads h LEFT JOIN index_claims k \
         ON k.tenant_id = h.tenant_id AND k.conversation_id = h.conversation_id WHERE",
    );
    let sql = match which {
        ToIndex::These([]) => return Ok(Vec::new()),
        ToIndex::These(these) => sql
            .text("h.index_since IS NOT NULL AND (h.tenant_id, h.conversation_id)")
            .among(these.iter().map(|at| codec::key((at.tenant, at.conversation)))),
        ToIndex::WaitingFor(span) => sql.text("h.index_since <= ?").bind(before(at, span)),
    };
    let sql = sql
        .text("AND (k.lease_until IS NULL OR k.lease_until <= ?) ORDER BY h.index_since LIMIT ?")
        .bind(at)
        .bind(limit);
    db.rows(sql).await?.iter().map(|row| Ok((located(row)?, row.number(2)?))).collect()
}

/// Entries that came meanwhile keep a conversation among those to index. Rows are locked in id order, as groups of commits lock them.
pub async fn set_indexed(db: &Db, done: &[Indexed]) -> Result<(), DbError> {
    if done.is_empty() {
        return Ok(());
    }
    let mut done = done.to_vec();
    done.sort_unstable();
    let mut tx = db.begin().await?;
    for Indexed { at, from, to } in &done {
        let sql = tx
            .sql(
                "UPDATE heads SET index_since = CASE WHEN last_seq > ? THEN index_since END, indexed_seq = ? \
                 WHERE tenant_id = ? AND conversation_id = ? AND indexed_seq = ?",
            )
            .bind(*to)
            .bind(*to)
            .bind(at.tenant)
            .bind(at.conversation)
            .bind(*from);
        tx.run(sql).await?;
    }
    let sql = tx
        .sql("DELETE FROM index_claims WHERE (tenant_id, conversation_id)")
        .among(done.iter().map(|done| codec::key((done.at.tenant, done.at.conversation))));
    tx.run(sql).await?;
    tx.commit().await
}

pub async fn lag(store: &SqlStore) -> Result<IndexLag, DbError> {
    let at = store.moment().await?;
    let sql = store.db.sql("SELECT COUNT(*), MIN(index_since) FROM heads WHERE index_since IS NOT NULL");
    let Some(row) = store.db.row(sql).await? else { return Ok(IndexLag::default()) };
    let waited = row.maybe_time(1)?.map_or(0, |since| at.as_ms() - since.as_ms());
    Ok(IndexLag { pending: row.number(0)?, oldest: Duration::from_millis(u64::try_from(waited).unwrap_or(0)) })
}

/// The name is noted last: a node that dies on the way leaves the rest to the next that asks.
pub async fn into(store: &SqlStore, lineage: &str) -> Result<bool, DbError> {
    let db = &store.db;
    let known = db.row(db.sql("SELECT value FROM meta WHERE name = ?").bind(LINEAGE)).await?;
    let value = Value::Blob(lineage.as_bytes().to_vec());
    if known.map(|row| row.blob(0)).transpose()?.is_some_and(|known| known == lineage.as_bytes()) {
        return Ok(false);
    }
    let at = store.moment().await?;
    for tenant in db.rows(db.sql("SELECT id FROM tenants ORDER BY id")).await? {
        mark_all(db, tenant.id(0, TenantId::from_bytes)?, at).await?;
    }
    let sql =
        db.sql("INSERT INTO meta (name, value)").rows([[Value::from(LINEAGE), value]]).or_update("name", &["value"]);
    db.run(sql).await?;
    Ok(true)
}

async fn mark_all(db: &Db, tenant: TenantId, at: Timestamp) -> Result<(), DbError> {
    let mut after = None;
    loop {
        let page = db
            .sql("SELECT tenant_id, conversation_id FROM heads WHERE tenant_id = ?")
            .bind(tenant)
            .when("AND conversation_id > ?", after)
            .text("ORDER BY conversation_id LIMIT ?")
            .bind(PAGE);
        let page = db.rows(page).await?.iter().map(located).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.conversation);
        let sql = db
            .sql("UPDATE heads SET indexed_seq = 0, index_since = COALESCE(index_since, ?) WHERE last_seq > 0")
            .bind(at)
            .text("AND (tenant_id, conversation_id)")
            .among(page.iter().map(|at| codec::key((at.tenant, at.conversation))));
        db.run(sql).await?;
    }
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_ms(at.as_ms().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
