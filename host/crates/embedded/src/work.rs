use async_trait::async_trait;
use bytes::Bytes;
use model::{Clock, Timestamp};
use parking_lot::Mutex;
use ports::{Job, PortError, PortResult, Settled, Taken, Work, WorkKind};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc},
    time::sleep,
};

/// Jobs of one kind that wait; beyond it `put` fails.
const WAITING: usize = 100_000;
/// Keys of one kind that are remembered.
const KEYS: usize = 20_000;
/// Unsettled jobs that one consumer holds.
const CREDIT: usize = 64;
/// How often a job is handed out before it is put aside.
const ATTEMPTS: u32 = 10;
/// How exactly `due` is kept.
const TICK: Duration = Duration::from_millis(5);

/// The shared work of one process, in memory: what waits is gone with it, and found again in the store by the sweeps.
pub struct EmbeddedWork {
    clock: Arc<dyn Clock>,
    index: Arc<Shelf>,
    notification: Arc<Shelf>,
}

#[derive(Debug, thiserror::Error)]
#[error("more than {WAITING} jobs wait")]
struct Full;

#[derive(Debug, thiserror::Error)]
#[error("the work is closed")]
struct Closed;

/// The jobs of one kind.
#[derive(Default)]
struct Shelf {
    jobs: Mutex<Jobs>,
    /// Something may be due earlier than was thought, or it is closed.
    changed: Notify,
}

#[derive(Default)]
struct Jobs {
    /// By the moment they are due, then by the order they came in.
    waiting: BTreeMap<(Timestamp, u64), Waiting>,
    number: u64,
    known: HashSet<String>,
    oldest: VecDeque<String>,
    dead: u64,
    closed: bool,
}

struct Waiting {
    body: Bytes,
    failed: u32,
}

impl EmbeddedWork {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, index: Arc::default(), notification: Arc::default() }
    }

    /// Ends all consumers, and takes nothing from now on.
    pub fn close(&self) {
        for shelf in [&self.index, &self.notification] {
            shelf.jobs.lock().closed = true;
            shelf.changed.notify_waiters();
        }
    }

    /// Jobs that wait.
    pub fn depth(&self, kind: WorkKind) -> usize {
        self.shelf(kind).jobs.lock().waiting.len()
    }

    /// Jobs that were put aside. They are not kept: the store has what they pointed to.
    pub fn dead(&self, kind: WorkKind) -> u64 {
        self.shelf(kind).jobs.lock().dead
    }

    const fn shelf(&self, kind: WorkKind) -> &Arc<Shelf> {
        match kind {
            WorkKind::Index => &self.index,
            WorkKind::Notification => &self.notification,
        }
    }
}

impl Drop for EmbeddedWork {
    fn drop(&mut self) {
        self.close();
    }
}

impl Jobs {
    fn push(&mut self, due: Timestamp, waiting: Waiting) {
        self.waiting.insert((due, self.number), waiting);
        self.number += 1;
    }

    /// False when the key is known.
    fn learn(&mut self, key: String) -> bool {
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.oldest.push_back(key);
        if self.oldest.len() > KEYS
            && let Some(forgotten) = self.oldest.pop_front()
        {
            self.known.remove(&forgotten);
        }
        true
    }
}

impl Shelf {
    /// The next job that is due; none when the shelf is closed.
    async fn next(&self, clock: &dyn Clock) -> Option<Waiting> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Before the look: what is put after it is not missed.
            changed.as_mut().enable();
            let scheduled = {
                let mut jobs = self.jobs.lock();
                if jobs.closed {
                    return None;
                }
                let first = jobs.waiting.first_key_value().map(|(&at, _)| at);
                match first {
                    Some(at) if at.0 <= clock.now() => return jobs.waiting.remove(&at),
                    other => other.is_some(),
                }
            };
            tokio::select! {
                () = changed => {}
                // waits: the clock is handed in and says nothing when it moves.
                () = sleep(TICK), if scheduled => {}
            }
        }
    }

    fn settle(&self, body: Bytes, failed: u32, how: Settled) {
        let mut jobs = self.jobs.lock();
        match how {
            Settled::Done => return,
            Settled::Again if failed + 1 < ATTEMPTS => jobs.push(Timestamp::ZERO, Waiting { body, failed: failed + 1 }),
            Settled::Again | Settled::Dead => jobs.dead += 1,
        }
        drop(jobs);
        self.changed.notify_waiters();
    }

    /// Hands jobs to one consumer until it is gone.
    async fn hand_out(self: Arc<Self>, clock: Arc<dyn Clock>, out: mpsc::Sender<Taken>) {
        let credit = Arc::new(Semaphore::new(CREDIT));
        loop {
            let Ok(held) = Arc::clone(&credit).acquire_owned().await else { return };
            let job = tokio::select! {
                () = out.closed() => return,
                job = self.next(&*clock) => job,
            };
            let Some(Waiting { body, failed }) = job else { return };
            let (taken, settled) = Taken::new(body.clone(), failed);
            let shelf = Arc::clone(&self);
            tokio::spawn(async move {
                // Dropped unsettled: again.
                let how = settled.await.unwrap_or(Settled::Again);
                shelf.settle(body, failed, how);
                drop::<OwnedSemaphorePermit>(held);
            });
            // Its place is free: the channel is as large as the credit. A consumer that is gone drops it, and it goes to another.
            let _ = out.try_send(taken);
        }
    }
}

#[async_trait]
impl Work for EmbeddedWork {
    async fn put(&self, kind: WorkKind, job: Job) -> PortResult<()> {
        let shelf = self.shelf(kind);
        {
            let mut jobs = shelf.jobs.lock();
            if jobs.closed {
                return Err(PortError::unavailable("the work", Closed));
            }
            if jobs.waiting.len() >= WAITING {
                return Err(PortError::unavailable("the work", Full));
            }
            if jobs.learn(job.key) {
                jobs.push(job.due.unwrap_or(Timestamp::ZERO), Waiting { body: job.body, failed: 0 });
            }
        }
        shelf.changed.notify_waiters();
        Ok(())
    }

    async fn take(&self, kind: WorkKind) -> PortResult<mpsc::Receiver<Taken>> {
        let shelf = self.shelf(kind);
        if shelf.jobs.lock().closed {
            return Err(PortError::unavailable("the work", Closed));
        }
        let (out, taken) = mpsc::channel(CREDIT);
        tokio::spawn(Arc::clone(shelf).hand_out(Arc::clone(&self.clock), out));
        Ok(taken)
    }
}
