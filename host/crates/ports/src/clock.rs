use model::{Clock, IdSource, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock and chance: the one place where they enter.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others are handed")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl IdSource for SystemClock {
    fn parts(&self) -> (u64, u128) {
        (self.now().as_ms().cast_unsigned(), rand::random())
    }
}
