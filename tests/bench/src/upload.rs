//! From the first byte of an upload to the activation, of a component that the node has never compiled.

use crate::{process::node_binary, report};
use plugin_harness::Plugin;
use serde_json::json;
use std::time::Instant;
use weft_tests::{Admin, Plan, component};

const COMPONENT: &str = "tests/guests/dist/patterns.wasm";
/// The target was set for a component of this size.
const LEAST_BYTES: usize = 137_000;
const TARGET_SECONDS: f64 = 3.0;

pub async fn run() {
    let plan = Plan::cold("bench-upload").binary(node_binary());
    plan.tenant("bench").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "bench").await;
    let bytes = component(COMPONENT);
    assert!(bytes.len() >= LEAST_BYTES, "a small component would flatter: {} bytes", bytes.len());
    report::figure("component", bytes.len() as f64 / 1024.0, "KiB");
    let settings = json!({"rules": [{"pattern": "(?i)^vip|refund", "skill": "billing"}]});
    // The control: the same component checked, compiled and bound in this process, with nothing stored and nobody told.
    let alone = {
        let (bytes, settings, begun) = (bytes.clone(), settings.clone(), Instant::now());
        tokio::task::spawn_blocking(move || Plugin::bind(bytes.into(), &settings).map(drop)).await.unwrap().unwrap();
        begun.elapsed().as_secs_f64()
    };
    let started = Instant::now();
    let digest = admin.upload(bytes).await;
    let uploaded = started.elapsed();
    admin.activate(&digest, &settings).await;
    report::figure("upload and checks", uploaded.as_secs_f64(), "s");
    let active = started.elapsed().as_secs_f64();
    report::figure("control: check, compile and bind alone", alone, "s");
    report::figure("ratio", active / alone, "×");
    report::verdict("upload → active", active, TARGET_SECONDS, true, "s");
}
