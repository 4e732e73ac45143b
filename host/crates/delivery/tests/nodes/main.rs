//! Several nodes in one process, over a bus that may do anything that the contract allows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod exact;
mod index;
mod kit;
mod reach;
mod signals;
mod watch;
