//! What `conversation` and `rollout` say after a commit. A hint: if it is dropped, the sweep finds the change in the store (C1).

use crate::store::Place;
use model::{
    Conversation, ConversationId, Entry, Participant, TeamId, TenantId, TraceParent, VisitorId,
    backlog::Eta,
    conversation::{Mark, Offer},
};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Hint {
    /// A conversation changed: its state after the commit and the entries that were added, in `seq` order.
    Committed(Arc<Committed>),
    /// A team's seats or backlog changed: waiting conversations may find an agent.
    TeamChanged { tenant: TenantId, team: TeamId },
    /// Waiting visitors whose place in the team's backlog changed, and how long it may take from there.
    Places { tenant: TenantId, team: TeamId, places: Vec<(ConversationId, VisitorId, Place, Option<Eta>)> },
    /// An agent's status changed.
    AgentStatus { tenant: TenantId, agent: model::body::Named<model::AgentId>, status: model::people::Status },
    /// A plugin set of the tenant was staged or put in force: every node has something to prepare or to adopt.
    PluginsChanged { tenant: TenantId },
}

#[derive(Clone, Debug)]
pub struct Committed {
    pub conversation: Conversation,
    pub entries: Vec<Entry>,
    /// Marks that moved.
    pub marks: Vec<(Participant, Mark)>,
    /// An offer that was made.
    pub offered: Option<Offer>,
    /// An offer that ended and why (`accepted`, `declined`, `missed`, `withdrawn`).
    pub offer_ended: Option<(Offer, &'static str)>,
    /// Who took part before the change and does no more: they get this one last.
    pub departed: Vec<Participant>,
    /// What the next step goes on from, if this change is traced.
    pub trace: Option<TraceParent>,
}

/// Takes hints without ever waiting.
pub trait Hints: Send + Sync {
    /// False when it had to be dropped.
    fn hint(&self, hint: Hint) -> bool;
}
