use parking_lot::Mutex;
use ports::PortError;
use rand::Rng;
use std::time::Duration;
use tokio::time::Instant;

/// Pauses while the index is away: doubled each time up to the longest, the half of it by chance.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);
/// Doublings until the longest.
const DOUBLINGS: u32 = 4;

/// What a node knows of an outage of the index, so that it neither hammers a server that is away nor says so again and again.
#[derive(Debug, Default)]
pub(crate) struct Patience(Mutex<Option<Outage>>);

#[derive(Clone, Copy, Debug)]
struct Outage {
    failures: u32,
    until: Instant,
}

impl Patience {
    /// Whether it is time to try.
    pub fn is_over(&self) -> bool {
        self.0.lock().is_none_or(|outage| outage.until <= Instant::now())
    }

    /// How long to wait before the next try, `every` when all is well.
    pub fn pause(&self, every: Duration) -> Duration {
        self.0.lock().map_or(every, |outage| outage.until.saturating_duration_since(Instant::now()))
    }

    pub fn failed(&self, error: &PortError) {
        let mut outage = self.0.lock();
        let failures = outage.map_or(0, |outage| outage.failures) + 1;
        let pause = (FIRST * 2u32.pow(failures.saturating_sub(1).min(DOUBLINGS))).min(LONGEST);
        let pause = pause.mul_f64(rand::rng().random_range(0.5..1.0));
        *outage = Some(Outage { failures, until: Instant::now() + pause });
        if failures == 1 {
            tracing::warn!(error = error as &dyn std::error::Error, "search falls behind the log");
        } else {
            tracing::debug!(error = error as &dyn std::error::Error, failures, "search is still behind the log");
        }
    }

    pub fn succeeded(&self) {
        if let Some(Outage { failures, .. }) = self.0.lock().take() {
            tracing::info!(failures, "search follows the log again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let (patience, every) = (Patience::default(), Duration::from_secs(2));
        let error = PortError::unavailable("the index", "away");
        assert!(patience.is_over());
        patience.failed(&error);
        assert!(!patience.is_over() && patience.pause(every) <= FIRST);
        for _ in 0..8 {
            patience.failed(&error);
            assert!(patience.pause(every) <= LONGEST);
        }
        assert!(patience.pause(every) > LONGEST / 3);
        patience.succeeded();
        assert_eq!(patience.pause(every), every);
    }
}
