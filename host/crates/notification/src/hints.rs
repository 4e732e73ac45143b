//! Who is told that there is something to do (C1): this node after its own commits, any node by a job that comes when an attempt is
//! due again; and the sweep, for what neither told.

use crate::Notifications;
use bytes::Bytes;
use model::{NotificationId, TenantId};
use ports::{Hint, Hints, Job, Settled, WorkKind};
use std::{sync::Arc, time::Duration};

/// How long after failed or ended work it is asked for again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often old rows are looked for, and how many go at once.
const FORGET_EVERY: Duration = Duration::from_mins(10);
const FORGOTTEN: u32 = 5000;

impl Hints for Notifications {
    fn hint(&self, hint: Hint) -> bool {
        if matches!(hint, Hint::Committed(_) | Hint::AgentStatus { .. } | Hint::PluginsChanged { .. }) {
            self.event.notify_one();
        }
        true
    }
}

impl Notifications {
    /// There is something to do that no commit tells of.
    pub fn look(&self) {
        self.event.notify_one();
        self.due.notify_one();
    }

    /// Any node looks when the attempt is due. A hint: the sweep looks all the same.
    pub(crate) async fn tell_of(&self, tenant: TenantId, id: NotificationId, attempt: u32, after: Duration) {
        let due = self.parts.clock.now().plus(after);
        let key = format!("notification-{tenant}-{id}-{attempt}");
        let job = Job { key, body: Bytes::new(), due: Some(due) };
        if let Err(error) = self.parts.work.put(WorkKind::Notification, job).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "nobody is told of a due notification");
        }
    }

    pub(crate) async fn take_jobs(self: Arc<Self>) {
        loop {
            match self.parts.work.take(WorkKind::Notification).await {
                Ok(mut jobs) => {
                    while let Some(job) = jobs.recv().await {
                        self.due.notify_one();
                        job.settle(Settled::Done);
                    }
                }
                Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "no jobs to be had"),
            }
            // waits: whoever hands out jobs is away.
            tokio::time::sleep(AGAIN).await;
        }
    }

    pub(crate) async fn forget_old(self: Arc<Self>) {
        loop {
            // waits: for rows to grow old.
            tokio::time::sleep(FORGET_EVERY).await;
            if let Err(error) = self.parts.store.forget_notifications(self.parts.config.keep, FORGOTTEN).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "old notifications were not forgotten");
            }
        }
    }
}
