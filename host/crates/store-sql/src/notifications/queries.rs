//! For people: what was sent, what is dead, and dead things that are to be tried again.

use super::{EVENT, NOTIFICATION, event, filtered, notification};
use crate::{
    SqlStore,
    db::{DbError, Value},
};
use model::{
    EventId, NotificationId, TenantId, Timestamp,
    notification::{Notification, NotificationState},
};
use ports::store::{DeadEvent, NotificationFilter, Page};
use std::time::Duration;

/// Rows that one statement changes.
const CHUNK: usize = 256;

pub async fn notifications(
    store: &SqlStore,
    tenant: TenantId,
    filter: &NotificationFilter,
    page: Page<NotificationId>,
) -> Result<Vec<Notification>, DbError> {
    let sql = store.db.sql(&format!("SELECT {NOTIFICATION} FROM notifications n WHERE n.tenant_id = ?")).bind(tenant);
    let sql =
        filtered(sql, filter).when("AND n.id < ?", page.after).text("ORDER BY n.id DESC LIMIT ?").bind(page.limit);
    store.db.rows(sql).await?.iter().map(notification).collect()
}

pub async fn redrive(
    store: &SqlStore,
    tenant: TenantId,
    filter: &NotificationFilter,
    per_second: u32,
    limit: u32,
) -> Result<u32, DbError> {
    let dead = NotificationFilter { state: Some(NotificationState::Dead), ..filter.clone() };
    let at = store.moment().await?;
    let sql = store.db.sql("SELECT n.id FROM notifications n WHERE n.tenant_id = ?").bind(tenant);
    let sql = filtered(sql, &dead).text("ORDER BY n.id LIMIT ?").bind(limit);
    let ids = store.db.rows(sql).await?;
    let ids = ids.iter().map(|r| r.id(0, NotificationId::from_bytes)).collect::<Result<Vec<_>, _>>()?;
    let mut driven = 0;
    let mut tx = store.db.begin().await?;
    for (n, id) in ids.iter().enumerate() {
        let wait = Duration::from_millis(n as u64 * 1000 / u64::from(per_second.max(1)));
        let sql = tx
            .sql(
                "UPDATE notifications SET state = 'due', due_at = ?, made = 0, first_at = NULL, previous_delay = 0, cause = NULL, \
                 lease_until = NULL WHERE tenant_id = ? AND id = ? AND state = 'dead'",
            )
            .bind(at.plus(wait))
            .bind(tenant)
            .bind(*id);
        driven += tx.run(sql).await?;
        if n % CHUNK == CHUNK - 1 {
            tx.commit().await?;
            tx = store.db.begin().await?;
        }
    }
    tx.commit().await?;
    Ok(u32::try_from(driven).unwrap_or(u32::MAX))
}

pub async fn dead_events(store: &SqlStore, tenant: TenantId, page: Page<EventId>) -> Result<Vec<DeadEvent>, DbError> {
    let sql = store
        .db
        .sql(&format!("SELECT {EVENT}, cause FROM events WHERE tenant_id = ? AND due_at IS NULL AND cause IS NOT NULL"))
        .bind(tenant)
        .when("AND id < ?", page.after)
        .text("ORDER BY id DESC LIMIT ?")
        .bind(page.limit);
    let rows = store.db.rows(sql).await?;
    rows.iter().map(|r| Ok(DeadEvent { event: event(r)?, cause: r.text(5)? })).collect()
}

pub async fn handle_again(store: &SqlStore, tenant: TenantId, ids: &[EventId]) -> Result<u32, DbError> {
    let at = store.moment().await?;
    let mut changed = 0;
    for ids in ids.chunks(CHUNK) {
        let sql = store
            .db
            .sql(
                "UPDATE events SET due_at = ?, cause = NULL, tries = 0 WHERE due_at IS NULL AND cause IS NOT NULL \
                 AND (tenant_id, id)",
            )
            .bind(at)
            .among(ids.iter().map(|id| [Value::from(tenant), (*id).into()]));
        changed += store.db.run(sql).await?;
    }
    Ok(u32::try_from(changed).unwrap_or(u32::MAX))
}

/// Attempts go with their notification; what is due or dead stays.
pub async fn forget(store: &SqlStore, age: Duration, limit: u32) -> Result<u32, DbError> {
    let before = store.moment().await?.as_ms().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let before = Timestamp::from_ms(before);
    let old = |sql: &str| store.db.sql(sql).bind(before).bind(limit);
    let gone = store
        .db
        .rows(old("SELECT tenant_id, id FROM notifications WHERE made_at < ? AND state IN ('sent', 'dropped') LIMIT ?"))
        .await?;
    let keys = |rows: &[crate::db::Row]| -> Result<Vec<[Value; 2]>, DbError> {
        rows.iter().map(|r| Ok([r.id(0, TenantId::from_bytes)?.into(), Value::from(r.bytes::<16>(1)?)])).collect()
    };
    let mut count = 0;
    for keys in keys(&gone)?.chunks(CHUNK) {
        let mut tx = store.db.begin().await?;
        tx.run(tx.sql("DELETE FROM attempts WHERE (tenant_id, notification_id)").among(keys.to_vec())).await?;
        count += tx.run(tx.sql("DELETE FROM notifications WHERE (tenant_id, id)").among(keys.to_vec())).await?;
        tx.commit().await?;
    }
    let gone = store
        .db
        .rows(old("SELECT tenant_id, id FROM events WHERE made_at < ? AND due_at IS NULL AND cause IS NULL LIMIT ?"))
        .await?;
    for keys in keys(&gone)?.chunks(CHUNK) {
        count += store.db.run(store.db.sql("DELETE FROM events WHERE (tenant_id, id)").among(keys.to_vec())).await?;
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
