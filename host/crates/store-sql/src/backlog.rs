//! Who waits, in what order, and for which teams somebody could be found.

use crate::{
    codec::{self, CONVERSATION, CONVERSATIONS},
    db::{Db, DbError},
};
use model::{Conversation, ConversationId, TeamId, TenantId};
use ports::store::Place;

pub async fn backlog(db: &Db, tenant: TenantId, team: TeamId, limit: u32) -> Result<Vec<Conversation>, DbError> {
    let sql = db
        .sql(&format!(
            "SELECT {CONVERSATION} FROM {CONVERSATIONS} \
             WHERE c.tenant_id = ? AND c.team_id = ? AND c.state = 'waiting' \
             ORDER BY c.place_rank DESC, c.waiting_since, c.id LIMIT ?"
        ))
        .bind(tenant)
        .bind(team)
        .bind(limit);
    db.rows(sql).await?.iter().map(codec::conversation).collect()
}

/// Whether the waiting conversation `o` goes before conversation `c` of the same team.
pub const BEFORE: &str = "o.tenant_id = c.tenant_id AND o.team_id = c.team_id AND o.state = 'waiting' \
     AND (o.place_rank > c.place_rank OR (o.place_rank = c.place_rank AND (o.waiting_since < c.waiting_since \
     OR (o.waiting_since = c.waiting_since AND o.id < c.id))))";

pub async fn place(db: &Db, tenant: TenantId, conversation: ConversationId) -> Result<Option<Place>, DbError> {
    let sql = db
        .sql(&format!(
            "SELECT (SELECT COUNT(*) FROM conversations o WHERE {BEFORE}) FROM conversations c \
             WHERE c.tenant_id = ? AND c.id = ? AND c.state = 'waiting'"
        ))
        .bind(tenant)
        .bind(conversation);
    let Some(row) = db.row(sql).await? else { return Ok(None) };
    let ahead = row.number(0)?;
    Ok(Some(Place { position: ahead + 1, ahead }))
}

pub async fn teams_to_route(db: &Db, limit: u32) -> Result<Vec<(TenantId, TeamId)>, DbError> {
    let sql = db
        .sql(
            "SELECT DISTINCT c.tenant_id, c.team_id FROM conversations c WHERE c.state = 'waiting' AND EXISTS \
             (SELECT 1 FROM team_members m \
             JOIN seats s ON s.tenant_id = m.tenant_id AND s.agent_id = m.agent_id \
             JOIN agents a ON a.tenant_id = m.tenant_id AND a.id = m.agent_id \
             WHERE m.tenant_id = c.tenant_id AND m.team_id = c.team_id \
             AND s.status = 'online' AND s.places < s.capacity AND a.disabled = 0) LIMIT ?",
        )
        .bind(limit);
    let rows = db.rows(sql).await?;
    rows.iter().map(|r| Ok((r.id(0, TenantId::from_bytes)?, r.id(1, TeamId::from_bytes)?))).collect()
}
