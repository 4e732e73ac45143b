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
    use weft_plugin::routing::{
        Presence,
        testing::{agent, chosen, request},
    };

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
