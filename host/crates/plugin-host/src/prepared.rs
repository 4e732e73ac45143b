//! A component with frozen settings, ready to be called.

use crate::{
    call::{self, State},
    convert::routing,
    engine::Running,
    limits::Caps,
    manifest::Manifest,
};
use model::{
    plugin::{Digest, Hook},
    routing::{Decision, RoutingRequest},
};
use ports::plugins::{Answer, CallFault, GoldenReport, Prepared};
use std::sync::Arc;
use wasmtime::component::InstancePre;

/// Linked for its hook.
pub enum Linked {
    Routing(routing::RoutingCallPre<State>),
    /// Linked and checked; the hooks' own calls come with the crates that need them.
    Other(#[expect(dead_code, reason = "keeps the compiled code of a hook that is not called yet")] InstancePre<State>),
}

pub struct PreparedPlugin {
    pub running: Arc<Running>,
    pub linked: Linked,
    pub manifest: Manifest,
    pub caps: Caps,
    pub release: Digest,
    pub snapshot: Digest,
    pub golden: GoldenReport,
}

impl PreparedPlugin {
    pub fn call_routing(&self, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault> {
        let Linked::Routing(pre) = &self.linked else {
            return Err(CallFault::Invalid(format!("a {} plugin cannot route", self.manifest.hook.as_str())));
        };
        let limits = self.caps.routing(request.agents.len(), self.manifest.limits);
        let node = |e: wasmtime::Error| {
            tracing::error!(error = %e, "a plugin call could not be set up");
            CallFault::TimedOut
        };
        let mut store = call::store(&self.running.engine, limits).map_err(node)?;
        let result = pre
            .instantiate(&mut store)
            .and_then(|instance| instance.weft_plugin_routing().call_route(&mut store, &routing::request(request)));
        match result {
            Ok(Ok(decision)) => {
                let output = routing::decision(decision);
                if routing::size(&output) > limits.output {
                    return Err(CallFault::OutputTooLarge(limits.output));
                }
                let fuel = call::used(&store, limits);
                Ok(Answer { output, fuel, logs: store.data_mut().logs() })
            }
            Ok(Err(message)) => Err(CallFault::Refused(cut(message))),
            Err(e) => Err(call::fault(&store, limits, &e)),
        }
    }
}

fn cut(mut message: String) -> String {
    let end = message.floor_char_boundary(model::limits::LINE_BYTES);
    message.truncate(end);
    message
}

impl Prepared for PreparedPlugin {
    fn release(&self) -> Digest {
        self.release
    }
    fn snapshot(&self) -> Digest {
        self.snapshot
    }
    fn hook(&self) -> Hook {
        self.manifest.hook
    }
    fn name(&self) -> &str {
        &self.manifest.name
    }
    fn version(&self) -> &str {
        &self.manifest.version
    }
    fn properties(&self) -> &[String] {
        &self.manifest.properties
    }
    fn golden(&self) -> &GoldenReport {
        &self.golden
    }
    fn route(&self, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault> {
        self.call_routing(request)
    }
}
