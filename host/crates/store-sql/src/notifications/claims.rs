//! Who does what for a while.

use super::{BEHIND, EVENT, NOTIFICATION, event, notification};
use crate::{
    SqlStore,
    commit::now,
    db::{Db, DbError, Tx, Value},
};
use model::{
    TenantId, Timestamp,
    notification::{Event, Notification},
};
use ports::store::Claimed;
use std::time::Duration;

/// Events of a conversation are handled one after the other: none is claimed while an earlier one is with a node or waits.
const EVENTS_WHERE: &str = "FROM events e WHERE e.due_at <= ? AND (e.lease_until IS NULL OR e.lease_until <= ?) \
     AND NOT EXISTS (SELECT 1 FROM events b WHERE b.tenant_id = e.tenant_id AND b.conversation_id = e.conversation_id \
     AND b.seq < e.seq AND b.due_at IS NOT NULL AND (b.due_at > ? OR b.lease_until > ?))";

pub async fn events(store: &SqlStore, limit: u32, lease: Duration) -> Result<Vec<Claimed<Event>>, DbError> {
    if !is_some_due(store, "events").await? {
        return Ok(Vec::new());
    }
    let mut tx = alone(&store.db).await?;
    let at = now(&mut tx, store.clock.as_ref()).await?;
    let sql = tx
        .sql(&format!("SELECT {EVENT}, tenant_id, claim, tries, seq {EVENTS_WHERE} ORDER BY e.due_at, e.seq LIMIT ?"))
        .bind(at)
        .bind(at)
        .bind(at)
        .bind(at)
        .bind(limit);
    let rows = tx.rows(sql).await?;
    let mut claimed = rows
        .iter()
        .map(|r| {
            let tenant = r.id(5, TenantId::from_bytes)?;
            Ok((
                r.number::<u64>(8)?,
                Claimed { tenant, claim: r.number::<u64>(6)? + 1, tries: r.number(7)?, it: event(r)? },
            ))
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    claimed.sort_by_key(|(seq, c)| (c.it.conversation, *seq));
    let claimed: Vec<_> = claimed.into_iter().map(|(_, claimed)| claimed).collect();
    hold(&mut tx, "events", claimed.iter().map(|c| [c.tenant.into(), c.it.id.into()]).collect(), at.plus(lease))
        .await?;
    tx.commit().await?;
    Ok(claimed)
}

pub async fn notifications(
    store: &SqlStore,
    limit: u32,
    lease: Duration,
    busy: &[(TenantId, String)],
) -> Result<Vec<Claimed<Notification>>, DbError> {
    if !is_some_due(store, "notifications").await? {
        return Ok(Vec::new());
    }
    let mut tx = alone(&store.db).await?;
    let at = now(&mut tx, store.clock.as_ref()).await?;
    let mut sql = tx
        .sql(&format!(
            "SELECT {NOTIFICATION}, n.tenant_id, n.claim, n.tries FROM notifications n \
             LEFT JOIN target_health h ON h.tenant_id = n.tenant_id AND h.target = n.target \
             WHERE n.due_at <= ? AND (n.lease_until IS NULL OR n.lease_until <= ?) \
             AND (h.rests_until IS NULL OR h.rests_until <= ?) \
             AND (n.ordered = 0 OR NOT EXISTS (SELECT 1 FROM notifications b WHERE b.tenant_id = n.tenant_id \
             AND b.conversation_id = n.conversation_id AND b.target = n.target AND b.seq < n.seq \
             AND b.due_at IS NOT NULL))"
        ))
        .bind(at)
        .bind(at)
        .bind(at);
    if !busy.is_empty() {
        sql = sql
            .text("AND NOT (n.tenant_id, n.target)")
            .among(busy.iter().map(|(tenant, target)| [(*tenant).into(), target.as_str().into()]));
    }
    let rows = tx.rows(sql.text("ORDER BY n.due_at, n.seq LIMIT ?").bind(limit)).await?;
    let claimed = rows
        .iter()
        .map(|r| {
            Ok(Claimed {
                tenant: r.id(BEHIND, TenantId::from_bytes)?,
                claim: r.number::<u64>(BEHIND + 1)? + 1,
                tries: r.number(BEHIND + 2)?,
                it: notification(r)?,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    let keys = claimed.iter().map(|c| [c.tenant.into(), c.it.id.into()]).collect();
    hold(&mut tx, "notifications", keys, at.plus(lease)).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// A look before the claim, so that an idle sweep does not take the writer.
async fn is_some_due(store: &SqlStore, table: &str) -> Result<bool, DbError> {
    let at = store.moment().await?;
    let sql = store
        .db
        .sql(&format!("SELECT 1 FROM {table} WHERE due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) LIMIT 1"))
        .bind(at)
        .bind(at);
    Ok(store.db.row(sql).await?.is_some())
}

/// A transaction in which nobody else claims.
async fn alone(db: &Db) -> Result<Tx, DbError> {
    let mut tx = db.begin().await?;
    let sql = tx.sql("SELECT value FROM meta WHERE name = 'epoch'").for_update();
    tx.row(sql).await?;
    Ok(tx)
}

async fn hold(tx: &mut Tx, table: &str, keys: Vec<[Value; 2]>, until: Timestamp) -> Result<(), DbError> {
    if keys.is_empty() {
        return Ok(());
    }
    let sql = tx
        .sql(&format!("UPDATE {table} SET lease_until = ?, claim = claim + 1, tries = tries + 1 WHERE (tenant_id, id)"))
        .bind(until)
        .among(keys);
    tx.run(sql).await.map(drop)
}

pub async fn release(store: &SqlStore, it: &Claimed<Notification>, after: Duration) -> Result<(), DbError> {
    let at = store.moment().await?;
    let sql = store
        .db
        .sql(
            "UPDATE notifications SET lease_until = NULL, claim = claim + 1, tries = tries - 1, due_at = ? \
             WHERE tenant_id = ? AND id = ? AND claim = ? AND due_at IS NOT NULL",
        )
        .bind(at.plus(after))
        .bind(it.tenant)
        .bind(it.it.id)
        .bind(it.claim);
    store.db.run(sql).await.map(drop)
}

/// Until the next event or notification is due. What is with a node or rests is left to the sweeps.
pub async fn next(store: &SqlStore) -> Result<Option<Duration>, DbError> {
    let at = store.moment().await?;
    let mut first: Option<Timestamp> = None;
    for table in ["events", "notifications"] {
        let sql = store.db.sql(&format!("SELECT MIN(due_at) FROM {table} WHERE due_at > ?")).bind(at);
        let due = store.db.row(sql).await?.map(|row| row.maybe_time(0)).transpose()?.flatten();
        first = [first, due].into_iter().flatten().min();
    }
    Ok(first.map(|due| due.since(at)))
}
