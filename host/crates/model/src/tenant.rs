//! A customer organisation and what it may set.

use crate::{Conversation, TenantId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    pub id: TenantId,
    /// Lower-case letters, digits and dashes; what people type at sign-in.
    pub slug: String,
    pub name: String,
    pub settings: Settings,
    /// The plugin set in force (C7); moves only by compare-and-set.
    pub activation_epoch: u64,
    pub version: u64,
}

/// What a tenant's admin decides. Durations end in their unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long an offer waits for an agent; 0 assigns without asking.
    pub offer_seconds: u32,
    /// How long after it was sent an own entry may be edited or recalled.
    pub edit_minutes: u32,
    pub open_per_visitor: u32,
    /// Capacity of an agent who is made without one.
    pub agent_capacity: u16,
    /// What becomes of the conversations of an agent who has been without a session for `absent_after_seconds`, beyond the seconds
    /// that every reload and reconnection has. Offers to them are withdrawn in any case.
    pub absent_agent: AbsentAgent,
    pub absent_after_seconds: u32,
    /// An assigned conversation is closed when nobody has said or done anything in it for so long, with the reason `idle`; 0 never.
    pub close_after_idle_minutes: u32,
}

/// Whether an absent agent's conversation goes back to its team's backlog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentAgent {
    Requeue,
    /// Only one that they have not answered yet: who has begun to help is waited for.
    #[default]
    RequeueUnanswered,
    Keep,
}

impl AbsentAgent {
    pub const fn requeues(self, c: &Conversation) -> bool {
        match self {
            Self::Requeue => true,
            Self::RequeueUnanswered => c.awaiting_reply_since.is_some(),
            Self::Keep => false,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            offer_seconds: 30,
            edit_minutes: 15,
            open_per_visitor: crate::limits::OPEN_PER_VISITOR,
            agent_capacity: 5,
            absent_agent: AbsentAgent::default(),
            absent_after_seconds: 0,
            close_after_idle_minutes: 25,
        }
    }
}
