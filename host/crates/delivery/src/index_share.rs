//! Who indexes what: the node that committed puts a job, any node takes it (`ports::Work`). What no job came for, or failed, the sweep of
//! whichever node comes first finds in the store (C1).

use crate::{Delivery, index::CONVERSATIONS};
use bytes::Bytes;
use model::{ConversationId, TenantId};
use parking_lot::Mutex;
use ports::{
    Job, PortResult, Settled, Taken, WorkKind,
    store::{Located, ToIndex},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
    time::Duration,
};
use tokio::{sync::Notify, task::JoinSet};

/// How long changes gather before they are one job.
const GATHER: Duration = Duration::from_millis(500);
/// Conversations that wait to be put; beyond it the sweep finds them.
const REMEMBERED: usize = 65_536;
/// How long after failed or ended work it is asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// Conversations of this node with new entries, of which no job tells yet.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    conversations: Mutex<BTreeSet<Located>>,
    some: Notify,
    /// Jobs that were put: part of their keys.
    jobs: AtomicU64,
}

impl Untold {
    pub fn add(&self, at: Located) {
        let mut conversations = self.conversations.lock();
        if conversations.len() < REMEMBERED {
            conversations.insert(at);
            self.some.notify_one();
        }
    }

    async fn gathered(&self) -> Vec<Located> {
        self.some.notified().await;
        // waits: what is said meanwhile is indexed together.
        tokio::time::sleep(GATHER).await;
        std::mem::take(&mut *self.conversations.lock()).into_iter().collect()
    }
}

impl Delivery {
    pub(crate) async fn tell_what_to_index(self: Arc<Self>) {
        let mut failing = false;
        loop {
            for some in self.untold.gathered().await.chunks(CONVERSATIONS as usize) {
                match self.put_job(some).await {
                    Ok(()) => failing = false,
                    Err(error) => {
                        self.counters.dropped.increment(1);
                        if !std::mem::replace(&mut failing, true) {
                            let error = &error as &dyn std::error::Error;
                            tracing::warn!(error, "no jobs for the index: the sweep finds what to do");
                        }
                    }
                }
            }
        }
    }

    async fn put_job(&self, conversations: &[Located]) -> PortResult<()> {
        let (now, number) = (self.parts.clock.now().as_ms(), self.untold.jobs.fetch_add(1, Ordering::Relaxed));
        let job =
            Job { key: format!("index-{}-{now}-{number}", self.parts.node), body: written(conversations)?, due: None };
        self.parts.work.put(WorkKind::Index, job).await
    }

    pub(crate) async fn take_index_jobs(self: Arc<Self>) {
        loop {
            match self.parts.work.take(WorkKind::Index).await {
                Ok(mut jobs) => {
                    let mut running = JoinSet::new();
                    while let Some(job) = jobs.recv().await {
                        while running.len() >= self.parts.config.index_jobs.max(1) {
                            running.join_next().await;
                        }
                        running.spawn(Arc::clone(&self).index_job(job));
                    }
                }
                Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "no jobs to be had"),
            }
            // waits: whoever hands out jobs is away.
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// A job is done when it was tried: what failed is still in the store, and the sweep is more patient than any broker.
    async fn index_job(self: Arc<Self>, job: Taken) {
        let Ok(conversations) = read(&job.body) else {
            tracing::error!("a job for the index that cannot be read was put aside");
            return job.settle(Settled::Dead);
        };
        while self.patience.is_over() {
            match self.index_round(ToIndex::These(&conversations)).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => self.patience.failed(&error),
            }
        }
        job.settle(Settled::Done);
    }

    pub(crate) async fn sweep_index(self: Arc<Self>) {
        loop {
            match self.index_overdue().await {
                Ok(()) => self.patience.succeeded(),
                Err(error) => self.patience.failed(&error),
            }
            if let Ok(lag) = self.parts.store.index_lag().await {
                self.gauges.pending.set(lag.pending as f64);
                self.gauges.lag.set(lag.oldest.as_secs_f64());
            }
            tokio::time::sleep(self.patience.pause(self.parts.config.index_every)).await;
        }
    }

    async fn index_overdue(&self) -> PortResult<()> {
        let lineage = self.parts.search.lineage().await?;
        if self.parts.store.index_into(&lineage).await? {
            tracing::info!(lineage, "the search index is a new one: the whole log is indexed");
        }
        while self.index_round(ToIndex::WaitingFor(self.parts.config.index_overdue)).await? {}
        Ok(())
    }
}

fn written(conversations: &[Located]) -> PortResult<Bytes> {
    let pairs: Vec<_> = conversations.iter().map(|at| (at.tenant, at.conversation)).collect();
    let body = serde_json::to_vec(&pairs).map_err(|error| ports::PortError::failed("writing a job", error))?;
    Ok(body.into())
}

fn read(body: &[u8]) -> Result<Vec<Located>, serde_json::Error> {
    let pairs: Vec<(TenantId, ConversationId)> = serde_json::from_slice(body)?;
    Ok(pairs.into_iter().map(|(tenant, conversation)| Located { tenant, conversation }).collect())
}
