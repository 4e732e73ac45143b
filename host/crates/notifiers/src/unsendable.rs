use model::notification::Fault;
use ports::Failure;

/// Nothing was sent, and nothing will be before a person changes the target or the parcel.
pub fn unsendable(why: &dyn std::error::Error) -> Failure {
    Failure {
        fault: Fault::Refused,
        status: 0,
        took_ms: 0,
        retry_after_ms: None,
        answer: Vec::new(),
        message: why.to_string(),
    }
}
