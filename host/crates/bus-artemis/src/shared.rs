use crate::{ArtemisConfig, figures::Counts};
use model::Clock;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio_util::sync::CancellationToken;

/// What all tasks of one adapter have.
pub(crate) struct Shared {
    pub config: ArtemisConfig,
    pub clock: Arc<dyn Clock>,
    pub counts: Counts,
    /// Set when the adapter is closed.
    pub stop: CancellationToken,
    links: AtomicU64,
}

impl Shared {
    pub fn new(config: ArtemisConfig, clock: Arc<dyn Clock>) -> Self {
        Self { config, clock, counts: Counts::new(), stop: CancellationToken::new(), links: AtomicU64::new(0) }
    }

    /// A name that no other link of this node has, also not one that was given up half attached.
    pub fn link_name(&self) -> String {
        format!("{}/{}", self.config.node, self.links.fetch_add(1, Ordering::Relaxed))
    }
}
