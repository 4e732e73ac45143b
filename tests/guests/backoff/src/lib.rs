//! A retry plugin for tests: the delay doubles, up to a number of attempts.

use weft_plugin::{
    Deserialize,
    retry::{Attempt, Fault, Retry, Verdict},
};

/// Milliseconds before the second attempt.
const FIRST: u64 = 1000;

#[derive(Deserialize)]
pub struct Settings {
    #[serde(default = "most_attempts")]
    most_attempts: u32,
}

fn most_attempts() -> u32 {
    8
}

pub struct Backoff(Settings);

impl Retry for Backoff {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn next(&self, attempt: &Attempt) -> Result<Verdict, String> {
        if attempt.fault == Fault::Refused {
            return Ok(Verdict::DeadLetter(format!("refused with status {}", attempt.status)));
        }
        if attempt.made >= self.0.most_attempts {
            return Ok(Verdict::DeadLetter(format!("{} attempts", attempt.made)));
        }
        let delay = attempt.retry_after.unwrap_or(attempt.previous_delay * 2).max(FIRST);
        Ok(Verdict::AgainIn(delay))
    }
}

weft_plugin::retry_plugin!(Backoff);
