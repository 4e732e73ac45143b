//! Timers that ran out: offers that nobody answered, waits that are over, decisions that were never made.

use crate::{Conversations, effects::Done};
use model::{
    conversation::{Command, Request},
    limits::DUE_LEASE,
};
use ports::store::{CommitError, Located, Write};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Conversations that are claimed at once.
const CLAIM: u32 = 128;

impl Conversations {
    pub(crate) async fn wake_due(self: Arc<Self>) {
        let mut every = tokio::time::interval(self.config.due_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            match self.store.claim_due(self.node, CLAIM, DUE_LEASE).await {
                Ok(due) => self.wake(due).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "due conversations could not be claimed");
                }
            }
        }
    }

    /// What follows (a new decision) is the commit's effect.
    async fn wake(self: &Arc<Self>, due: Vec<Located>) {
        let mut ticks = JoinSet::new();
        for at in due {
            let conversations = self.clone();
            ticks.spawn(async move { conversations.tick(at).await });
        }
        while let Some(tick) = ticks.join_next().await {
            if let Ok(Err(error)) = tick {
                tracing::warn!(error = &error as &dyn std::error::Error, "a due conversation was not woken");
            }
        }
    }

    async fn tick(&self, at: Located) -> Result<Done, CommitError> {
        let request = Request {
            tenant: at.tenant,
            conversation: at.conversation,
            caller: None,
            id: None,
            command: Command::Tick,
        };
        self.group.commit(Write { request, decision: None, node: Some(self.node) }, None).await
    }
}
