//! The adapter: `ports::PluginRuntime` on wasmtime.

use crate::{
    cache::Cache,
    call::State,
    compile::{self, Compile},
    convert::{notification, retry, routing},
    engine::Running,
    freeze::freeze,
    golden,
    limits::Caps,
    manifest::Manifest,
    prepared::{Linked, PreparedPlugin},
    refusal::{chain, refuse},
    validate::inspect,
};
use async_trait::async_trait;
use model::plugin::{Digest, Hook};
use ports::{
    PluginRuntime,
    plugins::{Frozen, Inspection, Prepared, UploadRefusal},
};
use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicUsize},
};
use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, Linker};

#[derive(Clone, Debug)]
pub struct PluginHostConfig {
    /// Instances that run at once.
    pub instances: u32,
    pub compile: Compile,
    pub caps: Caps,
    /// Where compiled artefacts are kept; none: nowhere.
    pub cache: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the plugin engine cannot start: {0}")]
    Engine(String),
    #[error("the plugin cache cannot be used")]
    Cache(#[from] std::io::Error),
}

/// Runs components.
#[derive(Clone)]
pub struct PluginHost(Arc<Inner>);

struct Inner {
    running: Arc<Running>,
    linkers: [(Hook, Linker<State>); 3],
    compile: Compile,
    caps: Caps,
    cache: Cache,
    /// Compiling is heavy: one at a time.
    turn: Semaphore,
}

impl PluginHost {
    pub fn new(config: PluginHostConfig) -> Result<Self, StartError> {
        let failed = |e: wasmtime::Error| StartError::Engine(chain(&e));
        let running = Running::start(config.instances, config.caps.memory).map_err(failed)?;
        let linker = |add: fn(&mut Linker<State>) -> wasmtime::Result<()>| {
            let mut linker = Linker::new(&running.engine);
            add(&mut linker).map(|()| linker)
        };
        let linkers = [
            (
                Hook::Routing,
                linker(|l| routing::RoutingCall::add_to_linker::<_, HasSelf<_>>(l, |s| s)).map_err(failed)?,
            ),
            (Hook::Retry, linker(|l| retry::RetryCall::add_to_linker::<_, HasSelf<_>>(l, |s| s)).map_err(failed)?),
            (
                Hook::Notification,
                linker(|l| notification::NotificationCall::add_to_linker::<_, HasSelf<_>>(l, |s| s)).map_err(failed)?,
            ),
        ];
        let cache = Cache::new(config.cache.clone(), &running.engine)?;
        let PluginHostConfig { compile, caps, .. } = config;
        Ok(Self(Arc::new(Inner { running, linkers, compile, caps, cache, turn: Semaphore::new(1) })))
    }
}

impl Inner {
    fn linker(&self, hook: Hook) -> Result<&Linker<State>, UploadRefusal> {
        self.linkers
            .iter()
            .find(|(h, _)| *h == hook)
            .map(|(_, l)| l)
            .ok_or_else(|| refuse("wrong_world", "no such hook"))
    }

    fn load(&self, bytes: &[u8]) -> Result<Component, UploadRefusal> {
        compile::load(&self.running.engine, &self.compile, &self.cache, bytes)
    }

    /// Everything but the golden vectors.
    fn link(
        &self,
        bytes: &[u8],
        manifest: &Manifest,
        settings: &serde_json::Value,
    ) -> Result<PreparedPlugin, UploadRefusal> {
        manifest.check_settings(settings)?;
        let linker = self.linker(manifest.hook)?;
        let settings = settings.to_string();
        let snapshot = freeze(linker, bytes, &settings, self.caps.init(), |instrumented| self.load(instrumented))?;
        let component = self.load(&snapshot)?;
        let does_not_link = |e: wasmtime::Error| refuse("does_not_link", chain(&e));
        let pre = linker.instantiate_pre(&component).map_err(does_not_link)?;
        let linked = match manifest.hook {
            Hook::Routing => Linked::Routing(routing::RoutingCallPre::new(pre).map_err(does_not_link)?),
            Hook::Retry => Linked::Retry(retry::RetryCallPre::new(pre).map_err(does_not_link)?),
            Hook::Notification => {
                Linked::Notification(notification::NotificationCallPre::new(pre).map_err(does_not_link)?)
            }
        };
        Ok(PreparedPlugin {
            running: Arc::clone(&self.running),
            linked,
            manifest: manifest.clone(),
            caps: self.caps,
            release: Digest::of(bytes),
            snapshot: Digest::of(&snapshot),
            golden: golden::empty(),
            memory_peak: AtomicUsize::new(0),
        })
    }

    fn prepare(&self, bytes: &[u8], settings: &serde_json::Value) -> Result<PreparedPlugin, UploadRefusal> {
        let (_, manifest) = inspect(bytes, &self.caps)?;
        let mut plugin = self.link(bytes, &manifest, settings)?;
        plugin.golden = golden::run(&plugin, *settings == defaults())?;
        Ok(plugin)
    }

    fn validate(&self, bytes: &[u8]) -> Result<Inspection, UploadRefusal> {
        let (inspection, manifest) = inspect(bytes, &self.caps)?;
        if manifest.check_settings(&defaults()).is_ok() {
            let mut plugin = self.link(bytes, &manifest, &defaults())?;
            plugin.golden = golden::run(&plugin, true)?;
        } else {
            // It cannot be bound without settings: what needs them is checked when it is bound.
            let component = self.load(bytes)?;
            let pre = self.linker(manifest.hook)?.instantiate_pre(&component);
            pre.map_err(|e| refuse("does_not_link", chain(&e)))?;
        }
        Ok(inspection)
    }
}

/// Settings of a binding that sets nothing.
fn defaults() -> serde_json::Value {
    serde_json::json!({})
}

#[async_trait]
impl PluginRuntime for PluginHost {
    async fn validate(&self, component: Arc<[u8]>) -> Result<Inspection, UploadRefusal> {
        self.in_turn(move |inner| inner.validate(&component)).await
    }

    async fn prepare(&self, frozen: Frozen) -> Result<Arc<dyn Prepared>, UploadRefusal> {
        self.in_turn(move |inner| {
            inner.prepare(&frozen.component, &frozen.settings).map(|p| Arc::new(p) as Arc<dyn Prepared>)
        })
        .await
    }
}

impl PluginHost {
    /// Heavy work off the runtime's threads, one at a time.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, UploadRefusal> + Send + 'static,
    ) -> Result<T, UploadRefusal> {
        let stopped = || refuse("node_stopping", "the node is stopping");
        let _turn = self.0.turn.acquire().await.map_err(|_| stopped())?;
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner)).await.map_err(|_| stopped())?
    }
}
