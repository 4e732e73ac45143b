//! `weft plugin rollback`: an earlier set is put in force again.

use super::{
    At, Client,
    status::{in_force, node_lines, shown_bindings},
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
    let mut shown =
        format!("epoch {} is in force\n{}", activation["epoch"], shown_bindings(&client, &activation["bindings"])?);
    for line in node_lines(&whole) {
        shown += &format!("{line}\n");
    }
    Ok(Answer::new(shown, json!({"activation": activation, "nodes": whole["nodes"]})))
}
