#![doc = include_str!("../README.md")]

mod activation;
mod breaker;
mod check;
mod error;
mod node;
mod quarantine;
mod releases;
mod replay;
mod router;
mod service;
mod sets;

pub use activation::{Change, Plan};
pub use error::RolloutError;
pub use replay::Replay;
pub use service::{Config, Parts, Rollout};
