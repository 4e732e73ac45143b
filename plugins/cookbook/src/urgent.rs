//! Urgent chats overtake the others, and go to who answers fastest.

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// 0 low, 1 normal, 2 high, 3 urgent.
    from_priority: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { from_priority: 3 }
    }
}

pub struct Urgent(Settings);

/// Who has not answered yet lately stands behind who has.
fn quickness(agent: &Agent) -> u64 {
    if agent.first_reply == 0 { u64::MAX } else { agent.first_reply }
}

impl Routing for Urgent {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let priority = request.conversation.priority;
        let urgent = priority >= self.0.from_priority;
        let mut free: Vec<_> = request.available().collect();
        free.sort_by_key(|(position, agent)| {
            let first = if urgent { quickness(agent) } else { u64::from(agent.load()) };
            (first, agent.load(), *position)
        });
        if free.is_empty() {
            return Ok(Decision::wait(i32::from(priority), 0).because("nobody_free", ""));
        }
        let code = if urgent { "fastest" } else { "least_busy" };
        let choices = free.iter().map(|(agent, _)| Choice { agent: *agent, score: 0 }).collect();
        Ok(Decision::assign(choices).because(code, ""))
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
    fn the_fastest_takes_what_cannot_wait() {
        let rule = Urgent::new(Settings::default()).unwrap();
        let fast = Agent { first_reply: 5000, open: 1, ..agent() };
        let mut asked = request(vec![agent(), fast]);
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [0, 1]);
        asked.conversation.priority = 3;
        assert_eq!(chosen(&rule.route(&asked).unwrap()), [1, 0]);
        asked.agents.clear();
        assert!(matches!(rule.route(&asked).unwrap().action, Action::Wait(wait) if wait.rank == 3));
    }
}
