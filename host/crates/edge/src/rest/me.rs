use super::visitors::TenantRef;
use crate::{
    edge::{App, Edge},
    extract::{Auth, IdempotencyKey, Json},
    problem::Problem,
};
use axum::extract::State;
use conversation::{Intent, Receipt};
use model::{Caller, Participant, Role, TeamId, body::Named, people::Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    participant: Participant,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    tenant: TenantRef,
    /// Of an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    teams: Option<Vec<Named<TeamId>>>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewStatus {
    /// `online`, `busy`, `away` or `offline`.
    #[schema(value_type = String)]
    status: Status,
}

pub(crate) async fn describe(app: &Edge, caller: &Caller) -> Result<Me, Problem> {
    let tenancy = &app.parts.tenancy;
    let tenant = tenancy.tenant(caller.tenant).await?;
    let mut me = Me {
        participant: caller.participant,
        name: caller.name.clone(),
        role: caller.role,
        tenant: TenantRef { id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() },
        status: None,
        capacity: None,
        teams: None,
    };
    // A bot is no agent of the tenant's.
    if let Participant::Agent(id) = caller.participant
        && let Ok(agent) = tenancy.agent(caller.tenant, id).await
    {
        let teams = tenancy.teams_of(caller.tenant, id).await?;
        me.status = Some(agent.status);
        me.capacity = Some(agent.capacity);
        me.teams = Some(teams.into_iter().map(|t| Named { id: t.id, name: t.name }).collect());
    }
    Ok(me)
}

/// Who I am
#[utoipa::path(get, path = "/me", tag = "people", responses((status = 200, body = Me)))]
pub(crate) async fn me(State(app): State<App>, auth: Auth) -> Result<axum::Json<Me>, Problem> {
    Ok(axum::Json(describe(&app, auth.caller()).await?))
}

/// Set my status
#[utoipa::path(put, path = "/me/status", tag = "people", request_body = NewStatus, responses((status = 200, body = Object)))]
pub(crate) async fn set_status(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Json(new): Json<NewStatus>,
) -> Result<axum::Json<Receipt>, Problem> {
    Ok(axum::Json(app.execute(auth.caller(), id, Intent::Status { status: new.status }).await?))
}
