#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    routing::{Agent, Choice, Decision, Request, Routing},
};

/// Seconds of waiting after which one more needed skill may be missing.
const RING_SECONDS: u64 = 30;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Skills that are needed besides those of the conversation, by the visitor's language (`"zh": ["chinese"]`).
    by_language: std::collections::BTreeMap<String, Vec<String>>,
    /// Seconds per ring; 0 never relaxes. 30 when not set.
    ring_seconds: Option<u64>,
    /// Skills that are never relaxed.
    always: Vec<String>,
}

pub struct Skills(Settings);

impl Skills {
    /// The skill bits that the conversation needs, by itself and by its language.
    fn needs(&self, request: &Request) -> u64 {
        let language = request.conversation.language.split('-').next().unwrap_or_default();
        let by_language = self.0.by_language.get(language).into_iter().flatten();
        by_language.fold(request.conversation.needs, |bits, name| bits | request.skill(name))
    }

    /// How many needed skills may be missing by now.
    fn ring(&self, request: &Request) -> u32 {
        match self.0.ring_seconds.unwrap_or(RING_SECONDS) {
            0 => 0,
            seconds => (request.waited() / (seconds * 1000)) as u32,
        }
    }

    /// Milliseconds until the next ring opens.
    fn next_ring(&self, request: &Request) -> u64 {
        match self.0.ring_seconds.unwrap_or(RING_SECONDS) * 1000 {
            0 => 0,
            ring => ring - request.waited() % ring,
        }
    }
}

impl Routing for Skills {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let needs = self.needs(request);
        let always = self.0.always.iter().fold(0, |bits, name| bits | request.skill(name)) & needs;
        let ring = self.ring(request);
        let missing = |agent: &Agent| (needs & !agent.skills).count_ones();
        let mut fit: Vec<(u32, &Agent)> =
            request.available().filter(|(_, a)| a.has(always) && missing(a) <= ring).collect();
        fit.sort_by_key(|(position, a)| (missing(a), a.load(), a.last_assigned, *position));
        let Some((_, best)) = fit.first() else {
            let relaxable = (needs & !always).count_ones() > ring && request.available().next().is_some();
            let again = if relaxable { self.next_ring(request) } else { 0 };
            let detail = format!("{} skills needed, ring {ring}", needs.count_ones());
            return Ok(
                Decision::wait(i32::from(request.conversation.priority), again).because("no_skilled_agent", detail)
            );
        };
        let code = if missing(best) == 0 { "all_skills" } else { "relaxed" };
        let detail = format!("{} of {} skills, ring {ring}", needs.count_ones() - missing(best), needs.count_ones());
        let choices = fit.iter().map(|(agent, a)| Choice { agent: *agent, score: -(missing(a) as i32) }).collect();
        Ok(Decision::assign(choices).because(code, detail))
    }
}

weft_plugin::routing_plugin!(Skills);

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::routing::{
        Action,
        testing::{agent, chosen, request},
    };

    fn by_language() -> Skills {
        let settings =
            Settings { by_language: [("zh".to_owned(), vec!["chinese".to_owned()])].into(), ..Settings::default() };
        Skills::new(settings).unwrap()
    }

    #[test]
    fn a_language_brings_its_skills() {
        let agents = vec![agent(), Agent { skills: 0b10, ..agent() }];
        assert_eq!(chosen(&by_language().route(&request(agents)).unwrap()), [1]);
    }

    #[test]
    fn rings_relax_one_skill_after_another() {
        let mut asked = request(vec![agent()]);
        asked.conversation.needs = 0b01;
        assert!(matches!(by_language().route(&asked).unwrap().action, Action::Wait(w) if w.again_in == 30_000));
        asked.context.now += 31_000;
        assert!(matches!(by_language().route(&asked).unwrap().action, Action::Wait(w) if w.again_in == 29_000));
        asked.context.now += 30_000;
        assert_eq!(chosen(&by_language().route(&asked).unwrap()), [0]);
    }

    #[test]
    fn some_skills_are_never_relaxed() {
        let strict = Skills::new(Settings { always: vec!["billing".into()], ..Settings::default() }).unwrap();
        let mut asked = request(vec![agent()]);
        asked.conversation.needs = 0b01;
        asked.context.now += 1_000_000;
        assert!(matches!(strict.route(&asked).unwrap().action, Action::Wait(w) if w.again_in == 0));
    }
}
