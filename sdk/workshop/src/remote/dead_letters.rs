//! `weft dead-letter`: what could not be delivered is looked at and sent again.

use super::{At, Client, pages::items};
use crate::{
    answer::{Answer, table},
    complaint::Complaint,
};
use serde_json::{Map, Value, json};

/// Of a listed cause.
const CAUSE_SHOWN: usize = 60;

#[derive(Debug, clap::Subcommand)]
pub enum DeadLetterCommand {
    /// List them, the newest first.
    List {
        #[command(flatten)]
        which: Which,
        /// At most so many.
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
        most: usize,
        #[command(flatten)]
        at: At,
    },
    /// One with its body and every attempt.
    Show {
        id: String,
        #[command(flatten)]
        at: At,
    },
    /// Send one, or all that the filter finds, again: each with the id that it had.
    Redrive {
        /// One dead letter; without it, say with the filter which, or --all.
        id: Option<String>,
        #[command(flatten)]
        which: Which,
        /// Every dead letter of the tenant.
        #[arg(long)]
        all: bool,
        /// So many per second.
        #[arg(long, value_name = "PER-SECOND", default_value_t = 50)]
        rate: u32,
        /// At most so many.
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
        #[command(flatten)]
        at: At,
    },
}

/// Which of them; all that is given must hold.
#[derive(Debug, Default, clap::Args)]
pub struct Which {
    /// What the cause begins with.
    #[arg(long)]
    cause: Option<String>,
    /// Name of the target.
    #[arg(long)]
    target: Option<String>,
    /// Of the event, for instance conversation.closed.
    #[arg(long)]
    kind: Option<String>,
    /// Id of the conversation.
    #[arg(long)]
    conversation: Option<String>,
    /// Made at or after this moment, for instance 2026-11-24T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Made before this moment.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Which {
    fn parts(&self) -> [(&'static str, Option<String>); 6] {
        [
            ("cause", self.cause.clone()),
            ("target", self.target.clone()),
            ("kind", self.kind.clone()),
            ("conversation", self.conversation.clone()),
            ("from", self.from.clone()),
            ("until", self.until.clone()),
        ]
    }

    fn is_empty(&self) -> bool {
        self.parts().iter().all(|(_, value)| value.is_none())
    }
}

pub(crate) fn dead_letters(command: &DeadLetterCommand) -> Result<Answer, Complaint> {
    match command {
        DeadLetterCommand::List { which, most, at } => {
            let found = items(&Client::of(at)?, "/v1/dead-letters", &which.parts(), *most)?;
            let rows: Vec<_> = found.iter().map(row).collect();
            let shown = if rows.is_empty() { "no dead letters\n".to_owned() } else { table(&rows) };
            Ok(Answer::new(shown, json!({"items": found})))
        }
        DeadLetterCommand::Show { id, at } => {
            let found = Client::of(at)?.get(&format!("/v1/notifications/{id}"))?;
            Ok(Answer::new(whole(&found), found))
        }
        DeadLetterCommand::Redrive { id, which, all, rate, limit, at } => {
            let body = redrive(id.as_deref(), which, *all, (*rate, *limit))?;
            let answer = Client::of(at)?.post("/v1/dead-letters/redrive", &body)?;
            let shown = format!("{} are sent again, {rate} per second\n", answer["redriven"]);
            Ok(Answer::new(shown, answer))
        }
    }
}

/// Nobody sends everything again by leaving something out.
fn redrive(id: Option<&str>, which: &Which, all: bool, (rate, limit): (u32, Option<u32>)) -> Result<Value, Complaint> {
    if id.is_none() && which.is_empty() && !all {
        let complaint = Complaint::new("which", "it was not said which dead letters are sent again");
        return Err(complaint.advice("give an id, a filter (--target, --cause, …) or --all"));
    }
    if id.is_some() && (all || !which.is_empty()) {
        return Err(Complaint::new("which", "give an id or a filter, not both"));
    }
    let mut body = Map::new();
    let parts = which.parts().into_iter().filter_map(|(name, value)| Some((name, Value::from(value?))));
    for (name, value) in parts.chain(id.map(|id| ("id", id.into()))).chain(limit.map(|limit| ("limit", limit.into()))) {
        body.insert(name.to_owned(), value);
    }
    body.insert("per_second".into(), rate.into());
    Ok(Value::Object(body))
}

fn row(found: &Value) -> Vec<String> {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let cause: String = text("cause").chars().take(CAUSE_SHOWN).collect();
    vec![text("id"), text("made_at"), text("target"), text("kind"), format!("{} attempts", found["attempts"]), cause]
}

fn whole(found: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<Vec<String>> =
        ["id", "state", "target", "kind", "conversation", "made_at", "cause", "content_type"]
            .iter()
            .filter(|key| !found[**key].is_null())
            .map(|key| vec![(*key).to_owned(), text(&found[*key])])
            .collect();
    for attempt in found["tried"].as_array().into_iter().flatten() {
        let fault = attempt["fault"].as_str().unwrap_or("sent");
        let verdict = match &attempt["judged"]["verdict"] {
            Value::Null => String::new(),
            verdict => format!(", then {verdict} (by {})", text(&attempt["judged"]["plugin"])),
        };
        let (status, ms) = (&attempt["status"], &attempt["took_ms"]);
        let line = format!("{}: {fault} {status} in {ms} ms{verdict}", text(&attempt["at"]));
        rows.push(vec![format!("attempt {}", attempt["number"]), line]);
        rows.push(vec![String::new(), text(&attempt["answer"])]);
    }
    format!("{}\n{}\n", table(&rows), text(&found["body"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_again_by_leaving_something_out() {
        let nothing = Which::default();
        let refused = |id, which: &Which, all| redrive(id, which, all, (50, None)).err().map(|c| c.code);
        assert_eq!(refused(None, &nothing, false).as_deref(), Some("which"));
        assert_eq!(refused(Some("x"), &nothing, true).as_deref(), Some("which"));
        assert_eq!(refused(None, &nothing, true), None);
        let crm = Which { target: Some("crm".into()), ..Which::default() };
        let body = redrive(None, &crm, false, (5, Some(7))).unwrap();
        assert_eq!(body, json!({"target": "crm", "per_second": 5, "limit": 7}));
    }
}
