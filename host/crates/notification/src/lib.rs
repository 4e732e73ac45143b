#![doc = include_str!("../README.md")]

mod breaker;
mod handle;
mod hints;
mod pace;
mod send;
mod service;
pub mod simulate;
mod targets;

pub use service::{Config, Notifications, Parts};
pub use targets::Tested;
