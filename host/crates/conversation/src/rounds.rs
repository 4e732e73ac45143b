//! Teams: which are routed when. Triggers come through the lanes; a sweep finds what no trigger told of.

use crate::{
    Conversations,
    lanes::{Traces, Turn},
    names::unavailable,
    routing::{BATCH, Routed, Why},
};
use model::{AgentId, ConversationId, Refusal, TeamId, TenantId};
use std::{sync::Arc, time::Duration};

/// Conversations that one round looks at.
const ROUND: u32 = 200;
/// Teams that one sweep finds.
const TEAMS: u32 = 500;
/// How long a node that died in a round keeps others from the team.
const LANE_LEASE: Duration = Duration::from_secs(5);
/// When another node routes a team: how long until it is asked for again.
const LANE_AGAIN: Duration = Duration::from_millis(50);

impl Conversations {
    /// One of several tasks that route.
    pub(crate) async fn route_teams(self: Arc<Self>) {
        loop {
            match self.lanes.next().await {
                Turn::Agent(tenant, agent) => self.free(tenant, agent).await,
                Turn::Team { tenant, team, round, fresh, traces } => {
                    if round {
                        told(self.round(tenant, team).await);
                    }
                    for batch in fresh.chunks(BATCH) {
                        told(self.route(tenant, team, batch, &traces, Why::Fresh).await);
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

    /// Those who wait, in order, until nobody has a free place. One node at a time: two that look for the same places would decide
    /// about the same conversations, and one of them for nothing.
    async fn round(&self, tenant: TenantId, team: TeamId) -> Result<(), Refusal> {
        let lane = self.store.claim_lane(self.node, tenant, team, LANE_LEASE).await;
        if !lane.map_err(|e| unavailable(&e))? {
            self.lanes.later(tenant, team);
            return Ok(());
        }
        let done = self.through(tenant, team).await;
        self.store.leave_lane(self.node, tenant, team).await.map_err(|e| unavailable(&e))?;
        done
    }

    async fn through(&self, tenant: TenantId, team: TeamId) -> Result<(), Refusal> {
        let waiting = self.store.backlog(tenant, team, ROUND).await.map_err(|e| unavailable(&e))?;
        let waiting: Vec<ConversationId> = waiting.into_iter().map(|c| c.id).collect();
        for batch in waiting.chunks(BATCH) {
            if self.route(tenant, team, batch, &Traces::new(), Why::Round).await? == Routed::NobodyFree {
                break;
            }
        }
        Ok(())
    }

    /// Asks again for teams that another node was routing.
    pub(crate) async fn ask_again(self: Arc<Self>) {
        let mut every = tokio::time::interval(LANE_AGAIN);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.lanes.ask_again();
        }
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
