//! What a plugin is asked, as JSON: in golden vectors, in kept records, and in the files of an author.

use model::{
    Timestamp,
    notification::{Event, Failed, Space},
    plugin::Hook,
    routing::RoutingRequest,
};
use ports::plugins::{Answer, CallFault, Handling, Prepared};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One call of a hook.
pub enum Question {
    Routing(Box<RoutingRequest>),
    Notification(Box<Handling>),
    Retry(Box<Failed>),
}

/// For notification: the plugin has kept nothing yet.
#[derive(Deserialize)]
struct Told {
    now: Timestamp,
    #[serde(default)]
    seed: u64,
    event: Event,
    #[serde(default)]
    properties: BTreeMap<String, String>,
}

impl Question {
    /// A routing request, a failed attempt, or `{now, seed?, event, properties?}`.
    pub fn read(hook: Hook, json: &Value) -> Result<Self, serde_json::Error> {
        Ok(match hook {
            Hook::Routing => Self::Routing(Box::deserialize(json)?),
            Hook::Retry => Self::Retry(Box::deserialize(json)?),
            Hook::Notification => {
                let Told { now, seed, event, properties } = Told::deserialize(json)?;
                let properties = properties.into_iter().collect();
                Self::Notification(Box::new(Handling { now, seed, event, properties, space: Space::default() }))
            }
        })
    }

    /// The answer as JSON: a decision, a list of deliveries, a verdict.
    pub fn ask(&self, plugin: &dyn Prepared) -> Result<Answer<Value>, CallFault> {
        match self {
            Self::Routing(request) => plugin.route(request).and_then(|a| as_json(a, |decision| decision)),
            Self::Notification(handling) => plugin.handle(handling).and_then(|a| as_json(a, |handled| handled.intents)),
            Self::Retry(failed) => plugin.judge(failed).and_then(|a| as_json(a, |verdict| verdict)),
        }
    }
}

fn as_json<T, U: Serialize>(answer: Answer<T>, part: impl FnOnce(T) -> U) -> Result<Answer<Value>, CallFault> {
    let output = serde_json::to_value(part(answer.output)).map_err(|e| CallFault::Invalid(e.to_string()))?;
    Ok(Answer { output, fuel: answer.fuel, logs: answer.logs })
}
