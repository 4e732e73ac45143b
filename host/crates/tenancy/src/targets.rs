//! Where notifications may go. Whether a channel takes an address is its adapter's to say: who calls this has asked it.

use crate::{Tenancy, Versioned, refusals::line, resources::Document};
use model::{Caller, Refusal, ResourceId, TenantId, notification::Target};
use ports::store::{Page, ResourceKind};

/// Secrets that count at once: a new one, and the one that it replaces.
const SECRETS: usize = 2;

impl Document for Target {
    const KIND: ResourceKind = ResourceKind::Target;
    const WHAT: &'static str = "target";
    const NAMED_BY: &'static str = "name";
    fn name(&self) -> String {
        self.name.clone()
    }
}

impl Tenancy {
    /// With their secrets: for who sends, not for who looks.
    pub async fn targets(&self, tenant: TenantId, page: Page<ResourceId>) -> Result<Vec<Versioned<Target>>, Refusal> {
        self.documents(tenant, page).await
    }
    pub async fn target(&self, tenant: TenantId, id: ResourceId) -> Result<Versioned<Target>, Refusal> {
        self.document(tenant, id).await
    }
    pub async fn add_target(
        &self,
        by: &Caller,
        target: Target,
        secret: Option<String>,
    ) -> Result<Versioned<Target>, Refusal> {
        let target = Target { name: line("name", &target.name)?, secrets: secret.into_iter().collect(), ..target };
        self.add_document(by, self.ids.resource(), &target).await
    }
    /// Secrets stay as they are.
    pub async fn change_target(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
        target: Target,
    ) -> Result<Versioned<Target>, Refusal> {
        let now = self.target(by.tenant, id).await?.body;
        if now.name != target.name || now.channel != target.channel {
            return Err(Refusal::bad("name", "name and channel of a target do not change: notifications go by them"));
        }
        let target = Target { secrets: now.secrets, ..target };
        self.change_document(by, id, version, &target).await
    }
    /// `secret` signs from now on; the one before it goes on being good beside it until the next rotation.
    pub async fn rotate_target(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
        secret: String,
    ) -> Result<Versioned<Target>, Refusal> {
        let mut target = self.target(by.tenant, id).await?.body;
        target.secrets.insert(0, secret);
        target.secrets.truncate(SECRETS);
        self.change_document(by, id, version, &target).await
    }
    pub async fn delete_target(&self, by: &Caller, id: ResourceId, version: u64) -> Result<(), Refusal> {
        self.delete_document::<Target>(by, id, version).await
    }
}
