//! What came of an event or of an attempt: put down once, by whoever holds the claim.

use super::{EventRow, events, state};
use crate::{
    SqlStore,
    commit::now,
    db::{DbError, Tx, Value},
};
use model::{
    Timestamp,
    notification::{Event, Notification, NotificationState, Space, Verdict},
    plugin::Digest,
};
use ports::store::{Claimed, Fresh, Handled, Outcome, Tried};
use std::time::Duration;

/// Bytes of a cause.
const CAUSE: usize = 1000;

pub async fn handled(store: &SqlStore, claimed: &Claimed<Event>, handled: &Handled) -> Result<bool, DbError> {
    let mut tx = store.db.begin().await?;
    let at = now(&mut tx, store.clock.as_ref()).await?;
    let (due, cause): (Option<Timestamp>, Option<&str>) = match handled {
        Handled::Done { .. } => (None, None),
        Handled::Again { after, cause } => (Some(at.plus(*after)), Some(cause)),
        Handled::Dead { cause } => (None, Some(cause)),
    };
    let sql = tx
        .sql(
            "UPDATE events SET due_at = ?, cause = ?, lease_until = NULL, claim = claim + 1 \
             WHERE tenant_id = ? AND id = ? AND claim = ? AND due_at IS NOT NULL",
        )
        .bind(due)
        .bind(cause.map(cut))
        .bind(claimed.tenant)
        .bind(claimed.it.id)
        .bind(claimed.claim);
    if tx.run(sql).await? != 1 {
        return Ok(false);
    }
    if let (Some(due), Some(conversation)) = (due, claimed.it.conversation) {
        // Those behind it wait with it, and in their order.
        let sql = tx
            .sql("UPDATE events SET due_at = ? WHERE tenant_id = ? AND conversation_id = ? AND due_at < ?")
            .bind(due)
            .bind(claimed.tenant)
            .bind(conversation)
            .bind(due);
        tx.run(sql).await?;
    }
    if let Handled::Done { fresh, space } = handled {
        if let Some((plugin, space)) = space
            && !keep(&mut tx, claimed, plugin, space).await?
        {
            return Ok(false);
        }
        add(&mut tx, claimed, fresh, at).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// False when another event of the tenant changed the plugin's values meanwhile.
async fn keep(tx: &mut Tx, claimed: &Claimed<Event>, plugin: &str, space: &Space) -> Result<bool, DbError> {
    let doc = Value::json(&space.values)?;
    if space.version == 0 {
        let row = [claimed.tenant.into(), plugin.into(), 1_u32.into(), doc];
        let sql = tx.sql("INSERT INTO plugin_spaces (tenant_id, plugin, version, doc)").rows([row]);
        return match tx.run(sql).await {
            Err(e) if e.is_duplicate() => Ok(false),
            done => done.map(|rows| rows == 1),
        };
    }
    let sql = tx
        .sql("UPDATE plugin_spaces SET version = version + 1, doc = ? WHERE tenant_id = ? AND plugin = ? AND version = ?")
        .bind(doc)
        .bind(claimed.tenant)
        .bind(plugin)
        .bind(space.version);
    Ok(tx.run(sql).await? == 1)
}

async fn add(tx: &mut Tx, claimed: &Claimed<Event>, fresh: &[Fresh], at: Timestamp) -> Result<(), DbError> {
    if fresh.is_empty() {
        return Ok(());
    }
    let found =
        tx.sql("SELECT seq FROM events WHERE tenant_id = ? AND id = ?").bind(claimed.tenant).bind(claimed.it.id);
    let seq = tx.row(found).await?.map_or(Ok(0), |row| row.number::<u64>(0))?;
    let rows = fresh.iter().map(|Fresh { id, intent, ordered }| {
        [
            claimed.tenant.into(),
            (*id).into(),
            claimed.it.id.into(),
            claimed.it.kind.as_str().into(),
            claimed.it.conversation.into(),
            seq.into(),
            intent.target.as_str().into(),
            Digest::of(intent.dedupe.as_bytes()).into(),
            cut(&intent.dedupe).into(),
            intent.content_type.as_str().into(),
            intent.body.as_str().into(),
            at.into(),
            "due".into(),
            (*ordered).into(),
            Value::from(at.plus(Duration::from_millis(intent.delay))),
        ]
    });
    let sql = tx
        .sql(
            "INSERT INTO notifications (tenant_id, id, event_id, kind, conversation_id, seq, target, dedupe, dedupe_key, \
             content_type, body, made_at, state, ordered, due_at)",
        )
        .rows(rows)
        .or_keep("tenant_id, target, dedupe", "id");
    tx.run(sql).await.map(drop)
}

pub async fn tried(store: &SqlStore, claimed: &Claimed<Notification>, tried: &Tried) -> Result<bool, DbError> {
    let (it, attempt) = (&claimed.it, &tried.attempt);
    let mut tx = store.db.begin().await?;
    let at = now(&mut tx, store.clock.as_ref()).await?;
    let (to, due, delay, cause) = match &tried.outcome {
        Outcome::Sent => (NotificationState::Sent, None, 0, None),
        Outcome::Failed(Verdict::AgainIn(ms)) => {
            (NotificationState::Due, Some(at.plus(Duration::from_millis(*ms))), *ms, None)
        }
        Outcome::Failed(Verdict::DeadLetter(cause)) => (NotificationState::Dead, None, 0, Some(cause)),
        Outcome::Failed(Verdict::Drop(cause)) => (NotificationState::Dropped, None, 0, Some(cause)),
    };
    let sql = tx
        .sql(
            "UPDATE notifications SET state = ?, due_at = ?, previous_delay = ?, cause = ?, lease_until = NULL, claim = claim + 1, tries = 0, \
             made = made + 1, attempts = attempts + 1, first_at = COALESCE(first_at, ?) \
             WHERE tenant_id = ? AND id = ? AND claim = ? AND due_at IS NOT NULL",
        )
        .bind(state(to))
        .bind(due)
        .bind(delay)
        .bind(cause.map(|cause| cut(cause)))
        .bind(attempt.at)
        .bind(claimed.tenant)
        .bind(it.id)
        .bind(claimed.claim);
    if tx.run(sql).await? != 1 {
        return Ok(false);
    }
    let kept = model::notification::Attempt { next_due: due, ..attempt.clone() };
    let row = [claimed.tenant.into(), it.id.into(), attempt.number.into(), attempt.at.into(), Value::json(&kept)?];
    tx.run(tx.sql("INSERT INTO attempts (tenant_id, notification_id, number, at, doc)").rows([row])).await?;
    let health = &tried.health;
    let row = [
        claimed.tenant.into(),
        it.target.as_str().into(),
        health.streak.into(),
        health.failing_since.into(),
        Value::from(health.rests_until),
    ];
    let sql = tx
        .sql("INSERT INTO target_health (tenant_id, target, streak, failing_since, rests_until)")
        .rows([row])
        .or_update("tenant_id, target", &["streak", "failing_since", "rests_until"]);
    tx.run(sql).await?;
    if let Some(event) = &tried.tell {
        let row = EventRow { tenant: claimed.tenant, event: event.clone(), seq: 0 };
        events::insert(&mut tx, &[row], at).await?;
    }
    tx.commit().await?;
    Ok(true)
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(CAUSE.min(text.len()))]
}
