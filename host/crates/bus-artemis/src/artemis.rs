//! The adapter: what the ports ask for, handed to the tasks that own connections and links.

use crate::{
    ArtemisConfig, Figures, QueueFigures,
    address::Destination,
    connection::{Connection, Role, keep, up},
    intake::Intake,
    jobs::{self, Jobs},
    management,
    outlet::{Content, Outlet, Request, SendFault},
    shared::Shared,
};
use async_trait::async_trait;
use model::Clock;
use parking_lot::Mutex;
use ports::{Address, Bus, Job, Message, PortError, PortResult, Subscription, Taken, Work, WorkKind};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::task::TaskTracker;

/// What it is called in errors.
const BROKER: &str = "the broker";

/// The bus and the shared work of one node on an Artemis broker.
///
/// It is usable at once, and connects when it can. Dropping the last one closes it; [`Artemis::close`] waits for that.
pub struct Artemis {
    shared: Arc<Shared>,
    supervisors: TaskTracker,
    sending: Connection,
    consuming: Connection,
    outlets: Arc<Mutex<HashMap<Destination, mpsc::Sender<Request>>>>,
    intakes: Mutex<HashMap<Address, Arc<Intake>>>,
}

impl Artemis {
    /// Starts to connect. Never waits for a broker, and never fails: what is wrong is logged and tried again.
    ///
    /// Must be called in a Tokio runtime.
    pub fn start(config: ArtemisConfig, clock: Arc<dyn Clock>) -> Arc<Self> {
        let shared = Arc::new(Shared::new(config, clock));
        let supervisors = TaskTracker::new();
        let connection = |role| {
            let (to, connection) = watch::channel(None);
            supervisors.spawn(keep(role, Arc::clone(&shared), to));
            connection
        };
        let (sending, consuming) = (connection(Role::Sending), connection(Role::Consuming));
        Arc::new(Self { shared, supervisors, sending, consuming, outlets: Arc::default(), intakes: Mutex::default() })
    }

    /// Ends all subscriptions and both connections. The broker hands out again what was held unsettled.
    pub async fn close(&self) {
        self.stop();
        self.shared.tasks.wait().await;
        self.supervisors.wait().await;
    }

    fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.supervisors.close();
    }

    /// What the adapter knows without asking.
    pub fn figures(&self) -> Figures {
        self.shared.counts.figures(self.connected(), &self.shared.config)
    }

    /// The queues of all nodes as the broker sees them, within `config.answer_within`.
    pub async fn broker(&self) -> PortResult<Vec<QueueFigures>> {
        let mut connection = self.consuming.clone();
        let ask = async {
            let live = up(&mut connection, &self.shared).await.ok_or_else(|| unavailable(SendFault::Closed))?;
            let ended = live.ended.clone();
            let answer = ended.run_until_cancelled(management::queues(&self.shared, &live)).await;
            answer.ok_or_else(|| unavailable(SendFault::NotConnected))?.map_err(|e| PortError::unavailable(BROKER, e))
        };
        let within = self.shared.config.answer_within;
        timeout(within, ask).await.unwrap_or_else(|_| Err(unavailable(SendFault::NoOutcome(within))))
    }

    async fn send(&self, to: Destination, content: Content) -> PortResult<()> {
        if self.shared.stop.is_cancelled() {
            return Err(unavailable(SendFault::Closed));
        }
        let within = self.shared.config.publish_within;
        let handed = Arc::new(AtomicBool::new(false));
        let (taken, outcome) = oneshot::channel();
        let request = Request { content, handed: Arc::clone(&handed), taken };
        let outlet = self.outlet(to);
        let answer = timeout(within, async {
            // Full: the window and the queue before it wait for the broker.
            outlet.send(request).await.map_err(|_| SendFault::Closed)?;
            outcome.await.unwrap_or(Err(SendFault::Closed))
        });
        let fault = match answer.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(fault)) => fault,
            Err(_) if self.sending.borrow().is_none() => SendFault::NotConnected,
            Err(_) if handed.load(Ordering::Acquire) => SendFault::NoOutcome(within),
            Err(_) => SendFault::NoCredit(within),
        };
        self.shared.counts.good.store(false, Ordering::Relaxed);
        Err(match fault {
            SendFault::Unfit(_) | SendFault::Refused(_) => PortError::failed(BROKER, fault),
            _ if handed.load(Ordering::Acquire) && !matches!(fault, SendFault::Full) => {
                PortError::unknown(BROKER, fault)
            }
            _ => unavailable(fault),
        })
    }

    fn outlet(&self, to: Destination) -> mpsc::Sender<Request> {
        let mut outlets = self.outlets.lock();
        outlets
            .entry(to)
            .or_insert_with(|| {
                let (sender, queue) = mpsc::channel(self.shared.config.window);
                let map = Arc::clone(&self.outlets);
                let forget = Box::new(move || drop(map.lock().remove(&to)));
                let outlet = Outlet::new(to, Arc::clone(&self.shared), queue, forget);
                self.shared.tasks.spawn(outlet.run(self.sending.clone()));
                sender
            })
            .clone()
    }

    fn intake(&self, from: Address) -> Arc<Intake> {
        let mut intakes = self.intakes.lock();
        let intake = intakes.entry(from).or_insert_with(|| {
            let intake = Arc::new(Intake::new());
            let (running, shared, connection) = (Arc::clone(&intake), Arc::clone(&self.shared), self.consuming.clone());
            self.shared.tasks.spawn(async move { running.run(Destination::Hint(from), &shared, connection).await });
            intake
        });
        Arc::clone(intake)
    }
}

fn unavailable(fault: SendFault) -> PortError {
    PortError::unavailable(BROKER, fault)
}

impl Drop for Artemis {
    fn drop(&mut self) {
        self.stop();
    }
}

#[async_trait]
impl Bus for Artemis {
    /// Without a connection it fails at once: a hint that is late is worth nothing.
    async fn publish(&self, to: Address, message: Message) -> PortResult<()> {
        if self.sending.borrow().is_none() {
            return Err(unavailable(SendFault::NotConnected));
        }
        self.send(Destination::Hint(to), Content { body: message.body, trace: message.trace, ..Content::default() })
            .await
    }

    async fn subscribe(&self, to: Address) -> PortResult<Subscription> {
        if self.shared.stop.is_cancelled() {
            return Err(unavailable(SendFault::Closed));
        }
        let (subscription, mut attached) = self.intake(to).subscribe();
        let within = self.shared.config.answer_within;
        match timeout(within, attached.wait_for(|attached| *attached)).await {
            Ok(Ok(_)) => Ok(subscription),
            _ => Err(unavailable(SendFault::NotConnected)),
        }
    }

    /// Both connections are up, and the last that the broker said about a message was good.
    fn connected(&self) -> bool {
        self.sending.borrow().is_some()
            && self.consuming.borrow().is_some()
            && self.shared.counts.good.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Work for Artemis {
    /// Without a connection it waits for one, as long as `config.publish_within`.
    async fn put(&self, kind: WorkKind, job: Job) -> PortResult<()> {
        // What is due already needs no schedule.
        let due = job.due.filter(|due| *due > self.shared.clock.now());
        self.send(Destination::Work(kind), Content { body: job.body, key: Some(job.key), due, trace: None }).await
    }

    async fn take(&self, kind: WorkKind) -> PortResult<mpsc::Receiver<Taken>> {
        if self.shared.stop.is_cancelled() {
            return Err(unavailable(SendFault::Closed));
        }
        let listener = self.shared.config.listener;
        let consumers = listener.max_concurrency.max(listener.concurrency).max(1);
        let (out, taken) = mpsc::channel(consumers * listener.credit.max(1) as usize);
        let jobs = Jobs {
            from: Destination::Work(kind),
            shared: Arc::clone(&self.shared),
            connection: self.consuming.clone(),
            out,
            held: AtomicUsize::new(0),
            ended: self.shared.stop.child_token(),
        };
        self.shared.tasks.spawn(jobs::run(jobs));
        Ok(taken)
    }
}
