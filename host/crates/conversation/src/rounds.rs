//! Teams: which are routed when. Triggers come through the lanes; a sweep finds what no trigger told of.

use crate::{
    Conversations,
    lanes::Turn,
    names::unavailable,
    routing::{Routed, Why},
};
use model::{AgentId, Code, Refusal, TeamId, TenantId};
use std::sync::Arc;

/// Conversations that one round looks at.
const ROUND: u32 = 200;
/// Teams that one sweep finds.
const TEAMS: u32 = 500;

impl Conversations {
    /// One of several tasks that route.
    pub(crate) async fn route_teams(self: Arc<Self>) {
        loop {
            match self.lanes.next().await {
                Turn::Agent(tenant, agent) => self.free(tenant, agent).await,
                Turn::Team { tenant, team, round, fresh } => {
                    if round {
                        told(self.round(tenant, team).await);
                    }
                    for conversation in fresh {
                        told(self.route(tenant, conversation, Why::Fresh).await);
                    }
                    self.lanes.done(tenant, team);
                }
            }
        }
    }

    async fn free(&self, tenant: TenantId, agent: AgentId) {
        match self.names.teams_of(tenant, agent).await {
            Ok(teams) => teams.iter().for_each(|team| self.lanes.team(tenant, *team)),
            Err(refusal) => tracing::warn!(reason = %refusal, %agent, "an agent's teams could not be read"),
        }
    }

    /// Those who wait, in order, until nobody has a free place. One that cannot be routed does not hold up who is behind it.
    async fn round(&self, tenant: TenantId, team: TeamId) -> Result<(), Refusal> {
        let waiting = self.store.backlog(tenant, team, ROUND).await.map_err(|e| unavailable(&e))?;
        for conversation in waiting {
            match self.route(tenant, conversation.id, Why::Round).await {
                Ok(Routed::NobodyFree) => break,
                Err(refusal) if refusal.code == Code::Unavailable => return Err(refusal),
                other => told(other),
            }
        }
        Ok(())
    }

    /// No freed place stays beside a waiting visitor for long, whatever trigger was lost (C5).
    pub(crate) async fn sweep_teams(self: Arc<Self>) {
        let mut every = tokio::time::interval(self.config.sweep_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            match self.store.teams_to_route(TEAMS).await {
                Ok(teams) => teams.into_iter().for_each(|(tenant, team)| self.lanes.team(tenant, team)),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "waiting teams could not be read");
                }
            }
        }
    }
}

/// A conversation that could not be routed now has a due time; somebody comes back to it.
fn told<T>(result: Result<T, Refusal>) {
    if let Err(refusal) = result {
        tracing::warn!(reason = %refusal, "routing was put off");
    }
}
