//! How long a place in a backlog will take, guessed from how fast the team took the last ones.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Assignments that the guess is made from: the newest, and none older than `RECENT`.
pub const SAMPLE: u32 = 20;
pub const RECENT: Duration = Duration::from_hours(1);
/// With fewer there is no guess.
const LEAST: usize = 3;
/// What people are told is a multiple of this.
const STEP_SECONDS: u32 = 30;
/// Beyond this nothing is promised.
const MOST_SECONDS: f64 = 4.0 * 3600.0;

/// Seconds until an agent, likely between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eta {
    pub low: u32,
    pub high: u32,
}

/// The guess for who has `ahead` others before them, from the moments of the team's `recent` assignments (newest first).
///
/// If assignments come at a rate λ, the k-th from now (k = ahead + 1) comes after k/λ on average, with a deviation of √k/λ (the
/// gamma distribution of a Poisson process). λ is what came after the oldest of the sample, divided by the time since then *until
/// now*: a team that has stopped gets slower with every minute. Told is mean ∓ deviation, in steps of 30 s, outward.
pub fn eta(ahead: u32, recent: &[Timestamp], now: Timestamp) -> Option<Eta> {
    let oldest = *recent.last().filter(|_| recent.len() >= LEAST)?;
    let each = now.since(oldest).as_secs_f64() / (recent.len() - 1) as f64;
    let k = f64::from(ahead) + 1.0;
    let (mean, deviation) = (k * each, k.sqrt() * each);
    if mean > MOST_SECONDS {
        return None;
    }
    let low = (mean - deviation).max(0.0) as u32 / STEP_SECONDS * STEP_SECONDS;
    let high = ((mean + deviation) as u32 / STEP_SECONDS + 1) * STEP_SECONDS;
    Some(Eta { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` assignments, one each `every` seconds, the newest `ago` seconds before 10 000 s.
    fn sample(n: i64, every: i64, ago: i64) -> Vec<Timestamp> {
        (0..n).map(|i| Timestamp::from_ms((10_000 - ago - i * every) * 1000)).collect()
    }

    const NOW: Timestamp = Timestamp::from_ms(10_000_000);

    #[test]
    fn the_guess_follows_the_formula() {
        // One a minute: each = 60 s. k = 1: 60 ∓ 60; k = 4: 240 ∓ 120; k = 9: 540 ∓ 180.
        let steady = sample(11, 60, 0);
        assert_eq!(eta(0, &steady, NOW), Some(Eta { low: 0, high: 150 }));
        assert_eq!(eta(3, &steady, NOW), Some(Eta { low: 120, high: 390 }));
        assert_eq!(eta(8, &steady, NOW), Some(Eta { low: 360, high: 750 }));
    }

    #[test]
    fn nothing_is_promised_without_a_sample_or_for_too_far_away() {
        assert_eq!(eta(0, &[], NOW), None);
        assert_eq!(eta(0, &sample(2, 60, 0), NOW), None);
        assert_eq!(eta(500, &sample(11, 60, 0), NOW), None);
    }

    #[test]
    fn a_team_that_has_stopped_gets_slower_and_nobody_behind_is_sooner() {
        let (busy, idle) = (eta(1, &sample(5, 30, 0), NOW).unwrap(), eta(1, &sample(5, 30, 1200), NOW).unwrap());
        assert!(idle.low > busy.low && idle.high > busy.high);
        let sample = sample(20, 45, 10);
        let all: Vec<_> = (0..50).filter_map(|ahead| eta(ahead, &sample, NOW)).collect();
        assert!(all.iter().all(|e| e.low < e.high));
        assert!(all.windows(2).all(|w| w[0].low <= w[1].low && w[0].high <= w[1].high));
    }
}
