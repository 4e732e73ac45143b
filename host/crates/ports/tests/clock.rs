//! The clocks that ship keep the contract.

use model::{Clock as _, IdSource, ManualClock, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use weft_ports::{SystemClock, conformance::clock::clock_suite};

/// Ids of a clock that a test owns: chance is a counter.
struct Counted<'a>(&'a ManualClock, AtomicU64);

impl IdSource for Counted<'_> {
    fn parts(&self) -> (u64, u128) {
        (self.0.now().as_ms().cast_unsigned(), self.1.fetch_add(1, Ordering::Relaxed).into())
    }
}

#[test]
fn the_machines_clock() {
    clock_suite(&SystemClock, &SystemClock, |span| {
        let (_never, wait) = std::sync::mpsc::channel::<()>();
        assert!(wait.recv_timeout(span).is_err());
    });
}

#[test]
fn a_clock_that_a_test_owns() {
    let clock = ManualClock::at(Timestamp::from_ms(1_000_000));
    clock_suite(&clock, &Counted(&clock, AtomicU64::new(0)), |span| clock.advance(span));
}
