//! Why a command was not done. The closed set of codes of PROTOCOL.md §2.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The wire's error codes. `edge` maps each to one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    BadFrame,
    Unauthenticated,
    Forbidden,
    NotFound,
    WrongState,
    Conflict,
    TooLarge,
    Unsupported,
    RateLimited,
    Unavailable,
    Expired,
    Internal,
}

/// A command that was refused, in words for the person who sent it. Holds no secret and no message text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Refusal {
    pub code: Code,
    pub message: Cow<'static, str>,
    /// The field of the command that is at fault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<Cow<'static, str>>,
    /// Seconds after which the same command may succeed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u32>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), field: None, retry_after: None }
    }
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
    pub fn not_found(what: &'static str) -> Self {
        Self::new(Code::NotFound, format!("no such {what}"))
    }
    pub fn wrong_state(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::WrongState, message)
    }
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Conflict, message)
    }
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Forbidden, message)
    }
    pub fn bad(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadFrame, message).field(field)
    }
}
