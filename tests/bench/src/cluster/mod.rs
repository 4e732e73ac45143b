//! What a cluster costs, on real servers: everything between nodes, with one node as the control where there is one.

mod chats;
mod latency;
mod messages;
mod resume;

use crate::{process::node_binary, report};
use serde_json::json;
use std::time::Instant;
use weft_tests::{Admin, Cluster, component};

/// Node counts for which messages per entry must stay flat.
const NODES: [usize; 3] = [2, 3, 5];
const COMPONENT: &str = "tests/guests/dist/hostile.wasm";
const UPLOAD_SECONDS: f64 = 3.0;

pub async fn run() {
    for nodes in NODES {
        let cluster = start(&format!("bench-cluster-{nodes}"), nodes).await;
        messages::run(&cluster).await;
        if nodes == 3 {
            latency::run(&cluster).await;
            upload(&cluster).await;
            resume::run(cluster).await;
        }
    }
}

async fn start(name: &str, nodes: usize) -> Cluster {
    let fast = |plan: weft_tests::Plan| plan.key("sessions.previews_per_second", "1000000");
    Cluster::start_with(name, nodes, &["bench"], None, |_, plan| fast(plan.binary(node_binary()))).await
}

/// To the activation that all nodes have prepared.
async fn upload(cluster: &Cluster) {
    let admin = Admin::sign_in(&cluster.nodes[0], "bench").await;
    let bytes = component(COMPONENT);
    report::figure("component", bytes.len() as f64 / 1024.0, "KiB");
    let started = Instant::now();
    let digest = admin.upload(bytes).await;
    admin.activate(&digest, &json!({"misdeed": "error"})).await;
    report::verdict("upload → active on 3 nodes", started.elapsed().as_secs_f64(), UPLOAD_SECONDS, true, "s");
}
