//! The servers that nodes share, standing on this machine until they are told to go.

use crate::step::Steps;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::fs;
use weft_services::{Kind, Standing};

/// How much of a log is shown.
const LOG_LINES: usize = 60;

#[derive(Debug, Subcommand)]
pub enum Order {
    /// Install what is missing and start what does not run; returns when all answer.
    Up {
        /// artemis, mariadb, mysql, redis, redis-cluster, elasticsearch, nginx; without a name the four that nodes share: artemis,
        /// mariadb, redis, elasticsearch.
        names: Vec<String>,
    },
    /// Stop them. Their data stay in target/services.
    Down { names: Vec<String> },
    /// What runs, and where.
    Status { names: Vec<String> },
    /// The ends of their logs.
    Logs { names: Vec<String> },
}

pub fn run(steps: &Steps, order: Order) -> Result<()> {
    match order {
        Order::Up { names } => {
            let kinds = named(&names, &Kind::SHARED)?;
            for kind in &kinds {
                up(steps, *kind)?;
            }
            print_status(&kinds);
            note(steps)
        }
        Order::Down { names } => {
            for kind in named(&names, &Kind::ALL)? {
                let was_up = Standing::down(kind);
                println!("{:<14} {}", kind.name(), if was_up { "stopped" } else { "was not running" });
            }
            note(steps)
        }
        Order::Status { names } => {
            print_status(&named(&names, &Kind::ALL)?);
            note(steps)
        }
        Order::Logs { names } => named(&names, &Kind::SHARED)?.into_iter().try_for_each(print_log),
    }
}

/// Starts one, as a step, unless it runs.
pub fn up(steps: &Steps, kind: Kind) -> Result<Standing> {
    if let Some(standing) = Standing::find(kind).filter(Standing::answers) {
        return Ok(standing);
    }
    steps.step(&format!("start {}", kind.name()), || Ok(Standing::up(kind)?))
}

fn named(names: &[String], otherwise: &[Kind]) -> Result<Vec<Kind>> {
    if names.is_empty() {
        return Ok(otherwise.to_vec());
    }
    let find = |name: &String| Kind::ALL.into_iter().find(|kind| kind.name() == name);
    let known = || Kind::ALL.map(Kind::name).join(", ");
    names.iter().map(|name| find(name).with_context(|| format!("no server `{name}`: {}", known()))).collect()
}

fn print_status(all: &[Kind]) {
    for kind in all {
        let name = kind.name();
        match Standing::find(*kind) {
            Some(up) if up.answers() => println!("{name:<14} up       {:<52} pid {}", up.urls.join(" "), pids(&up)),
            Some(hung) => println!("{name:<14} silent   {:<52} pid {}", hung.urls.join(" "), pids(&hung)),
            None => println!("{name:<14} down"),
        }
    }
}

/// For scripts: name, processes and URLs of what runs, in `target/services/state.json`.
fn note(steps: &Steps) -> Result<()> {
    let entry = |up: Standing| serde_json::json!({ "name": up.kind.name(), "pids": up.processes, "urls": up.urls });
    let all: Vec<_> = Kind::ALL.into_iter().filter_map(Standing::find).map(entry).collect();
    let path = steps.path("target/services/state.json");
    fs::create_dir_all(steps.path("target/services"))?;
    fs::write(&path, format!("{:#}\n", serde_json::json!(all))).with_context(|| format!("writing {}", path.display()))
}

fn print_log(kind: Kind) -> Result<()> {
    for path in Standing::logs(kind) {
        let Ok(text) = fs::read(&path) else { bail!("{} has not run here: no {}", kind.name(), path.display()) };
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        println!("==> {} <==", path.display());
        for line in &lines[lines.len().saturating_sub(LOG_LINES)..] {
            println!("{line}");
        }
    }
    Ok(())
}

fn pids(standing: &Standing) -> String {
    standing.processes.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}
