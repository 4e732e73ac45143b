//! What a node says to a client on its own account: the events of PROTOCOL.md §2. Names bind.

use crate::Summary;
use bytes::Bytes;
use model::{
    AgentId, Audience, Author, Body, CommandId, ConversationId, DecisionId, Entry, OfferId, Participant, Reader,
    Timestamp, backlog::Eta, body::Named, people::Status,
};
use serde::{Deserialize, Serialize};

/// One frame to a client.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event<'a> {
    Entry {
        conversation: ConversationId,
        seq: u64,
        prev: u64,
        at: Timestamp,
        author: &'a Author,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<CommandId>,
        audience: Audience,
        body: &'a Body,
    },
    Conversation {
        conversation: &'a Summary,
    },
    Offer {
        offer: OfferId,
        token: u64,
        conversation: &'a Summary,
        expires_at: Timestamp,
        decision: DecisionId,
    },
    OfferGone {
        offer: OfferId,
        /// `accepted`, `declined`, `missed` or `withdrawn`.
        reason: &'a str,
    },
    Backlog {
        conversation: ConversationId,
        /// 1 is next.
        position: u32,
        ahead: u32,
        /// Seconds until an agent, likely.
        #[serde(skip_serializing_if = "Option::is_none")]
        eta: Option<Eta>,
    },
    Marks {
        conversation: ConversationId,
        participant: Participant,
        delivered: u64,
        read: u64,
    },
    Typing {
        conversation: ConversationId,
        participant: &'a Party<'a>,
        on: bool,
    },
    Preview {
        conversation: ConversationId,
        text: &'a str,
    },
    Presence {
        agent: &'a Named<AgentId>,
        status: Status,
    },
    /// An announcement; two with one id are one.
    Notice {
        id: &'a str,
        level: Level,
        text: &'a str,
    },
}

/// How much a notice wants to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    #[default]
    Info,
    Warning,
    Critical,
}

/// A participant with the name to show.
#[derive(Debug, Serialize)]
pub struct Party<'a> {
    #[serde(flatten)]
    pub participant: Participant,
    pub name: &'a str,
}

impl<'a> Event<'a> {
    /// `entry` as `reader` sees it.
    pub const fn entry(conversation: ConversationId, entry: &'a Entry, reader: Reader) -> Self {
        Self::Entry {
            conversation,
            seq: entry.seq,
            prev: entry.prev(reader),
            at: entry.at,
            author: &entry.author,
            id: entry.id,
            audience: entry.audience,
            body: &entry.body,
        }
    }

    /// The text of the frame.
    pub fn frame(&self) -> Bytes {
        // Cannot fail: every map on the wire has strings for keys. A client skips an empty frame.
        serde_json::to_vec(self).map(Bytes::from).unwrap_or_default()
    }
}
