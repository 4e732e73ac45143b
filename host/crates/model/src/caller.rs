//! Who is speaking.

use crate::{AgentId, TenantId, VisitorId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Visitor,
    Agent,
    Supervisor,
    Admin,
    Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantKind {
    Visitor,
    Agent,
}

/// A visitor or an agent, as a party to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Participant {
    Visitor(VisitorId),
    Agent(AgentId),
}

impl Participant {
    pub const fn kind(self) -> ParticipantKind {
        match self {
            Self::Visitor(_) => ParticipantKind::Visitor,
            Self::Agent(_) => ParticipantKind::Agent,
        }
    }
    /// The bare id: unique over both kinds, since all ids are ULIDs.
    pub const fn bytes(self) -> [u8; 16] {
        match self {
            Self::Visitor(id) => id.to_bytes(),
            Self::Agent(id) => id.to_bytes(),
        }
    }
    pub const fn from_parts(kind: ParticipantKind, bytes: [u8; 16]) -> Self {
        match kind {
            ParticipantKind::Visitor => Self::Visitor(VisitorId::from_bytes(bytes)),
            ParticipantKind::Agent => Self::Agent(AgentId::from_bytes(bytes)),
        }
    }
    pub const fn agent(self) -> Option<AgentId> {
        match self {
            Self::Agent(id) => Some(id),
            Self::Visitor(_) => None,
        }
    }
}

/// The authenticated identity behind one command or request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub tenant: TenantId,
    pub participant: Participant,
    pub role: Role,
    pub name: String,
}
