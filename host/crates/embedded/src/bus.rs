use async_trait::async_trait;
use parking_lot::Mutex;
use ports::{Address, Bus, Message, PortError, PortResult, Subscription};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::mpsc::{self, error::TrySendError};

/// Messages that wait for one subscriber; beyond it they are lost (the contract of `Bus`).
const QUEUE: usize = 1024;

/// The bus of one process. Several nodes may share one value: a cluster in one process, for tests.
#[derive(Debug, Default)]
pub struct EmbeddedBus {
    subscribers: Mutex<HashMap<Address, Vec<mpsc::Sender<Message>>>>,
    closed: AtomicBool,
}

#[derive(Debug, thiserror::Error)]
#[error("the bus is closed")]
struct Closed;

impl EmbeddedBus {
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all subscriptions, and takes nothing from now on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.subscribers.lock().clear();
    }

    /// Live subscriptions on all addresses.
    pub fn subscriptions(&self) -> usize {
        self.subscribers.lock().values().flatten().filter(|s| !s.is_closed()).count()
    }

    fn check_open(&self) -> PortResult<()> {
        if self.closed.load(Ordering::SeqCst) { Err(PortError::unavailable("the bus", Closed)) } else { Ok(()) }
    }
}

#[async_trait]
impl Bus for EmbeddedBus {
    async fn publish(&self, to: Address, message: Message) -> PortResult<()> {
        self.check_open()?;
        if let Some(subscribers) = self.subscribers.lock().get_mut(&to) {
            // A full queue loses the message; a subscriber that is gone is forgotten.
            subscribers.retain(|s| !matches!(s.try_send(message.clone()), Err(TrySendError::Closed(_))));
        }
        Ok(())
    }

    async fn subscribe(&self, to: Address) -> PortResult<Subscription> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut subscribers = self.subscribers.lock();
        self.check_open()?;
        let same = subscribers.entry(to).or_default();
        same.retain(|s| !s.is_closed());
        same.push(sender);
        Ok(receiver)
    }

    fn connected(&self) -> bool {
        !self.closed.load(Ordering::SeqCst)
    }
}
