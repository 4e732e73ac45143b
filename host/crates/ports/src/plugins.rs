//! Plugins: the runtime that executes components (`plugin-host`), and the router that decides with the active set (`rollout`).
//! The failure ladder, the breakers and the quarantine of inputs are `rollout`'s: they belong to a tenant's active set, and
//! `rollout` names no adapter. `plugin-host` only runs what it is given and says truthfully how it went.

use async_trait::async_trait;
use model::{
    TeamId, TenantId, Timestamp,
    notification::{Event, Failed, Intent, Space, Verdict},
    plugin::{Digest, Hook, Rung},
    routing::{Decision, RoutingRequest},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a component says of itself and what was found in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    pub hook: Hook,
    pub name: String,
    pub version: String,
    /// For instance `1.0.0`.
    pub wit_version: String,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// The manifest as JSON: settings schema, reason codes, properties asked for, limits, vectors.
    pub manifest: serde_json::Value,
}

/// Why a component was not let in, or could not be prepared. One sentence for the author: what and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct UploadRefusal {
    /// Stable, for instance `unknown_import`, `too_large`, `not_wasm`, `invalid_settings`.
    pub code: String,
    pub message: String,
    /// Each with a JSON pointer, for invalid settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<(String, String)>,
}

/// The outcome of a plugin's golden vectors, run on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoldenReport {
    pub vectors: u32,
    /// One digest over every output and its fuel.
    pub proof: Digest,
    pub fuel_max: u64,
}

/// One call did not answer. A fault of the plugin, except `TimedOut`, which is the node's (wasm.md §2.9).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFault {
    #[error("trap: {0}")]
    Trap(String),
    #[error("out of fuel after {0}")]
    OutOfFuel(u64),
    #[error("memory limit reached")]
    OutOfMemory,
    #[error("the answer has more than {0} bytes")]
    OutputTooLarge(usize),
    #[error("the plugin answered an error: {0}")]
    Refused(String),
    #[error("invalid answer: {0}")]
    Invalid(String),
    #[error("the node was too slow")]
    TimedOut,
    /// This input crashed this release before.
    #[error("quarantined input")]
    Quarantined,
    #[error("breaker open")]
    BreakerOpen,
}

/// One answer of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    pub output: T,
    pub fuel: u64,
    pub logs: Vec<String>,
}

/// A component with frozen settings, compiled and linked; called from any thread, a fresh instance per call.
pub trait Prepared: Send + Sync {
    fn release(&self) -> Digest;
    /// Digest of component and settings together: the artefact that all nodes load.
    fn snapshot(&self) -> Digest;
    fn hook(&self) -> Hook;
    fn name(&self) -> &str;
    fn version(&self) -> &str;
    /// Keys of visitor and conversation properties that the manifest asks for.
    fn properties(&self) -> &[String];
    fn golden(&self) -> &GoldenReport;
    /// Bytes of linear memory that the hungriest call so far came to; 0 when that is not known.
    fn memory_peak(&self) -> u64 {
        0
    }
    /// Pure: the same request gives the same answer and fuel on every node.
    fn route(&self, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault>;
    /// Pure but for the plugin's own values, which come in and go out.
    fn handle(&self, _handling: &Handling) -> Result<Answer<Handled>, CallFault> {
        Err(CallFault::Invalid(format!("a {} plugin handles no events", self.hook().as_str())))
    }
    /// Pure.
    fn judge(&self, _failed: &Failed) -> Result<Answer<Verdict>, CallFault> {
        Err(CallFault::Invalid(format!("a {} plugin judges no attempts", self.hook().as_str())))
    }
}

/// What a notification plugin is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Handling {
    pub now: Timestamp,
    pub seed: u64,
    pub event: Event,
    /// Properties of the conversation; the plugin sees those that its manifest asks for.
    pub properties: Vec<(String, String)>,
    /// What it kept so far.
    pub space: Space,
}

/// What a notification plugin answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handled {
    pub intents: Vec<Intent>,
    /// When it changed.
    pub space: Option<Space>,
}

/// A component and the settings it is bound with.
#[derive(Clone, Debug)]
pub struct Frozen {
    pub component: Arc<[u8]>,
    pub settings: serde_json::Value,
}

/// Checks and prepares components. Slow (compiles): never on the way of a message.
#[async_trait]
pub trait PluginRuntime: Send + Sync {
    /// All checks of an upload (wasm.md §2.4), golden vectors included.
    async fn validate(&self, component: Arc<[u8]>) -> Result<Inspection, UploadRefusal>;
    /// Validates settings, freezes them, compiles (or loads the node's cache), links and runs the golden vectors.
    async fn prepare(&self, frozen: Frozen) -> Result<Arc<dyn Prepared>, UploadRefusal>;
}

/// An answer and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Called<T> {
    pub output: T,
    pub epoch: u64,
    pub rung: Rung,
    pub release: Option<Digest>,
    pub snapshot: Option<Digest>,
    pub plugin: String,
    pub version: String,
    pub fuel: u64,
    pub faults: Vec<String>,
    pub logs: Vec<String>,
}

/// A decision and where it came from.
pub type Routing = Called<Decision>;

/// Decides with the tenant's active set: the failure ladder of DESIGN.md §3. Never fails: the last rung is built in.
#[async_trait]
pub trait Router: Send + Sync {
    /// Keys of properties that the active plugin of this team asks for.
    fn properties(&self, tenant: TenantId, team: TeamId) -> Vec<String>;
    /// Whether this node may decide for the tenant while `epoch` is in force in the store. Not while it has yet to adopt that set, and
    /// not while it cannot run it and another node can: what waits is then left to the others.
    fn decides(&self, tenant: TenantId, epoch: u64) -> bool;
    /// `accept` checks an answer against what only the host knows (is the agent in the list, is the team there);
    /// what it refuses costs the rung.
    async fn route(&self, tenant: TenantId, team: TeamId, request: &RoutingRequest) -> Routing;
}

/// Handles events and judges failed attempts with the tenant's active set: the same ladder. Never fails.
pub trait Handlers: Send + Sync {
    /// Name of the notification plugin in force: whose values an event needs.
    fn handler(&self, tenant: TenantId) -> Option<String>;
    /// None: no plugin answered, and the built-in rule is to be followed (each target gets the events that it lists).
    fn handle(&self, tenant: TenantId, handling: &Handling) -> Called<Option<Handled>>;
    /// `failed.channel` chooses the binding.
    fn judge(&self, tenant: TenantId, failed: &Failed) -> Called<Verdict>;
}
