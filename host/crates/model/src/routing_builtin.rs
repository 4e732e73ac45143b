//! The rule that routes when no plugin answers (the last rung of DESIGN.md §3). Native, total and deterministic.

use crate::routing::{Action, Choice, Decision, Reason, RoutingAgent, RoutingRequest};

/// Who is online with a free place and did not decline: the fewest open in proportion to the capacity first, then who was
/// assigned longest ago, then the position. With nobody free it waits; a higher priority goes first.
pub fn builtin_least_busy(request: &RoutingRequest) -> Decision {
    let mut free: Vec<(u32, &RoutingAgent)> =
        (0..).zip(&request.agents).filter(|(_, agent)| agent.available() && !agent.declined).collect();
    free.sort_by(|(i, a), (j, b)| {
        let load = |x: &RoutingAgent, y: &RoutingAgent| u32::from(x.open) * u32::from(y.capacity);
        load(a, b).cmp(&load(b, a)).then(a.last_assigned.cmp(&b.last_assigned)).then(i.cmp(j))
    });
    if free.is_empty() {
        let action = Action::Wait { rank: i32::from(request.conversation.priority), again_in: 0 };
        return Decision { action, reasons: vec![reason("nobody_free", "no agent is online with a free place")] };
    }
    let choices = free.iter().map(|(i, agent)| Choice { agent: *i, score: score(agent) }).collect();
    Decision { action: Action::Assign(choices), reasons: vec![reason("least_busy", "fewest open conversations")] }
}

/// Free share of the capacity in thousandths.
fn score(agent: &RoutingAgent) -> i32 {
    1000 - i32::from(agent.open) * 1000 / i32::from(agent.capacity.max(1))
}

fn reason(code: &str, detail: &str) -> Reason {
    Reason { code: code.into(), detail: detail.into() }
}
