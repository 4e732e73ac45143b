use super::Page;
use crate::PortResult;
use async_trait::async_trait;
use model::{AgentId, AuditId, Participant, Role, TenantId, Timestamp, TokenId};

/// A refresh token, stored hashed. Each use replaces it; a used one that comes again ends its whole family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The family: one sign-in.
    pub family: TokenId,
    pub agent: AgentId,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    pub expires_at: Timestamp,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Used {
    /// It was the newest: `next` is stored in its place.
    Rotated {
        family: TokenId,
        agent: AgentId,
    },
    /// It had been used before: the family is ended.
    Reused {
        family: TokenId,
        agent: AgentId,
    },
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub name: String,
    pub role: Role,
    pub hash: [u8; 32],
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Who changed what. Holds no secret and no message text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    pub id: AuditId,
    pub at: Timestamp,
    pub by: Option<Participant>,
    /// For instance `plugin.activated`, `agent.added`.
    pub action: String,
    pub detail: serde_json::Value,
}

#[async_trait]
pub trait Tokens: Send + Sync {
    /// Of the cluster: the key that signs access tokens; made once, the first one wins.
    async fn signing_key(&self, proposed: &[u8]) -> PortResult<Vec<u8>>;

    async fn add_refresh(&self, tenant: TenantId, token: &RefreshToken) -> PortResult<()>;
    /// One statement decides: of two uses at once, one rotates and the other is a reuse.
    async fn use_refresh(
        &self,
        tenant: TenantId,
        hash: [u8; 32],
        next: [u8; 32],
        expires_at: Timestamp,
    ) -> PortResult<Used>;
    async fn end_family(&self, tenant: TenantId, family: TokenId) -> PortResult<()>;
    /// All of an agent's sign-ins.
    async fn end_families_of(&self, tenant: TenantId, agent: AgentId) -> PortResult<()>;
    /// Whether a sign-in has not been ended.
    async fn has_family(&self, tenant: TenantId, family: TokenId) -> PortResult<bool>;

    async fn add_api_token(&self, tenant: TenantId, token: &ApiToken) -> PortResult<()>;
    /// Of the node: the hash names its tenant.
    async fn api_token(&self, hash: [u8; 32]) -> PortResult<Option<(TenantId, ApiToken)>>;
    async fn api_tokens(&self, tenant: TenantId) -> PortResult<Vec<ApiToken>>;
    async fn delete_api_token(&self, tenant: TenantId, id: TokenId) -> PortResult<bool>;

    async fn audit_log(&self, tenant: TenantId, record: &AuditRecord) -> PortResult<()>;
    /// Newest first.
    async fn audit_records(&self, tenant: TenantId, page: Page<AuditId>) -> PortResult<Vec<AuditRecord>>;
}
