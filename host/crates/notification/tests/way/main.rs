//! The way of a notification on a real store: from the fact to the receiver, over failures and back from the dead.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

mod kit;
mod lab;
mod order;
mod outage;
mod plugins;
mod redrive;
mod schema;
