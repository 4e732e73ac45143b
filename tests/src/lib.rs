#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a kit of tests: what cannot go on fails the test")]

mod admin;
mod agent;
mod author;
mod cluster;
mod collector;
mod crowd;
pub mod epochs;
pub mod history;
mod id;
mod inbox;
mod load;
mod node;
mod proxies;
mod receiver;
mod rest;
pub mod seats;
mod session;
mod steady;
mod talker;
mod transport;
mod visitor;
mod wait;

pub use admin::{Admin, component};
pub use agent::Agent;
pub use author::{Author, tutorial};
pub use cluster::{BALANCER_LOOKS_AGAIN, Cluster, Servers, Urls};
pub use collector::{Collector, Span as TraceSpan};
pub use crowd::{Crowd, Size};
pub use id::{id, now_ms};
pub use inbox::{Answer, Failure, Inbox};
pub use load::{Chats, Load, Toll};
pub use node::{Addresses, Door, Node, Plan, binary, root};
pub use proxies::{Direction, Peer, Proxies, Way};
pub use receiver::{Hook, Receiver};
pub use rest::{Reply, Rest};
pub use session::{Session, Via};
pub use steady::Steady;
pub use talker::{Talker, log_of};
pub use visitor::Visitor;
pub use wait::{DEADLINE, eventually, within};
