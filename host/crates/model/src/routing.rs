//! The routing hook in the host's words: `wit/v1/routing.wit`, field by field. Serialised with serde this is the canonical
//! input that is kept with a decision (C6), so the order of the fields is part of the format.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970; 0 = never.
pub type Instant = u64;
/// Milliseconds.
pub type Span = u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Online,
    Busy,
    Away,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    pub now: Instant,
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    pub key: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingAgent {
    pub presence: Presence,
    pub open: u16,
    pub capacity: u16,
    pub skills: u64,
    pub tier: u8,
    pub weight: u16,
    pub last_assigned: Instant,
    pub last_freed: Instant,
    pub last_served: Instant,
    pub recent: u16,
    pub first_reply: Span,
    pub declined: bool,
}

impl RoutingAgent {
    /// Online and with a free place.
    pub const fn available(&self) -> bool {
        matches!(self.presence, Presence::Online) && self.open < self.capacity
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingTeam {
    pub name: String,
    pub open: bool,
    pub online: u16,
    pub free: u16,
    pub waiting: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingConversation {
    pub waiting_since: Instant,
    pub ahead: u32,
    pub attempt: u32,
    pub priority: u8,
    pub needs: u64,
    pub channel: String,
    pub language: String,
    pub labels: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingVisitor {
    pub vip: u8,
    pub visits: u32,
    pub properties: Vec<Property>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingRequest {
    pub context: Context,
    pub conversation: RoutingConversation,
    pub visitor: RoutingVisitor,
    pub skills: Vec<String>,
    /// By agent id; the answer names an agent by its position here.
    pub agents: Vec<RoutingAgent>,
    pub teams: Vec<RoutingTeam>,
    pub team: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub agent: u32,
    pub score: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Assign(Vec<Choice>),
    Wait { rank: i32, again_in: Span },
    MoveTo(u32),
    TakeMessage,
    Refuse(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: String,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub action: Action,
    pub reasons: Vec<Reason>,
}
