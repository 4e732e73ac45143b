//! `weft plugin logs`: decisions with their reasons, fuel and lines, as they come.

use super::{At, Client, pages::items};
use crate::{
    answer::{Answer, Voice, bytes},
    complaint::Complaint,
};
use serde_json::{Value, json};
use std::{
    collections::{HashSet, VecDeque},
    fmt::Write as _,
    time::Duration,
};

/// Conversations that are looked through for their last decisions, newest change first.
const CONVERSATIONS: usize = 50;
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Decisions that are remembered as shown.
const SHOWN_MAX: usize = 10_000;
/// Failures to look in a row; then nobody is there.
const FAILURES_MAX: u32 = 30;

#[derive(Debug, clap::Args)]
pub struct Logs {
    /// Go on, decision by decision, until it is stopped.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    wanted: Wanted,
    /// At most so many, the newest.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    lines: usize,
    #[command(flatten)]
    at: At,
}

/// Which decisions.
#[derive(Debug, Default, clap::Args)]
struct Wanted {
    /// Only of this conversation.
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Only what this plugin decided.
    #[arg(long, value_name = "NAME")]
    plugin: Option<String>,
}

/// A decision's short form, and the conversation that it is of.
struct Found {
    at: String,
    id: String,
    conversation: String,
}

pub(crate) fn logs(arguments: &Logs, voice: Voice) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let mut since = Since::default();
    let mut found = since.look(&client, &arguments.wanted)?;
    let skipped = found.len().saturating_sub(arguments.lines);
    let newest = found.split_off(skipped);
    if !arguments.follow {
        let whole = newest.iter().map(|one| whole(&client, one)).collect::<Result<Vec<_>, _>>()?;
        let text: String = whole.iter().map(shown).collect();
        let text = if text.is_empty() { "no decisions yet\n".to_owned() } else { text };
        return Ok(Answer::new(text, json!({"items": whole})));
    }
    follow(&client, arguments, voice, (since, newest))?;
    Ok(Answer::new("", Value::Null))
}

/// One document per decision. A node that is away for a moment is waited for; a reader that has gone is not.
fn follow(
    client: &Client,
    arguments: &Logs,
    voice: Voice,
    (mut since, mut found): (Since, Vec<Found>),
) -> Result<(), Complaint> {
    let mut failures = 0;
    loop {
        for one in &found {
            let whole = whole(client, one)?;
            if voice.tell(&Answer::new(shown(&whole), whole)).is_err() {
                return Ok(());
            }
        }
        std::thread::sleep(LOOK_EVERY);
        found = match since.look(client, &arguments.wanted) {
            Err(complaint) if complaint.code == "unreachable" && failures < FAILURES_MAX => {
                failures += 1;
                Vec::new()
            }
            looked => {
                failures = 0;
                looked?
            }
        };
    }
}

/// What was shown already.
#[derive(Default)]
struct Since {
    known: HashSet<String>,
    order: VecDeque<String>,
    /// Conversations that changed before this moment were looked at.
    changed_at: Option<String>,
}

impl Since {
    /// Decisions that are new, the oldest first.
    fn look(&mut self, client: &Client, wanted: &Wanted) -> Result<Vec<Found>, Complaint> {
        let mut found = Vec::new();
        for conversation in self.conversations(client, wanted)? {
            let path = format!("/v1/conversations/{conversation}/decisions");
            for decision in items(client, &path, &[], CONVERSATIONS)? {
                let fits = wanted.plugin.as_ref().is_none_or(|name| decision["plugin"]["name"] == **name);
                let text = |key: &str| decision[key].as_str().unwrap_or_default().to_owned();
                if fits && self.is_new(&text("id")) {
                    found.push(Found { at: text("at"), id: text("id"), conversation: conversation.clone() });
                }
            }
        }
        found.sort_by(|a, b| (&a.at, &a.id).cmp(&(&b.at, &b.id)));
        Ok(found)
    }

    fn conversations(&mut self, client: &Client, wanted: &Wanted) -> Result<Vec<String>, Complaint> {
        if let Some(id) = &wanted.conversation {
            return Ok(vec![id.clone()]);
        }
        let changed = items(client, "/v1/conversations", &[("from", self.changed_at.clone())], CONVERSATIONS)?;
        if let Some(newest) = changed.first().and_then(|c| c["changed_at"].as_str()) {
            self.changed_at = Some(newest.to_owned());
        }
        Ok(changed.iter().filter_map(|c| c["id"].as_str().map(str::to_owned)).collect())
    }

    fn is_new(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > SHOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// The id of the newest decision of all.
pub(super) fn newest_decision(client: &Client) -> Result<String, Complaint> {
    let mut found = Since::default().look(client, &Wanted::default())?;
    found.pop().map(|newest| newest.id).ok_or_else(|| {
        Complaint::new("no_decision", "there is no decision yet").advice("open a chat: routing decides who gets it")
    })
}

/// With all that it was made from: the file that `weft plugin run -i` takes.
fn whole(client: &Client, found: &Found) -> Result<Value, Complaint> {
    let mut whole = client.get(&format!("/v1/decisions/{}", found.id))?;
    whole["conversation"] = found.conversation.clone().into();
    Ok(whole)
}

fn shown(whole: &Value) -> String {
    let decision = &whole["decision"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let action = &decision["decision"]["action"];
    let action = action.as_object().and_then(|a| a.keys().next().cloned()).unwrap_or_else(|| text(action));
    let mut shown = format!(
        "{}  {}  {} {} ({})  {action}  {} fuel, epoch {}\n    of conversation {}\n",
        text(&decision["at"]),
        text(&decision["id"]),
        text(&decision["plugin"]),
        text(&decision["version"]),
        text(&decision["rung"]),
        bytes(decision["fuel"].as_u64().unwrap_or(0)),
        decision["epoch"],
        text(&whole["conversation"]),
    );
    for reason in decision["decision"]["reasons"].as_array().into_iter().flatten() {
        let _ = writeln!(shown, "    because {}: {}", text(&reason["code"]), text(&reason["detail"]));
    }
    for fault in decision["faults"].as_array().into_iter().flatten() {
        let _ = writeln!(shown, "    fault {}", text(fault));
    }
    for line in decision["logs"].as_array().into_iter().flatten() {
        let _ = writeln!(shown, "    {}", text(line));
    }
    shown
}
