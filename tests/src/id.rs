//! Ids and times as a client makes them.

use std::time::{Duration, SystemTime};

/// A new ULID.
pub fn id() -> String {
    ulid::Ulid::from_parts(now_ms(), rand::random()).to_string()
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "a client has no injected clock")]
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as u64
}
