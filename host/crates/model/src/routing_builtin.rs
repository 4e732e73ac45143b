//! The rule that routes when no plugin answers (the last rung of DESIGN.md §3). Native, total and deterministic.

use crate::routing::{Action, Choice, Decision, Reason, RoutingAgent, RoutingRequest};

/// Who is online with a free place and did not decline: the fewest open in proportion to the capacity first, then who was
/// assigned longest ago, then the position. With nobody free it waits; a higher priority goes first. Outside its team's business
/// hours a visitor is asked to leave a message, unless somebody is there all the same.
pub fn builtin_least_busy(request: &RoutingRequest) -> Decision {
    let mut free: Vec<(u32, &RoutingAgent)> =
        (0..).zip(&request.agents).filter(|(_, agent)| agent.available() && !agent.declined).collect();
    free.sort_by(|(i, a), (j, b)| {
        let load = |x: &RoutingAgent, y: &RoutingAgent| u32::from(x.open) * u32::from(y.capacity);
        load(a, b).cmp(&load(b, a)).then(a.last_assigned.cmp(&b.last_assigned)).then(i.cmp(j))
    });
    if free.is_empty() && request.teams.get(request.team as usize).is_some_and(|team| !team.open) {
        return Decision {
            action: Action::TakeMessage,
            reasons: vec![reason("closed", "outside the team's business hours")],
        };
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Context, Presence, RoutingConversation, RoutingVisitor};

    fn agent(open: u16, capacity: u16, last_assigned: u64) -> RoutingAgent {
        RoutingAgent {
            presence: Presence::Online,
            open,
            capacity,
            skills: 0,
            tier: 0,
            weight: 100,
            last_assigned,
            last_freed: 0,
            last_served: 0,
            recent: 0,
            first_reply: 0,
            declined: false,
        }
    }

    fn request(agents: Vec<RoutingAgent>) -> RoutingRequest {
        RoutingRequest {
            context: Context { now: 1000, seed: 7 },
            conversation: RoutingConversation {
                waiting_since: 0,
                ahead: 0,
                attempt: 0,
                priority: 2,
                needs: 0,
                channel: String::new(),
                language: String::new(),
                labels: Vec::new(),
            },
            visitor: RoutingVisitor { vip: 0, visits: 0, properties: Vec::new() },
            skills: Vec::new(),
            agents,
            teams: Vec::new(),
            team: 0,
        }
    }

    fn order(agents: Vec<RoutingAgent>) -> Vec<u32> {
        match builtin_least_busy(&request(agents)).action {
            Action::Assign(choices) => choices.iter().map(|c| c.agent).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_smallest_share_of_the_capacity_goes_first() {
        assert_eq!(order(vec![agent(1, 2, 0), agent(2, 10, 0), agent(0, 1, 0)]), [2, 1, 0]);
    }

    #[test]
    fn among_equals_who_was_assigned_longest_ago_and_then_the_position() {
        assert_eq!(order(vec![agent(0, 3, 9), agent(0, 5, 3), agent(0, 3, 3)]), [1, 2, 0]);
    }

    #[test]
    fn who_is_full_away_or_declined_is_never_named() {
        let full = agent(3, 3, 0);
        let away = RoutingAgent { presence: Presence::Away, ..agent(0, 3, 0) };
        let declined = RoutingAgent { declined: true, ..agent(0, 3, 0) };
        assert_eq!(order(vec![full.clone(), away.clone(), agent(2, 3, 0), declined.clone()]), [2]);
        for agents in [vec![], vec![full, away, declined]] {
            assert_eq!(builtin_least_busy(&request(agents)).action, Action::Wait { rank: 2, again_in: 0 });
        }
    }
}
