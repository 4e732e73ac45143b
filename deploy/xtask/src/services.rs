//! The servers that nodes share, standing on this machine until they are told to go.

use crate::step::Steps;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::fs;
use weft_services::{Software, Standing};

/// How much of a log is shown.
const LOG_LINES: usize = 60;

#[derive(Debug, Subcommand)]
pub enum Order {
    /// Install what is missing and start what does not run; returns when all answer.
    Up {
        /// artemis, mariadb, redis, elasticsearch; all when none is named.
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
            for software in named(&names)? {
                up(steps, software)?;
            }
            print_status(&named(&names)?);
            note(steps)
        }
        Order::Down { names } => {
            for software in named(&names)? {
                let was_up = Standing::down(software);
                println!("{:<14} {}", software.name(), if was_up { "stopped" } else { "was not running" });
            }
            note(steps)
        }
        Order::Status { names } => {
            print_status(&named(&names)?);
            note(steps)
        }
        Order::Logs { names } => named(&names)?.into_iter().try_for_each(print_log),
    }
}

/// Starts one, as a step, unless it runs.
pub fn up(steps: &Steps, software: Software) -> Result<Standing> {
    if let Some(standing) = Standing::find(software).filter(Standing::answers) {
        return Ok(standing);
    }
    steps.step(&format!("start {}", software.name()), || Ok(Standing::up(software)?))
}

fn named(names: &[String]) -> Result<Vec<Software>> {
    if names.is_empty() {
        return Ok(Standing::ALL.to_vec());
    }
    let find = |name: &String| Standing::ALL.into_iter().find(|software| software.name() == name);
    let known = || Standing::ALL.map(Software::name).join(", ");
    names.iter().map(|name| find(name).with_context(|| format!("no server `{name}`: {}", known()))).collect()
}

fn print_status(all: &[Software]) {
    for software in all {
        let name = software.name();
        match Standing::find(*software) {
            Some(up) if up.answers() => println!("{name:<14} up       {:<52} pid {}", up.urls.join(" "), up.pid),
            Some(hung) => println!("{name:<14} silent   {:<52} pid {}", hung.urls.join(" "), hung.pid),
            None => println!("{name:<14} down"),
        }
    }
}

/// For scripts: name, process and URLs of what runs, in `target/services/state.json`.
fn note(steps: &Steps) -> Result<()> {
    let entry = |up: Standing| serde_json::json!({ "name": up.software.name(), "pid": up.pid, "urls": up.urls });
    let all: Vec<_> = Standing::ALL.into_iter().filter_map(Standing::find).map(entry).collect();
    let path = steps.path("target/services/state.json");
    fs::create_dir_all(steps.path("target/services"))?;
    fs::write(&path, format!("{:#}\n", serde_json::json!(all))).with_context(|| format!("writing {}", path.display()))
}

fn print_log(software: Software) -> Result<()> {
    let path = Standing::log(software);
    let Ok(text) = fs::read(&path) else { bail!("{} has not run here: no {}", software.name(), path.display()) };
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    println!("==> {} <==", path.display());
    for line in &lines[lines.len().saturating_sub(LOG_LINES)..] {
        println!("{line}");
    }
    Ok(())
}
