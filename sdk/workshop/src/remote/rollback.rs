//! `weft plugin rollback`: an earlier set is put in force again.

use super::{
    At, Client,
    status::{in_force, shown_bindings, shown_nodes},
};
use crate::{answer::Answer, complaint::Complaint};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Rollback {
    /// The set to go back to [default: the one before; called again, one more].
    #[arg(long)]
    epoch: Option<u64>,
    #[command(flatten)]
    at: At,
}

pub(crate) fn rollback(arguments: &Rollback) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let activation = client.post("/v1/bindings/rollback", &json!({"epoch": arguments.epoch}))?;
    let whole = in_force(&client)?;
    let bindings = shown_bindings(&client, &activation["bindings"])?;
    let shown = format!("epoch {} is in force\n{bindings}{}", activation["epoch"], shown_nodes(&whole));
    Ok(Answer::new(shown, json!({"activation": activation, "nodes": whole["nodes"]})))
}
