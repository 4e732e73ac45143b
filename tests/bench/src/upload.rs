//! From the first byte of an upload to the activation, of a component that the node has never compiled.

use crate::{process::node_binary, report};
use serde_json::json;
use std::time::Instant;
use weft_tests::{Admin, Plan, component};

const COMPONENT: &str = "tests/guests/dist/hostile.wasm";
const TARGET_SECONDS: f64 = 3.0;

pub async fn run() {
    let plan = Plan::cold("bench-upload").binary(node_binary());
    plan.tenant("bench").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "bench").await;
    let bytes = component(COMPONENT);
    report::figure("component", bytes.len() as f64 / 1024.0, "KiB");
    let started = Instant::now();
    let digest = admin.upload(bytes).await;
    let uploaded = started.elapsed();
    admin.activate(&digest, &json!({"misdeed": "error"})).await;
    report::figure("upload and checks", uploaded.as_secs_f64(), "s");
    report::verdict("upload → active", started.elapsed().as_secs_f64(), TARGET_SECONDS, true, "s");
}
