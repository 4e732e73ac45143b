//! How fast somebody may go: the generic cell rate algorithm, one moment of memory each.

use model::{Code, Participant, Refusal, TenantId, Timestamp};
use parking_lot::Mutex;
use std::{collections::HashMap, net::IpAddr};

/// A rate per second with a burst.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Microseconds that one takes.
    each: i64,
    /// Microseconds that may be used ahead.
    ahead: i64,
}

impl Rate {
    pub fn new(per_second: u32, burst: u32) -> Self {
        let each = 1_000_000 / i64::from(per_second.max(1));
        Self { each, ahead: each * i64::from(burst.max(1)) }
    }
}

/// When the next one would be due if all came evenly (microseconds).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace(i64);

/// What is left after one was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left {
    pub remaining: u32,
    /// Seconds until all is free again.
    pub reset: u32,
}

impl Pace {
    /// Takes one, or says after how many seconds there is one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Result<Left, u32> {
        let now = now.as_ms().saturating_mul(1000);
        let next = self.0.max(now) + rate.each;
        let over = next - now - rate.ahead;
        if over > 0 {
            return Err(seconds(over));
        }
        self.0 = next;
        Ok(Left { remaining: ((rate.ahead - (next - now)) / rate.each) as u32, reset: seconds(next - now) })
    }

    fn is_idle(self, now: Timestamp) -> bool {
        self.0 <= now.as_ms().saturating_mul(1000)
    }
}

fn seconds(micros: i64) -> u32 {
    micros.div_euclid(1_000_000) as u32 + 1
}

pub(crate) fn too_fast(seconds: u32) -> Refusal {
    Refusal::new(Code::RateLimited, "slower, please").retry_after(seconds)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Caller(TenantId, Participant),
    Address(Option<IpAddr>),
}

/// Paces remembered at once; the idle ones are forgotten when it is full.
const REMEMBERED: usize = 100_000;

/// One pace for each caller and address.
pub(crate) struct Paces {
    rate: Rate,
    burst: u32,
    known: Mutex<HashMap<Who, Pace>>,
}

impl Paces {
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { rate: Rate::new(per_second, burst), burst, known: Mutex::default() }
    }
    pub const fn burst(&self) -> u32 {
        self.burst
    }
    pub fn take(&self, who: Who, now: Timestamp) -> Result<Left, Refusal> {
        let mut paces = self.known.lock();
        if paces.len() >= REMEMBERED && !paces.contains_key(&who) {
            paces.retain(|_, pace| !pace.is_idle(now));
            if paces.len() >= REMEMBERED {
                return Err(too_fast(1));
            }
        }
        paces.entry(who).or_default().take(self.rate, now).map_err(too_fast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_then_an_even_rate() {
        let rate = Rate::new(20, 40);
        let mut pace = Pace::default();
        let start = Timestamp::from_ms(1_000_000);
        let taken = (0..100).filter(|_| pace.take(rate, start).is_ok()).count();
        assert_eq!(taken, 40);
        assert_eq!(pace.take(rate, start).unwrap_err(), 1);
        let taken = (0..100).filter(|_| pace.take(rate, start.plus(Duration::from_secs(1))).is_ok()).count();
        assert_eq!(taken, 20);
    }
}
