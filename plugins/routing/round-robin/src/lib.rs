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
