//! Attempts to begin a plugin's own tests with.

use super::{Attempt, Context, Fault};

/// The `made`th attempt of a webhook, answered with 500.
pub fn attempt(made: u32) -> Attempt {
    Attempt {
        context: Context { now: 1_000_000, seed: 7 },
        channel: "webhook".into(),
        made,
        first_at: 1_000_000,
        expires_at: 0,
        previous_delay: 0,
        fault: Fault::Failed,
        status: 500,
        retry_after: None,
        streak: made,
    }
}
