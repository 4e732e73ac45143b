#![doc = include_str!("../README.md")]

mod aot;
mod cache;
mod call;
mod compile;
mod convert;
mod engine;
mod freeze;
mod golden;
mod limits;
mod manifest;
mod prepared;
mod question;
mod refusal;
mod runtime;
mod validate;

pub use compile::{Compile, child as compile_child};
pub use limits::Caps;
pub use question::Question;
pub use runtime::{PluginHost, PluginHostConfig, StartError};
