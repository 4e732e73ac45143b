//! What people do with weft, told through its doors: a node, its clients, nothing faked.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bad_plugin;
mod dead_letters;
mod drain;
mod hot_activation;
mod log_discretion;
mod main_job;
mod new_author;
mod notifications;
mod permissions;
mod rest_only;
mod two_devices;
mod two_tenants;
