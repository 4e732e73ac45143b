//! Recounts what must always hold (C5), and what the store says of itself.

use crate::{
    SqlStore,
    db::{Db, DbError, Row},
};
use model::TenantId;
use ports::store::{StoreInfo, Violation};
use std::time::Duration;

/// Logs of conversations that changed this long ago are recounted; older ones were, when they changed.
const LOG_WINDOW: Duration = Duration::from_mins(5);
/// Violations of a kind that are reported at once.
const REPORTED: u32 = 100;

pub async fn audit(store: &SqlStore) -> Result<Vec<Violation>, DbError> {
    let mut found = Vec::new();
    let since = store.moment().await?.as_ms() - i64::try_from(LOG_WINDOW.as_millis()).unwrap_or(0);
    let db = &store.db;
    let queries = [
        ("over_capacity", db.sql(OVER_CAPACITY).bind(REPORTED)),
        ("ledger_drift", db.sql(LEDGER_DRIFT).bind(REPORTED)),
        ("seq_gap", db.sql(SEQ_GAP).bind(since).bind(REPORTED)),
    ];
    for (kind, sql) in queries {
        for row in db.rows(sql).await? {
            found.push(violation(kind, &row)?);
        }
    }
    Ok(found)
}

const OVER_CAPACITY: &str =
    "SELECT tenant_id, agent_id, places, allowance FROM seats WHERE places > allowance OR places < 0 LIMIT ?";

const LEDGER_DRIFT: &str = "SELECT * FROM (SELECT s.tenant_id, s.agent_id, s.places, \
     (SELECT COUNT(*) FROM conversations c WHERE c.tenant_id = s.tenant_id AND c.owner_id = s.agent_id) + \
     (SELECT COUNT(*) FROM conversations c WHERE c.tenant_id = s.tenant_id AND c.offered_id = s.agent_id) AS counted \
     FROM seats s) AS ledger WHERE places <> counted LIMIT ?";

const SEQ_GAP: &str = "SELECT * FROM (SELECT h.tenant_id, h.conversation_id, h.last_seq, \
     (SELECT COUNT(*) FROM entries e WHERE e.tenant_id = h.tenant_id AND e.conversation_id = h.conversation_id \
     AND e.seq BETWEEN 1 AND h.last_seq) AS counted, \
     (SELECT COALESCE(MAX(e.seq), 0) FROM entries e WHERE e.tenant_id = h.tenant_id \
     AND e.conversation_id = h.conversation_id) AS last \
     FROM tenants t CROSS JOIN heads h ON h.tenant_id = t.id WHERE h.changed_at >= ?) AS logs WHERE last_seq <> counted OR last_seq <> last LIMIT ?";

fn violation(kind: &'static str, row: &Row) -> Result<Violation, DbError> {
    let what = model::AgentId::from_bytes(row.bytes(1)?);
    let (stored, counted) = (row.int(2)?, row.int(3)?);
    let detail = match kind {
        "over_capacity" => format!("agent {what} holds {stored} places of {counted}"),
        "ledger_drift" => format!("agent {what}: the ledger says {stored}, conversations say {counted}"),
        _ => format!("conversation {what}: last seq {stored}, entries {counted}"),
    };
    Ok(Violation { tenant: row.id(0, TenantId::from_bytes)?, kind, detail })
}

pub async fn info(db: &Db) -> Result<StoreInfo, DbError> {
    let row = db.row(db.sql("SELECT value FROM meta WHERE name = 'epoch'")).await?;
    let epoch = row.map_or(Ok([0; 8]), |row| row.bytes::<8>(0))?;
    let kind = match db {
        Db::Sqlite { .. } => "sqlite",
        Db::MySql(_) => "mysql",
    };
    Ok(StoreInfo { epoch: u64::from_be_bytes(epoch), kind })
}
