#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    most_open: u16,
}

pub struct Rule(Settings);

impl Rule {
    fn wants(&self, agent: &Agent) -> bool {
        self.0.most_open == 0 || agent.open < self.0.most_open
    }
}

impl Routing for Rule {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let mut free: Vec<(u32, &Agent)> = request
            .available()
            .filter(|(_, agent)| self.wants(agent))
            .collect();
        free.sort_by_key(|(position, agent)| (agent.open, agent.last_assigned, *position));
        let Some((_, best)) = free.first() else {
            let code = if request.available().next().is_some() {
                "all_at_bound"
            } else {
                "nobody_free"
            };
            return Ok(
                Decision::wait(i32::from(request.conversation.priority), 0).because(code, "")
            );
        };
        let detail = format!("{} open", best.open);
        let choices = free
            .iter()
            .map(|(agent, a)| Choice {
                agent: *agent,
                score: -i32::from(a.open),
            })
            .collect();
        Ok(Decision::assign(choices).because("fewest_open", detail))
    }
}

weft_plugin::routing_plugin!(Rule);

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::testing::{agent, chosen, request};

    #[test]
    fn the_one_with_the_fewest_open_is_first() {
        let rule = Rule::new(Settings::default()).unwrap();
        let asked = request(vec![
            Agent { open: 2, ..agent() },
            Agent { open: 1, ..agent() },
        ]);
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [1, 0]);
    }

    #[test]
    fn nobody_gets_more_than_the_tenant_wants() {
        let rule = Rule::new(Settings { most_open: 1 }).unwrap();
        let asked = request(vec![Agent { open: 1, ..agent() }]);
        let decision = rule.route(&asked).unwrap();
        assert!(chosen(&decision).is_empty());
        assert_eq!(decision.reasons[0].code, "all_at_bound");
    }
}
