//! Who is new (tier 0) gets only so many chats an hour; the others take the rest.

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Assignments of a newcomer in 60 minutes.
    per_hour: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { per_hour: 3 }
    }
}

pub struct Newcomers(Settings);

/// A newcomer who has had enough is asked again after this time at the latest.
const AGAIN_MS: u64 = 300_000;

impl Newcomers {
    fn has_enough(&self, agent: &Agent) -> bool {
        agent.tier == 0 && agent.recent >= self.0.per_hour
    }
}

impl Routing for Newcomers {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let mut free: Vec<_> = request.available().filter(|(_, agent)| !self.has_enough(agent)).collect();
        free.sort_by_key(|(position, agent)| (agent.load(), agent.last_assigned, *position));
        if free.is_empty() {
            return Ok(Decision::wait(0, AGAIN_MS).because("nobody_free", ""));
        }
        let choices = free.iter().map(|(agent, a)| Choice { agent: *agent, score: -i32::from(a.recent) }).collect();
        Ok(Decision::assign(choices).because("least_busy", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{
        Action,
        testing::{agent, chosen, request},
    };

    #[test]
    fn a_newcomer_who_has_had_enough_is_spared() {
        let rule = Newcomers::new(Settings::default()).unwrap();
        let new = |recent| Agent { recent, ..agent() };
        let senior = Agent { tier: 1, recent: 30, open: 2, ..agent() };
        assert_eq!(chosen(&rule.route(&request(vec![new(2), senior])).unwrap()), [0, 1]);
        assert_eq!(chosen(&rule.route(&request(vec![new(3), senior])).unwrap()), [1]);
        let waits = rule.route(&request(vec![new(3)])).unwrap();
        assert!(matches!(waits.action, Action::Wait(wait) if wait.again_in == AGAIN_MS));
    }
}
