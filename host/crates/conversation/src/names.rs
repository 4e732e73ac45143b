//! People, teams and settings as commands name them, kept for a moment.

use model::{AgentId, Code, Refusal, TeamId, TenantId, body::Named, hours::Timetable, people::Team, tenant::Settings};
use moka::future::Cache;
use ports::{PortError, Store, store};
use std::{hash::Hash, sync::Arc, time::Duration};

/// How long a name, a membership or a setting may be out of date on this node.
const FRESH: Duration = Duration::from_secs(2);
const KEPT: u64 = 10_000;

pub(crate) struct Names {
    store: Arc<dyn Store>,
    settings: Cache<TenantId, Arc<Settings>>,
    agents: Cache<(TenantId, AgentId), Arc<Named<AgentId>>>,
    teams: Cache<(TenantId, TeamId), Arc<Team>>,
    teams_of: Cache<(TenantId, AgentId), Arc<[TeamId]>>,
    timetables: Cache<TenantId, Arc<Timetable>>,
}

fn cache<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(KEPT).time_to_live(FRESH).build()
}

/// A port's fault as its caller is told. The cause goes to the log, not to the caller.
pub(crate) fn unavailable(error: &PortError) -> Refusal {
    tracing::warn!(error = error as &dyn std::error::Error, "a port failed");
    if error.is_transient() {
        Refusal::new(Code::Unavailable, "not available now").retry_after(1)
    } else {
        Refusal::new(Code::Internal, "this failed on our side")
    }
}

impl Names {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, settings: cache(), agents: cache(), teams: cache(), teams_of: cache(), timetables: cache() }
    }

    pub(crate) async fn settings(&self, tenant: TenantId) -> Result<Arc<Settings>, Refusal> {
        if let Some(settings) = self.settings.get(&tenant).await {
            return Ok(settings);
        }
        let found = self.store.tenant(tenant).await.map_err(|e| unavailable(&e))?;
        let settings = Arc::new(found.ok_or_else(|| Refusal::not_found("tenant"))?.settings);
        self.settings.insert(tenant, settings.clone()).await;
        Ok(settings)
    }

    pub(crate) async fn timetable(&self, tenant: TenantId) -> Result<Arc<Timetable>, Refusal> {
        if let Some(timetable) = self.timetables.get(&tenant).await {
            return Ok(timetable);
        }
        let timetable = Arc::new(store::timetable(&*self.store, tenant).await.map_err(|e| unavailable(&e))?);
        self.timetables.insert(tenant, timetable.clone()).await;
        Ok(timetable)
    }

    /// Not found when the agent is disabled.
    pub(crate) async fn agent(&self, tenant: TenantId, id: AgentId) -> Result<Named<AgentId>, Refusal> {
        if let Some(agent) = self.agents.get(&(tenant, id)).await {
            return Ok(agent.as_ref().clone());
        }
        let found = self.store.agent(tenant, id).await.map_err(|e| unavailable(&e))?;
        let agent = found.filter(|a| !a.disabled).ok_or_else(|| Refusal::not_found("agent"))?;
        let named = Named { id, name: agent.name };
        self.agents.insert((tenant, id), Arc::new(named.clone())).await;
        Ok(named)
    }

    pub(crate) async fn team(&self, tenant: TenantId, id: TeamId) -> Result<Arc<Team>, Refusal> {
        if let Some(team) = self.teams.get(&(tenant, id)).await {
            return Ok(team);
        }
        let found = self.store.team(tenant, id).await.map_err(|e| unavailable(&e))?;
        let team = Arc::new(found.ok_or_else(|| Refusal::not_found("team"))?);
        self.teams.insert((tenant, id), team.clone()).await;
        Ok(team)
    }

    pub(crate) async fn teams_of(&self, tenant: TenantId, agent: AgentId) -> Result<Arc<[TeamId]>, Refusal> {
        if let Some(teams) = self.teams_of.get(&(tenant, agent)).await {
            return Ok(teams);
        }
        let found = self.store.teams_of(tenant, agent).await.map_err(|e| unavailable(&e))?;
        let teams: Arc<[TeamId]> = found.iter().map(|t| t.id).collect();
        self.teams_of.insert((tenant, agent), teams.clone()).await;
        Ok(teams)
    }
}

/// A team as it is shown.
pub(crate) fn named(team: &Team) -> Named<TeamId> {
    Named { id: team.id, name: team.name.clone() }
}
