use crate::{ArtemisConfig, figures::Counts};
use model::Clock;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What all tasks of one adapter have.
pub(crate) struct Shared {
    pub config: ArtemisConfig,
    pub clock: Arc<dyn Clock>,
    pub counts: Counts,
    /// Set when the adapter is closed.
    pub stop: CancellationToken,
    /// The tasks that own links. The connections close after them, so that what was settled is said.
    pub tasks: TaskTracker,
    links: AtomicU64,
}

impl Shared {
    pub fn new(config: ArtemisConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            config,
            clock,
            counts: Counts::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            links: AtomicU64::new(0),
        }
    }

    /// A name that no other link of this node has, also not one that was given up half attached.
    pub fn link_name(&self) -> String {
        format!("{}/{}", self.config.node, self.links.fetch_add(1, Ordering::Relaxed))
    }

    /// The result of `work`; none when the adapter is closed before.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(work).await
    }
}
