//! `ports::Blobs` in the database, for clusters whose nodes share no file system.

use crate::{
    SqlStore,
    db::{DbError, Fault, Value},
};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use model::{TenantId, plugin::Digest};
use ports::{Blobs, PortResult};
use std::time::Duration;

/// A row holds so much, and a statement so many rows: together far below what a server takes in one packet by default (16 MiB).
const PART_BYTES: usize = 256 * 1024;
const PARTS_AT_ONCE: usize = 16;
/// Two nodes that put the same bytes at once may be made to take turns; each try is whole or nothing.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Uploads beside the log.
#[derive(Clone)]
pub struct SqlBlobs(SqlStore);

impl SqlStore {
    /// Blobs in the same database.
    pub fn blobs(&self) -> SqlBlobs {
        SqlBlobs(self.clone())
    }
}

impl SqlBlobs {
    /// All parts in one transaction: a reader sees the whole blob or none.
    async fn write(&self, tenant: TenantId, digest: Digest, bytes: &Bytes) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        // Empty bytes have one part, too.
        let starts: Vec<usize> = (0..bytes.len().max(1)).step_by(PART_BYTES).collect();
        for (group, starts) in starts.chunks(PARTS_AT_ONCE).enumerate() {
            let rows = starts.iter().enumerate().map(|(i, start)| {
                let part = bytes.slice(*start..bytes.len().min(start + PART_BYTES));
                let number = i64::try_from(group * PARTS_AT_ONCE + i).unwrap_or(i64::MAX);
                [tenant.into(), digest.into(), number.into(), Value::Blob(part.to_vec())]
            });
            let insert = tx
                .sql("INSERT INTO blob_parts (tenant_id, digest, part, bytes)")
                .rows(rows)
                .or_keep("tenant_id, digest, part", "part");
            tx.run(insert).await?;
        }
        tx.commit().await
    }

    async fn exists(&self, tenant: TenantId, digest: Digest) -> Result<bool, DbError> {
        let sql = self.0.db.sql("SELECT part FROM blob_parts WHERE tenant_id = ? AND digest = ? AND part = 0");
        Ok(self.0.db.row(sql.bind(tenant).bind(digest)).await?.is_some())
    }
}

#[async_trait]
impl Blobs for SqlBlobs {
    async fn put(&self, tenant: TenantId, bytes: Bytes) -> PortResult<Digest> {
        let digest = Digest::of(&bytes);
        if self.exists(tenant, digest).await? {
            return Ok(digest);
        }
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.write(tenant, digest, &bytes).await {
                Ok(()) => return Ok(digest),
                Err(error) if error.fault() == Fault::Permanent => return Err(error.into()),
                Err(_) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
            }
        }
        self.write(tenant, digest, &bytes).await?;
        Ok(digest)
    }

    async fn get(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Bytes>> {
        let mut tx = self.0.db.snapshot().await?;
        let mut whole = BytesMut::new();
        let mut next = 0_u64;
        loop {
            let sql = tx
                .sql("SELECT bytes FROM blob_parts WHERE tenant_id = ? AND digest = ? AND part >= ? ORDER BY part LIMIT ?")
                .bind(tenant)
                .bind(digest)
                .bind(next)
                .bind(PARTS_AT_ONCE as u64);
            let parts = tx.rows(sql).await?;
            for part in &parts {
                whole.extend_from_slice(&part.blob(0)?);
            }
            next += parts.len() as u64;
            if parts.len() < PARTS_AT_ONCE {
                return Ok((next > 0).then(|| whole.freeze()));
            }
        }
    }

    async fn delete(&self, tenant: TenantId, digest: Digest) -> PortResult<()> {
        let sql = self.0.db.sql("DELETE FROM blob_parts WHERE tenant_id = ? AND digest = ?");
        Ok(self.0.db.run(sql.bind(tenant).bind(digest)).await.map(drop)?)
    }
}
