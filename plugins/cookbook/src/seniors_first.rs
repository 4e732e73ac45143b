//! Important visitors, and chats that several agents declined, go to the senior ones first.

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// From this `vip` on.
    vip_from: u8,
    /// Or from so many decisions about one chat on.
    attempts_from: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { vip_from: 1, attempts_from: 3 }
    }
}

pub struct SeniorsFirst(Settings);

impl Routing for SeniorsFirst {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let vip = request.visitor.vip >= self.0.vip_from;
        let seniors = vip || request.conversation.attempt >= self.0.attempts_from;
        let rank = |agent: &Agent| if seniors { u8::MAX - agent.tier } else { agent.tier };
        let mut free: Vec<_> = request.available().collect();
        free.sort_by_key(|(position, agent)| (rank(agent), agent.load(), *position));
        if free.is_empty() {
            return Ok(Decision::wait(i32::from(request.visitor.vip), 0).because("nobody_free", ""));
        }
        let code = if vip {
            "vip"
        } else if seniors {
            "hard_case"
        } else {
            "juniors_first"
        };
        let choices = free.iter().map(|(agent, a)| Choice { agent: *agent, score: i32::from(a.tier) }).collect();
        Ok(Decision::assign(choices).because(code, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::testing::{agent, chosen, request};

    #[test]
    fn the_senior_one_is_kept_for_who_matters() {
        let rule = SeniorsFirst::new(Settings::default()).unwrap();
        let mut asked = request(vec![agent(), Agent { tier: 2, ..agent() }]);
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [0, 1]);
        asked.visitor.vip = 1;
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [1, 0]);
        asked.visitor.vip = 0;
        asked.conversation.attempt = 3;
        assert_eq!(rule.route(&asked).unwrap().reasons[0].code, "hard_case");
    }
}
