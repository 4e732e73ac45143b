//! The rule that judges a failed attempt when no plugin does. Native, total and deterministic.

use crate::notification::{Failed, Fault, Verdict};

/// Milliseconds before the second attempt, the third, …: half a minute's faults are gone early, a day's outage is outlived.
pub const DELAYS: [u64; 7] = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];
/// Up to this share of a delay, in percent, is added by chance: those that failed together do not come back together.
const JITTER_PERCENT: u64 = 20;

/// Tries again after `DELAYS`, later if the other side asked for it; a refusal is final at once, and so is the end of the delays.
pub fn builtin_exponential(failed: &Failed) -> Verdict {
    if failed.fault == Fault::Refused {
        return Verdict::DeadLetter(format!("refused with status {}", failed.status));
    }
    let Some(delay) = DELAYS.get(failed.made.saturating_sub(1) as usize) else {
        return Verdict::DeadLetter(format!("no success in {} attempts", failed.made));
    };
    let jitter = failed.seed % (delay * JITTER_PERCENT / 100).max(1);
    let delay = (delay + jitter).max(failed.retry_after.unwrap_or(0));
    if failed.expires_at != 0 && failed.now.saturating_add(delay) > failed.expires_at {
        return Verdict::DeadLetter("it would come too late".into());
    }
    Verdict::AgainIn(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(made: u32) -> Failed {
        Failed {
            now: 1_000_000,
            seed: 7,
            channel: "webhook".into(),
            made,
            first_at: 0,
            expires_at: 0,
            previous_delay: 0,
            fault: Fault::Failed,
            status: 500,
            retry_after: None,
            streak: 1,
        }
    }

    #[test]
    fn delays_grow_and_end() {
        for (made, delay) in (1..).zip(DELAYS) {
            assert_eq!(builtin_exponential(&failed(made)), Verdict::AgainIn(delay + 7));
        }
        assert!(matches!(builtin_exponential(&failed(8)), Verdict::DeadLetter(_)));
    }

    #[test]
    fn the_other_side_is_heard() {
        let asked = Failed { fault: Fault::Throttled, retry_after: Some(60_000), ..failed(1) };
        assert_eq!(builtin_exponential(&asked), Verdict::AgainIn(60_000));
        assert!(matches!(builtin_exponential(&Failed { fault: Fault::Refused, ..failed(1) }), Verdict::DeadLetter(_)));
        assert!(matches!(builtin_exponential(&Failed { expires_at: 1_004_000, ..failed(1) }), Verdict::DeadLetter(_)));
    }
}
