use ports::PortError;

/// What went wrong between the node and Elasticsearch. Never holds the text of an entry.
#[derive(Debug, thiserror::Error)]
pub enum ElasticError {
    #[error("`{0}` is not the address of a server")]
    Address(String),
    #[error("the client cannot be made")]
    Client(#[source] elasticsearch::Error),
    #[error("no connection, or no answer in time")]
    Away(#[source] elasticsearch::Error),
    #[error("no answer within the time for a write")]
    Late,
    /// `kind` is the server's name of the error; its words may quote an entry and are left out.
    #[error("answered {status} ({kind})")]
    Status { status: u16, kind: String },
    #[error("an answer that was not understood")]
    Answer(#[from] serde_json::Error),
    #[error("the answer has no {0}")]
    Missing(&'static str),
    #[error("{waiting} entries were not taken after {tries} tries, the last answer was {status} ({kind})")]
    Busy { waiting: usize, tries: u32, status: u16, kind: String },
    #[error("{0} is being made by another rebuild, or was left by one that was cut off")]
    Underway(String),
    #[error("{copied} of {all} entries were copied to the new index")]
    Incomplete { copied: u64, all: u64 },
    #[error("the copy failed: {0}")]
    Copy(String),
}

impl ElasticError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Away(_) | Self::Late | Self::Busy { .. } => true,
            Self::Status { status, kind } => passes(*status, kind),
            _ => false,
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Status { status: 404, .. })
    }
}

/// Whether an answer says "later": too busy, no shard yet, or closed for writing while a rebuild ends.
pub(crate) fn passes(status: u16, kind: &str) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504) || kind == "cluster_block_exception"
}

impl From<ElasticError> for PortError {
    fn from(error: ElasticError) -> Self {
        // Every write is idempotent, so what may have happened is the same as what did not.
        if error.is_transient() {
            Self::unavailable("Elasticsearch", error)
        } else {
            Self::failed("Elasticsearch", error)
        }
    }
}
