#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    retry::{Attempt, Fault, Retry, Verdict},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    attempts: u32,
    first_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempts: 8,
            first_ms: 10_000,
        }
    }
}

pub struct Rule(Settings);

impl Retry for Rule {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn next(&self, attempt: &Attempt) -> Result<Verdict, String> {
        if attempt.fault == Fault::Refused {
            return Ok(Verdict::DeadLetter(format!(
                "refused with status {}",
                attempt.status
            )));
        }
        if attempt.made >= self.0.attempts {
            return Ok(Verdict::DeadLetter(format!(
                "no success in {} attempts",
                attempt.made
            )));
        }
        let delay = self.0.first_ms << attempt.made.saturating_sub(1);
        Ok(Verdict::AgainIn(
            delay.max(attempt.retry_after.unwrap_or(0)),
        ))
    }
}

weft_plugin::retry_plugin!(Rule);

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::retry::testing::attempt;

    #[test]
    fn the_distance_doubles() {
        let rule = Rule::new(Settings::default()).unwrap();
        assert_eq!(rule.next(&attempt(3)).unwrap(), Verdict::AgainIn(40_000));
    }

    #[test]
    fn it_waits_as_long_as_it_was_asked_to() {
        let rule = Rule::new(Settings::default()).unwrap();
        let throttled = Attempt {
            fault: Fault::Throttled,
            retry_after: Some(90_000),
            ..attempt(1)
        };
        assert_eq!(rule.next(&throttled).unwrap(), Verdict::AgainIn(90_000));
    }
}
