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
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Decisions of one look, the newest. Of more than so many a second the oldest are not shown.
const LOOK_MAX: usize = 200;
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
    /// Write each into this folder: a file that `weft plugin run -i` takes.
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
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
    /// Only those that a plugin crashed on, ran out of its limits or answered wrongly: another rung decided.
    #[arg(long)]
    faults: bool,
}

impl Wanted {
    fn fits(&self, decision: &Value) -> bool {
        let faulted = || decision["faults"].as_array().is_some_and(|faults| !faults.is_empty());
        self.plugin.as_ref().is_none_or(|name| decision["plugin"]["name"] == **name) && (!self.faults || faulted())
    }
}

pub(crate) fn logs(arguments: &Logs, voice: Voice) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let mut since = Since::default();
    let mut found = since.look(&client, &arguments.wanted)?;
    let skipped = found.len().saturating_sub(arguments.lines);
    let newest = found.split_off(skipped);
    if !arguments.follow {
        let whole = newest.iter().map(|id| whole(&client, id)).collect::<Result<Vec<_>, _>>()?;
        whole.iter().try_for_each(|whole| keep(whole, arguments.save.as_deref()))?;
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
    (mut since, mut found): (Since, Vec<String>),
) -> Result<(), Complaint> {
    let mut failures = 0;
    loop {
        for id in &found {
            let whole = whole(client, id)?;
            keep(&whole, arguments.save.as_deref())?;
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
}

impl Since {
    /// Ids of decisions that are new, the oldest first.
    fn look(&mut self, client: &Client, wanted: &Wanted) -> Result<Vec<String>, Complaint> {
        let path = match &wanted.conversation {
            Some(id) => format!("/v1/conversations/{id}/decisions"),
            None => "/v1/decisions".to_owned(),
        };
        let mut found = items(client, &path, &[], LOOK_MAX)?;
        found.retain(|decision| wanted.fits(decision));
        let ids = found.iter().rev().filter_map(|decision| decision["id"].as_str());
        Ok(ids.filter(|id| self.is_new(id)).map(str::to_owned).collect())
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
    found.pop().ok_or_else(|| {
        Complaint::new("no_decision", "there is no decision yet").advice("open a chat: routing decides who gets it")
    })
}

/// With all that it was made from: the file that `weft plugin run -i` takes.
fn whole(client: &Client, id: &str) -> Result<Value, Complaint> {
    client.get(&format!("/v1/decisions/{id}"))
}

/// As a file of the decision's id, where it was asked for.
fn keep(whole: &Value, folder: Option<&Path>) -> Result<(), Complaint> {
    let (Some(folder), Some(id)) = (folder, whole["decision"]["id"].as_str()) else { return Ok(()) };
    let path = folder.join(format!("{id}.json"));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, format!("{whole:#}\n")))
        .map_err(|error| Complaint::file(&path, error))
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
