//! Group commit (C4): appends that come at the same time are one transaction.

use crate::effects::{Done, Effects};
use model::{Code, ConversationId, Refusal, TraceParent, limits};
use ports::{
    Store,
    store::{CommitError, Write},
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use trace::Kind;

/// Yields that bring nothing new before a group is committed. Only under load: an idle sender does not wait.
const EMPTY_YIELDS: u32 = 2;

struct Pending {
    write: Write,
    trace: Option<TraceParent>,
    answer: oneshot::Sender<Result<Done, CommitError>>,
}

pub(crate) struct Group {
    committers: Vec<mpsc::Sender<Pending>>,
    /// Taken by `run`.
    queues: parking_lot::Mutex<Vec<mpsc::Receiver<Pending>>>,
    commit: Arc<Commit>,
}

struct Commit {
    store: Arc<dyn Store>,
    effects: Effects,
}

impl Group {
    pub(crate) fn new(store: Arc<dyn Store>, effects: Effects, committers: usize) -> Self {
        let (committers, queues) = (0..committers.max(1)).map(|_| mpsc::channel(limits::GROUP_QUEUE)).unzip();
        Self { committers, queues: parking_lot::Mutex::new(queues), commit: Arc::new(Commit { store, effects }) }
    }

    pub(crate) fn run(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        for queue in self.queues.lock().drain(..) {
            tasks.spawn(commit_groups(queue, self.commit.clone(), stop.clone()));
        }
    }

    /// Durable when it returns. Dropping the future does not take the write back. `trace` is where the write comes from.
    pub(crate) async fn commit(&self, write: Write, trace: Option<TraceParent>) -> Result<Done, CommitError> {
        let (answer, answered) = oneshot::channel();
        self.committer(write.request.conversation).try_send(Pending { write, trace, answer }).map_err(|_| busy())?;
        answered.await.map_err(|_| busy())?
    }

    /// One conversation, one committer: its order is the order of its commands.
    fn committer(&self, conversation: ConversationId) -> &mpsc::Sender<Pending> {
        let low = conversation.to_bytes()[15];
        &self.committers[usize::from(low) % self.committers.len()]
    }
}

fn busy() -> CommitError {
    CommitError::Refused(Refusal::new(Code::Unavailable, "the node is busy or stopping").retry_after(1))
}

async fn commit_groups(mut queue: mpsc::Receiver<Pending>, commit: Arc<Commit>, stop: CancellationToken) {
    let mut busy = false;
    let mut group = Vec::new();
    loop {
        tokio::select! {
            biased;
            got = queue.recv_many(&mut group, limits::GROUP_WRITES) => if got == 0 { return },
            () = stop.cancelled(), if !queue.is_closed() => { queue.close(); continue }
        }
        if busy {
            gather(&mut queue, &mut group).await;
        }
        busy = group.len() > 1;
        commit.commit(group.drain(..)).await;
    }
}

/// Those who were answered a moment ago are about to send again: waits for them a few turns of the scheduler.
async fn gather(queue: &mut mpsc::Receiver<Pending>, group: &mut Vec<Pending>) {
    let mut empty = 0;
    while group.len() < limits::GROUP_WRITES && empty < EMPTY_YIELDS {
        tokio::task::yield_now().await;
        match queue.try_recv() {
            Ok(pending) => {
                group.push(pending);
                empty = 0;
                while group.len() < limits::GROUP_WRITES
                    && let Ok(pending) = queue.try_recv()
                {
                    group.push(pending);
                }
            }
            Err(_) => empty += 1,
        }
    }
}

impl Commit {
    async fn commit(&self, group: impl Iterator<Item = Pending>) {
        let asked = group.map(|p| (p.write, (trace::child(p.trace, "commit", Kind::Step), p.answer)));
        let (writes, answers): (Vec<_>, Vec<_>) = asked.unzip();
        let size = writes.len();
        metrics::histogram!("weft_group_writes").record(size as f64);
        let results = self.store.commit(writes).await;
        for ((mut span, answer), result) in answers.into_iter().zip(results) {
            span.note("weft.group", size);
            let done = result.map(|written| self.effects.committed(written, span.parent()));
            // Who asked may have gone: the write and its effects stand.
            drop(answer.send(done));
        }
    }
}
