#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    retry::{Attempt, Fault, Retry, Verdict},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default = "within")]
    within_ms: u64,
    #[serde(default = "first")]
    first_ms: u64,
    #[serde(default = "most")]
    most_ms: u64,
}

fn within() -> u64 {
    86_400_000
}

fn first() -> u64 {
    5_000
}

fn most() -> u64 {
    3_600_000
}

pub struct Until(Settings);

impl Retry for Until {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        if settings.first_ms > settings.most_ms {
            return Err("first_ms is greater than most_ms".into());
        }
        Ok(Self(settings))
    }

    fn next(&self, attempt: &Attempt) -> Result<Verdict, String> {
        if attempt.fault == Fault::Refused {
            return Ok(Verdict::DeadLetter(format!("refused with status {}", attempt.status)));
        }
        let doubled = (attempt.previous_delay * 2).clamp(self.0.first_ms, self.0.most_ms);
        let delay = attempt.retry_after.unwrap_or(doubled);
        let own = attempt.first_at.saturating_add(self.0.within_ms);
        let deadline = if attempt.expires_at == 0 { own } else { own.min(attempt.expires_at) };
        if attempt.context.now.saturating_add(delay) > deadline {
            return Ok(Verdict::DeadLetter("the deadline has passed".into()));
        }
        Ok(Verdict::AgainIn(delay))
    }
}

weft_plugin::retry_plugin!(Until);
