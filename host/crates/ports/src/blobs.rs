use crate::PortResult;
use async_trait::async_trait;
use bytes::Bytes;
use model::{TenantId, plugin::Digest};

/// Content-addressed bytes of a tenant.
///
/// - `put` returns after the bytes are durable; the same bytes again are no second copy.
/// - `get` of what was never put, or belongs to another tenant, is `None`.
/// - A reader never sees half a blob, whatever was killed when.
#[async_trait]
pub trait Blobs: Send + Sync {
    async fn put(&self, tenant: TenantId, bytes: Bytes) -> PortResult<Digest>;
    async fn get(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Bytes>>;
    async fn delete(&self, tenant: TenantId, digest: Digest) -> PortResult<()>;
}
