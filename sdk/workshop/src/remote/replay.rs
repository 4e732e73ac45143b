//! `weft plugin replay`: a kept decision is computed again, on a node.

use super::{At, Client, logs::newest_decision};
use crate::{answer::Answer, complaint::Complaint};

#[derive(Debug, clap::Args)]
pub struct Replay {
    /// A decision's id, from `weft plugin logs` [default: the newest].
    decision: Option<String>,
    #[command(flatten)]
    at: At,
}

pub(crate) fn replay(arguments: &Replay) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let decision = match &arguments.decision {
        Some(id) => id.clone(),
        None => newest_decision(&client)?,
    };
    let path = format!("/v1/decisions/{decision}/replay");
    let replayed = client.post(&path, &serde_json::json!({}))?;
    if replayed["result"] == "same" {
        return Ok(Answer::new(format!("{decision} is the same: answer and fuel, bit for bit\n"), replayed));
    }
    let mistakes = ["recorded", "replayed"].map(|side| (side.to_owned(), replayed[side].to_string())).to_vec();
    let message = format!("the {} is not the same", replayed["field"].as_str().unwrap_or("answer"));
    Err(Complaint { mistakes, ..Complaint::new("differs", message) })
}
