use crate::Delivery;
use std::sync::Arc;

impl Delivery {
    /// Repeats this node's sessions to the directory before their lifetime there ends.
    pub(crate) async fn refresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.parts.config.refresh_every).await;
            let hub = &self.parts.hub;
            let sessions = hub.sessions();
            let parties = sessions.iter().map(|s| (s.tenant(), s.participant(), s.id));
            let sessions: Vec<_> = parties.chain(hub.watches()).collect();
            if let Err(error) = self.parts.directory.refresh(self.parts.node, &sessions).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the session directory was not refreshed");
            }
        }
    }
}
