//! Three nodes on real Artemis, MariaDB, Redis and Elasticsearch, behind real Nginx.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests that print what they measured"
)]

use tokio::sync::Mutex;

/// Held by every test: each cluster has the machine for itself.
static ALONE: Mutex<()> = Mutex::const_new(());

mod absence;
mod activation;
mod author;
mod clocks;
mod contention;
mod epochs;
mod faults;
mod fenced;
mod network;
mod notices;
mod roaming;
mod stories;
mod traces;
