//! The task that owns the sender of one address. What it was given before a connection died is sent again on the next one.

use crate::{
    address::Destination,
    config::Backoff,
    connection::{AttachError, Connection, Live, up},
    message::encode,
    shared::Shared,
};
use bytes::Bytes;
use fe2o3_amqp::{Sender, link::SendError};
use fe2o3_amqp_types::{
    definitions::{AmqpError, ErrorCondition},
    messaging::Outcome,
};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use model::{Timestamp, TraceParent};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};

/// A link that nothing was sent on for this long is closed: its node is gone.
const IDLE: Duration = Duration::from_mins(1);

/// Why something was not taken over.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SendFault {
    #[error("no connection to a broker")]
    NotConnected,
    #[error("the broker gave no credit within {0:?}")]
    NoCredit(Duration),
    #[error("the broker did not say within {0:?} whether it has it")]
    NoOutcome(Duration),
    #[error("the broker's address is full")]
    Full,
    #[error("the broker did not take it: {0}")]
    Refused(String),
    #[error("it cannot be encoded, or is larger than the broker takes")]
    Unfit(#[source] Arc<SendError>),
    #[error("the adapter is closed")]
    Closed,
}

/// What a message is made of.
#[derive(Default)]
pub(crate) struct Content {
    pub body: Bytes,
    /// The same key again is taken over once.
    pub key: Option<String>,
    pub due: Option<Timestamp>,
    pub trace: Option<TraceParent>,
}

/// Something to send. Whoever waits for `taken` may give up, and then it is not sent.
pub(crate) struct Request {
    pub content: Content,
    /// Set when it may have reached the broker.
    pub handed: Arc<AtomicBool>,
    /// Durable: when the broker has it. Otherwise: when it has a place in the window and the broker's credit.
    pub taken: oneshot::Sender<Result<(), SendFault>>,
}

type Outcomes = FuturesUnordered<BoxFuture<'static, (u64, Result<Outcome, SendError>)>>;

/// How the time with one link ended.
enum End {
    /// Nobody will send any more.
    Done,
    /// The link or its connection.
    Lost,
}

pub(crate) struct Outlet {
    to: Destination,
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Request>,
    /// What goes first on the next link: its fate is unknown, or it did not get out.
    again: VecDeque<Request>,
    /// Durable and sent, by number, until its outcome is there.
    pending: BTreeMap<u64, Request>,
    next: u64,
    /// Takes the outlet off the map of outlets; those who hold it yet are served.
    forget: Box<dyn Fn() + Send>,
}

impl Outlet {
    pub fn new(
        to: Destination,
        shared: Arc<Shared>,
        queue: mpsc::Receiver<Request>,
        forget: Box<dyn Fn() + Send>,
    ) -> Self {
        Self { to, shared, queue, again: VecDeque::new(), pending: BTreeMap::new(), next: 0, forget }
    }

    pub async fn run(mut self, mut connection: Connection) {
        let shared = Arc::clone(&self.shared);
        let mut backoff = Backoff::new(shared.config.reconnect);
        while let Some(live) = up(&mut connection, &shared).await {
            let Some(attached) = shared.unless_stopped(live.sender(&shared, self.to)).await else { return };
            match attached {
                Ok(sender) => {
                    backoff.reset();
                    if matches!(self.serve(&live, sender).await, End::Done) {
                        return;
                    }
                    self.send_again();
                }
                Err(AttachError::Ended) => {}
                Err(error) => self.not_attached(&error),
            }
            if shared.unless_stopped(sleep(backoff.pause())).await.is_none() {
                return;
            }
        }
    }

    /// What was pending in a sender that is gone is of unknown fate; it goes before what did not get out at all.
    fn send_again(&mut self) {
        let unknown = std::mem::take(&mut self.pending);
        self.shared.counts.resent.add(unknown.len());
        let unsent = std::mem::take(&mut self.again);
        self.again = unknown.into_values().chain(unsent).collect();
    }

    fn not_attached(&self, error: &AttachError) {
        self.shared.counts.good.store(false, Ordering::Relaxed);
        let address = self.to.name();
        tracing::warn!(address, error = error as &dyn std::error::Error, "no link to send on; it is tried again");
    }

    async fn serve(&mut self, live: &Live, sender: Sender) -> End {
        let mut outcomes = Outcomes::new();
        let end = self.send(live, sender, &mut outcomes).await;
        self.shared.counts.in_flight.fetch_sub(outcomes.len(), Ordering::Relaxed);
        end
    }

    async fn send(&mut self, live: &Live, mut sender: Sender, outcomes: &mut Outcomes) -> End {
        let mut idle = Instant::now() + IDLE;
        let stop = self.shared.stop.clone();
        let mut last = false;
        loop {
            if last && outcomes.is_empty() {
                return End::Done;
            }
            let room = outcomes.len() < self.shared.config.window;
            tokio::select! {
                () = live.ended.cancelled() => return End::Lost,
                () = stop.cancelled(), if !last => last = true,
                Some((number, outcome)) = outcomes.next() => {
                    self.shared.counts.in_flight.fetch_sub(1, Ordering::Relaxed);
                    if !self.settle(number, outcome) {
                        return End::Lost;
                    }
                }
                request = next(&mut self.again, &mut self.queue), if room && !last => {
                    let Some(request) = request else {
                        last = true;
                        continue;
                    };
                    idle = Instant::now() + IDLE;
                    if !self.hand(live, &mut sender, outcomes, request).await {
                        return End::Lost;
                    }
                }
                () = sleep_until(idle), if outcomes.is_empty() => {
                    idle = Instant::now() + IDLE;
                    (self.forget)();
                }
            }
        }
    }

    /// Gives it to the link when there is credit, and while somebody waits for it. False when the link is lost.
    async fn hand(&mut self, live: &Live, sender: &mut Sender, outcomes: &mut Outcomes, mut request: Request) -> bool {
        if request.taken.is_closed() {
            return true;
        }
        let message = encode(self.to, &request.content);
        let sent = tokio::select! {
            () = live.ended.cancelled() => None,
            () = request.taken.closed() => return true,
            sent = sender.send_batchable(message) => Some(sent),
        };
        let number = self.next;
        self.next += 1;
        match sent {
            Some(Ok(outcome)) => {
                outcomes.push(Box::pin(async move { (number, outcome.await) }));
                self.shared.counts.sent.add(1);
                self.shared.counts.in_flight.fetch_add(1, Ordering::Relaxed);
                request.handed.store(true, Ordering::Release);
                if self.to.is_durable() {
                    self.pending.insert(number, request);
                } else {
                    let _ = request.taken.send(Ok(()));
                }
                true
            }
            Some(Err(error @ (SendError::MessageSizeExceeded(_) | SendError::MessageEncodeError))) => {
                let _ = request.taken.send(Err(SendFault::Unfit(Arc::new(error))));
                true
            }
            Some(Err(error)) => {
                let address = self.to.name();
                tracing::warn!(address, error = &error as &dyn std::error::Error, "the link to send on is lost");
                self.again.push_front(request);
                false
            }
            None => {
                self.again.push_front(request);
                false
            }
        }
    }

    /// False when the outcome is that the link is lost.
    fn settle(&mut self, number: u64, outcome: Result<Outcome, SendError>) -> bool {
        let result = match outcome {
            Ok(Outcome::Accepted(_)) => Ok(()),
            Ok(Outcome::Rejected(rejected)) => Err(rejected.error.map_or_else(
                || SendFault::Refused("rejected".into()),
                |error| match error.condition {
                    ErrorCondition::AmqpError(AmqpError::ResourceLimitExceeded) => SendFault::Full,
                    condition => SendFault::Refused(error.description.unwrap_or_else(|| format!("{condition:?}"))),
                },
            )),
            Ok(other) => Err(SendFault::Refused(format!("{other:?}"))),
            Err(_) => return false,
        };
        self.shared.counts.good.store(result.is_ok(), Ordering::Relaxed);
        if result.is_err() {
            self.shared.counts.refused.add(1);
        }
        match self.pending.remove(&number) {
            Some(request) => drop(request.taken.send(result)),
            None => {
                if let Err(fault) = result {
                    tracing::warn!(address = self.to.name(), %fault, "a hint was not taken");
                }
            }
        }
        true
    }
}

async fn next(again: &mut VecDeque<Request>, queue: &mut mpsc::Receiver<Request>) -> Option<Request> {
    match again.pop_front() {
        Some(request) => Some(request),
        None => queue.recv().await,
    }
}
