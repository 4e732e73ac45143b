//! Where notifications may go: `{name, channel, address, events, ordered, concurrency, rate, disabled}`.

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
    Refusal, ResourceId, Timestamp,
    notification::{Target, TargetHealth},
    permission::Action,
};
use notification::Tested;
use ports::store::Page;
use secrecy::ExposeSecret;
use serde::Serialize;
use tenancy::Versioned;

/// A target without its secrets, and how it is doing.
#[derive(Serialize)]
pub(crate) struct View {
    id: ResourceId,
    #[serde(flatten)]
    target: Target,
    version: u64,
    /// Failures in a row; it rests after a few, and is given up after days.
    streak: u32,
    failing_since: Option<Timestamp>,
    /// The breaker: nothing is tried before.
    rests_until: Option<Timestamp>,
    /// Shown once: when it was made or rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

async fn view(app: &App, auth: &Auth, found: Versioned<Target>, secret: Option<String>) -> Result<View, Problem> {
    let health = app.parts.store.target_health(auth.caller().tenant, &found.body.name).await?;
    let target = Target { secrets: Vec::new(), ..found.body };
    let (id, version) = (found.id, found.version);
    let TargetHealth { streak, failing_since, rests_until } = health;
    Ok(View { id, target, version, streak, failing_since, rests_until, secret })
}

async fn shown(app: &App, auth: &Auth, found: Versioned<Target>, secret: Option<String>) -> Result<Response, Problem> {
    let version = found.version;
    Ok(tagged(version, view(app, auth, found, secret).await?))
}

/// Targets of the tenant
#[utoipa::path(get, path = "/targets", tag = "notifications", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<View>>, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    let limit = page.limit()?;
    let found = app.parts.tenancy.targets(caller.tenant, Page { after: page.after()?, limit }).await?;
    let mut items = Vec::with_capacity(found.len());
    for target in found {
        items.push(view(&app, &auth, target, None).await?);
    }
    Ok(axum::Json(List::page(items, limit, |view| view.id.to_string())))
}

/// Add a target; the answer has its secret, once
#[utoipa::path(post, path = "/targets", tag = "notifications", request_body = Object, responses((status = 201, body = Object)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<Target>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    app.parts.notifications.check_target(&new)?;
    let secret = app.parts.notifications.new_secret(&new.channel).map(|secret| secret.expose_secret().to_owned());
    let made = app.parts.tenancy.add_target(caller, new, secret.clone()).await?;
    Ok((StatusCode::CREATED, shown(&app, &auth, made, secret).await?).into_response())
}

/// One target
#[utoipa::path(get, path = "/targets/{id}", tag = "notifications", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<ResourceId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    let found = app.parts.tenancy.target(caller.tenant, id).await?;
    shown(&app, &auth, found, None).await
}

/// Replace a target; its secrets stay
#[utoipa::path(put, path = "/targets/{id}", tag = "notifications", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn put(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
    Json(new): Json<Target>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    app.parts.notifications.check_target(&new)?;
    let changed = app.parts.tenancy.change_target(caller, id, version, new).await?;
    shown(&app, &auth, changed, None).await
}

/// Delete a target; what is due for it becomes a dead letter
#[utoipa::path(delete, path = "/targets/{id}", tag = "notifications", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    app.parts.tenancy.delete_target(caller, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new secret, in the answer once; the one before it stays good beside it until the next rotation
#[utoipa::path(post, path = "/targets/{id}/rotate", tag = "notifications", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Object)))]
pub(crate) async fn rotate(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
    IfMatch(version): IfMatch,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    let channel = app.parts.tenancy.target(caller.tenant, id).await?.body.channel;
    let Some(secret) = app.parts.notifications.new_secret(&channel) else {
        return Err(Refusal::bad("channel", "this channel has no secrets of ours").into());
    };
    let secret = secret.expose_secret().to_owned();
    let changed = app.parts.tenancy.rotate_target(caller, id, version, secret.clone()).await?;
    shown(&app, &auth, changed, Some(secret)).await
}

/// Send something at once and say what came of it
#[utoipa::path(post, path = "/targets/{id}/test", tag = "notifications", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn test(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ResourceId>,
) -> Result<axum::Json<Tested>, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    let target = app.parts.tenancy.target(caller.tenant, id).await?.body;
    Ok(axum::Json(app.parts.notifications.test(caller.tenant, &target).await?))
}

/// The target is well again: its failures are forgotten
#[utoipa::path(post, path = "/targets/{id}/reset", tag = "notifications", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn reset(State(app): State<App>, auth: Auth, Path(id): Path<ResourceId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    let found = app.parts.tenancy.target(caller.tenant, id).await?;
    app.parts.store.reset_target(caller.tenant, &found.body.name).await?;
    shown(&app, &auth, found, None).await
}
