//! Everything one routing call is told, in a fixed number of statements that see one moment.

use crate::{
    SqlStore,
    backlog::{AHEAD, count},
    codec::{self, CONVERSATION},
    db::{DbError, Tx},
};
use model::{AgentId, Conversation, ConversationId, TeamId, TenantId, Timestamp, body::Named, limits, people::Status};
use ports::store::{RouteFacts, SeatFacts, TeamFacts};
use std::{collections::HashMap, time::Duration};

/// Assignments this new count as recent.
const RECENT: Duration = Duration::from_hours(1);
/// Teams that a decision may move a conversation to.
const TEAMS: u32 = 100;

pub async fn route_facts(
    store: &SqlStore,
    tenant: TenantId,
    conversation: ConversationId,
) -> Result<Option<RouteFacts>, DbError> {
    let now = store.moment().await?;
    let mut tx = store.db.snapshot().await?;
    let sql = tx
        .sql(&format!(
            "SELECT {CONVERSATION}, v.vip, v.properties, t.activation_epoch FROM conversations c \
             JOIN tenants t ON t.id = c.tenant_id \
             LEFT JOIN visitors v ON v.tenant_id = c.tenant_id AND v.id = c.visitor_id \
             WHERE c.tenant_id = ? AND c.id = ?"
        ))
        .bind(tenant)
        .bind(conversation);
    let Some(row) = tx.row(sql).await? else { return Ok(None) };
    let conversation = codec::conversation(&row)?;
    let properties = row.maybe_text(6)?.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Some(RouteFacts {
        channel: channel(&mut tx, &conversation).await?,
        ahead: ahead(&mut tx, &conversation).await?,
        seats: seats(&mut tx, &conversation, now).await?,
        teams: teams(&mut tx, tenant).await?,
        visitor_vip: u8::try_from(row.maybe_int(5)?.unwrap_or(0))?,
        visitor_properties: properties.unwrap_or_default(),
        visits: visits(&mut tx, &conversation).await?,
        epoch: row.number(7)?,
        conversation,
    }))
}

async fn channel(tx: &mut Tx, c: &Conversation) -> Result<String, DbError> {
    let sql = tx.sql("SELECT name FROM channels WHERE tenant_id = ? AND id = ?").bind(c.tenant).bind(c.channel);
    tx.row(sql).await?.map_or(Ok(String::new()), |row| row.text(0))
}

async fn ahead(tx: &mut Tx, c: &Conversation) -> Result<u32, DbError> {
    let sql = tx.sql(AHEAD).bind(c.tenant).bind(c.id);
    tx.row(sql).await?.as_ref().map_or(Ok(0), count)
}

async fn seats(tx: &mut Tx, c: &Conversation, now: Timestamp) -> Result<Vec<SeatFacts>, DbError> {
    let since = Timestamp(now.as_ms() - i64::try_from(RECENT.as_millis())?);
    let sql = tx
        .sql(
            "SELECT a.id, a.name, s.status, s.places, s.capacity, a.skills, a.tier, a.weight, s.last_assigned, \
             s.last_freed, s.first_replies, \
             (SELECT COUNT(*) FROM assignments r WHERE r.tenant_id = a.tenant_id AND r.agent_id = a.id \
             AND r.assigned_at >= ?), \
             (SELECT MAX(r.assigned_at) FROM assignments r WHERE r.tenant_id = a.tenant_id AND r.visitor_id = ? \
             AND r.agent_id = a.id) \
             FROM team_members m \
             JOIN agents a ON a.tenant_id = m.tenant_id AND a.id = m.agent_id \
             JOIN seats s ON s.tenant_id = m.tenant_id AND s.agent_id = m.agent_id \
             WHERE m.tenant_id = ? AND m.team_id = ? AND a.disabled = 0 AND s.status <> 'offline' \
             ORDER BY a.id LIMIT ?",
        )
        .bind(since)
        .bind(c.visitor.id)
        .bind(c.tenant)
        .bind(c.team.id)
        .bind(i64::try_from(limits::ROUTING_AGENTS)?);
    let rows = tx.rows(sql).await?;
    rows.iter()
        .map(|r| {
            Ok(SeatFacts {
                agent: Named { id: r.id(0, AgentId::from_bytes)?, name: r.text(1)? },
                status: r.word(2)?,
                open: r.number(3)?,
                capacity: r.number(4)?,
                skills: r.json(5)?,
                tier: r.number(6)?,
                weight: r.number(7)?,
                last_assigned: r.maybe_time(8)?,
                last_freed: r.maybe_time(9)?,
                first_reply: median(r.json(10)?),
                recent: u16::try_from(r.int(11)?).unwrap_or(u16::MAX),
                last_served: r.maybe_time(12)?,
            })
        })
        .collect()
}

/// The middle one; of two in the middle the shorter.
fn median(mut milliseconds: Vec<u64>) -> Option<Duration> {
    milliseconds.sort_unstable();
    let middle = milliseconds.len().checked_sub(1)? / 2;
    milliseconds.get(middle).map(|ms| Duration::from_millis(*ms))
}

async fn teams(tx: &mut Tx, tenant: TenantId) -> Result<Vec<TeamFacts>, DbError> {
    let sql = tx
        .sql(
            "SELECT t.id, t.name, (SELECT COUNT(*) FROM conversations c WHERE c.tenant_id = t.tenant_id \
             AND c.team_id = t.id AND c.state = 'waiting') FROM teams t WHERE t.tenant_id = ? ORDER BY t.id LIMIT ?",
        )
        .bind(tenant)
        .bind(TEAMS);
    let rows = tx.rows(sql).await?;
    let sql = tx
        .sql(
            "SELECT m.team_id, m.agent_id, s.status, s.places, s.capacity FROM team_members m \
             JOIN agents a ON a.tenant_id = m.tenant_id AND a.id = m.agent_id \
             JOIN seats s ON s.tenant_id = m.tenant_id AND s.agent_id = m.agent_id \
             WHERE m.tenant_id = ? AND a.disabled = 0 ORDER BY m.team_id, m.agent_id",
        )
        .bind(tenant);
    let mut members: HashMap<TeamId, (Vec<AgentId>, u16, u16)> = HashMap::new();
    for row in tx.rows(sql).await? {
        let (ids, online, free) = members.entry(row.id(0, TeamId::from_bytes)?).or_default();
        ids.push(row.id(1, AgentId::from_bytes)?);
        if row.word::<Status>(2)? == Status::Online {
            let places = (row.int(4)? - row.int(3)?).clamp(0, i64::from(u16::MAX));
            *online = online.saturating_add(1);
            *free = free.saturating_add(u16::try_from(places)?);
        }
    }
    rows.iter()
        .map(|r| {
            let id = r.id(0, TeamId::from_bytes)?;
            let (members, online, free) = members.remove(&id).unwrap_or_default();
            Ok(TeamFacts { team: Named { id, name: r.text(1)? }, members, online, free, waiting: r.number(2)? })
        })
        .collect()
}

async fn visits(tx: &mut Tx, c: &Conversation) -> Result<u32, DbError> {
    let sql = tx
        .sql("SELECT COUNT(*) FROM conversations WHERE tenant_id = ? AND visitor_id = ? AND opened_at <= ? AND id <> ?")
        .bind(c.tenant)
        .bind(c.visitor.id)
        .bind(c.opened_at)
        .bind(c.id);
    tx.row(sql).await?.as_ref().map_or(Ok(0), count)
}
