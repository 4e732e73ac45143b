//! Into the outbox.

use super::EventRow;
use crate::{
    SqlStore,
    db::{DbError, Tx, Value},
};
use model::{
    Clock, EventId, TenantId, Timestamp,
    notification::{Event, EventKind},
};
use serde::Serialize;

/// Whether the tenant tells anybody.
pub async fn listens(tx: &mut Tx, tenant: TenantId) -> Result<bool, DbError> {
    let sql = tx.sql("SELECT 1 FROM listeners WHERE tenant_id = ?").bind(tenant);
    Ok(tx.row(sql).await?.is_some())
}

/// An event that is there already stays as it is.
pub async fn insert(tx: &mut Tx, rows: &[EventRow], now: Timestamp) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let values = rows.iter().map(|EventRow { tenant, event, seq }| -> Result<[Value; 8], DbError> {
        Ok([
            (*tenant).into(),
            event.id.into(),
            event.kind.as_str().into(),
            event.at.into(),
            event.conversation.into(),
            (*seq).into(),
            Value::json(&event.payload)?,
            now.into(),
        ])
    });
    let sql = tx
        .sql("INSERT INTO events (tenant_id, id, kind, made_at, conversation_id, seq, payload, due_at)")
        .rows(values.collect::<Result<Vec<_>, _>>()?)
        .or_keep("tenant_id, id", "id");
    tx.run(sql).await.map(drop)
}

/// A fact without a conversation, in the transaction that makes it so: an event if the tenant tells anybody.
pub async fn occurred(
    tx: &mut Tx,
    clock: &dyn Clock,
    tenant: TenantId,
    kind: EventKind,
    payload: &impl Serialize,
) -> Result<(), DbError> {
    if !listens(tx, tenant).await? {
        return Ok(());
    }
    let at = crate::commit::now(tx, clock).await?;
    let id = EventId::from_parts(at.as_ms().cast_unsigned(), rand::random());
    let event = Event { id, kind, at, conversation: None, payload: serde_json::to_value(payload)? };
    insert(tx, &[EventRow { tenant, event, seq: 0 }], at).await
}

pub async fn add(store: &SqlStore, tenant: TenantId, event: &Event) -> Result<bool, DbError> {
    let mut tx = store.db.begin().await?;
    let known = tx.sql("SELECT 1 FROM events WHERE tenant_id = ? AND id = ?").bind(tenant).bind(event.id);
    if !listens(&mut tx, tenant).await? || tx.row(known).await?.is_some() {
        return Ok(false);
    }
    let now = crate::commit::now(&mut tx, store.clock.as_ref()).await?;
    insert(&mut tx, &[EventRow { tenant, event: event.clone(), seq: 0 }], now).await?;
    tx.commit().await?;
    Ok(true)
}
