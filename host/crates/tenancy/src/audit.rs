use crate::{Tenancy, refusals::unavailable};
use model::{AuditId, Caller, Participant, Refusal, TenantId};
use ports::store::{AuditRecord, Page};

impl Tenancy {
    /// Notes who changed what. A record that cannot be written does not undo what was done; it is logged instead.
    /// Notes what an administrator did.
    pub async fn audit(&self, by: &Caller, action: &str, detail: serde_json::Value) {
        self.audit_by(by.tenant, Some(by.participant), action, detail).await;
    }

    pub(crate) async fn audit_by(
        &self,
        tenant: TenantId,
        by: Option<Participant>,
        action: &str,
        detail: serde_json::Value,
    ) {
        let record = AuditRecord { id: self.ids.audit(), at: self.clock.now(), by, action: action.to_owned(), detail };
        if let Err(error) = self.store.audit_log(tenant, &record).await {
            tracing::error!(error = &error as &dyn std::error::Error, action, %tenant, "an audit record was lost");
        }
    }

    /// Newest first.
    pub async fn audit_records(&self, tenant: TenantId, page: Page<AuditId>) -> Result<Vec<AuditRecord>, Refusal> {
        self.store.audit_records(tenant, page).await.map_err(unavailable)
    }
}
