//! Stops calling a release that keeps failing, per tenant, and tries again later (wasm.md §2.10).

use model::{TenantId, Timestamp, plugin::Digest};
use parking_lot::Mutex;
use std::{collections::HashMap, time::Duration};

/// Opens at this many faults in the last `WINDOW` calls, or this many in a row.
const WINDOW: u32 = 20;
const FAULTS: u32 = 5;
const IN_A_ROW: u32 = 3;
/// How long it stays open: doubled each time it opens again without having recovered.
const OPEN_FIRST: Duration = Duration::from_secs(30);
const OPEN_MAX: Duration = Duration::from_mins(10);
/// Calls that must succeed before it counts as recovered.
const PROBES: u32 = 3;
/// Openings that are remembered.
const OPENINGS: usize = 2;

#[derive(Default)]
pub(crate) struct Breakers(Mutex<HashMap<(TenantId, Digest), Breaker>>);

impl Breakers {
    /// Whether a call may be made.
    pub(crate) fn admits(&self, tenant: TenantId, release: Digest, now: Timestamp) -> bool {
        self.0.lock().get_mut(&(tenant, release)).is_none_or(|b| b.admits(now))
    }

    pub(crate) fn succeeded(&self, tenant: TenantId, release: Digest) {
        if let Some(breaker) = self.0.lock().get_mut(&(tenant, release)) {
            breaker.succeeded();
        }
    }

    /// The call said nothing about the release.
    pub(crate) fn undecided(&self, tenant: TenantId, release: Digest) {
        if let Some(breaker) = self.0.lock().get_mut(&(tenant, release))
            && let State::HalfOpen { may_start, .. } = &mut breaker.state
        {
            *may_start += 1;
        }
    }

    /// When the fault opened the breaker: the openings at or after `since`, at most two.
    pub(crate) fn failed(&self, tenant: TenantId, release: Digest, now: Timestamp, since: Timestamp) -> Option<usize> {
        let mut breakers = self.0.lock();
        let breaker = breakers.entry((tenant, release)).or_default();
        breaker.failed(now).then(|| breaker.openings.iter().filter(|at| **at >= since).count())
    }

    /// Forgets releases that `tenant` does not use any more.
    pub(crate) fn keep(&self, tenant: TenantId, used: impl Fn(Digest) -> bool) {
        self.0.lock().retain(|(t, release), _| *t != tenant || used(*release));
    }
}

#[derive(Default)]
struct Breaker {
    state: State,
    /// The last `WINDOW` calls, newest in bit 0; 1 is a fault.
    calls: u32,
    in_a_row: u32,
    /// Times it opened since it last recovered.
    strikes: u32,
    openings: Vec<Timestamp>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Closed,
    Open {
        until: Timestamp,
    },
    /// Probing: so many calls more may start, so many more must succeed.
    HalfOpen {
        may_start: u32,
        must_succeed: u32,
    },
}

impl Breaker {
    fn admits(&mut self, now: Timestamp) -> bool {
        match &mut self.state {
            State::Closed => true,
            State::Open { until } if now < *until => false,
            State::Open { .. } => {
                self.state = State::HalfOpen { may_start: PROBES - 1, must_succeed: PROBES };
                true
            }
            State::HalfOpen { may_start: 0, .. } => false,
            State::HalfOpen { may_start, .. } => {
                *may_start -= 1;
                true
            }
        }
    }

    fn succeeded(&mut self) {
        self.in_a_row = 0;
        self.calls = (self.calls << 1) & ((1 << WINDOW) - 1);
        if let State::HalfOpen { must_succeed, .. } = &mut self.state {
            *must_succeed = must_succeed.saturating_sub(1);
            if *must_succeed == 0 {
                *self = Self { openings: std::mem::take(&mut self.openings), ..Self::default() };
            }
        }
    }

    /// Whether this fault opened it.
    fn failed(&mut self, now: Timestamp) -> bool {
        self.in_a_row += 1;
        self.calls = ((self.calls << 1) | 1) & ((1 << WINDOW) - 1);
        let opens = match self.state {
            State::Closed => self.in_a_row >= IN_A_ROW || self.calls.count_ones() >= FAULTS,
            State::HalfOpen { .. } => true,
            State::Open { .. } => false,
        };
        if opens {
            let span = OPEN_FIRST.saturating_mul(1 << self.strikes.min(8)).min(OPEN_MAX);
            self.state = State::Open { until: now.plus(span) };
            self.strikes += 1;
            (self.calls, self.in_a_row) = (0, 0);
            if self.openings.len() == OPENINGS {
                self.openings.remove(0);
            }
            self.openings.push(now);
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1000)
    }

    #[test]
    fn it_opens_after_three_faults_in_a_row() {
        let mut b = Breaker::default();
        assert!(!b.failed(at(0)) && !b.failed(at(0)));
        b.succeeded();
        assert!(!b.failed(at(0)) && !b.failed(at(0)));
        assert!(b.failed(at(0)));
        assert!(!b.admits(at(29)));
        assert!(b.admits(at(30)), "half open");
    }

    #[test]
    fn it_opens_after_five_faults_in_twenty_calls() {
        let mut b = Breaker::default();
        for _ in 0..4 {
            assert!(!b.failed(at(0)));
            b.succeeded();
        }
        assert!(b.failed(at(0)));
        let mut slow = Breaker::default();
        for _ in 0..10 {
            assert!(!slow.failed(at(0)), "one in six is not enough");
            (0..5).for_each(|_| slow.succeeded());
        }
    }

    #[test]
    fn it_closes_after_three_probes_and_doubles_when_a_probe_fails() {
        let mut b = Breaker::default();
        assert_eq!([0; 3].map(|_| b.failed(at(0))), [false, false, true]);
        assert!(b.admits(at(30)) && b.admits(at(30)) && b.admits(at(30)));
        assert!(!b.admits(at(30)), "three probes at once");
        b.succeeded();
        assert!(b.failed(at(31)), "one bad probe opens it");
        assert!(!b.admits(at(31 + 59)) && b.admits(at(31 + 60)));
        (0..3).for_each(|_| b.succeeded());
        assert!(!b.failed(at(100)) && b.admits(at(100)), "closed, with a clean record");
        let mut long = Breaker::default();
        assert_eq!([0; 3].map(|_| long.failed(at(0))), [false, false, true]);
        let mut now = 0;
        for _ in 0..12 {
            let State::Open { until } = long.state else { panic!("not open") };
            assert!(until.as_ms() / 1000 - now <= 600);
            now = until.as_ms() / 1000;
            assert!(long.admits(until) && long.failed(until));
        }
    }
}
