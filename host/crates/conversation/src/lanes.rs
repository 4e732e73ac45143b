//! Which teams have something to route. One team is routed by one task at a time; what comes meanwhile waits in its lane.

use model::{AgentId, ConversationId, TeamId, TenantId, TraceParent};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use tokio::sync::Notify;

/// Conversations that wait in one lane. Beyond it the due time of a conversation without a decision brings it back.
const FRESH: usize = 4096;
/// Conversations that one turn takes out of a lane, so that teams take turns.
const TURN: usize = 64;
/// Agents whose teams are to be looked up. Beyond it the sweep finds what they would have.
const AGENTS: usize = 4096;

/// Where conversations that are traced come from.
pub(crate) type Traces = BTreeMap<ConversationId, TraceParent>;

#[derive(Default)]
pub(crate) struct Lanes {
    state: Mutex<State>,
    ready: Notify,
}

#[derive(Default)]
struct State {
    lanes: HashMap<(TenantId, TeamId), Lane>,
    /// Lanes with something in them that nobody routes now.
    turns: VecDeque<(TenantId, TeamId)>,
    agents: VecDeque<(TenantId, AgentId)>,
    /// Teams that another node routes now.
    later: HashSet<(TenantId, TeamId)>,
}

#[derive(Default)]
struct Lane {
    fresh: VecDeque<ConversationId>,
    /// Of those in `fresh` that are traced.
    traces: Traces,
    round: bool,
    running: bool,
}

/// What a routing task is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A place of this agent may be free: all their teams get a round.
    Agent(TenantId, AgentId),
    Team {
        tenant: TenantId,
        team: TeamId,
        /// Look through the backlog from its head.
        round: bool,
        /// Conversations that need a decision of their own, whether or not anybody is free.
        fresh: Vec<ConversationId>,
        traces: Traces,
    },
}

impl Lanes {
    /// A conversation came into this team's backlog, or it is time to decide about it again.
    pub(crate) fn conversation(
        &self,
        tenant: TenantId,
        team: TeamId,
        conversation: ConversationId,
        trace: Option<TraceParent>,
    ) {
        self.put((tenant, team), |lane| {
            if lane.fresh.len() < FRESH && !lane.fresh.contains(&conversation) {
                lane.fresh.push_back(conversation);
                lane.traces.extend(trace.map(|trace| (conversation, trace)));
            }
        });
    }

    /// A place may be free in this team.
    pub(crate) fn team(&self, tenant: TenantId, team: TeamId) {
        self.put((tenant, team), |lane| lane.round = true);
    }

    /// A place may be free in this team, but another node routes it now.
    pub(crate) fn later(&self, tenant: TenantId, team: TeamId) {
        self.state.lock().later.insert((tenant, team));
    }

    /// Brings back what was put off.
    pub(crate) fn ask_again(&self) {
        let later = std::mem::take(&mut self.state.lock().later);
        for (tenant, team) in later {
            self.team(tenant, team);
        }
    }

    /// A place of this agent may be free.
    pub(crate) fn agent(&self, tenant: TenantId, agent: AgentId) {
        {
            let mut state = self.state.lock();
            if state.agents.len() >= AGENTS || state.agents.contains(&(tenant, agent)) {
                return;
            }
            state.agents.push_back((tenant, agent));
        }
        self.ready.notify_one();
    }

    fn put(&self, team: (TenantId, TeamId), change: impl FnOnce(&mut Lane)) {
        {
            let mut state = self.state.lock();
            let lane = state.lanes.entry(team).or_default();
            let idle = !lane.running && lane.is_empty();
            change(lane);
            if idle {
                state.turns.push_back(team);
            }
        }
        self.ready.notify_one();
    }

    /// Waits for a turn. A team's turn lasts until `done`.
    pub(crate) async fn next(&self) -> Turn {
        loop {
            if let Some(turn) = self.take() {
                return turn;
            }
            self.ready.notified().await;
        }
    }

    fn take(&self) -> Option<Turn> {
        let mut state = self.state.lock();
        if let Some((tenant, agent)) = state.agents.pop_front() {
            return Some(Turn::Agent(tenant, agent));
        }
        let (tenant, team) = state.turns.pop_front()?;
        let lane = state.lanes.entry((tenant, team)).or_default();
        lane.running = true;
        let count = lane.fresh.len().min(TURN);
        let fresh: Vec<_> = lane.fresh.drain(..count).collect();
        let traces = fresh.iter().filter_map(|id| lane.traces.remove_entry(id)).collect();
        Some(Turn::Team { tenant, team, round: std::mem::take(&mut lane.round), fresh, traces })
    }

    pub(crate) fn done(&self, tenant: TenantId, team: TeamId) {
        let again = {
            let mut state = self.state.lock();
            let again = state.lanes.get(&(tenant, team)).is_some_and(|lane| !lane.is_empty());
            if again {
                state.lanes.entry((tenant, team)).or_default().running = false;
                state.turns.push_back((tenant, team));
            } else {
                state.lanes.remove(&(tenant, team));
            }
            again
        };
        if again {
            self.ready.notify_one();
        }
    }
}

impl Lane {
    fn is_empty(&self) -> bool {
        self.fresh.is_empty() && !self.round
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_team_is_routed_by_one_task_at_a_time_and_nothing_is_forgotten() {
        let lanes = Lanes::default();
        let (tenant, team) = (TenantId::from_parts(1, 1), TeamId::from_parts(1, 2));
        let c = |n| ConversationId::from_parts(1, n);
        let parent = TraceParent::new(1, 2);
        let traces = parent.map(|parent| (c(1), parent)).into_iter().collect();
        lanes.conversation(tenant, team, c(1), parent);
        lanes.conversation(tenant, team, c(1), None);
        assert_eq!(lanes.next().await, Turn::Team { tenant, team, round: false, fresh: vec![c(1)], traces });
        lanes.team(tenant, team);
        lanes.conversation(tenant, team, c(2), None);
        assert_eq!(lanes.take(), None, "the lane is taken");
        lanes.done(tenant, team);
        assert_eq!(
            lanes.next().await,
            Turn::Team { tenant, team, round: true, fresh: vec![c(2)], traces: Traces::new() }
        );
        lanes.done(tenant, team);
        assert_eq!(lanes.take(), None);
        assert!(lanes.state.lock().lanes.is_empty(), "an idle team costs nothing");
    }
}
