use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a server is away, so that it is said when that begins and when it ends, and not for every message between.
#[derive(Debug, Default)]
pub(crate) struct Outage(AtomicBool);

impl Outage {
    /// True the first time.
    pub fn begins(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
    /// True the first time after it began. Cheap when all is well.
    pub fn ends(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}
