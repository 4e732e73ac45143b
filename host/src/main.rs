#![doc = include_str!("../README.md")]

mod cli;
mod config;
mod demo;
mod gauges;
mod installation;
mod people;
mod probes;
mod serve;
mod servers;
mod telemetry;
mod wiring;

use anyhow::{Context, Result};
use clap::{CommandFactory as _, Parser as _};
use cli::{Cli, Command, ConfigCommand, NodeCommand, SearchCommand, TenantCommand, UserCommand};
use config::{Config, ConfigErrors, Loaded, Sources};
use std::process::ExitCode;

/// The configuration or the call is wrong; nothing was done.
const MISTAKE: u8 = 2;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    match &command {
        Command::CompilePlugin => return plugin_host::compile_child(),
        Command::Plugin(plugins) => {
            return plugins.run(&workshop::Tools { shipped: wiring::shipped, clock: &ports::SystemClock });
        }
        Command::DeadLetter(letters) => return letters.run(),
        Command::Target(targets) => return targets.run(),
        Command::Profile(profiles) => return profiles.run(),
        _ => {}
    }
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            report(&e);
            if e.is::<ConfigErrors>() { ExitCode::from(MISTAKE) } else { ExitCode::FAILURE }
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of the process")]
fn report(e: &anyhow::Error) {
    eprintln!("weft: {e:#}");
}

#[expect(clippy::print_stdout, reason = "these are the answers of the commands")]
fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(arguments) => {
            let flags = [
                ("listen.rest", &arguments.rest),
                ("listen.socket", &arguments.socket),
                ("listen.management", &arguments.management),
            ];
            let config = load(&arguments.sources, &flags)?.config()?;
            telemetry::logs(&config.log)?;
            let metrics = telemetry::metrics()?;
            runtime()?.block_on(serve::serve(&arguments, &config, metrics))
        }
        Command::Config(ConfigCommand::Defaults) => {
            print!("{}", config::DEFAULTS);
            Ok(())
        }
        Command::Config(ConfigCommand::Check(sources)) => {
            load(&sources, &[])?.config()?;
            println!("the configuration is sound");
            Ok(())
        }
        Command::Config(ConfigCommand::Show(sources)) => {
            print!("{}", load(&sources, &[])?.show());
            Ok(())
        }
        Command::Tenant(command) => {
            let TenantCommand::Add { sources, .. } = &command;
            let config = quiet(sources)?;
            runtime()?.block_on(people::tenant(&command, &config))
        }
        Command::User(command) => {
            let UserCommand::Add { sources, .. } = &command;
            let config = quiet(sources)?;
            runtime()?.block_on(people::user(&command, &config))
        }
        Command::Node(NodeCommand::List(sources)) => {
            let config = quiet(&sources)?;
            runtime()?.block_on(installation::nodes(&config))
        }
        Command::Search(SearchCommand::Rebuild { discard, sources }) => {
            let config = quiet(&sources)?;
            runtime()?.block_on(installation::rebuild_search(&config, discard))
        }
        Command::Version => {
            println!("weft {} (plugin interface 1.0.0)", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "weft", &mut std::io::stdout());
            Ok(())
        }
        // Run in `main`: they have words of their own for what goes wrong.
        Command::CompilePlugin
        | Command::Plugin(_)
        | Command::DeadLetter(_)
        | Command::Target(_)
        | Command::Profile(_) => Ok(()),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")
}

/// For commands that answer and end: only what goes wrong is logged.
fn quiet(sources: &cli::Sources) -> Result<Config> {
    let mut config = load(sources, &[])?.config()?;
    config.log.filter = sources.log.clone().unwrap_or_else(|| "warn".into());
    telemetry::logs(&config.log)?;
    Ok(config)
}

fn load(sources: &cli::Sources, more: &[(&'static str, &Option<String>)]) -> Result<Loaded, anyhow::Error> {
    let file = match &sources.config {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Some((path.display().to_string(), text))
        }
        None => None,
    };
    let own = [("node.data", &sources.data), ("store.url", &sources.store), ("log.filter", &sources.log)];
    let flags = own.iter().chain(more).filter_map(|(key, text)| Some((*key, (*text).clone()?))).collect();
    Ok(Sources { file, environment: std::env::vars().collect(), flags }.load()?)
}
