//! `ports::store::Releases`: plugin releases, activations and the nodes that take part (C7).

use crate::{
    SqlStore,
    commit::now,
    db::{DbError, Row, Tx, Value},
    notifications::occurred,
};
use async_trait::async_trait;
use model::{
    AgentId, NodeId, TenantId,
    catalogue::{PluginPayload, PluginView},
    notification::EventKind,
    plugin::{Activation, Digest, NodeReport, Release},
};
use ports::{PortResult, store::Releases};
use std::{sync::Arc, time::Duration};

/// The tenant of what all tenants see.
const SHIPPED: [u8; 16] = [0; 16];

const RELEASE: &str = "SELECT digest, hook, name, version, size, manifest, tenant_id, created_at FROM releases \
     WHERE tenant_id IN (?, ?)";
const ACTIVATION: &str =
    "SELECT epoch, bindings, state, reason, by_id, staged_at, activated_at, tenant_id FROM activations";

fn release(r: &Row) -> Result<Release, DbError> {
    Ok(Release {
        digest: Digest(r.bytes(0)?),
        hook: r.word(1)?,
        name: r.text(2)?,
        version: r.text(3)?,
        size: r.number(4)?,
        manifest: r.json(5)?,
        shipped: r.bytes(6)? == SHIPPED,
        created_at: r.time(7)?,
    })
}

fn activation(r: &Row) -> Result<Activation, DbError> {
    Ok(Activation {
        epoch: r.number(0)?,
        bindings: r.json(1)?,
        state: r.word(2)?,
        reason: r.maybe_text(3)?,
        by: r.maybe_id(4, AgentId::from_bytes)?,
        staged_at: r.time(5)?,
        activated_at: r.maybe_time(6)?,
    })
}

fn report(r: &Row) -> Result<NodeReport, DbError> {
    Ok(NodeReport {
        node: r.id(0, NodeId::from_bytes)?,
        prepared: r.flag(1)?,
        proof: r.maybe_bytes(2)?.map(Digest),
        error: r.maybe_text(3)?,
        at: r.time(4)?,
        fuel: r.maybe_int(5)?.map(i64::cast_unsigned),
    })
}

/// The tenant's epoch in force, held against others who stage or activate.
async fn hold_epoch(tx: &mut Tx, tenant: TenantId) -> Result<Option<u64>, DbError> {
    let sql = tx.sql("SELECT activation_epoch FROM tenants WHERE id = ?").bind(tenant).for_update();
    tx.row(sql).await?.map(|row| row.number(0)).transpose()
}

#[async_trait]
impl Releases for SqlStore {
    async fn add_release(&self, tenant: Option<TenantId>, r: &Release, component: &[u8]) -> PortResult<bool> {
        let owner = tenant.map_or(SHIPPED, TenantId::to_bytes);
        let there = self.db.sql(RELEASE).bind(SHIPPED).bind(owner).text("AND digest = ?").bind(r.digest);
        if self.db.row(there).await?.is_some() {
            return Ok(false);
        }
        let row = [
            owner.into(),
            r.digest.into(),
            r.hook.as_str().into(),
            r.name.as_str().into(),
            r.version.as_str().into(),
            r.size.into(),
            Value::json(&r.manifest).map_err(DbError::from)?,
            r.created_at.into(),
            component.into(),
        ];
        let sql = self
            .db
            .sql("INSERT INTO releases (tenant_id, digest, hook, name, version, size, manifest, created_at, component)")
            .rows([row]);
        Ok(self.db.insert(sql).await?)
    }
    async fn releases(&self, tenant: TenantId) -> PortResult<Vec<Release>> {
        let sql = self.db.sql(RELEASE).bind(SHIPPED).bind(tenant).text("ORDER BY created_at DESC, digest");
        self.all(sql, release).await
    }
    async fn release(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Release>> {
        self.one(self.db.sql(RELEASE).bind(SHIPPED).bind(tenant).text("AND digest = ?").bind(digest), release).await
    }
    async fn component(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Arc<[u8]>>> {
        let sql = self
            .db
            .sql("SELECT component FROM releases WHERE tenant_id IN (?, ?) AND digest = ?")
            .bind(SHIPPED)
            .bind(tenant)
            .bind(digest);
        self.one(sql, |r| Ok(Arc::from(r.blob(0)?))).await
    }
    async fn delete_release(&self, tenant: TenantId, digest: Digest) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        hold_epoch(&mut tx, tenant).await?;
        let sql = tx.sql(ACTIVATION).text("WHERE tenant_id = ? AND state IN ('staged', 'active')").bind(tenant);
        let named = tx.rows(sql).await?.iter().map(activation).collect::<Result<Vec<_>, _>>()?;
        if named.iter().any(|a| a.bindings.iter().any(|b| b.release == digest)) {
            return Ok(false);
        }
        let sql = tx.sql("DELETE FROM releases WHERE tenant_id = ? AND digest = ?").bind(tenant).bind(digest);
        let gone = tx.run(sql).await? == 1;
        tx.commit().await?;
        Ok(gone)
    }

    async fn stage(&self, tenant: TenantId, a: &Activation) -> PortResult<u64> {
        let mut tx = self.db.begin().await?;
        hold_epoch(&mut tx, tenant).await?;
        let sql = tx.sql("SELECT COALESCE(MAX(epoch), 0) FROM activations WHERE tenant_id = ?").bind(tenant);
        let epoch = tx.row(sql).await?.map_or(Ok(0), |row| row.number::<u64>(0))? + 1;
        let row = [
            tenant.into(),
            epoch.into(),
            Value::json(&a.bindings).map_err(DbError::from)?,
            "staged".into(),
            a.reason.as_deref().into(),
            a.by.into(),
            a.staged_at.into(),
        ];
        let sql =
            tx.sql("INSERT INTO activations (tenant_id, epoch, bindings, state, reason, by_id, staged_at)").rows([row]);
        tx.run(sql).await?;
        tx.commit().await?;
        Ok(epoch)
    }
    async fn report(&self, tenant: TenantId, epoch: u64, r: &NodeReport) -> PortResult<()> {
        let row = [
            tenant.into(),
            epoch.into(),
            r.node.into(),
            r.prepared.into(),
            r.proof.into(),
            r.error.as_deref().into(),
            r.at.into(),
            r.fuel.into(),
        ];
        let sql = self
            .db
            .sql(
                "INSERT INTO activation_reports (tenant_id, epoch, node_id, prepared, proof, error, reported_at, fuel)",
            )
            .rows([row])
            .or_update("tenant_id, epoch, node_id", &["prepared", "proof", "error", "reported_at", "fuel"]);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn reports(&self, tenant: TenantId, epoch: u64) -> PortResult<Vec<NodeReport>> {
        let sql = self
            .db
            .sql(
                "SELECT node_id, prepared, proof, error, reported_at, fuel FROM activation_reports \
                 WHERE tenant_id = ? AND epoch = ? ORDER BY node_id",
            )
            .bind(tenant)
            .bind(epoch);
        self.all(sql, report).await
    }
    async fn activate(&self, tenant: TenantId, epoch: u64, expected: u64) -> PortResult<bool> {
        let mut tx = self.db.begin().await?;
        if hold_epoch(&mut tx, tenant).await? != Some(expected) {
            return Ok(false);
        }
        // Taken once the epoch is held: what was assigned under the old one is not later.
        let now = now(&mut tx, self.clock.as_ref()).await?;
        let sql = tx.sql(ACTIVATION).text("WHERE tenant_id = ? AND epoch = ?").bind(tenant).bind(epoch);
        let Some(set) = tx.row(sql).await?.as_ref().map(activation).transpose()? else { return Ok(false) };
        let sql = tx
            .sql(
                "UPDATE activations SET state = 'active', activated_at = ? WHERE tenant_id = ? AND epoch = ? \
                 AND state IN ('staged', 'retired')",
            )
            .bind(now)
            .bind(tenant)
            .bind(epoch);
        if tx.run(sql).await? != 1 {
            return Ok(false);
        }
        let sql = tx
            .sql("UPDATE activations SET state = 'retired' WHERE tenant_id = ? AND epoch = ? AND state = 'active'")
            .bind(tenant)
            .bind(expected);
        tx.run(sql).await?;
        let sql = tx.sql("UPDATE tenants SET activation_epoch = ? WHERE id = ?").bind(epoch).bind(tenant);
        tx.run(sql).await?;
        let plugins = set.bindings.iter().map(|b| PluginView { hook: b.hook, release: b.release }).collect();
        // A set with a reason is one that was gone back to.
        let kind = if set.reason.is_some() { EventKind::PluginRolledBack } else { EventKind::PluginActivated };
        let payload = PluginPayload { epoch, plugins, reason: set.reason };
        occurred(&mut tx, self.clock.as_ref(), tenant, kind, &payload).await?;
        tx.commit().await?;
        Ok(true)
    }
    async fn abort(&self, tenant: TenantId, epoch: u64, reason: &str) -> PortResult<bool> {
        let sql = self
            .db
            .sql(
                "UPDATE activations SET state = 'aborted', reason = ? WHERE tenant_id = ? AND epoch = ? \
                 AND state = 'staged'",
            )
            .bind(reason)
            .bind(tenant)
            .bind(epoch);
        Ok(self.db.run(sql).await? == 1)
    }
    async fn activation(&self, tenant: TenantId, epoch: u64) -> PortResult<Option<Activation>> {
        let sql = self.db.sql(ACTIVATION).text("WHERE tenant_id = ? AND epoch = ?").bind(tenant).bind(epoch);
        self.one(sql, activation).await
    }
    async fn activations(&self, tenant: TenantId, before: Option<u64>, limit: u32) -> PortResult<Vec<Activation>> {
        let sql = self
            .db
            .sql(ACTIVATION)
            .text("WHERE tenant_id = ? AND epoch < ? ORDER BY epoch DESC LIMIT ?")
            .bind(tenant)
            .bind(before.unwrap_or(i64::MAX as u64))
            .bind(limit);
        self.all(sql, activation).await
    }
    async fn active_sets(&self) -> PortResult<Vec<(TenantId, Activation)>> {
        let sql = self.db.sql(ACTIVATION).text("WHERE state = 'active' ORDER BY tenant_id, epoch");
        self.all(sql, |r| Ok((r.id(7, TenantId::from_bytes)?, activation(r)?))).await
    }

    async fn staged_sets(&self) -> PortResult<Vec<(TenantId, Activation)>> {
        let sql = self.db.sql(ACTIVATION).text("WHERE state = 'staged' ORDER BY tenant_id, epoch");
        self.all(sql, |r| Ok((r.id(7, TenantId::from_bytes)?, activation(r)?))).await
    }

    async fn renew_node(&self, node: NodeId, name: &str, lease: Duration) -> PortResult<()> {
        let until = self.moment().await?.plus(lease);
        let sql = self
            .db
            .sql("INSERT INTO nodes (id, name, lease_until)")
            .rows([[node.into(), name.into(), until.into()]])
            .or_update("id", &["name", "lease_until"]);
        Ok(self.db.run(sql).await.map(drop)?)
    }
    async fn nodes(&self) -> PortResult<Vec<(NodeId, String)>> {
        let now = self.moment().await?;
        let sql = self.db.sql("SELECT id, name FROM nodes WHERE lease_until > ? ORDER BY id").bind(now);
        self.all(sql, |r| Ok((r.id(0, NodeId::from_bytes)?, r.text(1)?))).await
    }
    async fn retire_node(&self, node: NodeId) -> PortResult<()> {
        Ok(self.db.run(self.db.sql("DELETE FROM nodes WHERE id = ?").bind(node)).await.map(drop)?)
    }
}
