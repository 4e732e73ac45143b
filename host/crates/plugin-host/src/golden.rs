//! A plugin's own vectors: run twice, they must give the expected answer and the same fuel.

use crate::{prepared::PreparedPlugin, refusal::refuse};
use model::{
    Timestamp,
    notification::{Event, Failed, Space},
    plugin::{Digest, Hook},
    routing::RoutingRequest,
};
use ports::plugins::{Answer, CallFault, GoldenReport, Handling, UploadRefusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Calls of one vector that a slow node may spoil in a row.
const TRIES: u32 = 20;

/// No vectors, no work: still a proof, of nothing.
pub fn empty() -> GoldenReport {
    GoldenReport { vectors: 0, proof: Digest::of(&[]), fuel_max: 0 }
}

/// Runs every vector of `plugin`. `expected`: whether answers must be the manifest's (true with default settings; a tenant's
/// own settings may answer otherwise, and only sameness is proved).
pub fn run(plugin: &PreparedPlugin, expected: bool) -> Result<GoldenReport, UploadRefusal> {
    let mut proof = Vec::new();
    let mut fuel_max = 0;
    for vector in &plugin.manifest.vectors {
        let name = &vector.name;
        let bad = |e: serde_json::Error| refuse("bad_vector", format!("vector {name:?}: the request is not one: {e}"));
        let request = Request::read(plugin.manifest.hook, &vector.request).map_err(bad)?;
        let first = settled(plugin, &request)?;
        if first != settled(plugin, &request)? {
            return Err(refuse(
                "not_deterministic",
                format!("vector {name:?} was answered differently the second time"),
            ));
        }
        match first {
            Ok(answer) => {
                if expected && answer.output != vector.expect {
                    let message = format!("vector {name:?}: expected {}, answered {}", vector.expect, answer.output);
                    return Err(refuse("vector_failed", message));
                }
                let undeclared = |code: &&str| !plugin.manifest.reasons.contains_key(*code);
                if let Some(code) = reasons(&answer.output).find(undeclared) {
                    let message = format!("vector {name:?}: the manifest does not list the reason {code:?}");
                    return Err(refuse("undeclared_reason", message));
                }
                fuel_max = fuel_max.max(answer.fuel);
                proof.extend_from_slice(answer.output.to_string().as_bytes());
                proof.extend_from_slice(&answer.fuel.to_be_bytes());
            }
            Err(fault) if expected => return Err(refuse("vector_failed", format!("vector {name:?}: {fault}"))),
            Err(fault) => proof.extend_from_slice(fault.to_string().as_bytes()),
        }
    }
    Ok(GoldenReport { vectors: plugin.manifest.vectors.len() as u32, proof: Digest::of(&proof), fuel_max })
}

/// What a vector asks, by hook.
enum Request {
    Routing(Box<RoutingRequest>),
    Notification(Box<Handling>),
    Retry(Box<Failed>),
}

/// A notification vector: the plugin has kept nothing yet.
#[derive(Deserialize)]
struct NotificationVector {
    now: Timestamp,
    #[serde(default)]
    seed: u64,
    event: Event,
    #[serde(default)]
    properties: BTreeMap<String, String>,
}

impl Request {
    fn read(hook: Hook, request: &Value) -> Result<Self, serde_json::Error> {
        Ok(match hook {
            Hook::Routing => Self::Routing(Box::deserialize(request)?),
            Hook::Retry => Self::Retry(Box::deserialize(request)?),
            Hook::Notification => {
                let NotificationVector { now, seed, event, properties } = NotificationVector::deserialize(request)?;
                let properties = properties.into_iter().collect();
                Self::Notification(Box::new(Handling { now, seed, event, properties, space: Space::default() }))
            }
        })
    }

    fn call(&self, plugin: &PreparedPlugin) -> Result<Answer<Value>, CallFault> {
        match self {
            Self::Routing(request) => plugin.call_routing(request).and_then(|a| as_json(a, |decision| decision)),
            Self::Notification(handling) => {
                plugin.call_notification(handling).and_then(|a| as_json(a, |handled| handled.intents))
            }
            Self::Retry(failed) => plugin.call_retry(failed).and_then(|a| as_json(a, |verdict| verdict)),
        }
    }
}

fn as_json<T, U: Serialize>(answer: Answer<T>, part: impl FnOnce(T) -> U) -> Result<Answer<Value>, CallFault> {
    let output = serde_json::to_value(part(answer.output)).map_err(|e| CallFault::Invalid(e.to_string()))?;
    Ok(Answer { output, fuel: answer.fuel, logs: answer.logs })
}

/// Codes that a decision gives as its reasons; other answers have none.
fn reasons(output: &Value) -> impl Iterator<Item = &str> {
    output["reasons"].as_array().into_iter().flatten().filter_map(|reason| reason["code"].as_str())
}

/// What the plugin answers. A deadline that struck is the node's fault and says nothing of the plugin: the call is made again.
fn settled(plugin: &PreparedPlugin, request: &Request) -> Result<Result<Answer<Value>, CallFault>, UploadRefusal> {
    for _ in 0..TRIES {
        match request.call(plugin) {
            Err(CallFault::TimedOut) => {}
            settled => return Ok(settled),
        }
    }
    Err(refuse("busy", format!("the node was too slow {TRIES} times; try again")))
}
