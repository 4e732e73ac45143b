//! Releases, bindings and activations of plugins, as the host keeps them (DESIGN.md §5, C7).

use crate::{AgentId, BindingId, DecisionId, NodeId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    Routing,
    Notification,
    Retry,
}

impl Hook {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Routing => "routing",
            Self::Notification => "notification",
            Self::Retry => "retry",
        }
    }
}

/// SHA-256: how components, snapshots and inputs are addressed. 64 hex digits on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 digest (64 hex digits)")]
pub struct ParseDigestError;

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }
}
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}
impl FromStr for Digest {
    type Err = ParseDigestError;
    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ParseDigestError)?;
        Ok(Self(bytes))
    }
}
impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An uploaded component that passed the checks. Content-addressed; never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub digest: Digest,
    pub hook: Hook,
    pub name: String,
    pub version: String,
    /// Bytes of the component.
    pub size: u64,
    /// The manifest inside the component, as JSON.
    pub manifest: serde_json::Value,
    /// Shipped with weft: seen by every tenant.
    pub shipped: bool,
    pub created_at: Timestamp,
}

/// Which release a tenant uses for a hook (and team), with what settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    pub id: BindingId,
    pub hook: Hook,
    /// `None`: every team without a binding of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub team: Option<TeamId>,
    /// For a retry rule: `webhook`, `email`, `push`, …; `None`: every channel without a binding of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<String>,
    pub release: Digest,
    pub settings: serde_json::Value,
}

/// A numbered set of bindings of one tenant. The tenant's `activation_epoch` names the one in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    pub epoch: u64,
    pub bindings: Vec<Binding>,
    pub state: ActivationState,
    /// Why it was aborted or what it rolled back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<AgentId>,
    pub staged_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activated_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationState {
    Staged,
    Active,
    Retired,
    Aborted,
}

/// What one node reports of one activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeReport {
    pub node: NodeId,
    pub prepared: bool,
    /// One digest over the outputs and fuel of all golden vectors: equal on all nodes or the activation is aborted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proof: Option<Digest>,
    /// The most that one vector used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fuel: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    pub at: Timestamp,
}

/// Who answered a plugin call (DESIGN.md §3, the failure ladder).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    Active,
    LastGood,
    BuiltIn,
}

/// Why a conversation went where it went: kept so that any node can compute it again (C6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    pub id: DecisionId,
    pub at: Timestamp,
    pub epoch: u64,
    pub rung: Rung,
    /// The release that answered; none for the built-in rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<Digest>,
    /// Digest of component and frozen settings together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub snapshot: Option<Digest>,
    pub plugin: String,
    pub version: String,
    /// What the plugin was asked: canonical JSON of `RoutingRequest`.
    pub request: crate::routing::RoutingRequest,
    /// Who the positions in `request.agents` and `request.teams` are.
    pub agents: Vec<AgentId>,
    pub teams: Vec<TeamId>,
    pub decision: crate::routing::Decision,
    pub fuel: u64,
    /// Faults of the rungs above the one that answered.
    #[serde(default)]
    pub faults: Vec<String>,
    /// What the plugin logged.
    #[serde(default)]
    pub logs: Vec<String>,
    /// The agent who got it, when one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned: Option<AgentId>,
}
