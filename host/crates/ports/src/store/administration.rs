use super::Page;
use crate::{PortError, PortResult};
use async_trait::async_trait;
use model::{ResourceId, TeamId, TenantId, Timestamp, hours::Timetable};
use serde::de::DeserializeOwned;

/// What a small resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// A team's business hours; its id is the team's.
    Hours,
    Holiday,
    CannedReply,
    Label,
    /// Where notifications may go. A tenant with one is told of what happens.
    Target,
}

/// A small resource of a tenant's administration, as a document. What is in it is the use case's affair.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub id: ResourceId,
    pub kind: ResourceKind,
    /// Unique among the tenant's resources of its kind; compared byte by byte.
    pub name: String,
    pub body: serde_json::Value,
    pub version: u64,
}

/// Resources that are configuration and nothing else: made, changed with the version that was read (If-Match), listed by id.
#[async_trait]
pub trait Administration: Send + Sync {
    /// False when the name or the id is taken.
    async fn add_resource(&self, tenant: TenantId, resource: &Resource) -> PortResult<bool>;
    async fn resource(&self, tenant: TenantId, kind: ResourceKind, id: ResourceId) -> PortResult<Option<Resource>>;
    async fn resources(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        page: Page<ResourceId>,
    ) -> PortResult<Vec<Resource>>;
    /// False when `version` is not the newest, or the name is another's.
    async fn update_resource(&self, tenant: TenantId, resource: &Resource) -> PortResult<bool>;
    /// False when `version` is not the newest, or there is none.
    async fn delete_resource(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        id: ResourceId,
        version: u64,
    ) -> PortResult<bool>;

    /// When members of a team took conversations that are the team's now, since `since`; newest first.
    async fn recent_assignments(
        &self,
        tenant: TenantId,
        team: TeamId,
        since: Timestamp,
        limit: u32,
    ) -> PortResult<Vec<Timestamp>>;
}

/// Resources of one kind in one tenant: the bound of what is read as a whole.
pub const RESOURCES: u32 = 2000;

/// When the teams of a tenant are open.
pub async fn timetable(store: &dyn Administration, tenant: TenantId) -> PortResult<Timetable> {
    let hours = documents(store, tenant, ResourceKind::Hours).await?;
    let holidays = if hours.is_empty() { Vec::new() } else { documents(store, tenant, ResourceKind::Holiday).await? };
    Ok(Timetable { hours, holidays })
}

async fn documents<T: DeserializeOwned>(
    store: &dyn Administration,
    tenant: TenantId,
    kind: ResourceKind,
) -> PortResult<Vec<T>> {
    let found = store.resources(tenant, kind, Page { after: None, limit: RESOURCES }).await?;
    let read = found.into_iter().map(|resource| serde_json::from_value(resource.body));
    read.collect::<Result<_, _>>().map_err(|e| PortError::failed("the store", e))
}
