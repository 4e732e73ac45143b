use crate::Delivery;
use std::sync::Arc;

impl Delivery {
    /// Repeats this node's sessions to the directory before their lifetime there ends.
    pub(crate) async fn refresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.parts.config.refresh_every).await;
            let sessions: Vec<_> =
                self.parts.hub.sessions().iter().map(|s| (s.tenant(), s.participant(), s.id)).collect();
            if let Err(error) = self.parts.directory.refresh(self.parts.node, &sessions).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the session directory was not refreshed");
            }
        }
    }
}
