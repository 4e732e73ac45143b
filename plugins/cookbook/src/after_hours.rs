//! Outside the team's hours, or when nobody is there, the visitor leaves a message.

use weft_plugin::{
    Deserialize,
    routing::{Choice, Decision, Request, Routing},
};

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Visitors with this `vip` or more wait all the same; 0 lets nobody.
    vip_waits_from: u8,
}

pub struct AfterHours(Settings);

impl Routing for AfterHours {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let open = request.own_team().is_some_and(|team| team.open);
        let waits = self.0.vip_waits_from > 0 && request.visitor.vip >= self.0.vip_waits_from;
        if (!open || !request.anybody_online()) && !waits {
            return Ok(Decision::take_message().because(if open { "nobody_online" } else { "closed" }, ""));
        }
        match request.available().min_by_key(|(position, agent)| (agent.load(), *position)) {
            Some((agent, _)) => Ok(Decision::assign(vec![Choice { agent, score: 0 }]).because("least_busy", "")),
            None => Ok(Decision::wait(i32::from(request.visitor.vip), 0).because("nobody_free", "")),
        }
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
    fn a_closed_team_takes_messages() {
        let rule = AfterHours::new(Settings { vip_waits_from: 2 }).unwrap();
        let mut asked = request(vec![agent()]);
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [0]);
        asked.teams[0].open = false;
        assert_eq!(rule.route(&asked).unwrap().action, Action::TakeMessage);
        asked.visitor.vip = 2;
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [0]);
    }
}
