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
    use weft_plugin::routing::{Action, Context, Conversation, Presence, Team, Visitor};

    fn agent() -> Agent {
        Agent {
            presence: Presence::Online,
            open: 0,
            capacity: 3,
            skills: 0,
            tier: 0,
            weight: 100,
            last_assigned: 0,
            last_freed: 0,
            last_served: 0,
            recent: 0,
            first_reply: 0,
            declined: false,
        }
    }

    fn request(agents: Vec<Agent>) -> Request {
        Request {
            context: Context { now: 1_000_000, seed: 7 },
            conversation: Conversation {
                waiting_since: 1_000_000,
                ahead: 0,
                attempt: 0,
                priority: 1,
                needs: 0,
                channel: "Shop".into(),
                language: "zh-Hans".into(),
                labels: Vec::new(),
            },
            visitor: Visitor { vip: 0, visits: 0, properties: Vec::new() },
            skills: vec!["billing".into(), "chinese".into()],
            agents,
            teams: vec![Team { name: "Support".into(), open: true, online: 1, free: 1, waiting: 0 }],
            team: 0,
        }
    }

    /// The positions that were chosen, or nothing when it waits.
    fn chosen(decision: &Decision) -> Vec<u32> {
        match &decision.action {
            Action::Assign(choices) => choices.iter().map(|c| c.agent).collect(),
            _ => Vec::new(),
        }
    }

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
