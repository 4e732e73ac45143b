#![doc = include_str!("../README.md")]

mod commands;
mod config;
mod directory;
mod link;
mod pauses;
mod supervisor;

pub use config::{OpenError, RedisConfig};
pub use directory::RedisDirectory;
pub use link::RedisFigures;
