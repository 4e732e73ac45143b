//! The service: its parts, and what it keeps in memory.

use crate::{
    PasswordCost,
    access::Signer,
    authenticate::Known,
    links::Links,
    password::Passwords,
    refusals::{internal, unavailable},
    throttle::Throttle,
};
use model::{
    AgentId, ChannelId, Clock, Code, IdSource, Participant, Refusal, TenantId, TokenId, people::Channel, tenant::Tenant,
};
use moka::future::Cache;
use ports::Store;
use std::{sync::Arc, time::Duration};

/// How long what the store said of a caller, a channel or a tenant is believed: a role that was taken away, or a disabled agent,
/// is noticed within this.
const BELIEVED: Duration = Duration::from_secs(2);
const CACHED: u64 = 50_000;

/// What the service is made of.
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub ids: Arc<dyn IdSource>,
    pub clock: Arc<dyn Clock>,
    pub config: Config,
}

#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Life of an agent's access token, of a refresh token, of a visitor's token.
    pub access: Duration,
    pub refresh: Duration,
    pub visitor: Duration,
    pub password: PasswordCost,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            access: Duration::from_mins(15),
            refresh: Duration::from_hours(30 * 24),
            visitor: Duration::from_hours(30 * 24),
            password: PasswordCost::default(),
        }
    }
}

/// Tenants, their people, and who is who.
pub struct Tenancy {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
    pub(crate) signer: Signer,
    pub(crate) links: Links,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) known: Cache<(TenantId, Participant), Known>,
    pub(crate) tokens: Cache<[u8; 32], crate::Authenticated>,
    /// Sign-ins that were live a moment ago.
    pub(crate) families: Cache<(TenantId, TokenId), ()>,
    pub(crate) channels: Cache<(TenantId, ChannelId), Arc<Channel>>,
    pub(crate) tenants: Cache<TenantId, Arc<Tenant>>,
}

impl Tenancy {
    /// Reads the cluster's signing key, or makes it.
    pub async fn new(parts: Parts) -> Result<Arc<Self>, Refusal> {
        let key = parts.store.signing_key(&crate::secret::random_bytes()).await.map_err(unavailable)?;
        let passwords = Passwords::new(parts.config.password).map_err(|e| internal(&e))?;
        Ok(Arc::new(Self {
            signer: Signer::new(&key),
            links: Links::new(&key).ok_or_else(|| Refusal::new(Code::Internal, "the signing key cannot be used"))?,
            passwords,
            throttle: Throttle::new(parts.clock.clone()),
            known: cache(),
            tokens: cache(),
            families: cache(),
            channels: cache(),
            tenants: cache(),
            store: parts.store,
            ids: parts.ids,
            clock: parts.clock,
            config: parts.config,
        }))
    }

    /// A tenant as it was a moment ago.
    pub async fn tenant(&self, id: TenantId) -> Result<Arc<Tenant>, Refusal> {
        if let Some(tenant) = self.tenants.get(&id).await {
            return Ok(tenant);
        }
        let found = self.store.tenant(id).await.map_err(unavailable)?;
        let tenant = Arc::new(found.ok_or_else(|| Refusal::not_found("tenant"))?);
        self.tenants.insert(id, tenant.clone()).await;
        Ok(tenant)
    }

    pub(crate) async fn forget_agent(&self, tenant: TenantId, agent: AgentId) {
        self.known.invalidate(&(tenant, Participant::Agent(agent))).await;
    }
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(CACHED).time_to_live(BELIEVED).build()
}
