//! What a client did wrong lately: a slip is answered, a habit ends the socket.

use model::Timestamp;
use std::time::Duration;

/// Mistakes that are forgiven within `WINDOW`.
const FORGIVEN: u32 = 20;
const WINDOW: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strikes {
    count: u32,
    since: Timestamp,
}

impl Strikes {
    /// Counts one more; true when it is too many.
    pub fn add(&mut self, now: Timestamp) -> bool {
        if now.since(self.since) > WINDOW {
            *self = Self { count: 0, since: now };
        }
        self.count += 1;
        self.count > FORGIVEN
    }
}
