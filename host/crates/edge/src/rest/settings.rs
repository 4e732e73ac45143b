use super::etag::tagged;
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json},
    problem::Problem,
};
use axum::{extract::State, response::Response};
use model::{permission::Action, tenant::Settings};

/// What the tenant's admin has set
#[utoipa::path(get, path = "/settings", tag = "tenant", responses((status = 200, body = Object)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageSettings)?;
    let tenant = app.parts.tenancy.fresh_tenant(caller.tenant).await?;
    Ok(tagged(tenant.version, tenant.settings))
}

/// Replace the settings
#[utoipa::path(put, path = "/settings", tag = "tenant", params(("If-Match" = String, Header)), request_body = Object,
    responses((status = 200, body = Object)))]
pub(crate) async fn put(
    State(app): State<App>,
    auth: Auth,
    IfMatch(version): IfMatch,
    Json(settings): Json<Settings>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageSettings)?;
    let tenant = app.parts.tenancy.change_settings(caller, version, &settings).await?;
    Ok(tagged(tenant.version, tenant.settings))
}
