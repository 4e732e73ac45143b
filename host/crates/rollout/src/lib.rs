#![doc = include_str!("../README.md")]

mod activation;
mod breaker;
mod check;
mod dry_run;
mod error;
mod handlers;
mod ladder;
mod node;
mod nodes;
mod quarantine;
mod releases;
mod replay;
mod rollback;
mod router;
mod service;
mod sets;

pub use activation::{Change, Plan};
pub use dry_run::{DRY_RUN_DECISIONS, Difference, DryRun, DryRunReport, Outcome};
pub use error::RolloutError;
pub use nodes::{NodeState, Stage};
pub use replay::Replay;
pub use service::{Config, Parts, Rollout};
