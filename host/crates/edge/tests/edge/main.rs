//! The edge over real sockets: HTTP and WebSocket clients against a node on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod access;
mod administration;
mod asyncapi;
mod configuration;
mod history;
mod identity;
mod kit;
mod logs;
mod management;
mod pages;
mod permissions;
mod problems;
mod rest_sessions;
mod retry_lab;
mod socket;
mod talk;
mod uploads;
mod watch;
