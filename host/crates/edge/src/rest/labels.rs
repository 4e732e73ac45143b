//! Labels that conversations are sorted by: `{name, color}`.

use super::resources::{View, created, listed, shown};
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{extract::State, http::StatusCode, response::Response};
use model::{ResourceId, administration::Label, permission::Action};
use ports::store::Page;

/// Labels of the tenant
#[utoipa::path(get, path = "/labels", tag = "tenant", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<View<Label>>>, Problem> {
    let caller = auth.may(Action::ReadLabels)?;
    let limit = page.limit()?;
    Ok(listed(app.parts.tenancy.labels(caller.tenant, Page { after: page.after()?, limit }).await?, limit))
}

/// Add a label
#[utoipa::path(post, path = "/labels", tag = "tenant", request_body = Object, responses((status = 201, body = Object)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<Label>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageLabels)?;
    Ok(created(app.parts.tenancy.add_label(caller, new).await?))
}

/// One label
#[utoipa::path(get, path = "/labels/{id}", tag = "tenant", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<ResourceId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadLabels)?;
    Ok(shown(app.parts.tenancy.label(caller.tenant, id).await?))
}

/// Replace a label
#[utoipa::path(put, path = "/labels/{id}", tag = "tenant", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn put(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
    Json(new): Json<Label>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageLabels)?;
    Ok(shown(app.parts.tenancy.change_label(caller, id, version, new).await?))
}

/// Delete a label
#[utoipa::path(delete, path = "/labels/{id}", tag = "tenant", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManageLabels)?;
    app.parts.tenancy.delete_label(caller, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
