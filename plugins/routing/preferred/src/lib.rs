#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Presence, Request, Routing},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a visitor waits for the agent who served last, when that one is online but has no free place.
    patience_seconds: u64,
    /// From this rank on a visitor goes first in the backlog and gets senior agents first.
    vip_from: u8,
    /// The least tier of the agents that such a visitor gets first.
    vip_tier: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { patience_seconds: 60, vip_from: 1, vip_tier: 1 }
    }
}

pub struct Preferred(Settings);

/// Who is wanted first: an order over agents. `last` is when this visitor was served last; 0 when never.
fn wish(last: u64, agent: &Agent, vip: bool, vip_tier: u8) -> (bool, bool, u64) {
    let served = last != 0 && agent.last_served == last;
    (!served, vip && agent.tier < vip_tier, u64::from(agent.load()))
}

impl Routing for Preferred {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let vip = request.visitor.vip >= self.0.vip_from && self.0.vip_from > 0;
        let rank = i32::from(request.conversation.priority) + if vip { 10 * i32::from(request.visitor.vip) } else { 0 };
        let last = request.agents.iter().map(|a| a.last_served).max().unwrap_or(0);
        let known = request.agents.iter().find(|a| last != 0 && a.last_served == last);
        if let Some(agent) = known
            && agent.presence == Presence::Online
            && !agent.declined
            && !agent.is_available()
            && request.waited() < self.0.patience_seconds * 1000
        {
            let left = self.0.patience_seconds * 1000 - request.waited();
            return Ok(Decision::wait(rank, left).because("waits_for_last_agent", "online, no free place"));
        }
        let mut free: Vec<(u32, &Agent)> = request.available().collect();
        free.sort_by_cached_key(|(position, a)| (wish(last, a, vip, self.0.vip_tier), a.last_assigned, *position));
        let Some((_, best)) = free.first() else {
            return Ok(Decision::wait(rank, 0).because("nobody_free", ""));
        };
        let code = match wish(last, best, vip, self.0.vip_tier) {
            (false, ..) => "served_last",
            (true, false, _) if vip => "vip",
            _ => "wider",
        };
        let choices = (0..).zip(&free).map(|(place, (agent, _))| Choice { agent: *agent, score: -place }).collect();
        Ok(Decision::assign(choices).because(code, format!("{} free", free.len())))
    }
}

weft_plugin::routing_plugin!(Preferred);

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{
        Action,
        testing::{agent, chosen, request},
    };

    fn plugin() -> Preferred {
        Preferred::new(Settings::default()).unwrap()
    }

    #[test]
    fn who_served_last_goes_first_and_is_waited_for() {
        let known = Agent { last_served: 7, open: 2, ..agent() };
        assert_eq!(chosen(&plugin().route(&request(vec![agent(), known])).unwrap()), [1, 0]);
        let mut asked = request(vec![agent(), Agent { open: 3, ..known }]);
        assert!(matches!(plugin().route(&asked).unwrap().action, Action::Wait(w) if w.again_in == 60_000));
        asked.context.now += 60_000;
        assert_eq!(chosen(&plugin().route(&asked).unwrap()), [0]);
    }

    #[test]
    fn a_vip_gets_a_senior_and_goes_first_in_the_backlog() {
        let mut asked = request(vec![agent(), Agent { tier: 2, open: 2, ..agent() }]);
        asked.visitor.vip = 2;
        assert_eq!(chosen(&plugin().route(&asked).unwrap()), [1, 0]);
        asked.agents.clear();
        assert!(matches!(plugin().route(&asked).unwrap().action, Action::Wait(w) if w.rank == 21));
    }
}
