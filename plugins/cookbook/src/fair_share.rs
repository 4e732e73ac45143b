//! Chance by weight: an agent with weight 200 gets twice the chats of one with 100, and a replay draws the same lot.

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

pub struct FairShare;

impl Routing for FairShare {
    type Settings = Settings;

    fn new(_: Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let free: Vec<(u32, &Agent)> = request.available().collect();
        let all: u32 = free.iter().map(|(_, agent)| u32::from(agent.weight)).sum();
        let mut lot = request.chance().below(all);
        for (agent, it) in &free {
            let weight = u32::from(it.weight);
            if lot < weight {
                let choice = Choice { agent: *agent, score: i32::from(it.weight) };
                return Ok(Decision::assign(vec![choice]).because("drawn", format!("{weight} of {all}")));
            }
            lot -= weight;
        }
        Ok(Decision::wait(0, 0).because("nobody_free", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::testing::{agent, chosen, request};

    #[test]
    fn twice_the_weight_is_twice_the_chats() {
        let mut got = [0; 2];
        let mut asked = request(vec![agent(), Agent { weight: 200, ..agent() }]);
        for seed in 0..3000 {
            asked.context.seed = seed;
            let first = chosen(&FairShare.route(&asked).unwrap());
            assert_eq!(first, chosen(&FairShare.route(&asked).unwrap()), "the same lot for the same seed");
            got[first[0] as usize] += 1;
        }
        assert!((1800..2200).contains(&got[1]), "{got:?}");
    }

    #[test]
    fn with_nobody_there_it_waits() {
        assert!(chosen(&FairShare.route(&request(Vec::new())).unwrap()).is_empty());
    }
}
