//! The directory against real servers: one Redis, and a cluster of three masters.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod contract;
mod faults;
mod kit;
mod tls;
