//! What a session gives its client, whatever arrives late, twice or never.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod exact;
mod kit;
mod membership;
mod rest;
mod rest_nodes;
mod resume;
mod slow;
