//! `weft plugin simulate retry`: what a retry rule would do in an outage, in virtual time.

use crate::{
    answer::{Answer, Voice},
    command::Tools,
    complaint::Complaint,
    question::settings,
};
use model::{
    Timestamp,
    notification::{Failed, Verdict},
    plugin::Hook,
    retry_builtin::builtin_exponential,
};
use notification::simulate::{Course, End, Plan, PlanError, Scenario, parse_span, simulate, svg, text};
use plugin_harness::Plugin;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// 2026-01-01T00:00:00Z: a simulation begins at some moment, always the same one.
const BEGINS_AT: Timestamp = Timestamp::from_ms(1_767_225_600_000);
/// Stands for the rule that answers when no plugin does.
const BUILT_IN: &str = "built-in";

#[derive(Debug, clap::Subcommand)]
pub enum Simulate {
    /// When a retry rule would try again while the other side is down, slow or busy.
    Retry(Retry),
}

#[derive(Debug, clap::Args)]
pub struct Retry {
    /// A component file, a rule that ships (exponential, fixed, until), or `built-in`.
    #[arg(value_name = "FILE|NAME", default_value = BUILT_IN)]
    rule: String,
    /// The other side is down for so long: the same as `--then "down 6h"` at the beginning.
    #[arg(long, value_name = "SPAN")]
    down: Option<String>,
    /// A phase after that: `20% errors for 2h`, `slow 10m`, `throttled after 30s 1h`, `refused`, `up`. May be given several times.
    #[arg(long, value_name = "PHASE")]
    then: Vec<String>,
    /// Settings of the rule, as JSON.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[arg(long, default_value = "webhook")]
    channel: String,
    /// How many notifications.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    notifications: u32,
    /// How far apart they are made.
    #[arg(long, value_name = "SPAN", default_value = "1m")]
    apart: String,
    /// Who is hit by an error, and the rule's own chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also draw it as an SVG document.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(crate) fn retry(arguments: &Retry, voice: Voice, tools: &Tools) -> Result<Answer, Complaint> {
    let scenario = scenario(arguments)?;
    let rule = Rule::find(&arguments.rule, &settings(arguments.settings.as_deref())?, tools)?;
    let mut fault = None;
    let courses = simulate(&scenario, &mut |failed| match rule.judge(failed) {
        Ok(verdict) => verdict,
        // As on a node: the built-in rule answers for one that cannot.
        Err(complaint) => {
            fault.get_or_insert(complaint.message);
            builtin_exponential(failed)
        }
    });
    if let Some(path) = &arguments.svg {
        fs::write(path, svg(&scenario, &courses)).map_err(|e| Complaint::file(path, e))?;
        voice.say(&format!("drawn to {}", path.display()));
    }
    if let Some(fault) = &fault {
        voice.say(&format!("the rule failed, and the built-in one answered: {fault}"));
    }
    let courses_json: Vec<Value> = courses.iter().map(|course| course_json(&scenario, course)).collect();
    let json = json!({"rule": arguments.rule, "fault": fault, "notifications": courses_json});
    Ok(Answer::new(text(&scenario, &courses), json))
}

fn scenario(arguments: &Retry) -> Result<Scenario, Complaint> {
    let down = arguments.down.iter().map(|span| format!("down {span}"));
    let phases: Vec<String> = down.chain(arguments.then.iter().cloned()).collect();
    if phases.is_empty() {
        let complaint = Complaint::new("no_plan", "nothing happens to the other side");
        return Err(complaint.advice("for instance --down 6h --then \"20% errors\""));
    }
    Ok(Scenario {
        plan: Plan::parse(&phases).map_err(|e| bad_plan(&phases, &e))?,
        channel: arguments.channel.clone(),
        begins_at: BEGINS_AT,
        notifications: arguments.notifications,
        apart: span(&arguments.apart)?,
        seed: arguments.seed,
    })
}

/// The phase with a mark under the byte that is wrong.
fn bad_plan(phases: &[String], error: &PlanError) -> Complaint {
    let phase = phases.get(error.phase.saturating_sub(1)).map_or("", String::as_str);
    let mark = " ".repeat(error.at);
    let message = format!("phase {}: {}\n        {phase}\n        {mark}^", error.phase, error.problem);
    let complaint = Complaint::new("bad_plan", message);
    complaint.advice("phases are `down 6h`, `20% errors for 2h`, `slow 10m`, `throttled after 30s 1h`, `refused`, `up`")
}

pub(crate) fn span(text: &str) -> Result<Duration, Complaint> {
    parse_span(text).map_err(|e| {
        Complaint::new("bad_span", format!("{text:?} is no span of time"))
            .because(e)
            .advice("for instance 90s or 1h30m")
    })
}

/// Who judges.
enum Rule {
    BuiltIn,
    Plugin(Box<Plugin>),
}

impl Rule {
    fn find(name: &str, settings: &Value, tools: &Tools) -> Result<Self, Complaint> {
        let shipped = (tools.shipped)(name);
        let component = match shipped {
            None if name == BUILT_IN => return Ok(Self::BuiltIn),
            Some(shipped) => shipped,
            None => fs::read(name).map_err(|e| {
                Complaint::file(Path::new(name), e)
                    .advice("give a component file, exponential, fixed, until or built-in")
            })?,
        };
        let plugin = Plugin::bind(component.into(), settings)?;
        let hook = plugin.inspection().hook;
        if hook != Hook::Retry {
            let message = format!("{name} is a {} plugin: only a retry rule can be simulated", hook.as_str());
            return Err(Complaint::new("wrong_hook", message));
        }
        Ok(Self::Plugin(Box::new(plugin)))
    }

    fn judge(&self, failed: &Failed) -> Result<Verdict, Complaint> {
        match self {
            Self::BuiltIn => Ok(builtin_exponential(failed)),
            Self::Plugin(plugin) => Ok(plugin.judge(failed)?.output),
        }
    }
}

fn course_json(scenario: &Scenario, course: &Course) -> Value {
    let after = |at: Timestamp| u64::try_from(at.since(scenario.begins_at).as_millis()).unwrap_or(u64::MAX);
    let attempts: Vec<Value> = course
        .steps
        .iter()
        .map(|step| match &step.failed {
            None => json!({"after_ms": after(step.at), "sent": true}),
            Some((fault, status, verdict)) => {
                json!({"after_ms": after(step.at), "sent": false, "fault": fault, "status": status, "verdict": verdict})
            }
        })
        .collect();
    let end = match &course.end {
        End::Sent => json!("sent"),
        End::Dead(cause) => json!({"dead": cause}),
        End::Dropped(cause) => json!({"dropped": cause}),
        End::Unfinished => json!("unfinished"),
    };
    json!({"made_after_ms": after(course.made_at), "attempts": attempts, "end": end})
}
