//! What may go wrong, and what must not come of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use tokio::sync::Mutex;

/// Held by tests that load a node: one after the other, so that each has the machine.
static ALONE: Mutex<()> = Mutex::const_new(());

mod contention;
mod kill;
mod told;
