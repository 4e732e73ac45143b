use super::retry_after::retry_after_ms;
use http::{HeaderMap, StatusCode, header};
use model::{Timestamp, notification::Fault};
use ports::{Failure, Sent};

/// What came back.
pub(super) struct Answer<'a> {
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub body: Vec<u8>,
    pub took_ms: u32,
    pub now: Timestamp,
}

/// What an answer means. Redirects are not followed: they would lead past what was checked and signed.
pub(super) fn judge(answer: Answer<'_>) -> Result<Sent, Failure> {
    let Answer { status, headers, body, took_ms, now } = answer;
    if status.is_success() {
        return Ok(Sent { status: status.as_u16(), took_ms, answer: body });
    }
    let retry_after_ms = headers.get(header::RETRY_AFTER).and_then(|value| retry_after_ms(value, now));
    let (fault, message) = match status {
        StatusCode::REQUEST_TIMEOUT => (Fault::TimedOut, "the other side says that it took too long"),
        StatusCode::TOO_MANY_REQUESTS => (Fault::Throttled, "the other side wants less"),
        StatusCode::SERVICE_UNAVAILABLE if retry_after_ms.is_some() => {
            (Fault::Throttled, "the other side wants it later")
        }
        StatusCode::GONE => (Fault::Refused, "the other side wants no more of these"),
        status if status.is_redirection() => {
            (Fault::Refused, "the other side redirects, which is not followed: save its new address")
        }
        status if status.is_client_error() => (Fault::Refused, "the other side refused it"),
        _ => (Fault::Failed, "the other side failed"),
    };
    Err(Failure {
        fault,
        status: status.as_u16(),
        took_ms,
        retry_after_ms,
        answer: body,
        message: format!("{message} (status {})", status.as_u16()),
    })
}
