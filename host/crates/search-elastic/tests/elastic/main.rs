//! Against a real Elasticsearch.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod faults;
mod kit;
mod rebuild;
