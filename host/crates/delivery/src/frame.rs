//! What nodes say to each other: versioned JSON, read by the same major only. All a receiver needs is in it; nothing is looked up.

use bytes::Bytes;
use model::{
    AgentId, Conversation, ConversationId, Entry, NodeId, Participant, TenantId, Timestamp, VisitorId,
    backlog::Eta,
    body::Named,
    conversation::{Head, Mark, Offer},
    people::Status,
};
use ports::hints::Committed;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Grows when a receiver of the old kind could not read the new one.
const VERSION: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("not a message of a node")]
    Malformed(#[from] serde_json::Error),
    #[error("a message of version {0}")]
    Version(u32),
}

/// One message on the bus.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame {
    version: u32,
    pub from: NodeId,
    pub items: Vec<Box<RawValue>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    Committed(Box<Change>),
    Signal {
        tenant: TenantId,
        conversation: ConversationId,
        from: Participant,
        agents_only: bool,
        frame: String,
    },
    Place {
        tenant: TenantId,
        conversation: ConversationId,
        visitor: VisitorId,
        position: u32,
        ahead: u32,
        #[serde(default)]
        eta: Option<Eta>,
    },
    Presence {
        tenant: TenantId,
        agent: Named<AgentId>,
        status: Status,
    },
    Notice {
        tenant: TenantId,
        agents_only: bool,
        frame: String,
    },
    PluginsChanged {
        tenant: TenantId,
    },
}

/// `Committed` as it travels: the counters of the log stand beside the state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    conversation: Conversation,
    last_seq: u64,
    last_public: u64,
    version: u64,
    changed_at: Timestamp,
    entries: Vec<Entry>,
    marks: Vec<(Participant, Mark)>,
    offered: Option<Offer>,
    offer_ended: Option<(Offer, String)>,
    departed: Vec<Participant>,
}

impl Frame {
    pub fn encode(from: NodeId, items: Vec<Box<RawValue>>) -> Result<Bytes, FrameError> {
        Ok(serde_json::to_vec(&Self { version: VERSION, from, items })?.into())
    }
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let frame: Self = serde_json::from_slice(bytes)?;
        if frame.version == VERSION { Ok(frame) } else { Err(FrameError::Version(frame.version)) }
    }
}

impl From<&Committed> for Change {
    fn from(committed: &Committed) -> Self {
        let Head { last_seq, last_public, version, changed_at } = committed.conversation.head;
        Self {
            conversation: committed.conversation.clone(),
            last_seq,
            last_public,
            version,
            changed_at,
            entries: committed.entries.clone(),
            marks: committed.marks.clone(),
            offered: committed.offered.clone(),
            offer_ended: committed.offer_ended.as_ref().map(|(offer, reason)| (offer.clone(), (*reason).to_owned())),
            departed: committed.departed.clone(),
        }
    }
}

impl From<Change> for Committed {
    fn from(change: Change) -> Self {
        let Change { mut conversation, last_seq, last_public, version, changed_at, .. } = change;
        conversation.head = Head { last_seq, last_public, version, changed_at };
        Self {
            conversation,
            entries: change.entries,
            marks: change.marks,
            offered: change.offered,
            offer_ended: change.offer_ended.map(|(offer, reason)| (offer, known(&reason))),
            departed: change.departed,
            trace: None,
        }
    }
}

/// How an offer ends, in the words of `Committed::offer_ended`.
fn known(reason: &str) -> &'static str {
    ["accepted", "declined", "missed"].into_iter().find(|known| *known == reason).unwrap_or("withdrawn")
}
