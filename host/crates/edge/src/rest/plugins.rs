use super::uploads;
use crate::{
    edge::App,
    extract::{Auth, List, Path, body},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
};
use model::{
    AgentId, Caller, Code, Refusal, limits,
    permission::Action,
    plugin::{Digest, Release},
};
use ports::Inspection;

/// Who is written down for a change of plugins.
pub(crate) fn agent(caller: &Caller) -> Result<AgentId, Refusal> {
    caller.participant.agent().ok_or_else(|| Refusal::forbidden("only agents may do this"))
}

/// Releases: the tenant's own and those that ship
#[utoipa::path(get, path = "/plugins", tag = "plugins", responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(State(app): State<App>, auth: Auth) -> Result<Json<List<Release>>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(Json(List::all(app.parts.rollout.releases(caller.tenant).await?)))
}

/// Upload a component: it is checked, and kept as a release
#[utoipa::path(post, path = "/plugins", tag = "plugins", request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 201, body = Object)))]
pub(crate) async fn upload(
    State(app): State<App>,
    auth: Auth,
    request: Request,
) -> Result<(StatusCode, Json<Release>), Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    let wasm = request.headers().get(header::CONTENT_TYPE).is_some_and(|v| v == "application/wasm");
    let _turn = app.uploads.try_acquire().map_err(|_| uploads::busy())?;
    // Read first: a client that is still writing would not see the refusal.
    let component = body(request, limits::PLUGIN_BYTES).await?;
    if !wasm {
        return Err(Refusal::new(Code::Unsupported, "a plugin is sent as application/wasm").into());
    }
    let release = app.parts.rollout.upload(caller.tenant, agent(caller)?, component.as_ref().into()).await?;
    Ok((StatusCode::CREATED, Json(release)))
}

/// One release
#[utoipa::path(get, path = "/plugins/{digest}", tag = "plugins", params(("digest" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(
    State(app): State<App>,
    auth: Auth,
    Path(digest): Path<Digest>,
) -> Result<Json<Release>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(Json(app.parts.rollout.release(caller.tenant, digest).await?))
}

/// Look into a release: world, imports, limits, settings
#[utoipa::path(get, path = "/plugins/{digest}/inspect", tag = "plugins", params(("digest" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn inspect(
    State(app): State<App>,
    auth: Auth,
    Path(digest): Path<Digest>,
) -> Result<Json<Inspection>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(Json(app.parts.rollout.inspect(caller.tenant, digest).await?))
}

/// Delete a release that nothing uses
#[utoipa::path(delete, path = "/plugins/{digest}", tag = "plugins", params(("digest" = String, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    auth: Auth,
    Path(digest): Path<Digest>,
) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    app.parts.rollout.delete_release(caller.tenant, agent(caller)?, digest).await?;
    Ok(StatusCode::NO_CONTENT)
}
