//! Who has waited too long goes to another team, when it is open and has a free place.

use weft_plugin::{
    Deserialize,
    routing::{Choice, Decision, Request, Routing},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of the team that takes over.
    to: String,
    /// Milliseconds of waiting.
    after_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { to: String::new(), after_ms: 120_000 }
    }
}

pub struct Overflow(Settings);

impl Routing for Overflow {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        if let Some((agent, _)) = request.available().min_by_key(|(position, agent)| (agent.load(), *position)) {
            return Ok(Decision::assign(vec![Choice { agent, score: 0 }]).because("least_busy", ""));
        }
        let waited = request.waited();
        if waited < self.0.after_ms {
            return Ok(Decision::wait(0, self.0.after_ms - waited).because("nobody_free", ""));
        }
        let takes_over = request.team_named(&self.0.to).filter(|team| {
            *team != request.team && request.teams.get(*team as usize).is_some_and(|team| team.open && team.free > 0)
        });
        match takes_over {
            Some(team) => Ok(Decision::move_to(team).because("overflow", self.0.to.clone())),
            None => Ok(Decision::wait(1, 0).because("nobody_free", "nor in the other team")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{Action, Team, testing::request};

    #[test]
    fn patience_first_then_the_other_team() {
        let rule = Overflow::new(Settings { to: "Second".into(), after_ms: 1000 }).unwrap();
        let mut asked = request(Vec::new());
        asked.teams.push(Team { name: "Second".into(), ..asked.teams[0].clone() });
        assert!(matches!(rule.route(&asked).unwrap().action, Action::Wait(wait) if wait.again_in == 1000));
        asked.context.now += 1000;
        assert_eq!(rule.route(&asked).unwrap().action, Action::MoveTo(1));
        asked.teams[1].free = 0;
        assert!(matches!(rule.route(&asked).unwrap().action, Action::Wait(_)));
    }
}
