#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    retry::{Attempt, Fault, Retry, Verdict},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default = "delays")]
    delays_ms: Vec<u64>,
    #[serde(default = "jitter")]
    jitter_percent: u64,
}

fn delays() -> Vec<u64> {
    vec![5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000]
}

fn jitter() -> u64 {
    20
}

pub struct Exponential(Settings);

impl Retry for Exponential {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn next(&self, attempt: &Attempt) -> Result<Verdict, String> {
        if attempt.fault == Fault::Refused {
            return Ok(Verdict::DeadLetter(format!("refused with status {}", attempt.status)));
        }
        let Some(delay) = self.0.delays_ms.get(attempt.made.saturating_sub(1) as usize) else {
            return Ok(Verdict::DeadLetter(format!("no success in {} attempts", attempt.made)));
        };
        let most = delay * self.0.jitter_percent / 100;
        let chance = if most == 0 { 0 } else { attempt.context.seed % most };
        let delay = (delay + chance).max(attempt.retry_after.unwrap_or(0));
        if attempt.expires_at != 0 && attempt.context.now.saturating_add(delay) > attempt.expires_at {
            return Ok(Verdict::DeadLetter("it would come too late".into()));
        }
        Ok(Verdict::AgainIn(delay))
    }
}

weft_plugin::retry_plugin!(Exponential);
