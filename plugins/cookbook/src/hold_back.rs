//! A retry rule: twice as far apart each time, quick to give up where lateness is worse than silence.

use weft_plugin::{
    Deserialize,
    retry::{Attempt, Fault, Retry, Verdict},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Milliseconds before the second attempt.
    first_ms: u64,
    /// Milliseconds after the first attempt, from which on it would come too late.
    useful_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { first_ms: 2000, useful_ms: 3_600_000 }
    }
}

pub struct HoldBack(Settings);

impl Retry for HoldBack {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn next(&self, attempt: &Attempt) -> Result<Verdict, String> {
        if attempt.fault == Fault::Refused {
            return Ok(Verdict::DeadLetter(format!("refused with status {}", attempt.status)));
        }
        let delay = attempt.previous_delay.saturating_mul(2).max(self.0.first_ms).max(attempt.retry_after.unwrap_or(0));
        if attempt.context.now + delay > attempt.first_at + self.0.useful_ms {
            return Ok(Verdict::Drop("it would come too late".into()));
        }
        Ok(Verdict::AgainIn(delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::retry::testing::attempt;

    #[test]
    fn it_doubles_until_it_would_be_late() {
        let rule = HoldBack::new(Settings { first_ms: 1000, useful_ms: 10_000 }).unwrap();
        let after = |previous_delay| rule.next(&Attempt { previous_delay, ..attempt(2) }).unwrap();
        assert_eq!(after(0), Verdict::AgainIn(1000));
        assert_eq!(after(4000), Verdict::AgainIn(8000));
        assert_eq!(after(8000), Verdict::Drop("it would come too late".into()));
    }

    #[test]
    fn a_refusal_is_for_a_person_to_look_at() {
        let rule = HoldBack::new(Settings::default()).unwrap();
        let refused = Attempt { fault: Fault::Refused, status: 410, ..attempt(1) };
        assert_eq!(rule.next(&refused).unwrap(), Verdict::DeadLetter("refused with status 410".into()));
    }
}
