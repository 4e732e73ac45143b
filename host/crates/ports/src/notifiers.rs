use async_trait::async_trait;
use model::{TenantId, Timestamp, notification::Fault};
use secrecy::SecretString;
use std::fmt;

/// One way out of the house: webhook, e-mail, push, a notice in the console.
///
/// - `check` and `send` hold an address to the same rules; `send` also looks at what can change after it was saved (where a name leads to).
/// - `send` makes one attempt, bounded in time and bytes, and returns; it keeps nothing about it. Who tries again, and when, is the
///   caller's. Concurrent calls are fine.
/// - A receiver may get a parcel twice (the answer was lost): it de-duplicates by `Parcel::id`.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// "webhook", "email", "push"; unique among the notifiers of a node.
    fn channel(&self) -> &'static str;
    /// Is this address well formed and allowed? Asked when an administrator saves a target.
    fn check(&self, address: &serde_json::Value) -> Result<(), TargetRefusal>;
    /// A secret for a new target or for a rotation; none when the channel signs nothing.
    fn new_secret(&self) -> Option<SecretString> {
        None
    }
    /// One attempt.
    async fn send(&self, parcel: &Parcel) -> Result<Sent, Failure>;
}

/// What is to be sent, and where to.
#[derive(Clone)]
pub struct Parcel {
    /// Whose notification it is.
    pub tenant: TenantId,
    /// The same over all attempts and redrives.
    pub id: String,
    /// The target's name in its tenant.
    pub target: String,
    /// As `Notifier::check` accepted it.
    pub address: serde_json::Value,
    /// Newest first; one, or two during a rotation; none where the channel signs nothing.
    pub secrets: Vec<SecretString>,
    /// The moment of this attempt.
    pub at: Timestamp,
    /// From 1.
    pub attempt: u32,
    /// MIME type of `body`, for instance `application/json`.
    pub content_type: String,
    pub body: String,
}

/// Without what may be confidential: address, secrets and body.
impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("id", &self.id)
            .field("target", &self.target)
            .field("at", &self.at)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// The other side took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The protocol's own: HTTP or SMTP.
    pub status: u16,
    pub took_ms: u32,
    /// The first KiB of what was answered.
    pub answer: Vec<u8>,
}

/// The other side did not take it, or nobody knows whether it did.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub fault: Fault,
    /// The protocol's own; 0 when there was none.
    pub status: u16,
    pub took_ms: u32,
    /// What the other side asked for.
    pub retry_after_ms: Option<u64>,
    /// The first KiB of what was answered.
    pub answer: Vec<u8>,
    /// For the tenant's administrator; tells nothing about the network behind the node.
    pub message: String,
}

/// An address that will not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct TargetRefusal {
    /// Of the address, for instance `url`; empty for the address itself.
    pub field: String,
    pub message: String,
}

impl TargetRefusal {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
