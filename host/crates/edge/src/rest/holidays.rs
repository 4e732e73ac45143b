//! Days on which teams are closed: `{date, name, team?}`.

use super::resources::{View, created, listed, shown};
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{extract::State, http::StatusCode, response::Response};
use model::{ResourceId, hours::Holiday, permission::Action};
use ports::store::Page;

/// Holidays of the tenant
#[utoipa::path(get, path = "/holidays", tag = "tenant", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<View<Holiday>>>, Problem> {
    let caller = auth.may(Action::ReadHours)?;
    let limit = page.limit()?;
    Ok(listed(app.parts.tenancy.holidays(caller.tenant, Page { after: page.after()?, limit }).await?, limit))
}

/// Add a holiday
#[utoipa::path(post, path = "/holidays", tag = "tenant", request_body = Object, responses((status = 201, body = Object)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<Holiday>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageHours)?;
    Ok(created(app.parts.tenancy.add_holiday(caller, new).await?))
}

/// One holiday
#[utoipa::path(get, path = "/holidays/{id}", tag = "tenant", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<ResourceId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadHours)?;
    Ok(shown(app.parts.tenancy.holiday(caller.tenant, id).await?))
}

/// Replace a holiday
#[utoipa::path(put, path = "/holidays/{id}", tag = "tenant", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn put(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
    Json(new): Json<Holiday>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageHours)?;
    Ok(shown(app.parts.tenancy.change_holiday(caller, id, version, new).await?))
}

/// Delete a holiday
#[utoipa::path(delete, path = "/holidays/{id}", tag = "tenant", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManageHours)?;
    app.parts.tenancy.delete_holiday(caller, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
