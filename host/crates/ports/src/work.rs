use crate::PortResult;
use async_trait::async_trait;
use bytes::Bytes;
use model::Timestamp;
use tokio::sync::{mpsc, oneshot};

/// What is waiting to be done by any one node (DESIGN.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkKind {
    /// A conversation has entries to index.
    Index,
    /// A notification is due.
    Notification,
}

/// A hint that something is to be done, by one node and not by all. What is to be done is a row in the store: a job says where.
#[derive(Clone, Debug)]
pub struct Job {
    /// The same key again within the adapter's memory is taken over once.
    pub key: String,
    pub body: Bytes,
    /// Not handed out before; none for at once.
    pub due: Option<Timestamp>,
}

/// A job that was handed to this node. Dropped unsettled, it is handed out again.
#[derive(Debug)]
pub struct Taken {
    pub body: Bytes,
    /// How often it was handed out before.
    pub failed: u32,
    settle: oneshot::Sender<Settled>,
}

/// How a node is done with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Done,
    /// Hand it out again, to anyone; after the adapter's bound of times it is put aside.
    Again,
    /// Put it aside at once: it will never succeed.
    Dead,
}

impl Taken {
    pub fn new(body: Bytes, failed: u32) -> (Self, oneshot::Receiver<Settled>) {
        let (settle, settled) = oneshot::channel();
        (Self { body, failed, settle }, settled)
    }
    pub fn settle(self, how: Settled) {
        // The adapter that no longer listens has lost its connection: the job is handed out again.
        let _ = self.settle.send(how);
    }
}

/// Durable work that competing nodes share. At least once: a job is handed out until one node settles it.
///
/// - `put` returns when the job is durable, or fails; it never waits longer than the adapter's bound.
/// - One job is with one node at a time; a node that dies gives its jobs back.
/// - A consumer holds at most the adapter's credit of unsettled jobs.
#[async_trait]
pub trait Work: Send + Sync {
    async fn put(&self, kind: WorkKind, job: Job) -> PortResult<()>;
    /// The jobs for this node. Ends when the adapter is closed; may be called several times for several consumers.
    async fn take(&self, kind: WorkKind) -> PortResult<mpsc::Receiver<Taken>>;
}
