//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A live customer-service chat server.
#[derive(Debug, Parser)]
#[command(name = "weft", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node.
    Serve(Serve),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Tenants of this installation.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Agents, supervisors and admins of a tenant.
    #[command(subcommand)]
    User(UserCommand),
    /// Nodes of this installation.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Full text over history.
    #[command(subcommand)]
    Search(SearchCommand),
    /// Write, try, publish and activate plugins.
    Plugin(workshop::Plugins),
    /// What could not be delivered: look at it, send it again.
    DeadLetter(workshop::DeadLetters),
    /// Where notifications may go.
    Target(workshop::Targets),
    /// Servers and tokens under names, for the commands that speak to a server.
    Profile(workshop::Profiles),
    /// Print the version, the compiler and the plugin interface.
    Version,
    /// Print a completion script for a shell.
    Completions { shell: clap_complete::Shell },
    /// Compile one component from standard input to standard output (what a node starts to do so safely).
    #[command(hide = true)]
    CompilePlugin,
}

/// Where the configuration comes from. Each flag is a key of `weft config defaults`.
#[derive(Debug, Args, Default)]
pub struct Sources {
    /// A TOML file; see `weft config defaults`.
    #[arg(long, env = "WEFT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory [key: node.data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,
    /// Store URL [key: store.url].
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// Log filter [key: log.filter].
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub sources: Sources,
    /// REST and console address [key: listen.rest].
    #[arg(long, value_name = "ADDRESS")]
    pub rest: Option<String>,
    /// WebSocket address [key: listen.socket].
    #[arg(long, value_name = "ADDRESS")]
    pub socket: Option<String>,
    /// Management address [key: listen.management].
    #[arg(long, value_name = "ADDRESS")]
    pub management: Option<String>,
    /// Make two demo tenants, with a shop page each, and print how to sign in.
    #[arg(long)]
    pub demo: bool,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Report every mistake in the configuration; exit 2 when there is one.
    Check(Sources),
    /// Print the effective values and where each was set; secrets are masked.
    Show(Sources),
    /// Print every key with its meaning and default.
    Defaults,
}

#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant with one team and one channel; prints the channel key.
    Add {
        /// Lower-case letters, digits and dashes; what people type at sign-in.
        slug: String,
        /// Shown name; the slug when not given.
        #[arg(long)]
        name: Option<String>,
        /// Name of the first team.
        #[arg(long, default_value = "Support")]
        team: String,
        #[command(flatten)]
        sources: Sources,
    },
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person to a tenant. The password is read from standard input (or WEFT_PASSWORD).
    Add {
        /// The tenant's slug.
        #[arg(long)]
        tenant: String,
        #[arg(long)]
        email: String,
        /// Shown name; the part before the @ when not given.
        #[arg(long)]
        name: Option<String>,
        #[arg(long, value_enum, default_value = "agent")]
        role: RoleArg,
        /// Conversations at once; the tenant's default when not given.
        #[arg(long)]
        capacity: Option<u16>,
        /// Teams to join; all when not given.
        #[arg(long)]
        team: Vec<String>,
        #[command(flatten)]
        sources: Sources,
    },
}

#[derive(Debug, Subcommand)]
pub enum NodeCommand {
    /// List the nodes that are members now: id and name.
    List(Sources),
}

#[derive(Debug, Subcommand)]
pub enum SearchCommand {
    /// Make the Elasticsearch index anew beside the old one and swap them; searches and writes go on.
    Rebuild {
        /// Begin anew over the half-made index of a rebuild that was cut off.
        #[arg(long)]
        discard: bool,
        #[command(flatten)]
        sources: Sources,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum RoleArg {
    Agent,
    Supervisor,
    Admin,
}
