//! What callers are told when the store fails or a value does not fit.

use model::{Code, Refusal, limits};
use ports::PortError;

/// A store's fault in the words of the wire; the cause is logged, not sent.
#[expect(clippy::needless_pass_by_value, reason = "the argument of map_err")]
pub(crate) fn unavailable(error: PortError) -> Refusal {
    tracing::warn!(error = &error as &dyn std::error::Error, "the store did not answer");
    if error.is_transient() {
        Refusal::new(Code::Unavailable, "not available now").retry_after(1)
    } else {
        Refusal::new(Code::Internal, "this failed on our side")
    }
}

pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Refusal {
    tracing::error!(error, "a token or password could not be made");
    Refusal::new(Code::Internal, "this failed on our side")
}

/// The version that was read is not the newest any more (If-Match).
pub(crate) fn stale() -> Refusal {
    Refusal::conflict("it was changed meanwhile: read it again")
}

/// `text` without surrounding space, neither empty nor too long.
pub(crate) fn line(field: &'static str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::bad(field, "must not be empty"));
    }
    if text.len() > limits::LINE_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("at most {} bytes", limits::LINE_BYTES)).field(field));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::bad(field, "must not hold control characters"));
    }
    Ok(text.to_owned())
}

/// At most `most` items, each a line.
pub(crate) fn lines(field: &'static str, items: &[String], most: usize) -> Result<Vec<String>, Refusal> {
    if items.len() > most {
        return Err(Refusal::new(Code::TooLarge, format!("at most {most}")).field(field));
    }
    items.iter().map(|item| line(field, item)).collect()
}
