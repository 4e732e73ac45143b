//! Components, hosts and requests that several tests need.
#![allow(dead_code, reason = "each test takes what it needs")]

use model::routing::{Decision, RoutingRequest};
use ports::{
    PluginRuntime,
    plugins::{Answer, CallFault, Frozen, Prepared, UploadRefusal},
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, sync::Arc};
use wasm_encoder::{ComponentSection as _, CustomSection};
use weft_plugin_host::{Caps, Compile, PluginHost, PluginHostConfig};

pub const HOSTILE: &str = "tests/guests/dist/hostile.wasm";
const MANIFEST: &str = "weft:manifest";
/// Calls that a loaded machine may be too slow for, in a row.
const TRIES: usize = 20;

pub fn host(caps: Caps) -> PluginHost {
    PluginHost::new(PluginHostConfig { instances: 16, compile: Compile::InProcess, caps, cache: Some(cache()) })
        .unwrap()
}

/// Shared by the tests: compiling unoptimised takes its time.
fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugin-cache")
}

pub fn component(path: &str) -> Arc<[u8]> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path);
    fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: run `cargo xtask plugins`", path.display())).into()
}

pub fn shipped(name: &str) -> Arc<[u8]> {
    component(&format!("plugins/dist/{name}.wasm"))
}

/// The component with another manifest. Its own is the last section.
pub fn with_manifest(component: &[u8], manifest: &Value) -> Arc<[u8]> {
    let section = |json: Vec<u8>| {
        let mut bytes = Vec::new();
        CustomSection { name: MANIFEST.into(), data: json.into() }.append_to_component(&mut bytes);
        bytes
    };
    let sections = wasmparser::Parser::new(0).parse_all(component);
    let own = sections.filter_map(|payload| match payload.unwrap() {
        wasmparser::Payload::CustomSection(s) if s.name() == MANIFEST => Some(section(s.data().to_vec())),
        _ => None,
    });
    let rest = component.strip_suffix(&*own.last().unwrap()).unwrap();
    [rest, &section(manifest.to_string().into_bytes())].concat().into()
}

pub async fn prepare(
    host: &PluginHost,
    component: Arc<[u8]>,
    settings: Value,
) -> Result<Arc<dyn Prepared>, UploadRefusal> {
    host.prepare(Frozen { component, settings }).await
}

/// What the plugin answers. A node that was too slow says nothing of it, and is asked again.
pub fn settled(plugin: &dyn Prepared, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault> {
    let mut calls = (0..TRIES).map(|_| plugin.route(request));
    calls.find(|answer| *answer != Err(CallFault::TimedOut)).unwrap_or(Err(CallFault::TimedOut))
}

pub fn request(agents: usize) -> RoutingRequest {
    let agent = json!({"presence": "online", "open": 1, "capacity": 5, "skills": 0, "tier": 0, "weight": 100, "last_assigned": 0,
        "last_freed": 0, "last_served": 0, "recent": 0, "first_reply": 0, "declined": false});
    serde_json::from_value(json!({
        "context": {"now": 1_000_000, "seed": 7},
        "conversation": {"waiting_since": 1_000_000, "ahead": 0, "attempt": 0, "priority": 1, "needs": 0, "channel": "Shop",
            "language": "zh-Hans", "labels": ["new"]},
        "visitor": {"vip": 0, "visits": 0, "properties": []},
        "skills": ["billing"], "agents": vec![agent; agents],
        "teams": [{"name": "Support", "open": true, "online": 1, "free": 1, "waiting": 0}], "team": 0,
    }))
    .unwrap()
}
