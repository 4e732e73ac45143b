#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Ask the visitor to leave a message when nobody of the team is online.
    take_message_when_empty: bool,
}

pub struct LeastBusy(Settings);

/// Fewest open conversations for their share; then who was assigned longest ago.
fn order(agent: &Agent) -> (u32, u64) {
    (agent.load(), agent.last_assigned)
}

impl Routing for LeastBusy {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let mut free: Vec<(u32, &Agent)> = request.available().collect();
        free.sort_by_key(|(position, agent)| (order(agent), *position));
        if let Some((_, best)) = free.first() {
            let detail = format!("{} of {} free; {} of {} places taken", free.len(), request.agents.len(), best.open, best.capacity);
            let choices = free.iter().map(|(agent, a)| Choice { agent: *agent, score: -(a.load() as i32) }).collect();
            return Ok(Decision::assign(choices).because("least_busy", detail));
        }
        if self.0.take_message_when_empty && !request.anybody_online() {
            return Ok(Decision::take_message().because("nobody_online", ""));
        }
        Ok(Decision::wait(i32::from(request.conversation.priority), 0).because("nobody_free", format!("{} ahead", request.conversation.ahead)))
    }
}

weft_plugin::routing_plugin!(LeastBusy);
