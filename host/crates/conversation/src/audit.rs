//! The background recount (C5): says loudly when an invariant is broken. One node at a time recounts.

use crate::Conversations;
use model::{TeamId, TenantId};
use ports::PortResult;
use std::sync::Arc;

/// The lane that whoever recounts holds. No team has it.
const LANE: (TenantId, TeamId) = (TenantId::from_bytes([0; 16]), TeamId::from_bytes([0; 16]));
/// So many times the pause between two recounts a dead node's claim lives on.
const LEASE: u32 = 3;

impl Conversations {
    pub(crate) async fn audit_store(self: Arc<Self>) {
        let mut every = tokio::time::interval(self.config.audit_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            if let Err(error) = self.recount().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the audit did not run");
            }
        }
    }

    async fn recount(&self) -> PortResult<()> {
        let mine = self.store.claim_lane(self.node, LANE.0, LANE.1, self.config.audit_every * LEASE).await?;
        // A node that does not recount has nothing to say of what it found earlier.
        let violations = if mine { self.store.audit().await? } else { Vec::new() };
        metrics::gauge!("weft_violations").set(violations.len() as f64);
        for v in violations {
            tracing::error!(tenant = %v.tenant, kind = v.kind, detail = %v.detail, "an invariant is broken");
        }
        Ok(())
    }
}
