#![doc = include_str!("../README.md")]

use model::routing::{Decision, RoutingRequest};
use plugin_host::{Caps, Compile, PluginHost, PluginHostConfig, StartError};
use ports::{
    Answer, CallFault, Frozen, GoldenReport, Inspection, PluginRuntime as _, Prepared, plugins::UploadRefusal,
};
use std::{io, path::Path, sync::Arc};

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

/// A component with settings, as a node would run it.
pub struct Plugin {
    inspection: Inspection,
    prepared: Arc<dyn Prepared>,
}

impl Plugin {
    /// Checks the component as an upload is checked, and binds it with `settings`.
    pub fn load(path: impl AsRef<Path>, settings: &serde_json::Value) -> Result<Self, HarnessError> {
        let component: Arc<[u8]> = std::fs::read(path)?.into();
        let (compile, caps) = (Compile::InProcess, Caps::default());
        let host = PluginHost::new(PluginHostConfig { instances: INSTANCES, compile, caps, cache: None })?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (inspection, prepared) = runtime.block_on(async {
            let inspection = host.validate(component.clone()).await.map_err(HarnessError::Refused)?;
            let frozen = Frozen { component, settings: settings.clone() };
            let prepared = host.prepare(frozen).await.map_err(HarnessError::Refused)?;
            Ok::<_, HarnessError>((inspection, prepared))
        })?;
        Ok(Self { inspection, prepared })
    }

    /// World, imports, exports, manifest.
    pub const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// What the golden vectors came to.
    pub fn golden(&self) -> &GoldenReport {
        self.prepared.golden()
    }

    /// One call in a fresh instance.
    pub fn route(&self, request: &RoutingRequest) -> Result<Answer<Decision>, HarnessError> {
        Ok(self.prepared.route(request)?)
    }
}
