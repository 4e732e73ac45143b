//! Agents who hold conversations and are gone: what they hold goes back to the backlog, as the tenant's rule says.

use crate::Conversations;
use futures_util::future::join_all;
use model::{
    AgentId, Conversation, Participant, TenantId, Timestamp,
    conversation::{Command, Request},
    tenant::AbsentAgent,
};
use parking_lot::Mutex;
use ports::{PortError, PortResult, store::Write};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// Who was not here when this node first looked may be on the way: nodes and agents start at the same time after an outage.
const RECONNECT: Duration = Duration::from_secs(20);
/// Agents that one sweep looks at, and conversations that one of them is relieved of at once.
const HOLDERS: u32 = 5000;
const HELD: u32 = 200;

/// What this node saw of agents who hold something. The directory has its own grace: a page reload is no absence.
#[derive(Default)]
pub(crate) struct Absent {
    looks: Mutex<Looks>,
}

#[derive(Default)]
struct Looks {
    seen: HashMap<(TenantId, AgentId), Seen>,
    /// Whether this is not the first look since the start, or since nobody knew who is here.
    again: bool,
}

#[derive(Clone, Copy)]
struct Seen {
    /// Zero once they were seen connected.
    grace: Duration,
    absent_since: Option<Timestamp>,
}

impl Absent {
    /// Takes in what the directory says of all who hold something; answers who is absent, since when (grace included).
    fn note(
        &self,
        connected: &BTreeMap<(TenantId, AgentId), bool>,
        now: Timestamp,
    ) -> Vec<(TenantId, AgentId, Timestamp)> {
        let mut looks = self.looks.lock();
        // Who holds something since a later look was connected when it was given to them.
        let grace = if std::mem::replace(&mut looks.again, true) { Duration::ZERO } else { RECONNECT };
        let seen = &mut looks.seen;
        seen.retain(|agent, _| connected.contains_key(agent));
        let mut absent = Vec::new();
        for (agent, here) in connected {
            let known = seen.entry(*agent).or_insert(Seen { grace, absent_since: None });
            if *here {
                *known = Seen { grace: Duration::ZERO, absent_since: None };
            } else {
                let since = *known.absent_since.get_or_insert(now);
                absent.push((agent.0, agent.1, since.plus(known.grace)));
            }
        }
        absent
    }
}

impl Conversations {
    pub(crate) async fn sweep_absent(self: Arc<Self>) {
        let mut every = tokio::time::interval(self.config.absent_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            if let Err(error) = self.relieve_absent().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "absent agents could not be looked for");
                // Nobody knows who is here: an absence begins when somebody does.
                *self.absent.looks.lock() = Looks::default();
            }
        }
    }

    async fn relieve_absent(&self) -> PortResult<()> {
        let mut holders: BTreeMap<TenantId, Vec<AgentId>> = BTreeMap::new();
        for (tenant, agent) in self.store.holders(HOLDERS).await? {
            holders.entry(tenant).or_default().push(agent);
        }
        let mut here = BTreeMap::new();
        for (tenant, agents) in holders {
            let connected = self.directory.connected_agents(tenant, &agents).await?;
            here.extend(agents.into_iter().map(|agent| ((tenant, agent), connected.contains(&agent))));
        }
        let now = self.clock.now();
        for (tenant, agent, since) in self.absent.note(&here, now) {
            let settings =
                self.names.settings(tenant).await.map_err(|refusal| PortError::unavailable("settings", refusal))?;
            let patience = Duration::from_secs(settings.absent_after_seconds.into());
            if since.plus(patience) <= now {
                self.relieve(tenant, agent, settings.absent_agent).await?;
            }
        }
        Ok(())
    }

    /// Idempotent, so several nodes may do it at once: the first commit decides, the others find nothing to do.
    async fn relieve(&self, tenant: TenantId, agent: AgentId, rule: AbsentAgent) -> PortResult<()> {
        let mut held = self.store.offered_to(tenant, agent, HELD).await?;
        held.extend(self.store.open_of(tenant, Participant::Agent(agent), HELD).await?);
        let commits = held.iter().filter(|c| loses(c, agent, rule)).map(|c| {
            let command = Command::Absent { agent, rule };
            let request = Request { tenant, conversation: c.id, caller: None, id: None, command };
            self.group.commit(Write { request, decision: None, node: Some(self.node) }, None)
        });
        for done in join_all(commits).await {
            match done {
                Ok(done) => {
                    tracing::info!(%tenant, %agent, conversation = %done.conversation, "taken from an absent agent");
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, %agent, "an absent agent was not relieved");
                }
            }
        }
        Ok(())
    }
}

/// Whether an absent agent loses this conversation.
fn loses(c: &Conversation, agent: AgentId, rule: AbsentAgent) -> bool {
    c.offer().is_some_and(|o| o.agent.id == agent) || (c.owner() == Some(agent) && rule.requeues(c))
}
