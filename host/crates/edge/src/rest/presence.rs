use crate::{
    edge::App,
    extract::{Auth, List},
    problem::Problem,
};
use axum::extract::State;
use model::{AgentId, TeamId, body::Named, limits, people::Status, permission::Action};
use ports::store::Page;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Agents that are looked at.
const AGENTS: u32 = limits::ROUTING_AGENTS as u32;

#[derive(Serialize, ToSchema)]
pub(crate) struct TeamPresence {
    #[schema(value_type = Object)]
    team: Named<TeamId>,
    members: Vec<MemberPresence>,
}

#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct MemberPresence {
    #[schema(value_type = Object)]
    agent: Named<AgentId>,
    #[schema(value_type = String)]
    status: Status,
    /// Has a live session; while the directory is away: is not `offline`.
    connected: bool,
    open: u16,
    capacity: u16,
}

/// Who is on, by team, with load
#[utoipa::path(get, path = "/presence", tag = "people", responses((status = 200, body = List<TeamPresence>)))]
pub(crate) async fn list(State(app): State<App>, auth: Auth) -> Result<axum::Json<List<TeamPresence>>, Problem> {
    let caller = auth.may(Action::ReadPresence)?;
    let agents = app.parts.tenancy.agents(caller.tenant, Page { after: None, limit: AGENTS }).await?;
    let ids: Vec<_> = agents.iter().map(|a| a.id).collect();
    let connected = match app.parts.directory.connected_agents(caller.tenant, &ids).await {
        Ok(connected) => connected,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "presence without the session directory");
            agents.iter().filter(|a| a.status != Status::Offline).map(|a| a.id).collect()
        }
    };
    let present: HashMap<AgentId, MemberPresence> = agents
        .into_iter()
        .filter(|a| !a.disabled)
        .map(|a| {
            let member = MemberPresence {
                connected: connected.contains(&a.id),
                status: a.status,
                open: a.open,
                capacity: a.capacity,
                agent: Named { id: a.id, name: a.name },
            };
            (a.id, member)
        })
        .collect();
    let teams = app.parts.tenancy.teams(caller.tenant).await?;
    let items = teams.into_iter().map(|t| TeamPresence {
        members: t.members.iter().filter_map(|m| present.get(m).cloned()).collect(),
        team: Named { id: t.id, name: t.name },
    });
    Ok(axum::Json(List::all(items.collect())))
}
