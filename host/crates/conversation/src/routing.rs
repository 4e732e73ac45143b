//! One conversation: ask the router, check, commit the grant with its decision record.

use crate::{Conversations, execute::refusal, names::unavailable, request::routing_request};
use model::{
    AgentId, Code, Conversation, ConversationId, DecisionId, Refusal, TenantId,
    body::Named,
    conversation::{Command, Grant, OfferTerms, Request, State},
    limits::{LINE_BYTES, ROUTE_ROUNDS},
    plugin::DecisionRecord,
    routing::{Action, RoutingRequest},
};
use ports::{
    Routing,
    store::{RouteFacts, Write},
};
use std::{collections::BTreeSet, time::Duration};

/// A plugin may ask to be asked again within these bounds.
const AGAIN_MIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_hours(1);
/// When the only free agents have declined, they may be asked again after this.
const DECLINED_AGAIN: Duration = Duration::from_secs(30);
/// Decisions about one wait after which the conversation is not moved to another team any more.
const MOVES: u32 = 16;

/// Why a conversation is routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It needs a decision, whatever it is.
    Fresh,
    /// A place may be free. A decision that changes nothing is not kept.
    Round,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routed {
    /// It does not wait here any more.
    Placed,
    /// For now, or for a node that may decide.
    Waits,
    /// No agent of the team has a free place.
    NobodyFree,
}

impl Conversations {
    /// Decides about one waiting conversation and commits it. When the chosen places went to others meanwhile it decides
    /// again, a few times; what still waits then is found by the sweep.
    pub(crate) async fn route(&self, tenant: TenantId, id: ConversationId, why: Why) -> Result<Routed, Refusal> {
        for _ in 0..ROUTE_ROUNDS {
            let facts = self.store.route_facts(tenant, id).await.map_err(|e| unavailable(&e))?;
            let Some(mut facts) = facts.filter(|f| f.conversation.state() == State::Waiting) else {
                return Ok(Routed::Placed);
            };
            if !self.router.decides(tenant, facts.epoch) {
                return Ok(Routed::Waits);
            }
            let connected = self.connected(&facts).await;
            facts.seats.retain(|s| connected.contains(&s.agent.id));
            let asked = self.router.properties(tenant, facts.conversation.team.id);
            let decision = self.ids.decision();
            let (now, timetable) = (self.clock.now(), self.names.timetable(tenant).await?);
            let request = routing_request(&facts, &connected, &asked, &timetable, now, seed(decision));
            if why == Why::Round && !request.agents.iter().any(model::routing::RoutingAgent::available) {
                return Ok(Routed::NobodyFree);
            }
            let routing = self.router.route(tenant, facts.conversation.team.id, &request).await;
            metrics::counter!("weft_decisions_total", "rung" => rung(&routing)).increment(1);
            let offer = Duration::from_secs(self.names.settings(tenant).await?.offer_seconds.into());
            let grant = grant(&routing.decision.action, &facts, &request, self.terms(offer));
            if why == Why::Round && says_nothing_new(&facts.conversation, &grant) {
                return Ok(Routed::Waits);
            }
            let write = self.write(decision, routing, request, &facts, grant);
            match self.group.commit(write).await.map_err(refusal) {
                Ok(done) if done.state == State::Waiting => return Ok(Routed::Waits),
                Ok(_) => return Ok(Routed::Placed),
                Err(e) if e.code == Code::WrongState => return Ok(Routed::Placed),
                Err(e) if e.code == Code::Conflict => {
                    tracing::debug!(conversation = %id, reason = %e, "deciding again");
                }
                Err(e) => return Err(e),
            }
        }
        Ok(Routed::Waits)
    }

    /// Who counts as connected. Without the directory, an agent's own word is all there is.
    async fn connected(&self, facts: &RouteFacts) -> BTreeSet<AgentId> {
        let seats = facts.seats.iter().map(|s| s.agent.id);
        let all: BTreeSet<AgentId> = seats.chain(facts.teams.iter().flat_map(|t| t.members.iter().copied())).collect();
        let asked: Vec<AgentId> = all.iter().copied().collect();
        match self.directory.connected_agents(facts.conversation.tenant, &asked).await {
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
        grant: Grant,
    ) -> Write {
        let conversation = &facts.conversation;
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
            decision: routing.decision,
            fuel: routing.fuel,
            faults: routing.faults,
            logs: routing.logs,
            assigned: None,
        };
        let request =
            Request { tenant: conversation.tenant, conversation: conversation.id, caller: None, id: None, command };
        Write { request, decision: Some(record) }
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

/// The plugin's answer in the host's ids. What names nothing that exists becomes a wait: a plugin can delay, never lose.
fn grant(action: &Action, facts: &RouteFacts, request: &RoutingRequest, terms: OfferTerms) -> Grant {
    let wait = |rank: i32, again_in: u64| Grant::Wait { rank, again_in: again(again_in, request) };
    match action {
        Action::Assign(choices) => {
            let agents: Vec<Named<AgentId>> = choices
                .iter()
                .filter_map(|choice| facts.seats.get(choice.agent as usize))
                .map(|seat| seat.agent.clone())
                .collect();
            if agents.is_empty() { wait(0, 0) } else { Grant::Assign { agents, terms } }
        }
        Action::Wait { rank, again_in } => wait(*rank, *again_in),
        Action::MoveTo(i) => match facts.teams.get(*i as usize) {
            Some(t) if t.team.id != facts.conversation.team.id && facts.conversation.backlog.attempt < MOVES => {
                Grant::MoveTo { team: t.team.clone() }
            }
            _ => wait(0, 0),
        },
        Action::TakeMessage => Grant::AskMessage,
        Action::Refuse(reason) => Grant::Refuse { reason: cut(reason) },
    }
}

/// When to decide again. If somebody with a free place has declined, then at some time in any case.
fn again(asked: u64, request: &RoutingRequest) -> Option<Duration> {
    match asked {
        0 => request.agents.iter().any(|a| a.available() && a.declined).then_some(DECLINED_AGAIN),
        ms => Some(Duration::from_millis(ms).clamp(AGAIN_MIN, AGAIN_MAX)),
    }
}

/// The longest part that is at most a line.
fn cut(text: &str) -> String {
    let mut end = text.len().min(LINE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// The conversation waits as it waited: the round leaves no trace.
fn says_nothing_new(c: &Conversation, grant: &Grant) -> bool {
    match grant {
        Grant::Wait { rank, again_in } => {
            c.backlog.announced && c.backlog.rank == *rank && c.backlog.again_at.is_some() == again_in.is_some()
        }
        Grant::AskMessage => c.backlog.message_asked && c.backlog.again_at.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let long = "é".repeat(LINE_BYTES);
        assert!(cut(&long).len() <= LINE_BYTES && cut(&long).ends_with('é'));
    }

    #[test]
    fn the_seed_is_the_random_part_of_the_id() {
        let id = DecisionId::from_parts(7, 0x1122_3344_5566_7788_99aa);
        assert_eq!(seed(id), 0x3344_5566_7788_99aa);
    }
}
