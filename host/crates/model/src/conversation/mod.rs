//! One case from open to closed: its state, and the two pure functions that move it.

mod apply;
mod by_host;
mod command;
mod decide;
mod event;

pub use apply::apply;
pub use command::{Command, Grant, HandoverTo, OfferTerms, Request};
pub use decide::{Context, Seat, check_properties, decide};
pub use event::Event;

use crate::{
    AgentId, ChannelId, ConversationId, DecisionId, OfferId, Participant, TeamId, TenantId, Timestamp, VisitorId,
    body::Named,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole state of a conversation. `head` changes with every entry and is kept in columns; the rest is one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub tenant: TenantId,
    pub channel: ChannelId,
    pub visitor: Named<VisitorId>,
    pub team: Named<TeamId>,
    pub stage: Stage,
    /// Agents besides the owner.
    pub members: Vec<Named<AgentId>>,
    pub subject: Option<String>,
    pub language: Option<String>,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: u8,
    pub needs: Vec<String>,
    pub labels: Vec<String>,
    pub properties: BTreeMap<String, String>,
    pub opened_at: Timestamp,
    pub backlog: Backlog,
    /// Assigned, and the owner has not written yet.
    pub awaiting_reply_since: Option<Timestamp>,
    pub rating: Option<u8>,
    #[serde(skip)]
    pub head: Head,
}

/// The counters of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub last_seq: u64,
    /// The last `seq` that a visitor may see.
    pub last_public: u64,
    /// Grows with every change a reader of the summary can see.
    pub version: u64,
    pub changed_at: Timestamp,
}

/// Where the case stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// In the team's backlog.
    Waiting,
    /// Held for one agent until the offer ends.
    Offered {
        offer: Offer,
    },
    /// An agent owns it; perhaps it is being handed over.
    Assigned {
        agent: Named<AgentId>,
        since: Timestamp,
        handover: Option<Offer>,
        /// When it is looked at whether anybody still says something.
        #[serde(default)]
        look_at: Option<Timestamp>,
    },
    Closed {
        at: Timestamp,
        reason: Option<String>,
    },
}

/// A conversation held for one agent for a while. A row of its own in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    pub id: OfferId,
    pub agent: Named<AgentId>,
    /// The fencing token: an answer without it is an answer to another offer.
    pub token: u64,
    pub expires_at: Timestamp,
    pub decision: DecisionId,
}

/// The place in the backlog and what routing remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    /// Since when the visitor waits; kept when an offer is declined.
    pub since: Timestamp,
    /// Higher goes first.
    pub rank: i32,
    /// Routing asked to be asked again then.
    pub again_at: Option<Timestamp>,
    /// Decisions made so far.
    pub attempt: u32,
    /// Who declined or missed an offer of this conversation.
    pub declined: Vec<AgentId>,
    /// The visitor was told about the wait / asked to leave a message.
    pub announced: bool,
    pub message_asked: bool,
}

/// What a participant has received and read: 0 ≤ read ≤ delivered ≤ last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub delivered: u64,
    pub read: u64,
}

/// Marks by participant.
pub type Marks = BTreeMap<Participant, Mark>;

impl Conversation {
    pub const fn owner(&self) -> Option<AgentId> {
        match &self.stage {
            Stage::Assigned { agent, .. } => Some(agent.id),
            _ => None,
        }
    }
    pub const fn owner_named(&self) -> Option<&Named<AgentId>> {
        match &self.stage {
            Stage::Assigned { agent, .. } => Some(agent),
            _ => None,
        }
    }
    /// The offer that is open now.
    pub const fn offer(&self) -> Option<&Offer> {
        match &self.stage {
            Stage::Offered { offer } | Stage::Assigned { handover: Some(offer), .. } => Some(offer),
            _ => None,
        }
    }
    pub const fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed { .. })
    }
    pub const fn state(&self) -> State {
        match self.stage {
            Stage::Waiting => State::Waiting,
            Stage::Offered { .. } => State::Offered,
            Stage::Assigned { .. } => State::Assigned,
            Stage::Closed { .. } => State::Closed,
        }
    }
    /// The visitor, the owner and the invited agents: who may send and who receives.
    pub fn participants(&self) -> impl Iterator<Item = Participant> + '_ {
        std::iter::once(Participant::Visitor(self.visitor.id))
            .chain(self.owner().map(Participant::Agent))
            .chain(self.members.iter().map(|m| Participant::Agent(m.id)))
    }
    pub fn has(&self, participant: Participant) -> bool {
        self.participants().any(|p| p == participant)
    }
    /// Agents of whose capacity this conversation holds one place each (C5). The ledger moves by the difference of this
    /// before and after a change; the auditor recounts it.
    pub fn holders(&self) -> impl Iterator<Item = AgentId> + '_ {
        self.owner().into_iter().chain(self.offer().map(|o| o.agent.id))
    }
    /// When the conversation next needs a look even if nobody does anything.
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Waiting => self.backlog.again_at,
            Stage::Assigned { look_at, .. } => self.offer().map(|o| o.expires_at).into_iter().chain(*look_at).min(),
            _ => self.offer().map(|o| o.expires_at),
        }
    }
}

/// The stage without its contents, as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    Offered,
    Assigned,
    Closed,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Assigned => "assigned",
            Self::Closed => "closed",
        }
    }
}
