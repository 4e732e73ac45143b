//! Releases: in and out of the store.

use crate::{Rollout, RolloutError, service::DefaultRouting};
use model::{
    AgentId, Participant, Refusal, TenantId,
    plugin::{Binding, Digest, Hook, Release},
};
use ports::{Frozen, Inspection, Prepared, plugins::UploadRefusal, store::AuditRecord};
use std::sync::Arc;

/// Shipped releases are seen by every tenant, so also by one that does not exist.
const NOBODY: TenantId = TenantId::from_bytes([0; 16]);

impl Rollout {
    /// Puts the components that ship with weft into the store, as releases that every tenant sees, and prepares the default
    /// routing plugin. Known ones are not checked again.
    pub async fn install_shipped(&self, components: Vec<Arc<[u8]>>) -> Result<(), RolloutError> {
        let known = self.store.releases(NOBODY).await?;
        for component in components {
            let digest = Digest::of(&component);
            let release = match known.iter().find(|r| r.digest == digest) {
                Some(release) => release.clone(),
                None => self.admit(None, component.clone(), true).await?,
            };
            if release.hook == Hook::Routing && release.name == self.config.default_routing {
                let frozen = Frozen { component, settings: serde_json::json!({}) };
                let prepared = self.runtime.prepare(frozen).await?;
                self.default_routing.store(Some(Arc::new(DefaultRouting(prepared))));
            }
        }
        Ok(())
    }

    /// Checks a component and keeps it. The same bytes again are the same release.
    pub async fn upload(&self, tenant: TenantId, by: AgentId, component: Arc<[u8]>) -> Result<Release, RolloutError> {
        let digest = Digest::of(&component);
        if let Some(known) = self.store.release(tenant, digest).await? {
            return Ok(known);
        }
        let release = self.admit(Some(tenant), component, false).await?;
        let detail = serde_json::json!({
            "digest": release.digest, "hook": release.hook, "name": release.name, "version": release.version,
        });
        self.audit(tenant, Some(by), "plugin.uploaded", detail).await;
        Ok(release)
    }

    async fn admit(
        &self,
        tenant: Option<TenantId>,
        component: Arc<[u8]>,
        shipped: bool,
    ) -> Result<Release, RolloutError> {
        let inspection = self.runtime.validate(component.clone()).await?;
        let release = Release {
            digest: inspection.digest,
            hook: inspection.hook,
            name: inspection.name,
            version: inspection.version,
            size: inspection.size,
            manifest: inspection.manifest,
            shipped,
            created_at: self.clock.now(),
        };
        self.store.add_release(tenant, &release, &component).await?;
        Ok(release)
    }

    /// The tenant's own releases and the shipped ones, newest first.
    pub async fn releases(&self, tenant: TenantId) -> Result<Vec<Release>, RolloutError> {
        Ok(self.store.releases(tenant).await?)
    }

    pub async fn release(&self, tenant: TenantId, digest: Digest) -> Result<Release, RolloutError> {
        let found = self.store.release(tenant, digest).await?;
        Ok(found.ok_or_else(|| Refusal::not_found("release"))?)
    }

    /// Looks into a kept component again: imports, exports, manifest.
    pub async fn inspect(&self, tenant: TenantId, digest: Digest) -> Result<Inspection, RolloutError> {
        Ok(self.runtime.validate(self.component(tenant, digest).await?).await?)
    }

    /// Only an own release that no staged or active set names.
    pub async fn delete_release(&self, tenant: TenantId, by: AgentId, digest: Digest) -> Result<(), RolloutError> {
        self.release(tenant, digest).await?;
        if !self.store.delete_release(tenant, digest).await? {
            return Err(Refusal::conflict("the release is in use, or it ships with weft").into());
        }
        self.audit(tenant, Some(by), "plugin.deleted", serde_json::json!({ "digest": digest })).await;
        Ok(())
    }

    async fn component(&self, tenant: TenantId, digest: Digest) -> Result<Arc<[u8]>, RolloutError> {
        let found = self.store.component(tenant, digest).await?;
        let component = found.ok_or_else(|| Refusal::not_found("release"))?;
        // Content-addressed: what comes out of the store is what was checked.
        if Digest::of(&component) == digest {
            Ok(component)
        } else {
            let message = "the component in the store is not the one that was uploaded".into();
            Err(UploadRefusal { code: "damaged".into(), message, errors: Vec::new() }.into())
        }
    }

    /// A release with settings, prepared as for a binding, but bound to nothing: to try it out.
    pub async fn trial(
        &self,
        tenant: TenantId,
        hook: Hook,
        release: Digest,
        settings: serde_json::Value,
    ) -> Result<Arc<dyn Prepared>, RolloutError> {
        if self.release(tenant, release).await?.hook != hook {
            return Err(Refusal::bad("release", "this release is for another hook").into());
        }
        let binding = Binding { id: self.ids.binding(), hook, team: None, channel: None, release, settings };
        self.prepare(tenant, &binding).await
    }

    /// The binding's component with its settings frozen into it, ready to be called.
    pub(crate) async fn prepare(&self, tenant: TenantId, binding: &Binding) -> Result<Arc<dyn Prepared>, RolloutError> {
        let key = (binding.release, Digest::of(binding.settings.to_string().as_bytes()));
        if let Some(prepared) = self.prepared.get(&key) {
            return Ok(prepared);
        }
        let component = self.component(tenant, binding.release).await?;
        let frozen = Frozen { component, settings: binding.settings.clone() };
        let prepared = self.runtime.prepare(frozen).await?;
        self.prepared.insert(key, prepared.clone());
        Ok(prepared)
    }

    /// A record that cannot be written does not undo what was done; it is logged instead.
    pub(crate) async fn audit(&self, tenant: TenantId, by: Option<AgentId>, action: &str, detail: serde_json::Value) {
        let record = AuditRecord {
            id: self.ids.audit(),
            at: self.clock.now(),
            by: by.map(Participant::Agent),
            action: action.to_owned(),
            detail,
        };
        if let Err(error) = self.store.audit_log(tenant, &record).await {
            tracing::error!(error = &error as &dyn std::error::Error, action, %tenant, "an audit record was lost");
        }
    }
}
