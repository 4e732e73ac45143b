use super::etag::tagged;
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, Path},
    problem::Problem,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::{AgentId, TeamId, people::Team, permission::Action};
use serde::{Deserialize, Serialize};
use tenancy::TeamChange;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Team)]
pub(crate) struct TeamView {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    #[schema(value_type = Vec<String>)]
    members: Vec<AgentId>,
    /// What `If-Match` takes.
    version: u64,
}

impl From<Team> for TeamView {
    fn from(Team { id, name, members, version }: Team) -> Self {
        Self { id, name, members, version }
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewTeam {
    name: String,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    members: Vec<AgentId>,
}

/// What is not given stays as it is.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChangedTeam {
    name: Option<String>,
    #[schema(value_type = Option<Vec<String>>)]
    members: Option<Vec<AgentId>>,
}

/// Teams of the tenant
#[utoipa::path(get, path = "/teams", tag = "people", responses((status = 200, body = List<TeamView>)))]
pub(crate) async fn list(State(app): State<App>, auth: Auth) -> Result<axum::Json<List<TeamView>>, Problem> {
    let caller = auth.may(Action::ReadAgents)?;
    let teams = app.parts.tenancy.teams(caller.tenant).await?;
    Ok(axum::Json(List::all(teams.into_iter().map(TeamView::from).collect())))
}

/// Add a team
#[utoipa::path(post, path = "/teams", tag = "people", request_body = NewTeam, responses((status = 201, body = TeamView)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<NewTeam>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTeams)?;
    let team = app.parts.tenancy.add_team(caller, &new.name, new.members).await?;
    Ok((StatusCode::CREATED, tagged(team.version, TeamView::from(team))).into_response())
}

/// One team
#[utoipa::path(get, path = "/teams/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = TeamView)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<TeamId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadAgents)?;
    let team = app.parts.tenancy.team(caller.tenant, id).await?;
    Ok(tagged(team.version, TeamView::from(team)))
}

/// Change a team
#[utoipa::path(patch, path = "/teams/{id}", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = ChangedTeam, responses((status = 200, body = TeamView)))]
pub(crate) async fn change(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<TeamId>,
    IfMatch(version): IfMatch,
    Json(changed): Json<ChangedTeam>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTeams)?;
    let change = TeamChange { name: changed.name, members: changed.members };
    let team = app.parts.tenancy.change_team(caller, id, version, change).await?;
    for member in &team.members {
        app.parts.conversations.agent_connected(caller.tenant, *member);
    }
    Ok(tagged(team.version, TeamView::from(team)))
}
