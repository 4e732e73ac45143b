use super::Page;
use crate::PortResult;
use async_trait::async_trait;
use model::{
    AgentId, ChannelId, Role, TeamId, TenantId, VisitorId,
    people::{Agent, Channel, Status, Team, Visitor},
    tenant::{Settings, Tenant},
};

/// An agent as an admin makes one.
#[derive(Clone, Debug)]
pub struct NewAgent {
    pub id: AgentId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub capacity: u16,
    pub skills: Vec<String>,
    pub tier: u8,
    pub weight: u16,
    /// PHC string (argon2id).
    pub password_hash: String,
}

/// Tenants and their people. Unique: a tenant's slug, an agent's e-mail within a tenant, a channel's key, a visitor's external
/// id within a channel. Breaking one answers `false`/`None` as each method says.
///
/// Changes of configuration take the `version` the caller read and answer `false` when it is not the newest (If-Match).
#[async_trait]
pub trait People: Send + Sync {
    /// False when the slug is taken.
    async fn add_tenant(&self, tenant: &Tenant) -> PortResult<bool>;
    async fn tenant(&self, id: TenantId) -> PortResult<Option<Tenant>>;
    async fn tenant_by_slug(&self, slug: &str) -> PortResult<Option<Tenant>>;
    /// Of the operator.
    async fn tenants(&self, page: Page<TenantId>) -> PortResult<Vec<Tenant>>;
    async fn set_settings(&self, tenant: TenantId, settings: &Settings, version: u64) -> PortResult<bool>;

    /// False when the e-mail is taken.
    async fn add_agent(&self, tenant: TenantId, agent: &NewAgent) -> PortResult<bool>;
    async fn agent(&self, tenant: TenantId, id: AgentId) -> PortResult<Option<Agent>>;
    async fn agents(&self, tenant: TenantId, page: Page<AgentId>) -> PortResult<Vec<Agent>>;
    /// Everything but e-mail, status and the ledger.
    async fn update_agent(&self, tenant: TenantId, agent: &Agent) -> PortResult<bool>;
    /// The agent and the password hash, for sign-in.
    async fn credentials(&self, tenant: TenantId, email: &str) -> PortResult<Option<(Agent, String)>>;
    async fn set_password(&self, tenant: TenantId, agent: AgentId, hash: &str) -> PortResult<()>;
    /// False when there is no such agent. Serialised with assignments (C5).
    async fn set_status(&self, tenant: TenantId, agent: AgentId, status: Status) -> PortResult<bool>;

    /// False when the name is taken.
    async fn add_team(&self, tenant: TenantId, team: &Team) -> PortResult<bool>;
    async fn team(&self, tenant: TenantId, id: TeamId) -> PortResult<Option<Team>>;
    async fn teams(&self, tenant: TenantId) -> PortResult<Vec<Team>>;
    async fn teams_of(&self, tenant: TenantId, agent: AgentId) -> PortResult<Vec<Team>>;
    async fn update_team(&self, tenant: TenantId, team: &Team) -> PortResult<bool>;

    /// False when the key is taken.
    async fn add_channel(&self, tenant: TenantId, channel: &Channel) -> PortResult<bool>;
    async fn channel(&self, tenant: TenantId, id: ChannelId) -> PortResult<Option<Channel>>;
    /// Of the node: the key is public and names its tenant.
    async fn channel_by_key(&self, key: &str) -> PortResult<Option<(TenantId, Channel)>>;
    async fn channels(&self, tenant: TenantId) -> PortResult<Vec<Channel>>;
    async fn update_channel(&self, tenant: TenantId, channel: &Channel) -> PortResult<bool>;

    /// Inserts, or finds the visitor with the same external id in the same channel and updates it; answers who it is.
    async fn put_visitor(&self, tenant: TenantId, visitor: &Visitor) -> PortResult<VisitorId>;
    async fn visitor(&self, tenant: TenantId, id: VisitorId) -> PortResult<Option<Visitor>>;
}
