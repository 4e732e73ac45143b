//! What the adapter knows of itself, without asking anybody.

use crate::ArtemisConfig;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// The state of an [`crate::Artemis`] at one moment. Counts are since its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    pub connected: bool,
    /// The broker that was reached last, without name and password.
    pub url: Option<String>,
    /// Connections that were made after the first of each kind.
    pub reconnects: u64,
    /// Messages given to the broker whose outcome is not there yet.
    pub in_flight: usize,
    pub sent: u64,
    /// Outcomes that were not "accepted".
    pub refused: u64,
    /// Messages sent again because a connection took their outcome along.
    pub resent: u64,
    /// Hints that arrived.
    pub received: u64,
    /// Hints that a subscriber had no room for.
    pub overflowed: u64,
    /// Jobs that this node holds unsettled.
    pub held: usize,
    /// Consumers of jobs that are attached.
    pub consumers: usize,
    /// Jobs done, handed back, and put aside on the dead-letter address.
    pub done: u64,
    pub again: u64,
    pub dead: u64,
}

/// A count that is read here and by Prometheus.
pub(crate) struct Meter {
    count: AtomicU64,
    counter: metrics::Counter,
}

impl Meter {
    fn new(counter: metrics::Counter) -> Self {
        Self { count: AtomicU64::new(0), counter }
    }
    pub fn add(&self, more: usize) {
        self.count.fetch_add(more as u64, Ordering::Relaxed);
        self.counter.increment(more as u64);
    }
    fn get(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// The counters behind [`Figures`].
pub(crate) struct Counts {
    /// Whether the last thing that the broker said, or did not say in time, was good.
    pub good: AtomicBool,
    /// The place in the list of the broker that was reached last.
    pub url: AtomicUsize,
    pub in_flight: AtomicUsize,
    pub held: AtomicUsize,
    pub consumers: AtomicUsize,
    pub reconnects: Meter,
    pub sent: Meter,
    pub refused: Meter,
    pub resent: Meter,
    pub received: Meter,
    pub overflowed: Meter,
    pub done: Meter,
    pub again: Meter,
    pub dead: Meter,
}

impl Counts {
    pub fn new() -> Self {
        let job = |outcome: &'static str| Meter::new(metrics::counter!("weft_broker_jobs_total", "outcome" => outcome));
        Self {
            good: AtomicBool::new(false),
            url: AtomicUsize::new(usize::MAX),
            in_flight: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            consumers: AtomicUsize::new(0),
            reconnects: Meter::new(metrics::counter!("weft_broker_reconnects_total")),
            sent: Meter::new(metrics::counter!("weft_broker_sent_total")),
            refused: Meter::new(metrics::counter!("weft_broker_refused_total")),
            resent: Meter::new(metrics::counter!("weft_broker_resent_total")),
            received: Meter::new(metrics::counter!("weft_broker_received_total")),
            overflowed: Meter::new(metrics::counter!("weft_broker_overflowed_total")),
            done: job("done"),
            again: job("again"),
            dead: job("dead"),
        }
    }

    pub fn figures(&self, connected: bool, config: &ArtemisConfig) -> Figures {
        Figures {
            connected,
            url: config.urls.get(self.url.load(Ordering::Relaxed)).map(ToString::to_string),
            reconnects: self.reconnects.get(),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            sent: self.sent.get(),
            refused: self.refused.get(),
            resent: self.resent.get(),
            received: self.received.get(),
            overflowed: self.overflowed.get(),
            held: self.held.load(Ordering::Relaxed),
            consumers: self.consumers.load(Ordering::Relaxed),
            done: self.done.get(),
            again: self.again.get(),
            dead: self.dead.get(),
        }
    }
}
