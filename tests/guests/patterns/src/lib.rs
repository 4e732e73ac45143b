//! A routing plugin of a good size for tests: regular expressions of the tenant's say which skills a conversation needs.

use regex_lite::Regex;
use weft_plugin::{
    Deserialize,
    routing::{Choice, Decision, Request, Routing},
};

#[derive(Deserialize)]
pub struct Settings {
    #[serde(default)]
    rules: Vec<Rule>,
}

/// What matches `pattern` needs somebody with `skill`.
#[derive(Deserialize)]
pub struct Rule {
    pattern: String,
    skill: String,
}

pub struct Patterns(Vec<(Regex, String)>);

impl Routing for Patterns {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        let compiled = |rule: Rule| {
            Regex::new(&rule.pattern).map(|p| (p, rule.skill)).map_err(|e| format!("{:?}: {e}", rule.pattern))
        };
        settings.rules.into_iter().map(compiled).collect::<Result<_, _>>().map(Self)
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        let conversation = &request.conversation;
        let matches = |pattern: &Regex| {
            pattern.is_match(&conversation.channel) || conversation.labels.iter().any(|label| pattern.is_match(label))
        };
        let wanted = self.0.iter().filter(|(pattern, _)| matches(pattern));
        let needs = wanted.fold(conversation.needs, |needs, (_, skill)| needs | request.skill(skill));
        let able = request.available().filter(|(_, agent)| agent.has(needs));
        let mut choices: Vec<_> =
            able.map(|(agent, a)| Choice { agent, score: i32::try_from(a.load()).map_or(i32::MIN, |l| -l) }).collect();
        choices.sort_by_key(|c| (-i64::from(c.score), c.agent));
        Ok(if choices.is_empty() { Decision::wait(0, 0) } else { Decision::assign(choices) })
    }
}

weft_plugin::routing_plugin!(Patterns);
