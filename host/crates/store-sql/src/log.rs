//! Reads of conversations, their entries and what belongs to them.

use crate::{
    codec::{self, CONVERSATION, CONVERSATIONS, ENTRY},
    db::{Db, DbError},
};
use model::{
    AgentId, Conversation, ConversationId, DecisionId, Entry, OfferId, Participant, Reader, TenantId, Timestamp,
    conversation::{Mark, Marks},
    plugin::DecisionRecord,
};
use ports::store::{ConversationFilter, Page};
use std::{collections::HashMap, ops::Range};

pub async fn conversation(db: &Db, tenant: TenantId, id: ConversationId) -> Result<Option<Conversation>, DbError> {
    let sql = db
        .sql(&format!("SELECT {CONVERSATION} FROM {CONVERSATIONS} WHERE c.tenant_id = ? AND c.id = ?"))
        .bind(tenant)
        .bind(id);
    db.row(sql).await?.as_ref().map(codec::conversation).transpose()
}

pub async fn conversations(
    db: &Db,
    tenant: TenantId,
    filter: &ConversationFilter,
    page: Page<(Timestamp, ConversationId)>,
) -> Result<Vec<Conversation>, DbError> {
    let mut sql = db
        .sql(&format!("SELECT {CONVERSATION} FROM {CONVERSATIONS} WHERE h.tenant_id = ?"))
        .bind(tenant)
        .when("AND c.state = ?", filter.state.map(model::conversation::State::as_str))
        .when("AND c.team_id = ?", filter.team)
        .when("AND c.agent_id = ?", filter.agent)
        .when("AND c.visitor_id = ?", filter.visitor)
        .when("AND h.changed_at >= ?", filter.from)
        .when("AND h.changed_at < ?", filter.to);
    if let Some((at, id)) = page.after {
        sql = sql
            .text("AND (h.changed_at < ? OR (h.changed_at = ? AND h.conversation_id < ?))")
            .bind(at)
            .bind(at)
            .bind(id);
    }
    let sql = sql.text("ORDER BY h.changed_at DESC, h.conversation_id DESC LIMIT ?").bind(page.limit);
    db.rows(sql).await?.iter().map(codec::conversation).collect()
}

pub async fn open_of(db: &Db, tenant: TenantId, who: Participant, limit: u32) -> Result<Vec<Conversation>, DbError> {
    let sql = match who {
        Participant::Visitor(id) => db
            .sql(&format!("SELECT {CONVERSATION} FROM {CONVERSATIONS} WHERE c.tenant_id = ? AND c.visitor_id = ?"))
            .bind(tenant)
            .bind(id)
            .text("AND c.state IN ('waiting', 'offered', 'assigned')"),
        Participant::Agent(id) => db
            .sql(&format!(
                "SELECT {CONVERSATION} FROM parties p \
                 JOIN conversations c ON c.tenant_id = p.tenant_id AND c.id = p.conversation_id \
                 JOIN heads h ON h.tenant_id = c.tenant_id AND h.conversation_id = c.id \
                 WHERE p.tenant_id = ? AND p.agent_id = ? AND c.state <> 'closed'"
            ))
            .bind(tenant)
            .bind(id),
    };
    let sql = sql.text("ORDER BY h.changed_at DESC, h.conversation_id DESC LIMIT ?").bind(limit);
    db.rows(sql).await?.iter().map(codec::conversation).collect()
}

pub async fn offered_to(db: &Db, tenant: TenantId, agent: AgentId, limit: u32) -> Result<Vec<Conversation>, DbError> {
    let sql = db
        .sql(&format!(
            "SELECT {CONVERSATION} FROM {CONVERSATIONS} WHERE c.tenant_id = ? AND c.offered_id = ? \
             ORDER BY h.changed_at DESC, h.conversation_id DESC LIMIT ?"
        ))
        .bind(tenant)
        .bind(agent)
        .bind(limit);
    db.rows(sql).await?.iter().map(codec::conversation).collect()
}

pub async fn entries(
    db: &Db,
    tenant: TenantId,
    conversation: ConversationId,
    reader: Reader,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, DbError> {
    let sql = db
        .sql(&format!("SELECT {ENTRY} FROM entries WHERE tenant_id = ? AND conversation_id = ? AND seq > ?"))
        .bind(tenant)
        .bind(conversation)
        .bind(i64::try_from(after).unwrap_or(i64::MAX));
    let sql = match reader {
        Reader::Visitor => sql.text("AND audience = 0"),
        Reader::Agent => sql,
    };
    db.rows(sql.text("ORDER BY seq LIMIT ?").bind(limit)).await?.iter().map(codec::entry).collect()
}

pub async fn offer(db: &Db, tenant: TenantId, offer: OfferId) -> Result<Option<ConversationId>, DbError> {
    let sql = db.sql("SELECT conversation_id FROM offers WHERE tenant_id = ? AND id = ?").bind(tenant).bind(offer);
    db.row(sql).await?.map(|row| row.id(0, ConversationId::from_bytes)).transpose()
}

pub async fn unread(
    db: &Db,
    tenant: TenantId,
    who: Participant,
    conversations: &[ConversationId],
) -> Result<Vec<u32>, DbError> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let sql = db
        .sql(
            "SELECT e.conversation_id, COUNT(*) FROM entries e \
             LEFT JOIN marks m ON m.tenant_id = e.tenant_id AND m.conversation_id = e.conversation_id \
             AND m.participant_id = ? WHERE (e.tenant_id, e.conversation_id)",
        )
        .bind(who.bytes())
        .among(conversations.iter().map(|c| codec::key((tenant, *c))))
        .text("AND e.seq > COALESCE(m.read_seq, 0) AND e.message = 1 AND e.author_id <> ?")
        .bind(who.bytes());
    let sql = match Reader::of(who) {
        Reader::Visitor => sql.text("AND e.audience = 0"),
        Reader::Agent => sql,
    };
    let rows = db.rows(sql.text("GROUP BY e.conversation_id")).await?;
    let counts = rows
        .iter()
        .map(|row| Ok((row.id(0, ConversationId::from_bytes)?, row.number(1)?)))
        .collect::<Result<HashMap<_, u32>, DbError>>()?;
    Ok(conversations.iter().map(|c| counts.get(c).copied().unwrap_or(0)).collect())
}

pub async fn marks(db: &Db, tenant: TenantId, conversation: ConversationId) -> Result<Marks, DbError> {
    let sql = db
        .sql(
            "SELECT participant_kind, participant_id, delivered_seq, read_seq FROM marks \
             WHERE tenant_id = ? AND conversation_id = ?",
        )
        .bind(tenant)
        .bind(conversation);
    let rows = db.rows(sql).await?;
    rows.iter()
        .map(|row| {
            let mark = Mark { delivered: row.number(2)?, read: row.number(3)? };
            Ok((codec::participant(row, 0, 1)?, mark))
        })
        .collect()
}

pub async fn decision(
    db: &Db,
    tenant: TenantId,
    id: DecisionId,
) -> Result<Option<(ConversationId, DecisionRecord)>, DbError> {
    let sql =
        db.sql("SELECT conversation_id, record FROM decisions WHERE tenant_id = ? AND id = ?").bind(tenant).bind(id);
    let row = db.row(sql).await?;
    row.map(|row| Ok((row.id(0, ConversationId::from_bytes)?, row.json(1)?))).transpose()
}

pub async fn decisions(
    db: &Db,
    tenant: TenantId,
    conversation: ConversationId,
    page: Page<DecisionId>,
) -> Result<Vec<DecisionRecord>, DbError> {
    let sql = db
        .sql("SELECT record FROM decisions WHERE tenant_id = ? AND conversation_id = ?")
        .bind(tenant)
        .bind(conversation)
        .when("AND id < ?", page.after)
        .text("ORDER BY id DESC LIMIT ?")
        .bind(page.limit);
    db.rows(sql).await?.iter().map(|row| row.json(0)).collect()
}

/// Ids begin with the time they were made at, so the range is one of the primary key.
pub async fn decisions_between(
    db: &Db,
    tenant: TenantId,
    times: Range<Timestamp>,
    page: Page<DecisionId>,
) -> Result<Vec<DecisionRecord>, DbError> {
    let first = |at: Timestamp| DecisionId::from_parts(at.as_ms().max(0).cast_unsigned(), 0);
    let sql = db
        .sql("SELECT record FROM decisions WHERE tenant_id = ? AND id >= ? AND id < ?")
        .bind(tenant)
        .bind(first(times.start))
        .bind(first(times.end))
        .when("AND id > ?", page.after)
        .text("ORDER BY id LIMIT ?")
        .bind(page.limit);
    db.rows(sql).await?.iter().map(|row| row.json(0)).collect()
}

pub async fn recent_decisions(
    db: &Db,
    tenant: TenantId,
    page: &Page<DecisionId>,
) -> Result<Vec<(ConversationId, DecisionRecord)>, DbError> {
    // Ids grow with time.
    let sql = db
        .sql("SELECT conversation_id, record FROM decisions WHERE tenant_id = ?")
        .bind(tenant)
        .when("AND id < ?", page.after)
        .text("ORDER BY id DESC LIMIT ?")
        .bind(page.limit);
    db.rows(sql).await?.iter().map(|row| Ok((row.id(0, ConversationId::from_bytes)?, row.json(1)?))).collect()
}
