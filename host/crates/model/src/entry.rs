//! One item in a conversation's log, and what of it a reader may see.

use crate::{AgentId, Body, CommandId, Participant, Timestamp, VisitorId};
use serde::{Deserialize, Serialize};

/// Who may see an entry. `Agents` is a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    #[default]
    All,
    Agents,
}

/// Who wrote an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Author {
    Visitor { id: VisitorId, name: String },
    Agent { id: AgentId, name: String },
    System,
}

impl Author {
    pub const fn participant(&self) -> Option<Participant> {
        match self {
            Self::Visitor { id, .. } => Some(Participant::Visitor(*id)),
            Self::Agent { id, .. } => Some(Participant::Agent(*id)),
            Self::System => None,
        }
    }
}

/// From whose side the log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reader {
    /// Sees `Audience::All`.
    Visitor,
    /// Sees everything.
    Agent,
}

impl Reader {
    pub const fn of(participant: Participant) -> Self {
        match participant {
            Participant::Visitor(_) => Self::Visitor,
            Participant::Agent(_) => Self::Agent,
        }
    }
    pub const fn sees(self, audience: Audience) -> bool {
        matches!((self, audience), (Self::Agent, _) | (Self::Visitor, Audience::All))
    }
}

/// An entry as it stands in the log. `seq` is gapless from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: u64,
    /// The last `seq` before this one with `Audience::All`; 0 when there is none.
    pub prev_public: u64,
    pub at: Timestamp,
    pub author: Author,
    /// The sender's command id, on the first entry that a command made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<CommandId>,
    pub audience: Audience,
    pub body: Body,
}

impl Entry {
    /// The `seq` of the entry before this one that `reader` may see; 0 when there is none (C2).
    pub const fn prev(&self, reader: Reader) -> u64 {
        match reader {
            Reader::Agent => self.seq - 1,
            Reader::Visitor => self.prev_public,
        }
    }
}
