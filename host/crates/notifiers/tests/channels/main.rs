//! The channels against real receivers on this machine, well-behaved and not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod email;
mod guard;
mod limits;
mod names;
mod push;
mod receiver;
mod smtp;
mod tls;
mod webhook;
