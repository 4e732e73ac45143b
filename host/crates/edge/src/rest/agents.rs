use super::etag::tagged;
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::{
    AgentId, Role,
    people::{Agent, Status},
    permission::Action,
};
use ports::store::Page;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tenancy::{AgentChange, NewPerson};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
pub(crate) struct AgentView {
    #[schema(value_type = String)]
    id: AgentId,
    email: String,
    name: String,
    /// `agent`, `supervisor` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String)]
    status: Status,
    /// Conversations at once.
    capacity: u16,
    /// Conversations this agent has or is being offered.
    open: u16,
    skills: Vec<String>,
    tier: u8,
    weight: u16,
    disabled: bool,
    /// What `If-Match` takes.
    version: u64,
}

impl From<Agent> for AgentView {
    fn from(a: Agent) -> Self {
        let Agent { id, email, name, role, status, capacity, open, skills, tier, weight, disabled, version } = a;
        Self { id, email, name, role, status, capacity, open, skills, tier, weight, disabled, version }
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewAgent {
    email: String,
    name: String,
    /// `agent`, `supervisor` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String)]
    password: SecretString,
    /// The tenant's default when not given.
    capacity: Option<u16>,
    #[serde(default)]
    skills: Vec<String>,
    /// 0 is the most junior.
    #[serde(default)]
    tier: u8,
    /// 100 is a full share of the work.
    weight: Option<u16>,
}

/// What is not given stays as it is.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChangedAgent {
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    capacity: Option<u16>,
    skills: Option<Vec<String>>,
    tier: Option<u8>,
    weight: Option<u16>,
    disabled: Option<bool>,
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

/// Agents of the tenant
#[utoipa::path(get, path = "/agents", tag = "people", params(PageQuery), responses((status = 200, body = List<AgentView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<AgentView>>, Problem> {
    let caller = auth.may(Action::ReadAgents)?;
    let limit = page.limit()?;
    let agents = app.parts.tenancy.agents(caller.tenant, Page { after: page.after()?, limit }).await?;
    let items = agents.into_iter().map(AgentView::from).collect();
    Ok(axum::Json(List::page(items, limit, |a| a.id.to_string())))
}

/// Add an agent
#[utoipa::path(post, path = "/agents", tag = "people", request_body = NewAgent, responses((status = 201, body = AgentView)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<NewAgent>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageAgents)?;
    let NewAgent { email, name, role, password, capacity, skills, tier, weight } = new;
    let person = NewPerson { email, name, role, password, capacity, skills, tier, weight };
    let agent = app.parts.tenancy.add_agent(caller, person).await?;
    Ok((StatusCode::CREATED, tagged(agent.version, AgentView::from(agent))).into_response())
}

/// One agent
#[utoipa::path(get, path = "/agents/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = AgentView)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<AgentId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadAgents)?;
    let agent = app.parts.tenancy.agent(caller.tenant, id).await?;
    Ok(tagged(agent.version, AgentView::from(agent)))
}

/// Change an agent
#[utoipa::path(patch, path = "/agents/{id}", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = ChangedAgent, responses((status = 200, body = AgentView)))]
pub(crate) async fn change(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<AgentId>,
    IfMatch(version): IfMatch,
    Json(changed): Json<ChangedAgent>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageAgents)?;
    let ChangedAgent { name, role, capacity, skills, tier, weight, disabled, password } = changed;
    let change = AgentChange { name, role, capacity, skills, tier, weight, disabled, password };
    let agent = app.parts.tenancy.change_agent(caller, id, version, change).await?;
    app.tokens.look_now();
    // More capacity is a free place.
    app.parts.conversations.agent_connected(caller.tenant, id);
    Ok(tagged(agent.version, AgentView::from(agent)))
}
