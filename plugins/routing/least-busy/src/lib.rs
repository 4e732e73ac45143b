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
            let detail = format!(
                "{} of {} free; {} of {} places taken",
                free.len(),
                request.agents.len(),
                best.open,
                best.capacity
            );
            let choices = free.iter().map(|(agent, a)| Choice { agent: *agent, score: -(a.load() as i32) }).collect();
            return Ok(Decision::assign(choices).because("least_busy", detail));
        }
        if self.0.take_message_when_empty && !request.anybody_online() {
            return Ok(Decision::take_message().because("nobody_online", ""));
        }
        Ok(Decision::wait(i32::from(request.conversation.priority), 0)
            .because("nobody_free", format!("{} ahead", request.conversation.ahead)))
    }
}

weft_plugin::routing_plugin!(LeastBusy);

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{
        Action, Presence,
        testing::{agent, chosen, request},
    };

    #[test]
    fn the_least_loaded_for_their_share_goes_first() {
        let plugin = LeastBusy::new(Settings::default()).unwrap();
        let agents =
            vec![Agent { open: 1, ..agent() }, Agent { open: 1, weight: 200, ..agent() }, Agent { open: 3, ..agent() }];
        assert_eq!(chosen(&plugin.route(&request(agents)).unwrap()), [1, 0]);
    }

    #[test]
    fn of_equals_the_one_who_was_assigned_longest_ago() {
        let plugin = LeastBusy::new(Settings::default()).unwrap();
        let agents = vec![Agent { last_assigned: 9, ..agent() }, Agent { last_assigned: 5, ..agent() }];
        assert_eq!(chosen(&plugin.route(&request(agents)).unwrap()), [1, 0]);
    }

    #[test]
    fn a_message_is_asked_for_only_when_nobody_is_there() {
        let plugin = LeastBusy::new(Settings { take_message_when_empty: true }).unwrap();
        let away = Agent { presence: Presence::Away, ..agent() };
        assert_eq!(plugin.route(&request(vec![away])).unwrap().action, Action::TakeMessage);
        let full = Agent { open: 3, ..agent() };
        assert!(matches!(plugin.route(&request(vec![full])).unwrap().action, Action::Wait(_)));
    }
}
