//! `ports::store::Notifications`: the outbox, what is sent because of it, and how that went.
//!
//! Claims are taken one at a time in the whole cluster (a row of `meta` is their lock): only so can events of one conversation be handled,
//! and ordered notifications be sent, one after the other.

mod claims;
mod events;
mod outcomes;
mod queries;

pub use events::{insert as insert_events, occurred};

use crate::{
    SqlStore,
    db::{DbError, Row, Sql},
};
use async_trait::async_trait;
use model::{
    ConversationId, EventId, NotificationId, TenantId,
    notification::{Attempt, Event, EventKind, Notification, Space, TargetHealth},
};
use ports::{
    PortResult,
    store::{Claimed, DeadEvent, Handled, NotificationFilter, Notifications, Page, Tried},
};
use std::time::Duration;

/// An event on its way into the outbox: the `seq` of the entry that it is, 0 when it is none.
#[derive(Debug)]
pub struct EventRow {
    pub tenant: TenantId,
    pub event: Event,
    pub seq: u64,
}

const EVENT: &str = "id, kind, made_at, conversation_id, payload";

fn event(r: &Row) -> Result<Event, DbError> {
    Ok(Event {
        id: r.id(0, EventId::from_bytes)?,
        kind: r.word(1)?,
        at: r.time(2)?,
        conversation: r.maybe_id(3, ConversationId::from_bytes)?,
        payload: r.json(4)?,
    })
}

const NOTIFICATION: &str = "n.id, n.event_id, n.kind, n.conversation_id, n.target, n.dedupe_key, n.content_type, n.body, \
     n.made_at, n.state, n.due_at, n.made, n.first_at, n.previous_delay, n.attempts, n.cause";
/// The first column behind those.
const BEHIND: usize = 16;

fn notification(r: &Row) -> Result<Notification, DbError> {
    Ok(Notification {
        id: r.id(0, NotificationId::from_bytes)?,
        event: r.id(1, EventId::from_bytes)?,
        kind: r.word(2)?,
        conversation: r.maybe_id(3, ConversationId::from_bytes)?,
        target: r.text(4)?,
        dedupe: r.text(5)?,
        content_type: r.text(6)?,
        body: r.text(7)?,
        made_at: r.time(8)?,
        state: r.word(9)?,
        due_at: r.maybe_time(10)?,
        made: r.number(11)?,
        first_at: r.maybe_time(12)?,
        previous_delay: r.number(13)?,
        attempts: r.number(14)?,
        cause: r.maybe_text(15)?,
    })
}

/// The conditions of a filter, behind `WHERE n.tenant_id = ?`.
fn filtered(sql: Sql, filter: &NotificationFilter) -> Sql {
    // LIKE's own signs in a cause stand for themselves.
    let cause = filter.cause.as_ref().map(|cause| {
        let escaped: String =
            cause.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
        format!("{escaped}%")
    });
    sql.when("AND n.id = ?", filter.id)
        .when("AND n.state = ?", filter.state.map(state))
        .when("AND n.target = ?", filter.target.clone())
        .when("AND n.kind = ?", filter.kind.map(EventKind::as_str))
        .when("AND n.conversation_id = ?", filter.conversation)
        .when("AND n.cause LIKE ? ESCAPE '!'", cause)
        .when("AND n.made_at >= ?", filter.from)
        .when("AND n.made_at <= ?", filter.until)
}

const fn state(state: model::notification::NotificationState) -> &'static str {
    use model::notification::NotificationState as S;
    match state {
        S::Due => "due",
        S::Sent => "sent",
        S::Dead => "dead",
        S::Dropped => "dropped",
    }
}

#[async_trait]
impl Notifications for SqlStore {
    async fn add_event(&self, tenant: TenantId, event: &Event) -> PortResult<bool> {
        Ok(events::add(self, tenant, event).await?)
    }
    async fn claim_events(&self, limit: u32, lease: Duration) -> PortResult<Vec<Claimed<Event>>> {
        Ok(claims::events(self, limit, lease).await?)
    }
    async fn handled(&self, event: &Claimed<Event>, handled: &Handled) -> PortResult<bool> {
        Ok(outcomes::handled(self, event, handled).await?)
    }
    async fn claim_notifications(
        &self,
        limit: u32,
        lease: Duration,
        busy: &[(TenantId, String)],
    ) -> PortResult<Vec<Claimed<Notification>>> {
        Ok(claims::notifications(self, limit, lease, busy).await?)
    }
    async fn release_notification(&self, it: &Claimed<Notification>, after: Duration) -> PortResult<()> {
        Ok(claims::release(self, it, after).await?)
    }
    async fn tried(&self, it: &Claimed<Notification>, tried: &Tried) -> PortResult<bool> {
        Ok(outcomes::tried(self, it, tried).await?)
    }
    async fn next_notification(&self) -> PortResult<Option<Duration>> {
        Ok(claims::next(self).await?)
    }

    async fn notifications(
        &self,
        tenant: TenantId,
        filter: &NotificationFilter,
        page: Page<NotificationId>,
    ) -> PortResult<Vec<Notification>> {
        Ok(queries::notifications(self, tenant, filter, page).await?)
    }
    async fn notification(&self, tenant: TenantId, id: NotificationId) -> PortResult<Option<Notification>> {
        let sql =
            self.db.sql(&format!("SELECT {NOTIFICATION} FROM notifications n WHERE n.tenant_id = ? AND n.id = ?"));
        self.one(sql.bind(tenant).bind(id), notification).await
    }
    async fn attempts(&self, tenant: TenantId, id: NotificationId) -> PortResult<Vec<Attempt>> {
        let sql = self.db.sql("SELECT doc FROM attempts WHERE tenant_id = ? AND notification_id = ? ORDER BY number");
        self.all(sql.bind(tenant).bind(id), |r| r.json(0)).await
    }
    async fn event(&self, tenant: TenantId, id: EventId) -> PortResult<Option<Event>> {
        let sql = self.db.sql(&format!("SELECT {EVENT} FROM events WHERE tenant_id = ? AND id = ?"));
        self.one(sql.bind(tenant).bind(id), event).await
    }
    async fn redrive(
        &self,
        tenant: TenantId,
        filter: &NotificationFilter,
        per_second: u32,
        limit: u32,
    ) -> PortResult<u32> {
        Ok(queries::redrive(self, tenant, filter, per_second, limit).await?)
    }
    async fn dead_events(&self, tenant: TenantId, page: Page<EventId>) -> PortResult<Vec<DeadEvent>> {
        Ok(queries::dead_events(self, tenant, page).await?)
    }
    async fn handle_again(&self, tenant: TenantId, ids: &[EventId]) -> PortResult<u32> {
        Ok(queries::handle_again(self, tenant, ids).await?)
    }

    async fn target_health(&self, tenant: TenantId, target: &str) -> PortResult<TargetHealth> {
        let sql = self
            .db
            .sql("SELECT streak, failing_since, rests_until FROM target_health WHERE tenant_id = ? AND target = ?")
            .bind(tenant)
            .bind(target);
        let found = self.one(sql, |r| {
            Ok(TargetHealth { streak: r.number(0)?, failing_since: r.maybe_time(1)?, rests_until: r.maybe_time(2)? })
        });
        Ok(found.await?.unwrap_or_default())
    }
    async fn reset_target(&self, tenant: TenantId, target: &str) -> PortResult<()> {
        let sql = self.db.sql("DELETE FROM target_health WHERE tenant_id = ? AND target = ?").bind(tenant).bind(target);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn space(&self, tenant: TenantId, plugin: &str) -> PortResult<Space> {
        let sql = self.db.sql("SELECT version, doc FROM plugin_spaces WHERE tenant_id = ? AND plugin = ?");
        let found =
            self.one(sql.bind(tenant).bind(plugin), |r| Ok(Space { version: r.number(0)?, values: r.json(1)? }));
        Ok(found.await?.unwrap_or_default())
    }
    async fn forget_notifications(&self, age: Duration, limit: u32) -> PortResult<u32> {
        Ok(queries::forget(self, age, limit).await?)
    }
}
