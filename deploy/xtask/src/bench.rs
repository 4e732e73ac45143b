//! Measurements, from a release build.

use crate::{plugins, step::Steps, web};
use anyhow::Result;
use clap::ValueEnum;

/// What `weft-bench` (tests/bench) measures.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Bench {
    /// Delivery through the full stack ÷ a bare WebSocket relay.
    Relay,
    /// Durable entries per second ÷ plain batched inserts.
    Store,
    /// Durable entries per second of the conversation path alone, on SQLite and MariaDB ÷ plain batched inserts.
    Path,
    /// Memory of an idle session.
    Idle,
    /// A routing call, and deciding and committing.
    Route,
    /// From the upload of a plugin to its activation.
    Upload,
    /// From the start of the process to ready.
    Start,
    /// Three and more nodes on real servers: messages per entry, latency, presence, resuming after a node's death.
    Cluster,
    /// One after the other.
    All,
}

pub fn run(steps: &Steps, bench: Bench) -> Result<()> {
    plugins::build(steps)?;
    web::build(steps)?;
    steps.cargo("build (release)", &["build", "--release", "--package", "weft", "--package", "weft-bench"])?;
    let name = bench.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default();
    let mut command = steps.command("target/release/weft-bench");
    command.arg(&name);
    steps.run(&format!("bench {name}"), command)
}
