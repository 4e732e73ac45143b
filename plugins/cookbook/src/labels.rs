//! A label decides: `spam` is refused, `callback` becomes a message, others go to the team that the tenant names.

use std::collections::BTreeMap;
use weft_plugin::{
    Deserialize,
    routing::{Choice, Decision, Request, Routing},
};

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Names of teams by label.
    teams: BTreeMap<String, String>,
}

pub struct Labels(Settings);

impl Routing for Labels {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        for label in &request.conversation.labels {
            match label.as_str() {
                "spam" => return Ok(Decision::refuse("We do not answer this.").because("spam", "")),
                "callback" => return Ok(Decision::take_message().because("callback", "")),
                _ => {}
            }
            let team = self.0.teams.get(label).and_then(|name| request.team_named(name));
            if let Some(team) = team.filter(|team| *team != request.team) {
                return Ok(Decision::move_to(team).because("label", label.clone()));
            }
        }
        match request.available().min_by_key(|(position, agent)| (agent.load(), *position)) {
            Some((agent, _)) => Ok(Decision::assign(vec![Choice { agent, score: 0 }]).because("least_busy", "")),
            None => Ok(Decision::wait(0, 0).because("nobody_free", "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{
        Action, Team,
        testing::{agent, chosen, request},
    };

    fn routed(label: &str) -> Decision {
        let teams = [("invoice".to_owned(), "Billing".to_owned())].into();
        let mut asked = request(vec![agent()]);
        asked.teams.push(Team { name: "Billing".into(), ..asked.teams[0].clone() });
        asked.conversation.labels = vec![label.into()];
        Labels::new(Settings { teams }).unwrap().route(&asked).unwrap()
    }

    #[test]
    fn a_label_decides() {
        assert_eq!(routed("invoice").action, Action::MoveTo(1));
        assert_eq!(routed("callback").action, Action::TakeMessage);
        assert!(matches!(routed("spam").action, Action::Refuse(_)));
        assert_eq!(chosen(&routed("hello")), [0]);
    }
}
