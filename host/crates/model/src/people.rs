//! Agents, visitors, teams and channels: who takes part and where they meet.

use crate::{AgentId, ChannelId, Role, TeamId, Timestamp, VisitorId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an agent says of themselves. Whether they are connected is the session directory's to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Online,
    Busy,
    Away,
    #[default]
    Offline,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub status: Status,
    /// Conversations this agent may have at once.
    pub capacity: u16,
    /// Conversations this agent has or is being offered (the ledger, C5).
    pub open: u16,
    pub skills: Vec<String>,
    /// Rank within the team: 0 is the most junior.
    pub tier: u8,
    /// Share of the work relative to others; 100 is a full share.
    pub weight: u16,
    pub disabled: bool,
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    pub members: Vec<AgentId>,
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    /// Public: the widget carries it.
    pub key: String,
    pub name: String,
    pub team: TeamId,
    /// Exact origins (`https://shop.example`) that may use the key; empty = any.
    pub allowed_origins: Vec<String>,
    /// HMAC-SHA-256 key of the site's server for identity proofs. Never leaves the host.
    #[serde(skip_serializing, default)]
    pub identity_secret: Option<Vec<u8>>,
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub id: VisitorId,
    pub channel: ChannelId,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// 0 is nobody special.
    pub vip: u8,
    pub properties: BTreeMap<String, String>,
    pub created_at: Timestamp,
}
