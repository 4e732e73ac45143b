//! `ports::store::Administration`: small resources as documents, and the pace of a team.

use crate::{
    SqlStore,
    db::{DbError, Row, Value},
};
use async_trait::async_trait;
use model::{ResourceId, TeamId, TenantId, Timestamp};
use ports::{
    PortResult,
    store::{Administration, Page, Resource, ResourceKind},
};

const RESOURCE: &str = "SELECT id, name, body, version FROM resources";

/// A kind in its row. A number once released never changes.
const fn kind_value(kind: ResourceKind) -> Value {
    Value::Int(match kind {
        ResourceKind::Hours => 1,
        ResourceKind::Holiday => 2,
        ResourceKind::CannedReply => 3,
        ResourceKind::Label => 4,
        ResourceKind::Target => 5,
    })
}

fn resource(kind: ResourceKind, r: &Row) -> Result<Resource, DbError> {
    Ok(Resource {
        id: r.id(0, ResourceId::from_bytes)?,
        kind,
        name: r.text(1)?,
        body: r.json(2)?,
        version: r.number(3)?,
    })
}

#[async_trait]
impl Administration for SqlStore {
    async fn add_resource(&self, tenant: TenantId, resource: &Resource) -> PortResult<bool> {
        let row = [
            tenant.into(),
            kind_value(resource.kind),
            resource.id.into(),
            resource.name.as_str().into(),
            Value::json(&resource.body).map_err(DbError::from)?,
            resource.version.into(),
        ];
        let mut tx = self.db.begin().await?;
        match tx.run(tx.sql("INSERT INTO resources (tenant_id, kind, id, name, body, version)").rows([row])).await {
            Err(e) if e.is_duplicate() => return Ok(false),
            done => done?,
        };
        if resource.kind == ResourceKind::Target {
            let sql = tx.sql("INSERT INTO listeners (tenant_id)").rows([[tenant.into()]]);
            tx.run(sql.or_keep("tenant_id", "tenant_id")).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
    async fn resource(&self, tenant: TenantId, kind: ResourceKind, id: ResourceId) -> PortResult<Option<Resource>> {
        let sql = self.db.sql(RESOURCE).text("WHERE tenant_id = ? AND kind = ? AND id = ?");
        self.one(sql.bind(tenant).bind(kind_value(kind)).bind(id), |r| resource(kind, r)).await
    }
    async fn resources(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        page: Page<ResourceId>,
    ) -> PortResult<Vec<Resource>> {
        let sql = self.db.sql(RESOURCE).text("WHERE tenant_id = ? AND kind = ?").bind(tenant).bind(kind_value(kind));
        let sql = sql.when("AND id > ?", page.after).text("ORDER BY id LIMIT ?").bind(page.limit);
        self.all(sql, |r| resource(kind, r)).await
    }
    async fn update_resource(&self, tenant: TenantId, resource: &Resource) -> PortResult<bool> {
        let sql = self
            .db
            .sql(
                "UPDATE resources SET name = ?, body = ?, version = version + 1 \
                 WHERE tenant_id = ? AND kind = ? AND id = ? AND version = ?",
            )
            .bind(resource.name.as_str())
            .bind(Value::json(&resource.body).map_err(DbError::from)?)
            .bind(tenant)
            .bind(kind_value(resource.kind))
            .bind(resource.id)
            .bind(resource.version);
        match self.db.run(sql).await {
            Ok(rows) => Ok(rows == 1),
            Err(e) if e.is_duplicate() => Ok(false),
            Err(e) => Err(e.into()),
        }
    }
    async fn delete_resource(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        id: ResourceId,
        version: u64,
    ) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        let sql = tx.sql("DELETE FROM resources WHERE tenant_id = ? AND kind = ? AND id = ? AND version = ?");
        if tx.run(sql.bind(tenant).bind(kind_value(kind)).bind(id).bind(version)).await? != 1 {
            return Ok(false);
        }
        if kind == ResourceKind::Target {
            let sql = tx
                .sql("DELETE FROM listeners WHERE tenant_id = ? AND NOT EXISTS")
                .bind(tenant)
                .text("(SELECT 1 FROM resources WHERE tenant_id = ? AND kind = ?)")
                .bind(tenant)
                .bind(kind_value(kind));
            tx.run(sql).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn recent_assignments(
        &self,
        tenant: TenantId,
        team: TeamId,
        since: Timestamp,
        limit: u32,
    ) -> PortResult<Vec<Timestamp>> {
        // From the members: their assignments are indexed by time.
        let sql = self
            .db
            .sql(
                "SELECT a.assigned_at FROM team_members m \
                 JOIN assignments a ON a.tenant_id = m.tenant_id AND a.agent_id = m.agent_id \
                 JOIN conversations c ON c.tenant_id = a.tenant_id AND c.id = a.conversation_id \
                 WHERE m.tenant_id = ? AND m.team_id = ? AND a.assigned_at >= ? AND c.team_id = m.team_id \
                 ORDER BY a.assigned_at DESC LIMIT ?",
            )
            .bind(tenant)
            .bind(team)
            .bind(since)
            .bind(limit);
        self.all(sql, |r| r.time(0)).await
    }
}
