#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

pub struct RoundRobin;

impl Routing for RoundRobin {
    type Settings = Settings;

    fn new(_: Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let mut free: Vec<(u32, &Agent)> = request.available().collect();
        // The time of the last turn, never a place in the list: who joins or leaves shifts nobody.
        free.sort_by_key(|(position, agent)| (agent.last_assigned, *position));
        if free.is_empty() {
            return Ok(Decision::wait(i32::from(request.conversation.priority), 0).because("nobody_free", ""));
        }
        let choices = (0..).zip(&free).map(|(turn, (agent, _))| Choice { agent: *agent, score: -turn }).collect();
        Ok(Decision::assign(choices).because("longest_since_last_turn", format!("{} free", free.len())))
    }
}

weft_plugin::routing_plugin!(RoundRobin);

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{Action, Context, Conversation, Presence, Team, Visitor};

    fn agent() -> Agent {
        Agent {
            presence: Presence::Online,
            open: 0,
            capacity: 3,
            skills: 0,
            tier: 0,
            weight: 100,
            last_assigned: 0,
            last_freed: 0,
            last_served: 0,
            recent: 0,
            first_reply: 0,
            declined: false,
        }
    }

    fn request(agents: Vec<Agent>) -> Request {
        Request {
            context: Context { now: 1_000_000, seed: 7 },
            conversation: Conversation {
                waiting_since: 1_000_000,
                ahead: 0,
                attempt: 0,
                priority: 1,
                needs: 0,
                channel: "Shop".into(),
                language: "zh-Hans".into(),
                labels: Vec::new(),
            },
            visitor: Visitor { vip: 0, visits: 0, properties: Vec::new() },
            skills: vec!["billing".into(), "chinese".into()],
            agents,
            teams: vec![Team { name: "Support".into(), open: true, online: 1, free: 1, waiting: 0 }],
            team: 0,
        }
    }

    /// The positions that were chosen, or nothing when it waits.
    fn chosen(decision: &Decision) -> Vec<u32> {
        match &decision.action {
            Action::Assign(choices) => choices.iter().map(|c| c.agent).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn whose_turn_it_is_does_not_shift_when_somebody_leaves() {
        let turn = |times: &[u64]| {
            let agents: Vec<Agent> = times.iter().map(|t| Agent { last_assigned: *t, ..agent() }).collect();
            let first = chosen(&RoundRobin.route(&request(agents)).unwrap())[0];
            times[first as usize]
        };
        assert_eq!(turn(&[30, 10, 20]), 10);
        assert_eq!(turn(&[30, 20]), 20);
    }

    #[test]
    fn who_is_busy_or_declined_is_passed_over() {
        let agents = vec![
            Agent { presence: Presence::Busy, ..agent() },
            Agent { declined: true, ..agent() },
            Agent { open: 3, ..agent() },
            Agent { last_assigned: 99, ..agent() },
        ];
        assert_eq!(chosen(&RoundRobin.route(&request(agents)).unwrap()), [3]);
    }
}
