//! `weft target`: where notifications may go, and how they are doing.

use super::{At, Client, pages::items};
use crate::{
    answer::{Answer, table},
    complaint::Complaint,
};
use serde_json::{Value, json};

/// Targets that are listed.
const TARGETS_MAX: usize = 1000;

#[derive(Debug, clap::Subcommand)]
pub enum TargetCommand {
    /// List them, with their failures in a row.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Send something at once and say what came of it.
    Test {
        /// Name or id.
        target: String,
        #[command(flatten)]
        at: At,
    },
    /// It is well again: its failures are forgotten.
    Reset {
        /// Name or id.
        target: String,
        #[command(flatten)]
        at: At,
    },
}

pub(crate) fn targets(command: &TargetCommand) -> Result<Answer, Complaint> {
    match command {
        TargetCommand::List { at } => {
            let found = all(&Client::of(at)?)?;
            let rows: Vec<_> = found.iter().map(row).collect();
            let shown = if rows.is_empty() { "no targets\n".to_owned() } else { table(&rows) };
            Ok(Answer::new(shown, json!({"items": found})))
        }
        TargetCommand::Test { target, at } => {
            let client = Client::of(at)?;
            let tested = client.post(&format!("/v1/targets/{}/test", id(&client, target)?), &json!({}))?;
            Ok(Answer::new(format!("{}\n", serde_json::to_string_pretty(&tested).unwrap_or_default()), tested))
        }
        TargetCommand::Reset { target, at } => {
            let client = Client::of(at)?;
            let reset = client.post(&format!("/v1/targets/{}/reset", id(&client, target)?), &json!({}))?;
            Ok(Answer::new(format!("{target} is tried again at once\n"), reset))
        }
    }
}

fn all(client: &Client) -> Result<Vec<Value>, Complaint> {
    items(client, "/v1/targets", &[], TARGETS_MAX)
}

fn id(client: &Client, named: &str) -> Result<String, Complaint> {
    let targets = all(client)?;
    let found = targets.iter().find(|target| target["name"] == named || target["id"] == named);
    let id = found.and_then(|target| target["id"].as_str()).map(str::to_owned);
    id.ok_or_else(|| {
        Complaint::new("no_target", format!("there is no target {named:?}")).advice("`weft target list` shows them")
    })
}

fn row(target: &Value) -> Vec<String> {
    let text = |key: &str| target[key].as_str().unwrap_or_default().to_owned();
    let health = match target["streak"].as_u64() {
        None | Some(0) => "well".to_owned(),
        Some(streak) => format!("{streak} failures in a row, since {}", text("failing_since")),
    };
    let disabled = if target["disabled"] == true { "disabled" } else { "" };
    vec![text("name"), text("channel"), health, disabled.into()]
}
