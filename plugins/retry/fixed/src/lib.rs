#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    retry::{Attempt, Retry, Verdict},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default = "attempts")]
    attempts: u32,
    #[serde(default = "interval")]
    interval_ms: u64,
}

fn attempts() -> u32 {
    5
}

fn interval() -> u64 {
    60_000
}

pub struct Fixed(Settings);

impl Retry for Fixed {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn next(&self, attempt: &Attempt) -> Result<Verdict, String> {
        if attempt.made >= self.0.attempts {
            return Ok(Verdict::DeadLetter(format!("no success in {} attempts", attempt.made)));
        }
        Ok(Verdict::AgainIn(self.0.interval_ms))
    }
}

weft_plugin::retry_plugin!(Fixed);
