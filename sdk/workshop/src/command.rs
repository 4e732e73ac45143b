//! The commands, and which function each is.

use crate::{
    answer::{Answer, Voice},
    build::{Build, build},
    complaint::Complaint,
    inspect::{Inspect, inspect},
    new::{New, new},
    remote::{
        At, Bind, DeadLetterCommand, Dev, DryRun, Logs, ProfileCommand, Publish, Replay, Rollback, Status,
        TargetCommand, Unbind, activate, dead_letters, dev, dry_run, list, logs, plan, profiles, publish, replay,
        rollback, status, targets, unbind,
    },
    run::{Run, run},
    simulate::{Simulate, retry},
    test::{Test, test},
};
use clap::{Args, Subcommand};
use model::Clock;
use std::process::ExitCode;

/// What a command needs of the program that it is in.
pub struct Tools {
    /// The component of a plugin that ships, by name.
    pub shipped: fn(&str) -> Option<Vec<u8>>,
    pub clock: &'static dyn Clock,
}

/// `weft plugin …`
#[derive(Debug, Args)]
pub struct Plugins {
    /// One JSON document on standard output, and nothing else.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: PluginCommand,
}

#[derive(Debug, Subcommand)]
enum PluginCommand {
    /// Make a crate that builds, tests and lints at once.
    New(New),
    /// Build the component, and check it as an upload is checked.
    Build(Build),
    /// Run the rule's own tests, then its vectors in the real host, each twice.
    Test(Test),
    /// One call in the real host: answer, reasons, fuel, memory, log lines.
    Run(Run),
    /// What a component sees, may and uses: its permission sheet.
    Inspect(Inspect),
    /// Try a rule in virtual time.
    #[command(subcommand)]
    Simulate(Simulate),
    /// Upload a component: it becomes a release, and changes nothing yet.
    Publish(Publish),
    /// List the releases.
    List(At),
    /// What putting a release in force would change, and what is in its way.
    Plan(Bind),
    /// Ask a candidate what was asked before: what would have gone elsewhere.
    DryRun(DryRun),
    /// Put a release in force, on all nodes at one moment.
    #[command(visible_alias = "bind")]
    Activate(Bind),
    /// Take a binding away.
    Unbind(Unbind),
    /// What is in force, and each node's state.
    Status(Status),
    /// Decisions with their reasons, fuel and log lines.
    Logs(Logs),
    /// Compute a kept decision again.
    Replay(Replay),
    /// Put an earlier set in force again.
    Rollback(Rollback),
    /// Watch a folder: at each save build, publish and activate.
    Dev(Dev),
}

impl Plugins {
    pub fn run(&self, tools: &Tools) -> ExitCode {
        let voice = Voice { json: self.json };
        voice.end(self.command.run(voice, tools))
    }
}

impl PluginCommand {
    fn run(&self, voice: Voice, tools: &Tools) -> Result<Answer, Complaint> {
        match self {
            Self::New(arguments) => new(arguments, voice),
            Self::Build(arguments) => build(arguments, voice),
            Self::Test(arguments) => test(arguments, voice),
            Self::Run(arguments) => run(arguments),
            Self::Inspect(arguments) => inspect(arguments),
            Self::Simulate(Simulate::Retry(arguments)) => retry(arguments, voice, tools),
            Self::Publish(arguments) => publish(arguments, voice),
            Self::List(at) => list(at),
            Self::Plan(arguments) => plan(arguments),
            Self::DryRun(arguments) => dry_run(arguments, voice, tools),
            Self::Activate(arguments) => activate(arguments, voice),
            Self::Unbind(arguments) => unbind(arguments, voice),
            Self::Status(arguments) => status(arguments),
            Self::Logs(arguments) => logs(arguments, voice),
            Self::Replay(arguments) => replay(arguments),
            Self::Rollback(arguments) => rollback(arguments),
            Self::Dev(arguments) => dev(arguments, voice),
        }
    }
}

macro_rules! commands {
    ($(#[$doc:meta])* $name:ident, $command:ty, $run:expr) => {
        $(#[$doc])*
        #[derive(Debug, Args)]
        pub struct $name {
            /// One JSON document on standard output, and nothing else.
            #[arg(long, global = true)]
            json: bool,
            #[command(subcommand)]
            command: $command,
        }

        impl $name {
            pub fn run(&self) -> ExitCode {
                let voice = Voice { json: self.json };
                voice.end($run(&self.command, voice))
            }
        }
    };
}

commands!(
    /// `weft profile …`
    Profiles, ProfileCommand, profiles
);
commands!(
    /// `weft dead-letter …`
    DeadLetters, DeadLetterCommand, |command, _| dead_letters(command)
);
commands!(
    /// `weft target …`
    Targets, TargetCommand, |command, _| targets(command)
);
