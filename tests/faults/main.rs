//! What may go wrong, and what must not come of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod contention;
mod kill;
mod seats;
mod talker;
