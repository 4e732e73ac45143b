#![doc = include_str!("../README.md")]

use model::{
    notification::{Failed, Verdict},
    routing::{Decision, RoutingRequest},
};
use plugin_host::{Caps, Compile, PluginHost, PluginHostConfig, Question, StartError};
use ports::{
    Answer, CallFault, Frozen, GoldenReport, Inspection, PluginRuntime as _, Prepared, plugins::UploadRefusal,
};
use serde_json::Value;
use std::{
    io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Instances that a test runs at once.
const INSTANCES: u32 = 8;

#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    #[error("the component cannot be read")]
    Read(#[from] io::Error),
    #[error("the host cannot start")]
    Host(#[from] StartError),
    /// As an upload would be refused.
    #[error("{} ({})", .0.message, .0.code)]
    Refused(UploadRefusal),
    #[error("not a request")]
    Request(#[from] serde_json::Error),
    #[error("the call failed")]
    Call(#[from] CallFault),
}

/// Checks a component as an upload is checked, and says what is in it.
pub fn inspect(component: Arc<[u8]>) -> Result<Inspection, HarnessError> {
    let (host, runtime) = host()?;
    runtime.block_on(host.validate(component)).map_err(HarnessError::Refused)
}

/// The host that a node has, but that it compiles in this process, and a runtime to wait on.
fn host() -> Result<(PluginHost, tokio::runtime::Runtime), HarnessError> {
    let (compile, caps) = (Compile::InProcess, Caps::default());
    let host = PluginHost::new(PluginHostConfig { instances: INSTANCES, compile, caps, cache: None })?;
    Ok((host, tokio::runtime::Builder::new_current_thread().build()?))
}

/// A component with settings, as a node would run it.
pub struct Plugin {
    inspection: Inspection,
    prepared: Arc<dyn Prepared>,
    prepared_in: Duration,
}

impl Plugin {
    /// Checks the component as an upload is checked, and binds it with `settings`.
    pub fn load(path: impl AsRef<Path>, settings: &Value) -> Result<Self, HarnessError> {
        Self::bind(std::fs::read(path)?.into(), settings)
    }

    /// The same of a component in memory.
    pub fn bind(component: Arc<[u8]>, settings: &Value) -> Result<Self, HarnessError> {
        let (host, runtime) = host()?;
        runtime.block_on(async {
            let inspection = host.validate(component.clone()).await.map_err(HarnessError::Refused)?;
            let begun = Instant::now();
            let frozen = Frozen { component, settings: settings.clone() };
            let prepared = host.prepare(frozen).await.map_err(HarnessError::Refused)?;
            Ok(Self { inspection, prepared, prepared_in: begun.elapsed() })
        })
    }

    /// World, imports, exports, manifest.
    pub const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// What the golden vectors came to.
    pub fn golden(&self) -> &GoldenReport {
        self.prepared.golden()
    }

    /// How long this machine took to compile, freeze and try it: what each node does once per activation.
    pub const fn prepared_in(&self) -> Duration {
        self.prepared_in
    }

    /// Bytes of memory of the hungriest call so far.
    pub fn memory_peak(&self) -> u64 {
        self.prepared.memory_peak()
    }

    /// One call in a fresh instance.
    pub fn route(&self, request: &RoutingRequest) -> Result<Answer<Decision>, HarnessError> {
        Ok(self.prepared.route(request)?)
    }

    /// One call of a retry rule.
    pub fn judge(&self, failed: &Failed) -> Result<Answer<Verdict>, HarnessError> {
        Ok(self.prepared.judge(failed)?)
    }

    /// One call of whatever its hook is, question and answer as in a golden vector.
    pub fn ask(&self, request: &Value) -> Result<Answer<Value>, HarnessError> {
        Ok(Question::read(self.inspection.hook, request)?.ask(self.prepared.as_ref())?)
    }
}
