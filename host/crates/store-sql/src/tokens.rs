//! `ports::store::Tokens`: keys, refresh and API tokens, the audit trail.

use crate::{
    SqlStore, codec,
    db::{DbError, Row, Value},
};
use async_trait::async_trait;
use model::{AgentId, AuditId, Participant, TenantId, Timestamp, TokenId};
use ports::{
    PortError, PortResult,
    store::{ApiToken, AuditRecord, Page, RefreshToken, Tokens, Used},
};

const API_TOKEN: &str = "SELECT id, name, role, hash, created_at, expires_at, tenant_id FROM api_tokens";

fn api_token(r: &Row) -> Result<ApiToken, DbError> {
    Ok(ApiToken {
        id: r.id(0, TokenId::from_bytes)?,
        name: r.text(1)?,
        role: r.word(2)?,
        hash: r.bytes(3)?,
        created_at: r.time(4)?,
        expires_at: r.maybe_time(5)?,
    })
}

fn audit_record(r: &Row) -> Result<AuditRecord, DbError> {
    Ok(AuditRecord {
        id: r.id(0, AuditId::from_bytes)?,
        at: r.time(1)?,
        by: if r.maybe_int(2)?.is_some() { Some(codec::participant(r, 2, 3)?) } else { None },
        action: r.text(4)?,
        detail: r.json(5)?,
    })
}

impl SqlStore {
    fn new_refresh(&self, tenant: TenantId, token: &RefreshToken) -> crate::db::Sql {
        let row = [
            tenant.into(),
            token.hash.into(),
            token.family.into(),
            token.agent.into(),
            token.expires_at.into(),
            Value::from(false),
        ];
        self.db.sql("INSERT INTO refresh_tokens (tenant_id, hash, family_id, agent_id, expires_at, used)").rows([row])
    }
}

#[async_trait]
impl Tokens for SqlStore {
    async fn signing_key(&self, proposed: &[u8]) -> PortResult<Vec<u8>> {
        let sql = self
            .db
            .sql("INSERT INTO meta (name, value)")
            .rows([["signing_key".into(), proposed.into()]])
            .or_keep("name", "name");
        self.db.run(sql).await?;
        let key = self.one(self.db.sql("SELECT value FROM meta WHERE name = 'signing_key'"), |r| r.blob(0)).await?;
        key.ok_or_else(|| PortError::failed("the store", "the signing key is gone"))
    }

    async fn add_refresh(&self, tenant: TenantId, token: &RefreshToken) -> PortResult<()> {
        Ok(self.db.run(self.new_refresh(tenant, token)).await.map(drop)?)
    }
    async fn use_refresh(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        next: [u8; 32],
        expires_at: Timestamp,
    ) -> PortResult<Used> {
        let now = self.moment().await?;
        let mut tx = self.db.begin().await?;
        let sql = tx
            .sql("SELECT family_id, agent_id, used, expires_at FROM refresh_tokens WHERE tenant_id = ? AND hash = ?")
            .bind(tenant)
            .bind(hash)
            .for_update();
        let Some(row) = tx.row(sql).await? else { return Ok(Used::Unknown) };
        let family = row.id(0, TokenId::from_bytes)?;
        let agent = row.id(1, AgentId::from_bytes)?;
        if row.flag(2)? {
            let sql =
                tx.sql("DELETE FROM refresh_tokens WHERE tenant_id = ? AND family_id = ?").bind(tenant).bind(family);
            tx.run(sql).await?;
            tx.commit().await?;
            return Ok(Used::Reused { family, agent });
        }
        if row.time(3)? <= now {
            return Ok(Used::Unknown);
        }
        let sql = tx.sql("UPDATE refresh_tokens SET used = 1 WHERE tenant_id = ? AND hash = ?").bind(tenant).bind(hash);
        tx.run(sql).await?;
        tx.run(self.new_refresh(tenant, &RefreshToken { family, agent, hash: next, expires_at })).await?;
        // Used ones are kept while they could come again, no longer.
        let sql = tx.sql("DELETE FROM refresh_tokens WHERE tenant_id = ? AND family_id = ? AND expires_at <= ?");
        tx.run(sql.bind(tenant).bind(family).bind(now)).await?;
        tx.commit().await?;
        Ok(Used::Rotated { family, agent })
    }
    async fn end_family(&self, tenant: TenantId, family: TokenId) -> PortResult<()> {
        let sql =
            self.db.sql("DELETE FROM refresh_tokens WHERE tenant_id = ? AND family_id = ?").bind(tenant).bind(family);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn end_families_of(&self, tenant: TenantId, agent: AgentId) -> PortResult<()> {
        let sql =
            self.db.sql("DELETE FROM refresh_tokens WHERE tenant_id = ? AND agent_id = ?").bind(tenant).bind(agent);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn has_family(&self, tenant: TenantId, family: TokenId) -> PortResult<bool> {
        let sql = self.db.sql("SELECT 1 FROM refresh_tokens WHERE tenant_id = ? AND family_id = ? LIMIT 1");
        Ok(self.one(sql.bind(tenant).bind(family), |r| r.int(0)).await?.is_some())
    }

    async fn add_api_token(&self, tenant: TenantId, token: &ApiToken) -> PortResult<()> {
        let row = [
            tenant.into(),
            token.id.into(),
            token.name.as_str().into(),
            Value::word(&token.role).map_err(DbError::from)?,
            token.hash.into(),
            token.created_at.into(),
            token.expires_at.into(),
        ];
        let sql =
            self.db.sql("INSERT INTO api_tokens (tenant_id, id, name, role, hash, created_at, expires_at)").rows([row]);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn api_token(&self, hash: [u8; 32]) -> PortResult<Option<(TenantId, ApiToken)>> {
        let now = self.moment().await?;
        let sql = self
            .db
            .sql(API_TOKEN)
            .text("WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)")
            .bind(hash)
            .bind(now);
        self.one(sql, |r| Ok((r.id(6, TenantId::from_bytes)?, api_token(r)?))).await
    }
    async fn api_tokens(&self, tenant: TenantId) -> PortResult<Vec<ApiToken>> {
        self.all(self.db.sql(API_TOKEN).text("WHERE tenant_id = ? ORDER BY id").bind(tenant), api_token).await
    }
    async fn delete_api_token(&self, tenant: TenantId, id: TokenId) -> PortResult<bool> {
        let sql = self.db.sql("DELETE FROM api_tokens WHERE tenant_id = ? AND id = ?").bind(tenant).bind(id);
        Ok(self.db.run(sql).await? == 1)
    }

    async fn audit_log(&self, tenant: TenantId, record: &AuditRecord) -> PortResult<()> {
        let row = [
            tenant.into(),
            record.id.into(),
            record.at.into(),
            record.by.map_or(Value::Null, |p| codec::participant_kind(p.kind())),
            record.by.map(Participant::bytes).into(),
            record.action.as_str().into(),
            Value::json(&record.detail).map_err(DbError::from)?,
        ];
        let sql = self
            .db
            .sql("INSERT INTO audit_records (tenant_id, id, made_at, by_kind, by_id, action, detail)")
            .rows([row])
            .or_keep("tenant_id, id", "id");
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn audit_records(&self, tenant: TenantId, page: Page<AuditId>) -> PortResult<Vec<AuditRecord>> {
        let sql = self
            .db
            .sql("SELECT id, made_at, by_kind, by_id, action, detail FROM audit_records WHERE tenant_id = ?")
            .bind(tenant)
            .when("AND id < ?", page.after)
            .text("ORDER BY id DESC LIMIT ?")
            .bind(page.limit);
        self.all(sql, audit_record).await
    }
}
