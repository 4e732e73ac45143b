//! Intents that may be refused.

use crate::{
    AgentId, Audience, Body, Caller, ChannelId, CommandId, ConversationId, DecisionId, OfferId, TeamId, TenantId,
    VisitorId, body::Named, tenant::AbsentAgent,
};
use std::{collections::BTreeMap, time::Duration};

/// One command for one conversation. People's commands carry `id`, the idempotency key (C2); the host's own do not.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub tenant: TenantId,
    pub conversation: ConversationId,
    /// `None`: the host itself (routing, timers).
    pub caller: Option<Caller>,
    pub id: Option<CommandId>,
    pub command: Command,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Open {
        channel: ChannelId,
        visitor: Named<VisitorId>,
        team: Named<TeamId>,
        subject: Option<String>,
        language: Option<String>,
        priority: u8,
        needs: Vec<String>,
        properties: BTreeMap<String, String>,
    },
    Send {
        body: Body,
        audience: Audience,
    },
    Mark {
        delivered: Option<u64>,
        read: Option<u64>,
    },
    /// `body` is what replaces the entry; the store looks its author and age up (`Context::target`).
    Edit {
        seq: u64,
        body: Body,
    },
    Recall {
        seq: u64,
    },
    Accept {
        offer: OfferId,
        token: u64,
    },
    Decline {
        offer: OfferId,
        token: u64,
        reason: Option<String>,
    },
    /// Pull from the backlog, or take over as a supervisor.
    Take,
    Transfer {
        to: HandoverTo,
        note: Option<String>,
        terms: OfferTerms,
    },
    Invite {
        agent: Named<AgentId>,
    },
    Leave,
    Close {
        reason: Option<String>,
    },
    Reopen {
        team: Named<TeamId>,
    },
    Rate {
        score: u8,
        comment: Option<String>,
    },
    /// A message left out of hours: opens, keeps it, closes.
    LeaveMessage {
        channel: ChannelId,
        visitor: Named<VisitorId>,
        team: Named<TeamId>,
        language: Option<String>,
        contact: String,
        message: Body,
    },

    /// What routing decided. Only while the conversation waits, and only under the epoch that is in force (C7).
    Route {
        epoch: u64,
        attempt: u32,
        decision: DecisionId,
        grant: Grant,
    },
    /// The moment `due_at` has come.
    Tick,
    /// This agent has been without a session for longer than the tenant waits.
    Absent {
        agent: AgentId,
        rule: AbsentAgent,
    },
}

/// What routing decided, checked and in the host's ids.
#[derive(Clone, Debug, PartialEq)]
pub enum Grant {
    /// In order of preference; the first with a free place gets it. An offer when `terms` has a lifetime.
    Assign {
        agents: Vec<Named<AgentId>>,
        terms: OfferTerms,
    },
    Wait {
        rank: i32,
        again_in: Option<Duration>,
    },
    MoveTo {
        team: Named<TeamId>,
    },
    AskMessage,
    Refuse {
        reason: String,
    },
}

/// Ids and lifetime of an offer that may come of a command: made outside, so that `decide` stays pure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferTerms {
    pub offer: OfferId,
    pub token: u64,
    /// Zero: no offer, the agent gets it at once.
    pub lifetime: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub enum HandoverTo {
    Agent(Named<AgentId>),
    Team(Named<TeamId>),
}

impl Command {
    /// The agents whose places this command may need.
    pub fn seats(&self) -> impl Iterator<Item = AgentId> + '_ {
        let (many, one): (&[Named<AgentId>], Option<AgentId>) = match self {
            Self::Route { grant: Grant::Assign { agents, .. }, .. } => (agents, None),
            Self::Transfer { to: HandoverTo::Agent(agent), .. } => (&[], Some(agent.id)),
            _ => (&[], None),
        };
        many.iter().map(|a| a.id).chain(one)
    }
    /// The `seq` of the entry this command is about.
    pub const fn target(&self) -> Option<u64> {
        match self {
            Self::Edit { seq, .. } | Self::Recall { seq } => Some(*seq),
            _ => None,
        }
    }
    /// The wire name, as in PROTOCOL.md §2.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Send { .. } => "send",
            Self::Mark { .. } => "mark",
            Self::Edit { .. } => "edit",
            Self::Recall { .. } => "recall",
            Self::Accept { .. } => "accept",
            Self::Decline { .. } => "decline",
            Self::Take => "take",
            Self::Transfer { .. } => "transfer",
            Self::Invite { .. } => "invite",
            Self::Leave => "leave",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
            Self::Rate { .. } => "rate",
            Self::LeaveMessage { .. } => "message",
            Self::Route { .. } => "route",
            Self::Tick => "tick",
            Self::Absent { .. } => "absent",
        }
    }
}
