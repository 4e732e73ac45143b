//! What the process does at the moment: the runtime's figures and the threads of the system.

use axum::Json;
use serde::Serialize;
use tokio::runtime::Handle;

/// Threads that are listed; a node has a few dozen.
const LISTED: usize = 256;

#[derive(Serialize)]
struct Thread {
    id: u64,
    name: String,
    /// As the system says it: R running, S sleeping, D waiting for a disk.
    state: String,
}

pub(crate) async fn threads() -> Json<serde_json::Value> {
    let runtime = Handle::current().metrics();
    let workers: Vec<_> = (0..runtime.num_workers())
        .map(|n| {
            serde_json::json!({ "busy_ms": runtime.worker_total_busy_duration(n).as_millis() as u64,
            "parks": runtime.worker_park_count(n) })
        })
        .collect();
    let listed = tokio::task::spawn_blocking(listed).await.unwrap_or_default();
    Json(serde_json::json!({
        "runtime": { "workers": workers, "tasks": runtime.num_alive_tasks(), "waiting": runtime.global_queue_depth() },
        "threads": listed,
    }))
}

/// Empty where there is no `/proc`.
fn listed() -> Vec<Thread> {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let one = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let (head, tail) = stat.rsplit_once(')')?;
        let (id, name) = head.split_once(" (")?;
        let state = tail.split_whitespace().next()?;
        Some(Thread { id: id.parse().ok()?, name: name.to_owned(), state: state.to_owned() })
    };
    tasks.filter_map(Result::ok).filter_map(one).take(LISTED).collect()
}
