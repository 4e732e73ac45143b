//! Waiting conversations of one team: ask the router about each, check, commit what it granted together.

use crate::{
    Conversations,
    execute::refusal,
    grant::{grant, says_nothing_new},
    lanes::Traces,
    names::unavailable,
    request::routing_request,
};
use futures_util::future::join_all;
use model::{
    AgentId, Code, ConversationId, DecisionId, Refusal, TeamId, TenantId, Timestamp, TraceParent,
    conversation::{Command, Grant, Request},
    limits::ROUTE_ROUNDS,
    people::Status,
    plugin::DecisionRecord,
    routing::{RoutingAgent, RoutingRequest},
};
use ports::{
    Routing,
    store::{RouteFacts, Waiting, Write},
};
use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};
use trace::Kind;

/// Conversations that are decided about with one reading of the facts, and committed together.
pub(crate) const BATCH: usize = 32;

/// Why conversations are routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// They need a decision, whatever it is.
    Fresh,
    /// A place may be free. A decision that changes nothing is not kept.
    Round,
}

/// What a batch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routed {
    Through,
    /// No agent of the team has a free place for those who wait behind.
    NobodyFree,
}

impl Conversations {
    /// Decides about waiting conversations of one team, in their order, each as if those before it had got what was decided, and
    /// commits them together. When chosen places went to others meanwhile it decides about those again, a few times; what still
    /// waits then is found by the sweep.
    pub(crate) async fn route(
        &self,
        tenant: TenantId,
        team: TeamId,
        batch: &[ConversationId],
        traces: &Traces,
        why: Why,
    ) -> Result<Routed, Refusal> {
        let mut open = batch.to_vec();
        let mut routed = Routed::Through;
        for _ in 0..ROUTE_ROUNDS {
            let writes;
            (writes, routed) = self.decide(tenant, team, &open, traces, why).await?;
            open = self.grant(writes).await?;
            if open.is_empty() {
                break;
            }
        }
        Ok(routed)
    }

    async fn decide(
        &self,
        tenant: TenantId,
        team: TeamId,
        batch: &[ConversationId],
        traces: &Traces,
        why: Why,
    ) -> Result<(Vec<(Write, Option<TraceParent>)>, Routed), Refusal> {
        let facts = self.store.route_facts(tenant, team, batch).await.map_err(|e| unavailable(&e))?;
        let mut writes = Vec::new();
        // A node that is behind the set in force leaves them to one that may decide.
        if facts.waiting.is_empty() || !self.router.decides(tenant, facts.epoch) {
            return Ok((writes, Routed::Through));
        }
        let mut round = Round::new(facts);
        let connected = self.connected(tenant, &round.facts).await;
        round.facts.seats.retain(|s| connected.contains(&s.agent.id));
        let asked = self.router.properties(tenant, team);
        let lifetime = Duration::from_secs(self.names.settings(tenant).await?.offer_seconds.into());
        let timetable = self.names.timetable(tenant).await?;
        while let Some(waiting) = round.waiting.pop_front() {
            let (decision, now) = (self.ids.decision(), self.clock.now());
            let seed = seed(decision);
            let request = routing_request(&round.facts, &waiting, &connected, &asked, &timetable, now, seed);
            if why == Why::Round && !request.agents.iter().any(RoutingAgent::available) {
                return Ok((writes, Routed::NobodyFree));
            }
            let trace = traces.get(&waiting.conversation.id).copied();
            let mut span = trace::child(trace, "route", Kind::Step).with("weft.node", self.node);
            let routing = self.router.route(tenant, team, &request).await;
            span.note("weft.rung", rung(&routing));
            metrics::counter!("weft_decisions_total", "rung" => rung(&routing)).increment(1);
            let conversation = &waiting.conversation;
            let terms = self.terms(lifetime);
            let grant = grant(&routing.output.action, &round.facts, conversation, &request, terms);
            if why == Why::Round && says_nothing_new(conversation, &grant) {
                continue;
            }
            round.grants(&grant, &waiting, now);
            let write = self.write(decision, routing, request, &round.facts, &waiting, grant);
            writes.push((write, span.parent()));
        }
        Ok((writes, Routed::Through))
    }

    /// Commits a batch; answers what is to be decided again.
    async fn grant(&self, writes: Vec<(Write, Option<TraceParent>)>) -> Result<Vec<ConversationId>, Refusal> {
        let commits = writes.into_iter().map(|(write, trace)| async move {
            let id = write.request.conversation;
            (id, self.group.commit(write, trace).await.map_err(refusal))
        });
        let mut again = Vec::new();
        // All are queued before the first is awaited, so that they are one group.
        for (id, done) in join_all(commits).await {
            let Err(error) = done else { continue };
            metrics::counter!("weft_decisions_uncommitted_total").increment(1);
            match error.code {
                // Somebody else was faster: it does not wait any more.
                Code::WrongState => {}
                Code::Conflict => {
                    tracing::debug!(conversation = %id, reason = %error, "deciding again");
                    again.push(id);
                }
                _ => return Err(error),
            }
        }
        Ok(again)
    }

    /// Who counts as connected. Without the directory, an agent's own word is all there is.
    async fn connected(&self, tenant: TenantId, facts: &RouteFacts) -> BTreeSet<AgentId> {
        let seats = facts.seats.iter().map(|s| s.agent.id);
        let all: BTreeSet<AgentId> = seats.chain(facts.teams.iter().flat_map(|t| t.members.iter().copied())).collect();
        let asked: Vec<AgentId> = all.iter().copied().collect();
        match self.directory.connected_agents(tenant, &asked).await {
            Ok(connected) => connected,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "routing without the session directory");
                all
            }
        }
    }

    fn write(
        &self,
        id: DecisionId,
        routing: Routing,
        request: RoutingRequest,
        facts: &RouteFacts,
        waiting: &Waiting,
        grant: Grant,
    ) -> Write {
        let conversation = &waiting.conversation;
        let command =
            Command::Route { epoch: routing.epoch, attempt: conversation.backlog.attempt, decision: id, grant };
        let record = DecisionRecord {
            id,
            at: self.clock.now(),
            epoch: routing.epoch,
            rung: routing.rung,
            release: routing.release,
            snapshot: routing.snapshot,
            plugin: routing.plugin,
            version: routing.version,
            request,
            agents: facts.seats.iter().map(|s| s.agent.id).collect(),
            teams: facts.teams.iter().map(|t| t.team.id).collect(),
            decision: routing.output,
            fuel: routing.fuel,
            faults: routing.faults,
            logs: routing.logs,
            assigned: None,
        };
        let request =
            Request { tenant: conversation.tenant, conversation: conversation.id, caller: None, id: None, command };
        Write { request, decision: Some(record), node: Some(self.node) }
    }
}

/// The facts of a batch, with what it has granted so far counted in. The store's ledger stays the guard.
struct Round {
    facts: RouteFacts,
    waiting: VecDeque<Waiting>,
}

impl Round {
    fn new(mut facts: RouteFacts) -> Self {
        Self { waiting: std::mem::take(&mut facts.waiting).into(), facts }
    }

    fn grants(&mut self, grant: &Grant, to: &Waiting, now: Timestamp) {
        if matches!(grant, Grant::Wait { .. } | Grant::AskMessage) {
            return;
        }
        for behind in self.waiting.iter_mut().filter(|w| w.ahead > to.ahead) {
            behind.ahead -= 1;
        }
        for team in self.facts.teams.iter_mut().filter(|t| t.team.id == to.conversation.team.id) {
            team.waiting = team.waiting.saturating_sub(1);
        }
        let Grant::Assign { agents, .. } = grant else { return };
        let seats = &mut self.facts.seats;
        let free =
            |id| seats.iter().position(|s| s.agent.id == id && s.status == Status::Online && s.open < s.capacity);
        if let Some(chosen) = agents.iter().find_map(|a| free(a.id)) {
            let seat = &mut seats[chosen];
            seat.open += 1;
            seat.recent = seat.recent.saturating_add(1);
            seat.last_assigned = Some(now);
        }
    }
}

/// The chance that a plugin is given: the random part of the decision's id.
fn seed(id: DecisionId) -> u64 {
    id.to_bytes()[8..].iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

const fn rung(routing: &Routing) -> &'static str {
    match routing.rung {
        model::plugin::Rung::Active => "active",
        model::plugin::Rung::LastGood => "last_good",
        model::plugin::Rung::BuiltIn => "built_in",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_the_random_part_of_the_id() {
        let id = DecisionId::from_parts(7, 0x1122_3344_5566_7788_99aa);
        assert_eq!(seed(id), 0x3344_5566_7788_99aa);
    }
}
