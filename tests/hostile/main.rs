//! Clients and plugins that are broken, curious or hostile: each is refused in the right words, bounded, and nobody else notices.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bytes;
mod fixtures;
mod frames;
mod guests;
mod neighbour;
mod raw;
mod silent;
mod slow;
mod tokens;
