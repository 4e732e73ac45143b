//! Who is told about what, and when a failed attempt is made again: the tenant's notification and retry plugins, asked down the ladder.

use crate::{Rollout, ladder::Ask, sets::Place};
use model::{
    TenantId, limits,
    notification::{Failed, Intent, Verdict},
    plugin::{Digest, Hook},
    retry_builtin::builtin_exponential,
};
use ports::{CallFault, Called, Handlers, Handling, Prepared, plugins::Handled};
use std::time::Duration;

/// Of one answer.
const INTENTS: usize = 32;
const BODY_BYTES: usize = 64 * 1024;
const DELAY_MAX: Duration = Duration::from_hours(30 * 24);

impl Handlers for Rollout {
    fn handler(&self, tenant: TenantId) -> Option<String> {
        let set = self.sets.load().get(&tenant).cloned();
        self.active(set.as_deref(), Hook::Notification, &Place::All).map(|plugin| plugin.name().to_owned())
    }

    fn handle(&self, tenant: TenantId, handling: &Handling) -> Called<Option<Handled>> {
        let ask = Ask {
            tenant,
            hook: Hook::Notification,
            place: Place::All,
            call: &|plugin: &dyn Prepared| {
                let answer = plugin.handle(handling)?;
                check_intents(&answer.output.intents).map_err(CallFault::Invalid)?;
                Ok(ports::Answer { output: Some(answer.output), fuel: answer.fuel, logs: answer.logs })
            },
            input: &|| Digest::of(&handling.event.id.to_bytes()),
        };
        self.ask(&ask, || None)
    }

    fn judge(&self, tenant: TenantId, failed: &Failed) -> Called<Verdict> {
        let ask = Ask {
            tenant,
            hook: Hook::Retry,
            place: Place::Channel(failed.channel.clone()),
            call: &|plugin: &dyn Prepared| {
                let answer = plugin.judge(failed)?;
                check_verdict(&answer.output).map_err(CallFault::Invalid)?;
                Ok(answer)
            },
            input: &|| {
                let lasting = Failed { now: 0, seed: 0, ..failed.clone() };
                Digest::of(&serde_json::to_vec(&lasting).unwrap_or_default())
            },
        };
        self.ask(&ask, || builtin_exponential(failed))
    }
}

fn check_intents(intents: &[Intent]) -> Result<(), String> {
    if intents.len() > INTENTS {
        return Err(format!("at most {INTENTS} deliveries"));
    }
    for (n, intent) in intents.iter().enumerate() {
        let lines = [("target", &intent.target), ("dedupe", &intent.dedupe), ("content-type", &intent.content_type)];
        for (field, line) in lines {
            if line.is_empty() || line.len() > limits::LINE_BYTES {
                return Err(format!("delivery {n}: `{field}` has 1 to {} bytes", limits::LINE_BYTES));
            }
        }
        if intent.body.len() > BODY_BYTES {
            return Err(format!("delivery {n}: a body has at most {BODY_BYTES} bytes"));
        }
        if !is_header_value(&intent.content_type) {
            return Err(format!("delivery {n}: `content-type` is no media type"));
        }
        check_delay(intent.delay).map_err(|wrong| format!("delivery {n}: {wrong}"))?;
    }
    Ok(())
}

fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

fn check_verdict(verdict: &Verdict) -> Result<(), String> {
    match verdict {
        Verdict::AgainIn(delay) => check_delay(*delay),
        Verdict::DeadLetter(why) | Verdict::Drop(why) if why.len() > limits::LINE_BYTES => {
            Err(format!("a reason has at most {} bytes", limits::LINE_BYTES))
        }
        Verdict::DeadLetter(_) | Verdict::Drop(_) => Ok(()),
    }
}

fn check_delay(delay: u64) -> Result<(), String> {
    if u128::from(delay) > DELAY_MAX.as_millis() { Err("a delay is at most 30 days".into()) } else { Ok(()) }
}
