use model::{Code, Refusal};
use ports::{PortError, plugins::UploadRefusal};

/// Why a release or an activation was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// The request does not fit what is there.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The component or its settings: what and where, for the plugin's author.
    #[error(transparent)]
    Plugin(#[from] UploadRefusal),
    #[error(transparent)]
    Store(#[from] PortError),
}

impl RolloutError {
    /// In the words of the wire. The details of `Plugin` (its code and pointers) are lost: use them where they can be shown.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Plugin(refusal) => Refusal::new(Code::Unsupported, refusal.message.clone()),
            Self::Store(error) if error.is_transient() => {
                Refusal::new(Code::Unavailable, "not available now").retry_after(1)
            }
            Self::Store(_) => Refusal::new(Code::Internal, "this failed on our side"),
        }
    }
}
