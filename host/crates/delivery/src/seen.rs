use model::Timestamp;
use parking_lot::Mutex;
use ports::store::{Change, Located};
use std::collections::HashMap;

/// Conversations that are remembered; beyond it the sweep reads some that it need not.
const REMEMBERED: usize = 65_536;

/// Up to which version this node has heard of conversations that changed lately.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<HashMap<Located, (u64, Timestamp)>>);

impl Seen {
    pub fn saw(&self, at: Located, version: u64, changed_at: Timestamp) {
        let mut seen = self.0.lock();
        if seen.len() < REMEMBERED || seen.contains_key(&at) {
            let known = seen.entry(at).or_default();
            *known = (*known).max((version, changed_at));
        }
    }

    /// Of `changes`, those that this node has not heard of.
    pub fn missed(&self, changes: &[Change]) -> Vec<Located> {
        let seen = self.0.lock();
        let at = |change: &Change| Located { tenant: change.tenant, conversation: change.conversation };
        let missed =
            changes.iter().filter(|change| seen.get(&at(change)).is_none_or(|(version, _)| *version < change.version));
        missed.map(at).collect()
    }

    pub fn forget_before(&self, horizon: Timestamp) {
        self.0.lock().retain(|_, (_, changed_at)| *changed_at >= horizon);
    }
}
