use crate::{
    OpenError, RedisConfig, RedisFigures, commands,
    link::{Connection, Link},
    supervisor,
};
use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use model::{AgentId, NodeId, Participant, SessionId, TenantId};
use parking_lot::Mutex;
use ports::{Directory, PortError, PortResult, SessionAt};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::AbortHandle,
    time::{Instant, timeout},
};

/// Sessions of one tenant that one script registers, participants that one asks about: what Redis does for nobody else meanwhile.
const BATCH: usize = 500;
/// Scripts of one refresh on their way at once, and how long it may take.
const AT_ONCE: usize = 16;
const REFRESH_WITHIN: Duration = Duration::from_secs(4);

/// The session directory of a cluster. Ends its task when it is dropped.
pub struct RedisDirectory {
    inner: Arc<Inner>,
    supervisor: AbortHandle,
}

pub(crate) struct Inner {
    pub link: Link,
    config: RedisConfig,
    /// The sessions of the last refresh, to be repeated after an outage.
    refreshed: Mutex<Option<(NodeId, Vec<Batch>)>>,
    /// After an outage, until when what is found is not the whole truth.
    pub settles_at: Mutex<Option<Instant>>,
}

/// Sessions of one tenant.
type Batch = (TenantId, Vec<(Participant, SessionId)>);

#[derive(Debug, thiserror::Error)]
enum Unsettled {
    #[error("nodes are registering their sessions again")]
    Settling,
    #[error("the refresh took too long")]
    RefreshTimedOut,
}

impl RedisDirectory {
    /// Connects in the background: that Redis is away stops no node. Called inside a Tokio runtime.
    pub fn open(config: RedisConfig) -> Result<Arc<Self>, OpenError> {
        if config.urls.is_empty() {
            return Err(OpenError::NoUrl);
        }
        let link = Link::new(&config)?;
        let inner = Arc::new(Inner { link, config, refreshed: Mutex::default(), settles_at: Mutex::default() });
        let supervisor = tokio::spawn(supervisor::supervise(Arc::clone(&inner))).abort_handle();
        Ok(Arc::new(Self { inner, supervisor }))
    }

    pub fn figures(&self) -> RedisFigures {
        self.inner.link.figures()
    }
}

impl Drop for RedisDirectory {
    fn drop(&mut self) {
        self.supervisor.abort();
    }
}

impl Inner {
    /// Registers the sessions of the last refresh, as well as it can.
    pub async fn repeat(&self, connection: &Connection) {
        let Some((node, batches)) = self.refreshed.lock().clone() else { return };
        if let Err(error) = self.register(node, &batches, Some(connection)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "sessions are registered by the next refresh");
        }
    }

    /// Tries each batch; answers the last error.
    async fn register(&self, node: NodeId, batches: &[Batch], on: Option<&Connection>) -> PortResult<()> {
        let one = |(tenant, sessions): &Batch| {
            let command = commands::register(*tenant, node, sessions, self.config.lifetime, self.config.keep());
            let (tenant, on) = (*tenant, on.cloned());
            async move {
                match on {
                    Some(connection) => self.link.ask_on::<u64>(connection, tenant, &command).await,
                    None => self.link.ask(tenant, &command).await,
                }
            }
        };
        let failed = stream::iter(batches.iter().map(one))
            .buffer_unordered(AT_ONCE)
            .fold(None, async |failed, answer| answer.err().or(failed));
        match timeout(REFRESH_WITHIN, failed).await {
            Ok(failed) => failed.map_or(Ok(()), Err),
            Err(_elapsed) => Err(PortError::unavailable("the session directory in Redis", Unsettled::RefreshTimedOut)),
        }
    }

    fn settled(&self) -> PortResult<()> {
        let mut settles_at = self.settles_at.lock();
        if settles_at.is_some_and(|at| at > Instant::now()) {
            return Err(PortError::unavailable("the session directory in Redis", Unsettled::Settling));
        }
        *settles_at = None;
        Ok(())
    }

    async fn sessions(&self, tenant: TenantId, who: &[Participant]) -> PortResult<Vec<SessionAt>> {
        self.settled()?;
        let mut found = Vec::new();
        for who in who.chunks(BATCH) {
            let members: Vec<String> = self.link.ask(tenant, &commands::sessions(tenant, who)).await?;
            found.extend(members.iter().filter_map(|member| commands::session_at(member)));
        }
        Ok(found)
    }
}

/// By tenant, each at most `BATCH` long.
fn batches(sessions: &[(TenantId, Participant, SessionId)]) -> Vec<Batch> {
    let mut tenants: BTreeMap<TenantId, Vec<(Participant, SessionId)>> = BTreeMap::new();
    for (tenant, who, session) in sessions {
        tenants.entry(*tenant).or_default().push((*who, *session));
    }
    let cut = |(tenant, of): (TenantId, Vec<_>)| of.chunks(BATCH).map(|c| (tenant, c.to_vec())).collect::<Vec<_>>();
    tenants.into_iter().flat_map(cut).collect()
}

#[async_trait]
impl Directory for RedisDirectory {
    async fn connect(&self, tenant: TenantId, who: Participant, at: SessionAt) -> PortResult<()> {
        self.inner.register(at.node, &[(tenant, vec![(who, at.session)])], None).await
    }

    async fn disconnect(&self, tenant: TenantId, who: Participant, at: SessionAt) -> PortResult<()> {
        let config = &self.inner.config;
        let command = commands::leave(tenant, who, at, config.grace, config.keep());
        self.inner.link.ask::<u64>(tenant, &command).await.map(drop)
    }

    async fn refresh(&self, node: NodeId, sessions: &[(TenantId, Participant, SessionId)]) -> PortResult<()> {
        let batches = batches(sessions);
        *self.inner.refreshed.lock() = Some((node, batches.clone()));
        self.inner.register(node, &batches, None).await
    }

    async fn nodes_of(&self, tenant: TenantId, who: &[Participant]) -> PortResult<BTreeSet<NodeId>> {
        Ok(self.inner.sessions(tenant, who).await?.into_iter().map(|at| at.node).collect())
    }

    async fn holds(&self, tenant: TenantId, who: Participant, session: SessionId) -> PortResult<bool> {
        Ok(self.inner.sessions(tenant, &[who]).await?.iter().any(|at| at.session == session))
    }

    async fn connected_agents(&self, tenant: TenantId, agents: &[AgentId]) -> PortResult<BTreeSet<AgentId>> {
        self.inner.settled()?;
        let mut connected = BTreeSet::new();
        for agents in agents.chunks(BATCH) {
            let who: Vec<_> = agents.iter().copied().map(Participant::Agent).collect();
            let found: Vec<u8> = self.inner.link.ask(tenant, &commands::connected(tenant, &who)).await?;
            connected
                .extend(agents.iter().zip(found).filter(|(_, connected)| *connected == 1).map(|(agent, _)| *agent));
        }
        Ok(connected)
    }
}
