//! A plugin's own vectors: run twice, they must give the expected answer and the same fuel.

use crate::{prepared::PreparedPlugin, question::Question, refusal::refuse};
use model::plugin::Digest;
use ports::plugins::{Answer, CallFault, GoldenReport, UploadRefusal};
use serde_json::Value;

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
        let request = Question::read(plugin.manifest.hook, &vector.request).map_err(bad)?;
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

/// Codes that a decision gives as its reasons; other answers have none.
fn reasons(output: &Value) -> impl Iterator<Item = &str> {
    output["reasons"].as_array().into_iter().flatten().filter_map(|reason| reason["code"].as_str())
}

/// What the plugin answers. A deadline that struck is the node's fault and says nothing of the plugin: the call is made again.
fn settled(plugin: &PreparedPlugin, question: &Question) -> Result<Result<Answer<Value>, CallFault>, UploadRefusal> {
    for _ in 0..TRIES {
        match question.ask(plugin) {
            Err(CallFault::TimedOut) => {}
            settled => return Ok(settled),
        }
    }
    Err(refuse("busy", format!("the node was too slow {TRIES} times; try again")))
}
