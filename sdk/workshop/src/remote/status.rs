//! `weft plugin status`: what is in force, and what each node has to do with it.

use super::{
    At, Client,
    activate::{shown_binding, text},
    releases::releases,
};
use crate::{
    answer::{Answer, table},
    complaint::Complaint,
};
use serde_json::{Value, json};
use std::fmt::Write as _;

#[derive(Debug, clap::Args)]
pub struct Status {
    /// Another set than the one in force.
    #[arg(long)]
    epoch: Option<u64>,
    #[command(flatten)]
    at: At,
}

pub(crate) fn status(arguments: &Status) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let set = match arguments.epoch {
        Some(epoch) => client.get(&format!("/v1/activations/{epoch}"))?,
        None => in_force(&client)?,
    };
    if set["epoch"] == 0 {
        let shown = "no plugin was ever bound: the shipped rules are in force (epoch 0)\n";
        return Ok(Answer::new(shown, set));
    }
    let mut shown =
        format!("epoch {} is {}\n{}", set["epoch"], text(&set["state"]), shown_bindings(&client, &set["bindings"])?);
    if let Some(reason) = set["reason"].as_str() {
        let _ = writeln!(shown, "because {reason}");
    }
    shown += &shown_nodes(&set);
    Ok(Answer::new(shown, set))
}

/// The activation in force with its nodes; `{epoch: 0}` before the first one.
pub(super) fn in_force(client: &Client) -> Result<Value, Complaint> {
    let bindings = client.get("/v1/bindings")?;
    match bindings["epoch"].as_u64() {
        None | Some(0) => Ok(json!({"epoch": 0, "bindings": [], "nodes": []})),
        Some(epoch) => client.get(&format!("/v1/activations/{epoch}")),
    }
}

pub(super) fn shown_nodes(set: &Value) -> String {
    node_lines(set).into_iter().map(|line| line + "\n").collect()
}

/// One line for each node.
pub(super) fn node_lines(set: &Value) -> Vec<String> {
    let line = |node: &Value| {
        let name = node["name"].as_str().or_else(|| node["node"].as_str()).unwrap_or_default();
        let more = match (node["error"].as_str(), node["fuel"].as_u64()) {
            (Some(error), _) => format!(": {error}"),
            (None, Some(fuel)) => format!(", {fuel} fuel at most"),
            (None, None) => String::new(),
        };
        format!("  {name}: {}{more}", text(&node["state"]))
    };
    set["nodes"].as_array().into_iter().flatten().map(line).collect()
}

pub(super) fn shown_bindings(client: &Client, bindings: &Value) -> Result<String, Complaint> {
    let known = releases(client)?;
    let rows: Vec<_> = bindings.as_array().into_iter().flatten().map(|b| shown_binding(b, &known)).collect();
    Ok(if rows.is_empty() { "  no bindings: the rules that ship\n".into() } else { table(&rows) })
}
