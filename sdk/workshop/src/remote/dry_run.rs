//! `weft plugin dry-run`: a candidate is asked what was asked before, and what would have gone elsewhere is told.

use super::{At, Client, activate::team, releases::find_release};
use crate::{
    answer::{Answer, Voice, bytes},
    command::Tools,
    complaint::Complaint,
    question::settings,
    simulate::span,
};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// Calls to the server, each for some thousand decisions.
const CALLS_MAX: u32 = 1000;
/// Differences that are shown.
const SHOWN_MAX: usize = 100;

#[derive(Debug, clap::Args)]
pub struct DryRun {
    /// The candidate: a digest (or how it begins), NAME (its newest release) or NAME@VERSION.
    release: String,
    /// Decisions of the last so long.
    #[arg(long, value_name = "SPAN", default_value = "1d")]
    since: String,
    /// Only decisions for this team (name or id).
    #[arg(long)]
    team: Option<String>,
    /// Settings, as JSON.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

/// All calls together.
#[derive(Default)]
struct Report {
    asked: u64,
    same: u64,
    changed: u64,
    faults: u64,
    fuel_max: u64,
    differences: Vec<Value>,
}

pub(crate) fn dry_run(arguments: &DryRun, voice: Voice, tools: &Tools) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    let until = tools.clock.now();
    let from = until.as_ms().saturating_sub_unsigned(millis(span(&arguments.since)?));
    let mut asked = json!({
        "release": find_release(&client, &arguments.release)?.digest,
        "settings": settings(arguments.settings.as_deref())?,
        "team": team(&client, arguments.team.as_deref())?,
        "from": model::Timestamp::from_ms(from),
        "until": until,
    });
    let mut report = Report::default();
    for _ in 0..CALLS_MAX {
        let answer = client.post("/v1/decisions/dry-runs", &asked)?;
        report.add(&answer);
        if answer["next"].is_null() {
            break;
        }
        voice.say(&format!("{} decisions asked again", report.asked));
        asked["after"] = answer["next"].clone();
    }
    Ok(Answer::new(report.text(), report.json()))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Report {
    fn add(&mut self, answer: &Value) {
        let count = |key: &str| answer[key].as_u64().unwrap_or(0);
        self.asked += count("asked");
        self.same += count("same");
        self.changed += count("changed");
        self.faults += count("faults");
        self.fuel_max = self.fuel_max.max(count("fuel_max"));
        let room = SHOWN_MAX.saturating_sub(self.differences.len());
        self.differences.extend(answer["differences"].as_array().into_iter().flatten().take(room).cloned());
    }

    fn text(&self) -> String {
        let share = if self.asked == 0 { 0.0 } else { 100.0 * self.changed as f64 / self.asked as f64 };
        let mut text = format!(
            "{} decisions asked again: {} the same, {} changed ({share:.1} %), {} faults, {} fuel at most\n",
            self.asked,
            self.same,
            self.changed,
            self.faults,
            bytes(self.fuel_max)
        );
        for difference in &self.differences {
            let (id, plugin) = (&difference["decision"], &difference["plugin"]);
            let then = format!("{} because {}", difference["recorded"], difference["recorded_because"]);
            let now = match difference["fault"].as_str() {
                Some(fault) => format!("fault: {fault}"),
                None => format!("{} because {}", difference["candidate"], difference["candidate_because"]),
            };
            text += &format!("{id} by {plugin}\n  then {then}\n  now  {now}\n").replace('"', "");
        }
        text
    }

    fn json(&self) -> Value {
        json!({
            "asked": self.asked, "same": self.same, "changed": self.changed, "faults": self.faults,
            "fuel_max": self.fuel_max, "differences": self.differences,
        })
    }
}
