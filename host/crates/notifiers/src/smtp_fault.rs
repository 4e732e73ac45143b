//! What an SMTP server's refusal means.

use lettre::transport::smtp;
use model::notification::Fault;
use ports::Failure;
use std::error::Error;

/// Of an answer, in bytes.
const MOST_KEPT: usize = 1024;
/// "Log in first", "wrong password" and their like: nothing that the receiver or the tenant could change.
const LOGIN: [u16; 5] = [530, 534, 535, 538, 454];

pub fn failure(error: &smtp::Error, took_ms: u32) -> Failure {
    let status = error.status().map_or(0, u16::from);
    let fault = if error.is_timeout() {
        Fault::TimedOut
    } else if LOGIN.contains(&status) {
        Fault::Failed
    } else if error.is_transient() {
        // 4xx: greylisting, a full mailbox, too many at once.
        Fault::Throttled
    } else if error.is_permanent() || error.is_client() {
        Fault::Refused
    } else {
        Fault::Unreachable
    };
    let answer = error.source().map(ToString::to_string).unwrap_or_default();
    Failure {
        fault,
        status,
        took_ms,
        retry_after_ms: None,
        message: message(fault, status),
        answer: answer.into_bytes().into_iter().take(MOST_KEPT).collect(),
    }
}

fn message(fault: Fault, status: u16) -> String {
    let what = match fault {
        Fault::TimedOut => "the mail server did not answer in time",
        Fault::Failed => "the mail server does not let this installation in",
        Fault::Throttled => "the mail server wants it later",
        Fault::Refused => "the mail server refused it",
        Fault::Unreachable => "the mail server was not reached",
    };
    if status == 0 { what.to_owned() } else { format!("{what} (status {status})") }
}
