//! Spans of time as people write them: `6h`, `1h30m`, `500ms`.

use std::time::Duration;

/// Units and their milliseconds, the longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
/// Longer than any rule waits: ten years.
const LONGEST_MS: u64 = 10 * 365 * 86_400_000;

/// What is wrong with a span, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    #[error("expected a number")]
    Number { at: usize },
    #[error("expected a unit: d, h, m, s or ms")]
    Unit { at: usize },
    #[error("units go from the longest to the shortest, each once")]
    Order { at: usize },
    #[error("longer than ten years")]
    TooLong,
}

impl SpanError {
    pub const fn at(&self) -> usize {
        match self {
            Self::Number { at } | Self::Unit { at } | Self::Order { at } => *at,
            Self::TooLong => 0,
        }
    }
}

/// `1h30m` and the like.
pub fn parse_span(text: &str) -> Result<Duration, SpanError> {
    let mut rest = text;
    let mut total: u64 = 0;
    let mut next_unit = 0;
    while !rest.is_empty() || total == 0 && next_unit == 0 {
        let at = text.len() - rest.len();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        if number.is_empty() {
            return Err(SpanError::Number { at });
        }
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, tail) = tail.split_at(letters);
        let place = UNITS.iter().position(|(name, _)| *name == unit).ok_or(SpanError::Unit { at: at + digits })?;
        if place < next_unit {
            return Err(SpanError::Order { at: at + digits });
        }
        let ms = number.parse::<u64>().ok().and_then(|n| n.checked_mul(UNITS[place].1));
        total = ms.and_then(|ms| total.checked_add(ms)).filter(|ms| *ms <= LONGEST_MS).ok_or(SpanError::TooLong)?;
        next_unit = place + 1;
        rest = tail;
    }
    Ok(Duration::from_millis(total))
}

/// The two longest units that count: `1h 30m`, `5s`, `0`.
pub fn show_span(span: Duration) -> String {
    let mut rest = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut shown = Vec::new();
    for (unit, ms) in UNITS {
        if rest >= ms && shown.len() < 2 {
            shown.push(format!("{}{unit}", rest / ms));
            rest %= ms;
        } else if !shown.is_empty() {
            break;
        }
    }
    if shown.is_empty() { "0".into() } else { shown.join(" ") }
}
