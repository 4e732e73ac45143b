use model::TenantId;
use parking_lot::Mutex;
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

/// How long a tenant's calls fail at once after one that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Tenants that are remembered; beyond it none is added.
const TENANTS: usize = 10_000;

/// Tenants whose part of Redis did not answer a moment ago. A call that waits for its time-out holds up what comes behind it, so
/// only one a second does.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    until: Mutex<HashMap<TenantId, Instant>>,
}

impl Pauses {
    pub fn holds(&self, tenant: TenantId) -> bool {
        let mut until = self.until.lock();
        match until.get_mut(&tenant) {
            Some(at) if *at > Instant::now() => true,
            // This call tries; the others go on failing until it has been answered.
            Some(at) => {
                *at = Instant::now() + PAUSE;
                false
            }
            None => false,
        }
    }
    pub fn begin(&self, tenant: TenantId) {
        let mut until = self.until.lock();
        if until.len() >= TENANTS {
            until.retain(|_, at| *at > Instant::now());
        }
        if until.len() < TENANTS {
            until.insert(tenant, Instant::now() + PAUSE);
        }
    }
    pub fn end(&self, tenant: TenantId) {
        self.until.lock().remove(&tenant);
    }
    pub fn clear(&self) {
        self.until.lock().clear();
    }
}
