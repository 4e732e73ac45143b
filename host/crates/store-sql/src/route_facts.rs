//! Everything that routing calls about one team are told, in a fixed number of statements that see one moment.

use crate::{
    SqlStore,
    backlog::BEFORE,
    codec::{self, CONVERSATION, CONVERSATIONS_BY_KEY},
    db::{DbError, Tx},
};
use model::{
    AgentId, ChannelId, ConversationId, TeamId, TenantId, Timestamp, VisitorId, body::Named, limits, people::Status,
};
use ports::store::{RouteFacts, SeatFacts, TeamFacts, Waiting};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// Assignments this new count as recent.
const RECENT: Duration = Duration::from_hours(1);
/// Teams that a decision may move a conversation to.
const TEAMS: u32 = 100;

pub async fn route_facts(
    store: &SqlStore,
    tenant: TenantId,
    team: TeamId,
    conversations: &[ConversationId],
) -> Result<RouteFacts, DbError> {
    let mut facts = RouteFacts { waiting: Vec::new(), seats: Vec::new(), teams: Vec::new(), epoch: 0 };
    if conversations.is_empty() {
        return Ok(facts);
    }
    let now = store.moment().await?;
    let mut tx = store.db.snapshot().await?;
    facts.waiting = waiting(&mut tx, tenant, team, conversations).await?;
    if !facts.waiting.is_empty() {
        let sql = tx.sql("SELECT activation_epoch FROM tenants WHERE id = ?").bind(tenant);
        facts.epoch = tx.row(sql).await?.map_or(Ok(0), |row| row.number(0))?;
        facts.seats = seats(&mut tx, tenant, team, now).await?;
        facts.teams = teams(&mut tx, tenant).await?;
    }
    Ok(facts)
}

async fn waiting(
    tx: &mut Tx,
    tenant: TenantId,
    team: TeamId,
    conversations: &[ConversationId],
) -> Result<Vec<Waiting>, DbError> {
    let channels = channels(tx, tenant).await?;
    let sql = tx
        .sql(&format!(
            "SELECT {CONVERSATION}, v.vip, v.properties, (SELECT COUNT(*) FROM conversations o WHERE {BEFORE}), \
             (SELECT COUNT(*) FROM conversations p WHERE p.tenant_id = c.tenant_id AND p.visitor_id = c.visitor_id \
             AND p.opened_at <= c.opened_at AND p.id <> c.id) FROM {CONVERSATIONS_BY_KEY} \
             LEFT JOIN visitors v ON v.tenant_id = c.tenant_id AND v.id = c.visitor_id \
             WHERE c.team_id = ? AND c.state = 'waiting' AND (c.tenant_id, c.id)"
        ))
        .bind(team)
        .among(conversations.iter().map(|c| codec::key((tenant, *c))));
    let mut waiting = Vec::new();
    for row in tx.rows(sql).await? {
        let conversation = codec::conversation(&row)?;
        let properties = row.maybe_text(6)?.map(|text| serde_json::from_str(&text)).transpose()?;
        waiting.push(Waiting {
            channel: channels.get(&conversation.channel).cloned().unwrap_or_default(),
            ahead: row.number(7)?,
            visitor_vip: u8::try_from(row.maybe_int(5)?.unwrap_or(0))?,
            visitor_properties: properties.unwrap_or_default(),
            visits: row.number(8)?,
            last_served: BTreeMap::new(),
            conversation,
        });
    }
    let order: HashMap<_, _> = conversations.iter().zip(0..).collect();
    waiting.sort_by_key(|w| order.get(&w.conversation.id).copied().unwrap_or(usize::MAX));
    served(tx, tenant, &mut waiting).await?;
    Ok(waiting)
}

async fn channels(tx: &mut Tx, tenant: TenantId) -> Result<HashMap<ChannelId, String>, DbError> {
    let sql = tx.sql("SELECT id, name FROM channels WHERE tenant_id = ?").bind(tenant);
    let rows = tx.rows(sql).await?;
    rows.iter().map(|r| Ok((r.id(0, ChannelId::from_bytes)?, r.text(1)?))).collect()
}

async fn served(tx: &mut Tx, tenant: TenantId, waiting: &mut [Waiting]) -> Result<(), DbError> {
    if waiting.is_empty() {
        return Ok(());
    }
    let sql = tx
        .sql("SELECT visitor_id, agent_id, MAX(assigned_at) FROM assignments WHERE (tenant_id, visitor_id)")
        .among(waiting.iter().map(|w| [tenant.into(), w.conversation.visitor.id.into()]))
        .text("GROUP BY visitor_id, agent_id");
    let mut served: HashMap<VisitorId, BTreeMap<AgentId, Timestamp>> = HashMap::new();
    for row in tx.rows(sql).await? {
        let by = served.entry(row.id(0, VisitorId::from_bytes)?).or_default();
        by.insert(row.id(1, AgentId::from_bytes)?, row.time(2)?);
    }
    for w in waiting {
        w.last_served = served.get(&w.conversation.visitor.id).cloned().unwrap_or_default();
    }
    Ok(())
}

async fn seats(tx: &mut Tx, tenant: TenantId, team: TeamId, now: Timestamp) -> Result<Vec<SeatFacts>, DbError> {
    let since = Timestamp(now.as_ms() - i64::try_from(RECENT.as_millis())?);
    let sql = tx
        .sql(
            "SELECT a.id, a.name, s.status, s.places, s.capacity, a.skills, a.tier, a.weight, s.last_assigned, \
             s.last_freed, s.first_replies, \
             (SELECT COUNT(*) FROM assignments r WHERE r.tenant_id = a.tenant_id AND r.agent_id = a.id \
             AND r.assigned_at >= ?) \
             FROM team_members m \
             JOIN agents a ON a.tenant_id = m.tenant_id AND a.id = m.agent_id \
             JOIN seats s ON s.tenant_id = m.tenant_id AND s.agent_id = m.agent_id \
             WHERE m.tenant_id = ? AND m.team_id = ? AND a.disabled = 0 AND s.status <> 'offline' \
             ORDER BY a.id LIMIT ?",
        )
        .bind(since)
        .bind(tenant)
        .bind(team)
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
