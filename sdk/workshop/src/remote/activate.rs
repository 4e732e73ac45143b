//! `weft plugin plan`, `activate` and `unbind`: what is in force changes at one moment on all nodes.

use super::{
    At, Client,
    releases::{find_release, short},
    status::{in_force, node_lines, shown_bindings, shown_nodes},
};
use crate::{
    answer::{Answer, Voice},
    complaint::Complaint,
    new::HookName,
    question::settings,
};
use model::plugin::Hook;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

/// How often the nodes are looked at while they prepare.
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub struct Bind {
    /// A digest (or how it begins), NAME (its newest release) or NAME@VERSION.
    release: String,
    /// Only for this team (name or id); for routing.
    #[arg(long)]
    team: Option<String>,
    /// Only for this channel (webhook, email, push); for retry.
    #[arg(long)]
    channel: Option<String>,
    /// Settings, as JSON.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Args)]
pub struct Unbind {
    #[arg(value_enum)]
    hook: HookName,
    /// Only for this team (name or id).
    #[arg(long)]
    team: Option<String>,
    /// Only for this channel.
    #[arg(long)]
    channel: Option<String>,
    #[command(flatten)]
    at: At,
}

pub(crate) fn plan(arguments: &Bind) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let change = arguments.change(&client)?;
    let plan = client.post("/v1/bindings/plan", &json!({"changes": [change]}))?;
    let problems: Vec<(String, String)> =
        plan["problems"].as_array().into_iter().flatten().map(|p| (text(&p["code"]), text(&p["message"]))).collect();
    if !problems.is_empty() {
        let complaint = Complaint::new("not_activatable", "this cannot be put in force");
        return Err(Complaint { mistakes: problems, ..complaint });
    }
    let shown = format!(
        "in force (epoch {})\n{}after it\n{}nothing was changed; `weft plugin activate` does it\n",
        plan["epoch"],
        shown_bindings(&client, &plan["before"])?,
        shown_bindings(&client, &plan["after"])?,
    );
    Ok(Answer::new(shown, plan))
}

pub(crate) fn activate(arguments: &Bind, voice: Voice) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let change = arguments.change(&client)?;
    put_in_force(&client, &change, voice)
}

pub(crate) fn unbind(arguments: &Unbind, voice: Voice) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let team = team(&client, arguments.team.as_deref())?;
    let change = json!({"hook": Hook::from(arguments.hook), "team": team, "channel": arguments.channel});
    put_in_force(&client, &change, voice)
}

impl Bind {
    fn change(&self, client: &Client) -> Result<Value, Complaint> {
        let settings = settings(self.settings.as_deref())?;
        let release = find_release(client, &self.release)?;
        let team = team(client, self.team.as_deref())?;
        let (hook, digest) = (release.hook, release.digest);
        Ok(json!({"hook": hook, "team": team, "channel": self.channel, "release": digest, "settings": settings}))
    }
}

/// Activates one change, and shows each node's state while they prepare.
pub(super) fn put_in_force(client: &Client, change: &Value, voice: Voice) -> Result<Answer, Complaint> {
    let mut seen = BTreeSet::new();
    let body = json!({"changes": [change]});
    let activation = client.post_while(
        ("/v1/bindings/activate", &body),
        ("/v1/activations?limit=1", LOOK_EVERY),
        &mut |_, found| {
            if let Some(newest) = found["items"].get(0) {
                return (newest["state"] == "staged").then(|| format!("/v1/activations/{}", newest["epoch"]));
            }
            for line in node_lines(&found) {
                if seen.insert(line.clone()) {
                    voice.say(&line);
                }
            }
            None
        },
    )?;
    let whole = in_force(client)?;
    let shown = format!("{}epoch {} is in force\n", shown_nodes(&whole), activation["epoch"]);
    Ok(Answer::new(shown, json!({"activation": activation, "nodes": whole["nodes"]})))
}

/// A team's id; people know its name.
pub(super) fn team(client: &Client, named: Option<&str>) -> Result<Option<String>, Complaint> {
    let Some(named) = named else { return Ok(None) };
    let teams = client.get("/v1/teams?limit=200")?;
    let mut teams = teams["items"].as_array().into_iter().flatten();
    let found = teams.find(|team| team["id"] == named || team["name"] == named);
    match found.and_then(|team| team["id"].as_str()) {
        Some(id) => Ok(Some(id.to_owned())),
        None => Err(Complaint::new("no_team", format!("there is no team {named:?}"))),
    }
}

/// One binding: name, version, where it holds.
pub(super) fn shown_binding(binding: &Value, names: &[model::plugin::Release]) -> Vec<String> {
    let release = names.iter().find(|r| binding["release"] == r.digest.to_string());
    let name = release.map_or_else(|| text(&binding["release"]), |r| format!("{} {}", r.name, r.version));
    let digest = release.map(|r| short(r.digest)).unwrap_or_default();
    let place = match (binding["team"].as_str(), binding["channel"].as_str()) {
        (Some(team), _) => format!("team {team}"),
        (_, Some(channel)) => format!("channel {channel}"),
        (None, None) => "everywhere else".into(),
    };
    vec!["  ".into(), text(&binding["hook"]), name, digest, place, binding["settings"].to_string()]
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
