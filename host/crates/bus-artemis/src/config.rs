//! What a node is told about its broker.

use crate::BrokerUrl;
use model::NodeId;
use std::{num::NonZero, path::PathBuf, time::Duration};

/// How a node reaches its broker and how much of it it uses. [`ArtemisConfig::new`] has the defaults.
#[derive(Clone, Debug)]
pub struct ArtemisConfig {
    /// The acceptors of one broker and its backup, tried in this order.
    pub urls: Vec<BrokerUrl>,
    /// This node: the name of its connections on the broker.
    pub node: NodeId,
    pub listener: Listener,
    pub reconnect: Reconnect,
    /// Messages of one address that are on their way to the broker without an outcome.
    pub window: usize,
    /// A broker that is silent for this long is given up. It sends something twice as often.
    pub idle_timeout: Duration,
    /// The longest that `publish` and `put` wait.
    pub publish_within: Duration,
    /// The longest that anything else waits for the broker: a connection, a link, a figure.
    pub answer_within: Duration,
    /// Certificate authorities (PEM) that are trusted for `amqps` instead of the public ones.
    pub authorities: Option<PathBuf>,
}

/// How this node consumes shared work, for each kind of it.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    /// Consumers to start with.
    pub concurrency: usize,
    /// Consumers that it grows to while all of them are full.
    pub max_concurrency: usize,
    /// Unsettled jobs that one consumer holds.
    pub credit: u32,
    /// How often a job is handed out before it goes to the dead-letter address. The broker's `max-delivery-attempts` is the other bound.
    pub redelivery: u32,
}

impl Default for Listener {
    /// One consumer per core, four when there is more to do; 64 jobs each; 10 attempts.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { concurrency: cores, max_concurrency: cores * 4, credit: 64, redelivery: 10 }
    }
}

/// The pause before a connection is tried again: doubles from `first` to `most`, with jitter.
#[derive(Clone, Copy, Debug)]
pub struct Reconnect {
    pub first: Duration,
    pub most: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(5) }
    }
}

impl ArtemisConfig {
    pub fn new(urls: Vec<BrokerUrl>, node: NodeId) -> Self {
        Self {
            urls,
            node,
            listener: Listener::default(),
            reconnect: Reconnect::default(),
            window: 256,
            idle_timeout: Duration::from_secs(5),
            publish_within: Duration::from_secs(2),
            answer_within: Duration::from_secs(5),
            authorities: None,
        }
    }
}

/// The next pause of a series of failures.
#[derive(Debug)]
pub(crate) struct Backoff {
    bounds: Reconnect,
    next: Duration,
}

impl Backoff {
    pub fn new(bounds: Reconnect) -> Self {
        Self { bounds, next: bounds.first }
    }
    pub fn reset(&mut self) {
        self.next = self.bounds.first;
    }
    /// Between half of the current pause and all of it; the next is twice as long.
    pub fn pause(&mut self) -> Duration {
        let now = self.next.min(self.bounds.most);
        self.next = (now * 2).min(self.bounds.most);
        now.mul_f64(rand::random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_most_and_start_over() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(Reconnect { first, most });
        for expected in [100, 200, 400, 800, 1000, 1000] {
            let pause = backoff.pause().as_millis();
            assert!((expected / 2..=expected).contains(&pause), "{pause} ms of {expected}");
        }
        backoff.reset();
        assert!(backoff.pause() <= first);
    }
}
