use crate::{
    Tenancy,
    refusals::{line, stale, unavailable},
};
use model::{AgentId, Caller, Code, Refusal, TeamId, TenantId, people::Team};

/// Members of one team.
const MEMBERS: usize = model::limits::ROUTING_AGENTS;

/// What of a team may be changed; `None` stays as it is.
#[derive(Debug, Default)]
pub struct TeamChange {
    pub name: Option<String>,
    pub members: Option<Vec<AgentId>>,
}

impl Tenancy {
    pub async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>, Refusal> {
        self.store.teams(tenant).await.map_err(unavailable)
    }

    pub async fn teams_of(&self, tenant: TenantId, agent: AgentId) -> Result<Vec<Team>, Refusal> {
        self.store.teams_of(tenant, agent).await.map_err(unavailable)
    }

    pub async fn team(&self, tenant: TenantId, id: TeamId) -> Result<Team, Refusal> {
        self.store.team(tenant, id).await.map_err(unavailable)?.ok_or_else(|| Refusal::not_found("team"))
    }

    pub async fn add_team(&self, by: &Caller, name: &str, members: Vec<AgentId>) -> Result<Team, Refusal> {
        let members = self.check_members(by.tenant, members).await?;
        let team = self.insert_team(by.tenant, name, members).await?;
        self.audit(by, "team.added", serde_json::json!({ "team": team.id, "name": team.name })).await;
        Ok(team)
    }

    pub(crate) async fn insert_team(
        &self,
        tenant: TenantId,
        name: &str,
        members: Vec<AgentId>,
    ) -> Result<Team, Refusal> {
        let team = Team { id: self.ids.team(), name: line("name", name)?, members, version: 1 };
        if !self.store.add_team(tenant, &team).await.map_err(unavailable)? {
            return Err(Refusal::conflict("there is a team with this name").field("name"));
        }
        self.team(tenant, team.id).await
    }

    pub async fn change_team(
        &self,
        by: &Caller,
        id: TeamId,
        version: u64,
        change: TeamChange,
    ) -> Result<Team, Refusal> {
        let mut team = self.team(by.tenant, id).await?;
        team.version = version;
        if let Some(name) = change.name {
            team.name = line("name", &name)?;
        }
        if let Some(members) = change.members {
            team.members = self.check_members(by.tenant, members).await?;
        }
        if !self.store.update_team(by.tenant, &team).await.map_err(unavailable)? {
            return Err(stale());
        }
        self.audit(by, "team.changed", serde_json::json!({ "team": id, "members": team.members.len() })).await;
        self.team(by.tenant, id).await
    }

    /// Each once, and all of this tenant.
    async fn check_members(&self, tenant: TenantId, mut members: Vec<AgentId>) -> Result<Vec<AgentId>, Refusal> {
        members.sort_unstable();
        members.dedup();
        if members.len() > MEMBERS {
            return Err(Refusal::new(Code::TooLarge, format!("a team has at most {MEMBERS} members")).field("members"));
        }
        for member in &members {
            if self.store.agent(tenant, *member).await.map_err(unavailable)?.is_none() {
                return Err(Refusal::not_found("agent").field("members"));
            }
        }
        Ok(members)
    }
}
