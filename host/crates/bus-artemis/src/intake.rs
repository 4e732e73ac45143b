//! The task that owns the receiver of one address of hints, and everybody here who reads it.

use crate::{
    address::Destination,
    config::Backoff,
    connection::{AttachError, Connection, Live, up},
    message,
    shared::Shared,
};
use fe2o3_amqp::{Receiver, link::RecvError};
use fe2o3_amqp_types::{messaging::Body, primitives::Value};
use parking_lot::Mutex;
use ports::Message;
use std::error::Error;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::sleep,
};

/// Messages that wait for one subscriber; beyond it they are lost (the contract of `Bus`).
const QUEUE: usize = 1024;
/// Messages that the broker may send ahead.
const CREDIT: u32 = 512;

/// The subscribers of one address. The link stays when the last one is gone: a node never leaves its own addresses, and a
/// link that is closing would swallow what a new one waits for.
pub(crate) struct Intake {
    subscribers: Mutex<Vec<mpsc::Sender<Message>>>,
    attached: watch::Sender<bool>,
}

impl Intake {
    pub fn new() -> Self {
        Self { subscribers: Mutex::default(), attached: watch::Sender::new(false) }
    }

    /// One more reader. It gets what is published after the link is there.
    pub fn subscribe(&self) -> (mpsc::Receiver<Message>, watch::Receiver<bool>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut subscribers = self.subscribers.lock();
        subscribers.retain(|s| !s.is_closed());
        subscribers.push(sender);
        (receiver, self.attached.subscribe())
    }

    /// Receives until the adapter is closed, over all connections. Ends the subscriptions then.
    pub async fn run(&self, from: Destination, shared: &Shared, mut connection: Connection) {
        let receive = async {
            let mut backoff = Backoff::new(shared.config.reconnect);
            while let Some(live) = up(&mut connection, shared).await {
                match live.receiver(shared, from, true).await {
                    Ok(receiver) => {
                        backoff.reset();
                        self.attached.send_replace(true);
                        let ended = self.receive(shared, &live, receiver).await;
                        self.attached.send_replace(false);
                        if let Err(error) = ended {
                            let address = from.name();
                            tracing::warn!(address, error = &error as &dyn Error, "the link to receive on is lost");
                        }
                    }
                    Err(AttachError::Ended) => {}
                    Err(error) => {
                        let address = from.name();
                        tracing::warn!(
                            address,
                            error = &error as &dyn Error,
                            "no link to receive on; it is tried again"
                        );
                    }
                }
                sleep(backoff.pause()).await;
            }
        };
        shared.unless_stopped(receive).await;
        self.subscribers.lock().clear();
    }

    async fn receive(&self, shared: &Shared, live: &Live, mut receiver: Receiver) -> Result<(), RecvError> {
        let mut credit = 0;
        loop {
            if credit <= CREDIT / 2 {
                credit = CREDIT;
                if receiver.set_credit(credit).await.is_err() {
                    return Ok(());
                }
            }
            let delivery = tokio::select! {
                () = live.ended.cancelled() => return Ok(()),
                delivery = receiver.recv::<Body<Value>>() => delivery?,
            };
            credit -= 1;
            shared.counts.received.add(1);
            let trace = message::trace(delivery.message().application_properties.as_ref());
            if let Some(body) = message::body(delivery.into_body()) {
                self.pass(shared, &Message { body, trace });
            } else {
                tracing::warn!("a message of another make was received and left");
            }
        }
    }

    /// To every subscriber that has room; forgets those that are gone.
    fn pass(&self, shared: &Shared, message: &Message) {
        self.subscribers.lock().retain(|subscriber| match subscriber.try_send(message.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                shared.counts.overflowed.add(1);
                true
            }
            Err(TrySendError::Closed(_)) => false,
        });
    }
}
