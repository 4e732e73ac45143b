//! Tenants and people as they stand in their rows.

use crate::{
    SqlStore,
    db::{DbError, Row, Value},
};
use model::{
    AgentId, ChannelId, TeamId, TenantId, VisitorId,
    people::{Agent, Channel, Team, Visitor},
    tenant::Tenant,
};
use ports::PortResult;
use std::collections::HashMap;

pub const TENANT: &str = "SELECT id, slug, name, settings, activation_epoch, version FROM tenants";
pub const AGENT: &str = "SELECT a.id, a.email, a.name, a.role, s.status, s.capacity, s.places, a.skills, a.tier, a.weight, \
     a.disabled, a.version, a.password_hash FROM agents a \
     JOIN seats s ON s.tenant_id = a.tenant_id AND s.agent_id = a.id WHERE a.tenant_id = ?";
pub const CHANNEL: &str =
    "SELECT id, channel_key, name, team_id, origins, identity_secret, version, tenant_id FROM channels";
pub const VISITOR: &str =
    "SELECT id, channel_id, name, external_id, language, vip, properties, created_at FROM visitors";

pub fn tenant(r: &Row) -> Result<Tenant, DbError> {
    Ok(Tenant {
        id: r.id(0, TenantId::from_bytes)?,
        slug: r.text(1)?,
        name: r.text(2)?,
        settings: r.json(3)?,
        activation_epoch: r.number(4)?,
        version: r.number(5)?,
    })
}

pub fn agent(r: &Row) -> Result<Agent, DbError> {
    Ok(Agent {
        id: r.id(0, AgentId::from_bytes)?,
        email: r.text(1)?,
        name: r.text(2)?,
        role: r.word(3)?,
        status: r.word(4)?,
        capacity: r.number(5)?,
        open: r.number(6)?,
        skills: r.json(7)?,
        tier: r.number(8)?,
        weight: r.number(9)?,
        disabled: r.flag(10)?,
        version: r.number(11)?,
    })
}

pub fn channel(r: &Row) -> Result<Channel, DbError> {
    Ok(Channel {
        id: r.id(0, ChannelId::from_bytes)?,
        key: r.text(1)?,
        name: r.text(2)?,
        team: r.id(3, TeamId::from_bytes)?,
        allowed_origins: r.json(4)?,
        identity_secret: r.maybe_blob(5)?,
        version: r.number(6)?,
    })
}

pub fn visitor(r: &Row) -> Result<Visitor, DbError> {
    Ok(Visitor {
        id: r.id(0, VisitorId::from_bytes)?,
        channel: r.id(1, ChannelId::from_bytes)?,
        name: r.text(2)?,
        external_id: r.maybe_text(3)?,
        language: r.maybe_text(4)?,
        vip: r.number(5)?,
        properties: r.json(6)?,
        created_at: r.time(7)?,
    })
}

impl SqlStore {
    /// Teams with all their members; `what` is a condition on team `t` with one `?` when there is a `value`.
    pub async fn teams_where(&self, tenant: TenantId, what: &str, value: Option<Value>) -> PortResult<Vec<Team>> {
        let mut tx = self.db.snapshot().await?;
        let sql = tx
            .sql("SELECT t.id, t.name, t.version FROM teams t WHERE t.tenant_id = ?")
            .bind(tenant)
            .when(what, value.clone())
            .text("ORDER BY t.id");
        let rows = tx.rows(sql).await?;
        let sql = tx
            .sql(
                "SELECT t.id, m.agent_id FROM teams t JOIN team_members m ON m.tenant_id = t.tenant_id \
                 AND m.team_id = t.id WHERE t.tenant_id = ?",
            )
            .bind(tenant)
            .when(what, value)
            .text("ORDER BY t.id, m.agent_id");
        let mut members: HashMap<TeamId, Vec<AgentId>> = HashMap::new();
        for row in tx.rows(sql).await? {
            members.entry(row.id(0, TeamId::from_bytes)?).or_default().push(row.id(1, AgentId::from_bytes)?);
        }
        let teams = rows.iter().map(|r| {
            let id = r.id(0, TeamId::from_bytes)?;
            Ok(Team { id, name: r.text(1)?, members: members.remove(&id).unwrap_or_default(), version: r.number(2)? })
        });
        Ok(teams.collect::<Result<_, DbError>>()?)
    }
}
