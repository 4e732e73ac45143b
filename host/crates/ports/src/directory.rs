use crate::PortResult;
use async_trait::async_trait;
use model::{AgentId, NodeId, Participant, SessionId, TenantId};
use std::collections::BTreeSet;

/// A live session, where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionAt {
    pub node: NodeId,
    pub session: SessionId,
}

/// An agent who has (or had a moment ago) a live session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    pub agent: AgentId,
    pub connected: bool,
}

/// Which participants have live sessions, and on which nodes. A cache with lifetimes: what is lost is registered again by the
/// next `refresh`.
///
/// - `connect` is seen by `nodes_of` and `connected_agents` once it has returned, on every node.
/// - After `disconnect` of the last session an agent stays connected for the adapter's grace (a page reload is no absence); a
///   visitor or agent without sessions has no nodes at once.
/// - Sessions of a node that stopped refreshing are gone after the adapter's lifetime.
/// - Tenants do not see each other.
/// - Each call ends in bounded time. An error says that nobody knows, never that nobody is there: delivery then sends to the whole
///   cluster, and routing takes the agents' own status for the truth.
#[async_trait]
pub trait Directory: Send + Sync {
    async fn connect(&self, tenant: TenantId, who: Participant, at: SessionAt) -> PortResult<()>;
    async fn disconnect(&self, tenant: TenantId, who: Participant, at: SessionAt) -> PortResult<()>;
    /// Repeats all sessions of `node`; called every few seconds.
    async fn refresh(&self, node: NodeId, sessions: &[(TenantId, Participant, SessionId)]) -> PortResult<()>;
    /// Nodes that hold a session of any of `who`.
    async fn nodes_of(&self, tenant: TenantId, who: &[Participant]) -> PortResult<BTreeSet<NodeId>>;
    /// Whether some node holds this session of `who`.
    async fn holds(&self, tenant: TenantId, who: Participant, session: SessionId) -> PortResult<bool>;
    /// Of `agents`, those who count as connected.
    async fn connected_agents(&self, tenant: TenantId, agents: &[AgentId]) -> PortResult<BTreeSet<AgentId>>;
}
