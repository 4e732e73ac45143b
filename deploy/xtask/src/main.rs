#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, reason = "a task runner talks on standard output")]

mod bench;
mod check;
mod cluster;
mod demo;
mod interrupt;
mod need;
mod node;
mod plugins;
mod rust_source;
mod services;
mod stamp;
mod step;
mod test;
mod wasm_target;
mod web;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};
use step::{Steps, all_of};

/// Build, run and test weft. Each task does its own set-up; what it cannot install it names.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build everything and run one node with everything embedded and two demo tenants in it.
    Demo {
        /// Three nodes behind Nginx on a real broker and real stores instead.
        #[arg(long, conflicts_with = "serve")]
        cluster: bool,
        /// Passed on to `weft serve`: `cargo xtask demo -- --rest 127.0.0.1:9013`.
        #[arg(last = true)]
        serve: Vec<String>,
    },
    /// The servers that the nodes of a cluster share, on this machine.
    #[command(subcommand)]
    Services(services::Order),
    /// Set up, build and run all tests: Rust, plugins, web, browser.
    Test,
    /// Measure (release build) and print each figure with its control and target.
    Bench {
        #[arg(value_enum, default_value = "all")]
        name: bench::Bench,
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

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let steps = Steps::at(root()?);
    let result = match task {
        Task::Demo { cluster: true, .. } => cluster::run(&steps),
        Task::Services(order) => services::run(&steps, order),
        Task::Demo { serve, .. } => demo::run(&steps, &serve),
        Task::Test => test::all(&steps),
        Task::Bench { name } => bench::run(&steps, name),
        Task::Plugins => plugins::build(&steps),
        Task::Web => web::build(&steps),
        Task::Check => check::all(&steps),
        // Both, whatever the first says: one run tells all.
        Task::Ci => all_of([check::all(&steps), test::all(&steps)]),
    };
    steps.print_times();
    result
}

/// The repository: cargo says where this crate is, also when it was built elsewhere.
fn root() -> Result<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(&here)
        .join("../..")
        .canonicalize()
        .with_context(|| format!("no repository around {}", here.display()))
}
