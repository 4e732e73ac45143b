//! The adapter against a real Artemis, in one binary: the tests that do not harm it share one broker.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod figures;
mod kit;
mod suites;
mod tls;
