//! Whoever served this visitor before goes first, for some days; then the least busy.

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

const DAY_MS: u64 = 86_400_000;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    days: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { days: 30 }
    }
}

pub struct SameAgent(Settings);

impl SameAgent {
    /// The moment, when it is not too long ago; the latest goes first.
    fn knows(&self, agent: &Agent, now: u64) -> u64 {
        let known = agent.last_served > 0 && now.saturating_sub(agent.last_served) <= self.0.days * DAY_MS;
        if known { agent.last_served } else { 0 }
    }
}

impl Routing for SameAgent {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let now = request.context.now;
        let mut free: Vec<_> = request.available().collect();
        free.sort_by_key(|(position, agent)| (std::cmp::Reverse(self.knows(agent, now)), agent.load(), *position));
        let Some((_, best)) = free.first() else { return Ok(Decision::wait(0, 0).because("nobody_free", "")) };
        let code = if self.knows(best, now) > 0 { "same_agent" } else { "least_busy" };
        let choices = free.iter().map(|(agent, _)| Choice { agent: *agent, score: 0 }).collect();
        Ok(Decision::assign(choices).because(code, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::testing::{agent, chosen, request};

    #[test]
    fn a_known_face_for_some_days() {
        let rule = SameAgent::new(Settings { days: 1 }).unwrap();
        let known = Agent { last_served: 500_000, open: 2, ..agent() };
        let mut asked = request(vec![agent(), known]);
        let decision = rule.route(&asked).unwrap();
        assert_eq!((chosen(&decision), decision.reasons[0].code.as_str()), (vec![1, 0], "same_agent"));
        asked.context.now += 2 * DAY_MS;
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [0, 1]);
    }
}
