//! The background recount (C5): says loudly when an invariant is broken.

use crate::Conversations;
use std::sync::Arc;

impl Conversations {
    pub(crate) async fn audit_store(self: Arc<Self>) {
        let mut every = tokio::time::interval(self.config.audit_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            match self.store.audit().await {
                Ok(violations) => {
                    metrics::gauge!("weft_violations").set(violations.len() as f64);
                    for v in violations {
                        tracing::error!(tenant = %v.tenant, kind = v.kind, detail = %v.detail, "an invariant is broken");
                    }
                }
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the audit did not run"),
            }
        }
    }
}
