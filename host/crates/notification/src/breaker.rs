//! How a target is doing, and what follows from it: a target that keeps failing rests, so that neither it nor the node is worn out.

use model::{Timestamp, notification::TargetHealth};
use std::time::Duration;

/// Failures in a row after which a target rests between attempts, one at a time.
pub(crate) const RESTS_AFTER: u32 = 5;
/// The first rest; doubled with each further failure.
const REST_FIRST: Duration = Duration::from_secs(5);
const REST_MAX: Duration = Duration::from_mins(5);
/// A target that did nothing but fail for so long is left alone until somebody has looked after it.
pub(crate) const GIVEN_UP_AFTER: Duration = Duration::from_hours(5 * 24);

/// The health after one more attempt.
pub(crate) fn after(health: TargetHealth, succeeded: bool, now: Timestamp) -> TargetHealth {
    if succeeded {
        return TargetHealth::default();
    }
    let streak = health.streak.saturating_add(1);
    let doublings = streak.saturating_sub(RESTS_AFTER).min(16);
    let rest = REST_FIRST.saturating_mul(1 << doublings).min(REST_MAX);
    TargetHealth {
        streak,
        failing_since: health.failing_since.or(Some(now)),
        rests_until: (streak >= RESTS_AFTER).then(|| now.plus(rest)),
    }
}

pub(crate) fn is_given_up(health: TargetHealth, now: Timestamp) -> bool {
    health.streak >= RESTS_AFTER && health.failing_since.is_some_and(|since| now.since(since) >= GIVEN_UP_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_longer_and_recovers_at_once() {
        let now = Timestamp::from_ms(1000);
        let mut health = TargetHealth::default();
        for _ in 1..RESTS_AFTER {
            health = after(health, false, now);
            assert_eq!(health.rests_until, None);
        }
        let mut rests = Vec::new();
        for _ in 0..10 {
            health = after(health, false, now);
            rests.push(health.rests_until.unwrap().since(now));
        }
        assert_eq!(rests[..3], [REST_FIRST, REST_FIRST * 2, REST_FIRST * 4]);
        assert_eq!(rests[9], REST_MAX);
        assert!(!is_given_up(health, now));
        assert!(is_given_up(health, now.plus(GIVEN_UP_AFTER)));
        assert_eq!(after(health, true, now), TargetHealth::default());
    }
}
