//! What goes over REST, as whom a profile says.

mod activate;
mod client;
mod connection;
mod dead_letters;
mod dev;
mod dry_run;
mod logs;
mod pages;
mod profile;
mod releases;
mod replay;
mod rollback;
mod status;
mod targets;

pub(crate) use activate::{activate, plan, unbind};
pub(crate) use client::Client;
pub(crate) use dead_letters::dead_letters;
pub(crate) use dev::dev;
pub(crate) use dry_run::dry_run;
pub(crate) use logs::logs;
pub(crate) use profile::profiles;
pub(crate) use releases::{find_release, list, publish};
pub(crate) use replay::replay;
pub(crate) use rollback::rollback;
pub(crate) use status::status;
pub(crate) use targets::targets;

pub use activate::{Bind, Unbind};
pub use dead_letters::DeadLetterCommand;
pub use dev::Dev;
pub use dry_run::DryRun;
pub use logs::Logs;
pub use profile::ProfileCommand;
pub use releases::Publish;
pub use replay::Replay;
pub use rollback::Rollback;
pub use status::Status;
pub use targets::TargetCommand;

use std::path::PathBuf;

/// Which server, as whom. Each flag is stronger than its variable, and both are stronger than the profile.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct At {
    /// A profile of `weft profile add` [default: the one that was made default].
    #[arg(long, env = "WEFT_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The server's address, for instance https://chat.example.
    #[arg(long, env = "WEFT_SERVER", value_name = "URL")]
    pub(crate) server: Option<String>,
    /// An API token or an access token. Better in the variable: others on the machine can read arguments.
    #[arg(long, env = "WEFT_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Certificate authorities (PEM) that count besides the public ones.
    #[arg(long, env = "WEFT_CA", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}
