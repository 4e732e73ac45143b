#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, reason = "a task runner talks on standard output")]

mod bench;
mod check;
mod need;
mod plugins;
mod step;
mod test;
mod wasm_target;
mod web;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use step::Steps;

/// Build, run and test weft. Each task does its own set-up; what it cannot install it names.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build everything and run one node with everything embedded and two demo tenants in it.
    Demo {
        /// Passed on to `weft serve`.
        #[arg(last = true)]
        serve: Vec<String>,
    },
    /// Set up, build and pass all tests: Rust, web, browser.
    Test,
    /// Measure (release build) and print each figure with its control and target.
    Bench {
        /// relay, store, idle, route, upload, start or all.
        #[arg(default_value = "all")]
        name: String,
    },
    /// Build the shipped plugins and the test guests as components.
    Plugins,
    /// Build the widget, the console and the demo pages.
    Web,
    /// Formatting, lints and the tidy test.
    Check,
    /// `check`, then `test`, then a table of where the time went.
    Ci,
}

fn main() -> Result<()> {
    let steps = Steps::at(root());
    let done = match Cli::parse().task {
        Task::Demo { serve } => demo(&steps, &serve),
        Task::Test => test::all(&steps),
        Task::Bench { name } => bench::run(&steps, &name),
        Task::Plugins => plugins::build(&steps),
        Task::Web => web::build(&steps),
        Task::Check => check::all(&steps),
        Task::Ci => check::all(&steps).and_then(|()| test::all(&steps)),
    };
    steps.print_times();
    done
}

/// The repository: this crate is built inside it.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").components().collect::<PathBuf>().canonicalize().unwrap_or_default()
}

fn demo(steps: &Steps, serve: &[String]) -> Result<()> {
    plugins::build(steps)?;
    web::build(steps)?;
    steps.cargo("build weft", &["build", "--package", "weft"])?;
    let mut weft = steps.command("target/debug/weft");
    weft.args(["serve", "--demo", "--data", "target/demo"]).args(serve);
    steps.hand_over(weft)
}
