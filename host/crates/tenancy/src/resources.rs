//! What small resources have in common: typed documents with a version, listed by id, changed by who has read them.

use crate::{
    Tenancy,
    refusals::{internal, stale, unavailable},
};
use model::{Caller, Code, Refusal, ResourceId, TenantId};
use ports::store::{Page, RESOURCES, Resource, ResourceKind};
use serde::{Serialize, de::DeserializeOwned};

/// A resource as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    pub id: ResourceId,
    /// What a change brings back (If-Match).
    pub version: u64,
    pub body: T,
}

/// A kind of document, and what its name is.
pub(crate) trait Document: Serialize + DeserializeOwned + Send + Sync {
    const KIND: ResourceKind;
    /// In the audit trail and in refusals, for instance `label`.
    const WHAT: &'static str;
    /// The field that holds the name.
    const NAMED_BY: &'static str;
    /// Unique within the tenant.
    fn name(&self) -> String;
}

fn read<T: Document>(resource: Resource) -> Result<Versioned<T>, Refusal> {
    let body = serde_json::from_value(resource.body).map_err(|e| internal(&e))?;
    Ok(Versioned { id: resource.id, version: resource.version, body })
}

impl Tenancy {
    pub(crate) async fn documents<T: Document>(
        &self,
        tenant: TenantId,
        page: Page<ResourceId>,
    ) -> Result<Vec<Versioned<T>>, Refusal> {
        let found = self.store.resources(tenant, T::KIND, page).await.map_err(unavailable)?;
        found.into_iter().map(read).collect()
    }

    pub(crate) async fn document<T: Document>(
        &self,
        tenant: TenantId,
        id: ResourceId,
    ) -> Result<Versioned<T>, Refusal> {
        let found = self.store.resource(tenant, T::KIND, id).await.map_err(unavailable)?;
        read(found.ok_or_else(|| Refusal::not_found(T::WHAT))?)
    }

    pub(crate) async fn add_document<T: Document>(
        &self,
        by: &Caller,
        id: ResourceId,
        body: &T,
    ) -> Result<Versioned<T>, Refusal> {
        let all = self.store.resources(by.tenant, T::KIND, Page { after: None, limit: RESOURCES }).await;
        if all.map_err(unavailable)?.len() >= RESOURCES as usize {
            return Err(Refusal::new(Code::TooLarge, format!("at most {RESOURCES}")));
        }
        if !self.store.add_resource(by.tenant, &resource(id, 1, body)?).await.map_err(unavailable)? {
            return Err(Refusal::conflict("there is one with this name").field(T::NAMED_BY));
        }
        self.note::<T>(by, "added", id).await;
        self.document(by.tenant, id).await
    }

    pub(crate) async fn change_document<T: Document>(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
        body: &T,
    ) -> Result<Versioned<T>, Refusal> {
        let now = self.document::<T>(by.tenant, id).await?;
        if !self.store.update_resource(by.tenant, &resource(id, version, body)?).await.map_err(unavailable)? {
            let taken = now.version == version;
            return Err(if taken {
                Refusal::conflict("there is one with this name").field(T::NAMED_BY)
            } else {
                stale()
            });
        }
        self.note::<T>(by, "changed", id).await;
        self.document(by.tenant, id).await
    }

    pub(crate) async fn delete_document<T: Document>(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
    ) -> Result<(), Refusal> {
        self.document::<T>(by.tenant, id).await?;
        if !self.store.delete_resource(by.tenant, T::KIND, id, version).await.map_err(unavailable)? {
            return Err(stale());
        }
        self.note::<T>(by, "deleted", id).await;
        Ok(())
    }

    async fn note<T: Document>(&self, by: &Caller, what: &str, id: ResourceId) {
        self.audit(by, &format!("{}.{what}", T::WHAT), serde_json::json!({ "id": id })).await;
    }
}

fn resource<T: Document>(id: ResourceId, version: u64, body: &T) -> Result<Resource, Refusal> {
    let name = body.name();
    let body = serde_json::to_value(body).map_err(|e| internal(&e))?;
    Ok(Resource { id, kind: T::KIND, name, body, version })
}
