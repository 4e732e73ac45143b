//! A plugin's own vectors: run twice, they must give the expected answer and the same fuel.

use crate::{prepared::PreparedPlugin, refusal::refuse};
use model::{
    plugin::{Digest, Hook},
    routing::{Decision, Reason, RoutingRequest},
};
use ports::plugins::{Answer, CallFault, GoldenReport, UploadRefusal};

/// Calls of one vector that a slow node may spoil in a row.
const TRIES: u32 = 20;

/// No vectors, no work: still a proof, of nothing.
pub fn empty() -> GoldenReport {
    GoldenReport { vectors: 0, proof: Digest::of(&[]), fuel_max: 0 }
}

/// Runs every vector of `plugin`. `expected`: whether answers must be the manifest's (true with default settings; a tenant's
/// own settings may answer otherwise, and only sameness is proved).
pub fn run(plugin: &PreparedPlugin, expected: bool) -> Result<GoldenReport, UploadRefusal> {
    if plugin.manifest.hook != Hook::Routing {
        return Ok(empty());
    }
    let mut proof = Vec::new();
    let mut fuel_max = 0;
    for vector in &plugin.manifest.vectors {
        let name = &vector.name;
        let request = serde_json::from_value(vector.request.clone())
            .map_err(|e| refuse("bad_vector", format!("vector {name:?}: the request is not one: {e}")))?;
        let first = settled(plugin, &request)?;
        if first != settled(plugin, &request)? {
            return Err(refuse(
                "not_deterministic",
                format!("vector {name:?} was answered differently the second time"),
            ));
        }
        match first {
            Ok(answer) => {
                let output = serde_json::to_value(&answer.output).map_err(|e| refuse("bad_vector", e.to_string()))?;
                if expected && output != vector.expect {
                    let message = format!("vector {name:?}: expected {}, answered {output}", vector.expect);
                    return Err(refuse("vector_failed", message));
                }
                let undeclared = |r: &&Reason| !plugin.manifest.reasons.contains_key(&r.code);
                if let Some(reason) = answer.output.reasons.iter().find(undeclared) {
                    let message = format!("vector {name:?}: the manifest does not list the reason {:?}", reason.code);
                    return Err(refuse("undeclared_reason", message));
                }
                fuel_max = fuel_max.max(answer.fuel);
                proof.extend_from_slice(output.to_string().as_bytes());
                proof.extend_from_slice(&answer.fuel.to_be_bytes());
            }
            Err(fault) if expected => return Err(refuse("vector_failed", format!("vector {name:?}: {fault}"))),
            Err(fault) => proof.extend_from_slice(fault.to_string().as_bytes()),
        }
    }
    Ok(GoldenReport { vectors: plugin.manifest.vectors.len() as u32, proof: Digest::of(&proof), fuel_max })
}

/// What the plugin answers. A deadline that struck is the node's fault and says nothing of the plugin: the call is made again.
fn settled(
    plugin: &PreparedPlugin,
    request: &RoutingRequest,
) -> Result<Result<Answer<Decision>, CallFault>, UploadRefusal> {
    for _ in 0..TRIES {
        match plugin.call_routing(request) {
            Err(CallFault::TimedOut) => {}
            settled => return Ok(settled),
        }
    }
    Err(refuse("busy", format!("the node was too slow {TRIES} times; try again")))
}
