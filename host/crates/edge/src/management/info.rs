//! Which node this is, and how it does.

use super::vitals;
use crate::edge::App;
use axum::{Json, extract::State};
use std::{collections::BTreeMap, sync::atomic::Ordering};
use tokio::runtime::Handle;

pub(crate) async fn info(State(app): State<App>) -> Json<serde_json::Value> {
    let (rollout, runtime) = (&app.parts.rollout, Handle::current().metrics());
    let epochs: BTreeMap<_, _> = rollout.epochs().into_iter().map(|(t, epoch)| (t.to_string(), epoch)).collect();
    let fenced: Vec<_> = rollout.fenced().into_iter().map(|(tenant, _)| tenant.to_string()).collect();
    let (last, worst) = app.lag.last_and_worst();
    // One small file of the kernel's: no disk.
    let memory = vitals::memory().map(|(now, most)| serde_json::json!({ "rss_bytes": now, "peak_bytes": most }));
    Json(serde_json::json!({
        "app": { "name": "weft", "version": env!("CARGO_PKG_VERSION") },
        "node": {
            "name": app.parts.config.node_name,
            "ready": app.ready.load(Ordering::Acquire),
            "draining": app.draining.is_cancelled(),
        },
        "sessions": { "sessions": app.parts.sessions.hub().len(), "sockets": app.sockets.len() },
        // The set that this node decides with, by tenant; who is not named uses the defaults (epoch 0).
        "plugins": { "epochs": epochs, "fenced": fenced },
        "event_loop": {
            "lag_ms": last,
            "worst_lag_ms": worst,
            "workers": runtime.num_workers(),
            "tasks": runtime.num_alive_tasks(),
        },
        "memory": memory,
    }))
}
