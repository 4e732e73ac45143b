//! The durable commands of the wire (PROTOCOL.md §2) and their answer.

use model::{
    AgentId, Audience, Body, CommandId, ConversationId, OfferId, TeamId, Timestamp, people::Status, permission::Action,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a session or a request wants. Its id travels beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Intent {
    Open {
        /// `None`: the team of the visitor's channel.
        #[serde(default)]
        team: Option<TeamId>,
        #[serde(default)]
        subject: Option<String>,
        #[serde(default)]
        language: Option<String>,
        /// Names of skills that the agent should have.
        #[serde(default)]
        needs: Vec<String>,
        #[serde(default)]
        properties: BTreeMap<String, String>,
    },
    Send {
        conversation: ConversationId,
        body: Body,
        #[serde(default)]
        audience: Audience,
    },
    Mark {
        conversation: ConversationId,
        #[serde(default)]
        delivered: Option<u64>,
        #[serde(default)]
        read: Option<u64>,
    },
    Edit {
        conversation: ConversationId,
        seq: u64,
        body: Body,
    },
    Recall {
        conversation: ConversationId,
        seq: u64,
    },
    Status {
        status: Status,
    },
    Accept {
        offer: OfferId,
        token: u64,
    },
    Decline {
        offer: OfferId,
        token: u64,
        #[serde(default)]
        reason: Option<String>,
    },
    Take {
        conversation: ConversationId,
    },
    Transfer {
        conversation: ConversationId,
        to: Handover,
        #[serde(default)]
        note: Option<String>,
    },
    Invite {
        conversation: ConversationId,
        agent: AgentId,
    },
    Leave {
        conversation: ConversationId,
    },
    Close {
        conversation: ConversationId,
        #[serde(default)]
        reason: Option<String>,
    },
    Reopen {
        conversation: ConversationId,
    },
    Rate {
        conversation: ConversationId,
        score: u8,
        #[serde(default)]
        comment: Option<String>,
    },
    Message {
        /// `None`: the team of the visitor's channel.
        #[serde(default)]
        team: Option<TeamId>,
        body: Body,
        contact: String,
        #[serde(default)]
        language: Option<String>,
    },
}

/// `{"agent": id}` or `{"team": id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handover {
    Agent(AgentId),
    Team(TeamId),
}

impl Intent {
    /// The row of the permission table.
    pub const fn permission(&self) -> Action {
        match self {
            Self::Open { .. } => Action::Open,
            Self::Send { audience: Audience::Agents, .. } => Action::SendNote,
            Self::Send { .. } => Action::Send,
            Self::Mark { .. } => Action::Mark,
            Self::Edit { .. } => Action::Edit,
            Self::Recall { .. } => Action::Recall,
            Self::Status { .. } => Action::SetStatus,
            Self::Accept { .. } | Self::Decline { .. } => Action::AnswerOffer,
            Self::Take { .. } => Action::Take,
            Self::Transfer { .. } => Action::Transfer,
            Self::Invite { .. } => Action::Invite,
            Self::Leave { .. } => Action::Leave,
            Self::Close { .. } => Action::Close,
            Self::Reopen { .. } => Action::Reopen,
            Self::Rate { .. } => Action::Rate,
            Self::Message { .. } => Action::LeaveMessage,
        }
    }

    /// The wire name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Send { .. } => "send",
            Self::Mark { .. } => "mark",
            Self::Edit { .. } => "edit",
            Self::Recall { .. } => "recall",
            Self::Status { .. } => "status",
            Self::Accept { .. } => "accept",
            Self::Decline { .. } => "decline",
            Self::Take { .. } => "take",
            Self::Transfer { .. } => "transfer",
            Self::Invite { .. } => "invite",
            Self::Leave { .. } => "leave",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
            Self::Rate { .. } => "rate",
            Self::Message { .. } => "message",
        }
    }
}

/// The answer to a command that was done. The same command id gives the same receipt, whenever and wherever (C2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub id: CommandId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<ConversationId>,
    /// Of the first entry that the command added.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents_are_read_as_the_wire_has_them() {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let read = |text: &str| serde_json::from_str::<Intent>(text).unwrap();
        let conversation: ConversationId = id.parse().unwrap();
        assert_eq!(
            read(&format!(
                r#"{{"type":"send","id":"x","conversation":"{id}","body":{{"kind":"text","text":"hi"}},"more":1}}"#
            )),
            Intent::Send { conversation, body: Body::Text { text: "hi".into() }, audience: Audience::All }
        );
        assert_eq!(
            read(&format!(r#"{{"type":"transfer","conversation":"{id}","to":{{"team":"{id}"}}}}"#)),
            Intent::Transfer { conversation, to: Handover::Team(id.parse().unwrap()), note: None }
        );
        assert!(matches!(read(r#"{"type":"open"}"#), Intent::Open { team: None, .. }));
        assert_eq!(read(r#"{"type":"status","status":"online"}"#), Intent::Status { status: Status::Online });
        assert!(
            serde_json::from_str::<Intent>(r#"{"type":"route"}"#).is_err(),
            "the host's own commands are not on the wire"
        );
    }
}
