#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a kit of tests: what cannot go on fails the test")]

mod admin;
mod agent;
pub mod history;
mod id;
mod inbox;
mod node;
mod rest;
mod session;
mod transport;
mod visitor;
mod wait;

pub use admin::{Admin, component};
pub use agent::Agent;
pub use id::{id, now_ms};
pub use inbox::{Answer, Failure, Inbox};
pub use node::{Node, Plan};
pub use rest::{Reply, Rest};
pub use session::{Session, Via};
pub use visitor::Visitor;
pub use wait::{DEADLINE, eventually, within};
