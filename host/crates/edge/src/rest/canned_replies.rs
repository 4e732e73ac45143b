//! Replies that agents write often: `{shortcut, text, language?, team?}`.

use super::resources::{View, created, listed, shown};
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{extract::State, http::StatusCode, response::Response};
use model::{ResourceId, administration::CannedReply, permission::Action};
use ports::store::Page;

/// Canned replies of the tenant
#[utoipa::path(get, path = "/canned-replies", tag = "tenant", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<View<CannedReply>>>, Problem> {
    let caller = auth.may(Action::ReadCannedReplies)?;
    let limit = page.limit()?;
    Ok(listed(app.parts.tenancy.canned_replies(caller.tenant, Page { after: page.after()?, limit }).await?, limit))
}

/// Add a canned reply
#[utoipa::path(post, path = "/canned-replies", tag = "tenant", request_body = Object, responses((status = 201, body = Object)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<CannedReply>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageCannedReplies)?;
    Ok(created(app.parts.tenancy.add_canned_reply(caller, new).await?))
}

/// One canned reply
#[utoipa::path(get, path = "/canned-replies/{id}", tag = "tenant", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<ResourceId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadCannedReplies)?;
    Ok(shown(app.parts.tenancy.canned_reply(caller.tenant, id).await?))
}

/// Replace a canned reply
#[utoipa::path(put, path = "/canned-replies/{id}", tag = "tenant", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn put(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
    Json(new): Json<CannedReply>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageCannedReplies)?;
    Ok(shown(app.parts.tenancy.change_canned_reply(caller, id, version, new).await?))
}

/// Delete a canned reply
#[utoipa::path(delete, path = "/canned-replies/{id}", tag = "tenant", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManageCannedReplies)?;
    app.parts.tenancy.delete_canned_reply(caller, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
