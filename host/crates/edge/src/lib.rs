#![doc = include_str!("../README.md")]

mod config;
mod docs;
mod drain;
mod edge;
mod extract;
mod frame;
mod json;
mod leftover;
mod live_tokens;
mod management;
mod network;
mod pace;
mod pages;
mod problem;
mod request;
#[allow(unused_qualifications, reason = "in what utoipa makes of handlers with a query")]
mod rest;
mod serve;
mod socket;
mod watch;

pub use config::Config;
pub use edge::{Edge, Parts};
pub use management::{Component, Health, Probe, Status};
pub use network::{Network, NoNetwork};
pub use serve::{Limits, serve};
