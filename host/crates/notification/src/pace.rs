//! How many attempts one target gets from this node: at once, and in a second.

use model::{TenantId, Timestamp};
use std::collections::HashMap;

/// Targets without anything under way are forgotten beyond this.
const REMEMBERED: usize = 4096;

pub(crate) type TargetKey = (TenantId, String);

#[derive(Default)]
pub(crate) struct Pace {
    targets: HashMap<TargetKey, Under>,
    all: usize,
}

struct Under {
    way: u32,
    /// A token is one attempt; they come back at the target's rate, up to a second's worth.
    tokens: f64,
    at: Timestamp,
    /// At its bound when it was last asked.
    full: bool,
}

impl Pace {
    /// Takes a place for an attempt, if the target has one.
    pub fn start(&mut self, key: &TargetKey, concurrency: u32, per_second: u32, now: Timestamp) -> bool {
        if self.targets.len() >= REMEMBERED {
            self.targets.retain(|_, under| under.way > 0);
        }
        let most = f64::from(per_second.max(1));
        let under =
            self.targets.entry(key.clone()).or_insert_with(|| Under { way: 0, tokens: most, at: now, full: false });
        under.tokens = (under.tokens + now.since(under.at).as_secs_f64() * most).min(most);
        under.at = now;
        under.full = under.way >= concurrency.max(1) || under.tokens < 1.0;
        if !under.full {
            under.way += 1;
            under.tokens -= 1.0;
            self.all += 1;
        }
        !under.full
    }

    pub fn end(&mut self, key: &TargetKey) {
        if let Some(under) = self.targets.get_mut(key) {
            under.way = under.way.saturating_sub(1);
            under.full = false;
            self.all = self.all.saturating_sub(1);
        }
    }

    /// Attempts under way.
    pub const fn all(&self) -> usize {
        self.all
    }

    /// Targets that took no more when they were last asked and have something under way: there is no use in claiming for them.
    pub fn full(&self, limit: usize) -> Vec<TargetKey> {
        let full = self.targets.iter().filter(|(_, under)| under.full && under.way > 0);
        full.map(|(key, _)| key.clone()).take(limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> TargetKey {
        (TenantId::from_parts(1, 1), name.into())
    }

    #[test]
    fn a_target_has_its_places_and_its_rate() {
        let mut pace = Pace::default();
        let now = Timestamp::from_ms(0);
        assert!(pace.start(&key("a"), 2, 100, now) && pace.start(&key("a"), 2, 100, now));
        assert!(!pace.start(&key("a"), 2, 100, now), "both places are taken");
        assert_eq!((pace.all(), pace.full(9)), (2, vec![key("a")]));
        pace.end(&key("a"));
        assert!(pace.full(9).is_empty() && pace.start(&key("a"), 2, 100, now));

        assert!(pace.start(&key("slow"), 9, 1, now));
        pace.end(&key("slow"));
        assert!(!pace.start(&key("slow"), 9, 1, Timestamp::from_ms(900)), "one in a second");
        assert!(pace.start(&key("slow"), 9, 1, Timestamp::from_ms(1000)));
    }
}
