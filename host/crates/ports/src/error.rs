//! What every port may answer instead of a result.

use std::error::Error;

/// A server or a disk did not do what it was asked. Says whether the same call may succeed later, and whether it may have
/// happened all the same.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Not reached, or busy: nothing happened; the same call may succeed later.
    #[error("{what} is not available")]
    Unavailable {
        what: &'static str,
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The answer was lost: it may have happened. Idempotent calls are made again.
    #[error("{what} did not answer; the outcome is unknown")]
    Unknown {
        what: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What is stored cannot be read, or the call is wrong. The same call fails again.
    #[error("{what} failed")]
    Failed {
        what: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl PortError {
    pub fn unavailable(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { what, source: Some(source.into()) }
    }
    pub fn unknown(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unknown { what, source: source.into() }
    }
    pub fn failed(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed { what, source: source.into() }
    }
    pub const fn is_transient(&self) -> bool {
        !matches!(self, Self::Failed { .. })
    }
}

pub type PortResult<T> = Result<T, PortError>;
