use http::HeaderValue;
use model::Timestamp;

/// What is asked for beyond it counts as this: a week.
const MOST_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// `Retry-After` as milliseconds from `now`: seconds, or an HTTP date. None when it is neither.
pub(super) fn retry_after_ms(value: &HeaderValue, now: Timestamp) -> Option<u64> {
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a u64 holds is simply very long.
        return Some(text.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1000).min(MOST_MS));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let wait = Timestamp::from_ms(at.as_millisecond()).since(now);
    Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).min(MOST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now: Timestamp = "2026-11-24T18:00:00Z".parse().unwrap();
        let ms = |text| retry_after_ms(&HeaderValue::from_static(text), now);
        assert_eq!(ms("120"), Some(120_000));
        assert_eq!(ms(" 0 "), Some(0));
        assert_eq!(ms("Tue, 24 Nov 2026 18:01:30 GMT"), Some(90_000));
        assert_eq!(ms("Tue, 24 Nov 2026 17:00:00 GMT"), Some(0), "already over");
        assert_eq!(ms("99999999999999999999999"), Some(MOST_MS));
        assert_eq!(ms("soon"), None);
        assert_eq!(ms("-5"), None);
        assert_eq!(ms("1.5"), None);
    }
}
