//! `ports::store::People`: tenants, agents, teams, channels, visitors.

mod rows;

use crate::{
    SqlStore,
    db::{DbError, Tx, Value},
    notifications::occurred,
};
use async_trait::async_trait;
use model::{
    AgentId, ChannelId, TeamId, TenantId, VisitorId,
    body::Named,
    catalogue::AgentStatusPayload,
    notification::EventKind,
    people::{Agent, Channel, Status, Team, Visitor},
    tenant::{Settings, Tenant},
};
use ports::{
    PortResult,
    store::{NewAgent, Page, People},
};
use rows::{AGENT, CHANNEL, TENANT, VISITOR, agent, channel, tenant, visitor};

async fn put_members(tx: &mut Tx, tenant: TenantId, team: &Team) -> Result<(), DbError> {
    if team.members.is_empty() {
        return Ok(());
    }
    let rows = team.members.iter().map(|agent| [tenant.into(), team.id.into(), (*agent).into()]);
    let sql = tx
        .sql("INSERT INTO team_members (tenant_id, team_id, agent_id)")
        .rows(rows)
        .or_keep("tenant_id, team_id, agent_id", "tenant_id");
    tx.run(sql).await.map(drop)
}

/// Commits, or answers `false` when a unique key forbade it.
async fn finish(tx: Tx, done: Result<(), DbError>) -> PortResult<bool> {
    match done {
        Ok(()) => {
            tx.commit().await?;
            Ok(true)
        }
        Err(e) if e.is_duplicate() => {
            tx.rollback().await?;
            Ok(false)
        }
        Err(e) => Err(e.into()),
    }
}

#[async_trait]
impl People for SqlStore {
    async fn add_tenant(&self, t: &Tenant) -> PortResult<bool> {
        let row = [
            t.id.into(),
            t.slug.as_str().into(),
            t.name.as_str().into(),
            Value::json(&t.settings).map_err(DbError::from)?,
            t.activation_epoch.into(),
            t.version.into(),
        ];
        let sql = self.db.sql("INSERT INTO tenants (id, slug, name, settings, activation_epoch, version)").rows([row]);
        Ok(self.db.insert(sql).await?)
    }
    async fn tenant(&self, id: TenantId) -> PortResult<Option<Tenant>> {
        self.one(self.db.sql(TENANT).text("WHERE id = ?").bind(id), tenant).await
    }
    async fn tenant_by_slug(&self, slug: &str) -> PortResult<Option<Tenant>> {
        self.one(self.db.sql(TENANT).text("WHERE slug = ?").bind(slug), tenant).await
    }
    async fn tenants(&self, page: Page<TenantId>) -> PortResult<Vec<Tenant>> {
        let sql = self.db.sql(TENANT).when("WHERE id > ?", page.after).text("ORDER BY id LIMIT ?").bind(page.limit);
        self.all(sql, tenant).await
    }
    async fn set_settings(&self, tenant: TenantId, settings: &Settings, version: u64) -> PortResult<bool> {
        let sql = self
            .db
            .sql("UPDATE tenants SET settings = ?, version = version + 1 WHERE id = ? AND version = ?")
            .bind(Value::json(settings).map_err(DbError::from)?)
            .bind(tenant)
            .bind(version);
        Ok(self.db.run(sql).await? == 1)
    }

    async fn add_agent(&self, tenant: TenantId, a: &NewAgent) -> PortResult<bool> {
        let row = [
            tenant.into(),
            a.id.into(),
            a.email.as_str().into(),
            a.name.as_str().into(),
            Value::word(&a.role).map_err(DbError::from)?,
            Value::json(&a.skills).map_err(DbError::from)?,
            a.tier.into(),
            a.weight.into(),
            false.into(),
            Value::Int(1),
            a.password_hash.as_str().into(),
        ];
        let mut tx = self.db.begin().await?;
        let sql = tx
            .sql(
                "INSERT INTO agents (tenant_id, id, email, name, role, skills, tier, weight, disabled, version, \
                 password_hash)",
            )
            .rows([row]);
        let done = tx.run(sql).await.map(drop);
        if done.is_ok() {
            let seat = [
                tenant.into(),
                a.id.into(),
                "offline".into(),
                a.capacity.into(),
                Value::Int(0),
                a.capacity.into(),
                "[]".into(),
            ];
            let sql = tx
                .sql("INSERT INTO seats (tenant_id, agent_id, status, capacity, places, allowance, first_replies)")
                .rows([seat]);
            tx.run(sql).await?;
        }
        finish(tx, done).await
    }
    async fn agent(&self, tenant: TenantId, id: AgentId) -> PortResult<Option<Agent>> {
        self.one(self.db.sql(AGENT).bind(tenant).text("AND a.id = ?").bind(id), agent).await
    }
    async fn agents(&self, tenant: TenantId, page: Page<AgentId>) -> PortResult<Vec<Agent>> {
        let sql = self
            .db
            .sql(AGENT)
            .bind(tenant)
            .when("AND a.id > ?", page.after)
            .text("ORDER BY a.id LIMIT ?")
            .bind(page.limit);
        self.all(sql, agent).await
    }
    async fn update_agent(&self, tenant: TenantId, a: &Agent) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        let sql = tx
            .sql(
                "UPDATE agents SET name = ?, role = ?, skills = ?, tier = ?, weight = ?, disabled = ?, \
                 version = version + 1 WHERE tenant_id = ? AND id = ? AND version = ?",
            )
            .bind(a.name.as_str())
            .bind(Value::word(&a.role).map_err(DbError::from)?)
            .bind(Value::json(&a.skills).map_err(DbError::from)?)
            .bind(a.tier)
            .bind(a.weight)
            .bind(a.disabled)
            .bind(tenant)
            .bind(a.id)
            .bind(a.version);
        if tx.run(sql).await? == 0 {
            return Ok(false);
        }
        // Places that are held already are kept when the capacity falls below them.
        let sql = tx
            .sql(
                "UPDATE seats SET capacity = ?, allowance = CASE WHEN places > ? THEN places ELSE ? END \
                 WHERE tenant_id = ? AND agent_id = ?",
            )
            .bind(a.capacity)
            .bind(a.capacity)
            .bind(a.capacity)
            .bind(tenant)
            .bind(a.id);
        tx.run(sql).await?;
        tx.commit().await?;
        Ok(true)
    }
    async fn credentials(&self, tenant: TenantId, email: &str) -> PortResult<Option<(Agent, String)>> {
        let sql = self.db.sql(AGENT).bind(tenant).text("AND a.email = ?").bind(email);
        self.one(sql, |r| Ok((agent(r)?, r.text(12)?))).await
    }
    async fn set_password(&self, tenant: TenantId, agent: AgentId, hash: &str) -> PortResult<()> {
        let sql = self
            .db
            .sql("UPDATE agents SET password_hash = ? WHERE tenant_id = ? AND id = ?")
            .bind(hash)
            .bind(tenant)
            .bind(agent);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn set_status(&self, tenant: TenantId, agent: AgentId, status: Status) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        let found = tx
            .sql(
                "SELECT s.status, a.name FROM seats s JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id \
                 WHERE s.tenant_id = ? AND s.agent_id = ?",
            )
            .bind(tenant)
            .bind(agent)
            .for_update();
        let Some(found) = tx.row(found).await? else { return Ok(false) };
        let (before, name): (Status, String) = (found.word(0)?, found.text(1)?);
        let sql = tx
            .sql("UPDATE seats SET status = ? WHERE tenant_id = ? AND agent_id = ?")
            .bind(Value::word(&status).map_err(DbError::from)?)
            .bind(tenant)
            .bind(agent);
        tx.run(sql).await?;
        if before != status {
            let payload = AgentStatusPayload { agent: Named { id: agent, name }, status };
            occurred(&mut tx, self.clock.as_ref(), tenant, EventKind::AgentStatus, &payload).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn add_team(&self, tenant: TenantId, team: &Team) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        let row = [tenant.into(), team.id.into(), team.name.as_str().into(), team.version.into()];
        let done = tx.run(tx.sql("INSERT INTO teams (tenant_id, id, name, version)").rows([row])).await.map(drop);
        if done.is_ok() {
            put_members(&mut tx, tenant, team).await?;
        }
        finish(tx, done).await
    }
    async fn team(&self, tenant: TenantId, id: TeamId) -> PortResult<Option<Team>> {
        Ok(self.teams_where(tenant, "AND t.id = ?", Some(id.into())).await?.into_iter().next())
    }
    async fn teams(&self, tenant: TenantId) -> PortResult<Vec<Team>> {
        self.teams_where(tenant, "", None).await
    }
    async fn teams_of(&self, tenant: TenantId, agent: AgentId) -> PortResult<Vec<Team>> {
        let mine = "AND EXISTS (SELECT 1 FROM team_members x WHERE x.tenant_id = t.tenant_id AND x.team_id = t.id \
             AND x.agent_id = ?)";
        self.teams_where(tenant, mine, Some(agent.into())).await
    }
    async fn update_team(&self, tenant: TenantId, team: &Team) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        let sql = tx
            .sql("UPDATE teams SET name = ?, version = version + 1 WHERE tenant_id = ? AND id = ? AND version = ?")
            .bind(team.name.as_str())
            .bind(tenant)
            .bind(team.id)
            .bind(team.version);
        match tx.run(sql).await {
            Ok(1) => {}
            Ok(_) => return Ok(false),
            Err(e) => return finish(tx, Err(e)).await,
        }
        let sql = tx.sql("DELETE FROM team_members WHERE tenant_id = ? AND team_id = ?").bind(tenant).bind(team.id);
        tx.run(sql).await?;
        put_members(&mut tx, tenant, team).await?;
        finish(tx, Ok(())).await
    }

    async fn add_channel(&self, tenant: TenantId, c: &Channel) -> PortResult<bool> {
        let row = [
            tenant.into(),
            c.id.into(),
            c.key.as_str().into(),
            c.name.as_str().into(),
            c.team.into(),
            Value::json(&c.allowed_origins).map_err(DbError::from)?,
            c.identity_secret.clone().into(),
            c.version.into(),
        ];
        let sql = self
            .db
            .sql("INSERT INTO channels (tenant_id, id, channel_key, name, team_id, origins, identity_secret, version)")
            .rows([row]);
        Ok(self.db.insert(sql).await?)
    }
    async fn channel(&self, tenant: TenantId, id: ChannelId) -> PortResult<Option<Channel>> {
        self.one(self.db.sql(CHANNEL).text("WHERE tenant_id = ? AND id = ?").bind(tenant).bind(id), channel).await
    }
    async fn channel_by_key(&self, key: &str) -> PortResult<Option<(TenantId, Channel)>> {
        let sql = self.db.sql(CHANNEL).text("WHERE channel_key = ?").bind(key);
        self.one(sql, |r| Ok((r.id(7, TenantId::from_bytes)?, channel(r)?))).await
    }
    async fn channels(&self, tenant: TenantId) -> PortResult<Vec<Channel>> {
        self.all(self.db.sql(CHANNEL).text("WHERE tenant_id = ? ORDER BY id").bind(tenant), channel).await
    }
    async fn update_channel(&self, tenant: TenantId, c: &Channel) -> PortResult<bool> {
        let sql = self
            .db
            .sql(
                "UPDATE channels SET channel_key = ?, name = ?, team_id = ?, origins = ?, identity_secret = ?, \
                 version = version + 1 WHERE tenant_id = ? AND id = ? AND version = ?",
            )
            .bind(c.key.as_str())
            .bind(c.name.as_str())
            .bind(c.team)
            .bind(Value::json(&c.allowed_origins).map_err(DbError::from)?)
            .bind(c.identity_secret.clone())
            .bind(tenant)
            .bind(c.id)
            .bind(c.version);
        match self.db.run(sql).await {
            Ok(rows) => Ok(rows == 1),
            Err(e) if e.is_duplicate() => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    async fn put_visitor(&self, tenant: TenantId, v: &Visitor) -> PortResult<VisitorId> {
        let row = [
            tenant.into(),
            v.id.into(),
            v.channel.into(),
            v.name.as_str().into(),
            v.external_id.as_deref().into(),
            v.language.as_deref().into(),
            v.vip.into(),
            Value::json(&v.properties).map_err(DbError::from)?,
            v.created_at.into(),
        ];
        let insert = self
            .db
            .sql(
                "INSERT INTO visitors (tenant_id, id, channel_id, name, external_id, language, vip, properties, \
                 created_at)",
            )
            .rows([row]);
        if self.db.insert(insert).await? {
            return Ok(v.id);
        }
        // Known: by the id of the site, or as the same visitor again.
        let known = self
            .db
            .sql("SELECT id FROM visitors WHERE tenant_id = ? AND channel_id = ? AND external_id = ?")
            .bind(tenant)
            .bind(v.channel)
            .bind(v.external_id.as_deref());
        let id = self.one(known, |r| r.id(0, VisitorId::from_bytes)).await?.unwrap_or(v.id);
        let update = self
            .db
            .sql("UPDATE visitors SET name = ?, language = ?, vip = ?, properties = ? WHERE tenant_id = ? AND id = ?")
            .bind(v.name.as_str())
            .bind(v.language.as_deref())
            .bind(v.vip)
            .bind(Value::json(&v.properties).map_err(DbError::from)?)
            .bind(tenant)
            .bind(id);
        self.db.run(update).await?;
        Ok(id)
    }
    async fn visitor(&self, tenant: TenantId, id: VisitorId) -> PortResult<Option<Visitor>> {
        self.one(self.db.sql(VISITOR).text("WHERE tenant_id = ? AND id = ?").bind(tenant).bind(id), visitor).await
    }
}
