use super::{etag::tagged, plugins::agent};
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{
    extract::{FromRequestParts, State},
    http::{header, request::Parts},
    response::Response,
};
use model::{Refusal, permission::Action, plugin::Activation};
use rollout::{Change, NodeState, Plan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Changes of one request.
const CHANGES: usize = 64;

#[derive(Deserialize, ToSchema)]
pub(crate) struct Changes {
    /// Each `{hook, team?, release?, settings?}`; without a release the binding is taken away.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Rollback {
    /// The set to go back to; one step back when not given, and at the next call one step more.
    epoch: Option<u64>,
}

/// An activation with what each node has to do with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivationView {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    activation: Activation,
    /// Each `{node, name?, state, proof?, fuel?, error?, at?}`; `state` is `waiting`, `prepared`, `refused` or `fenced`.
    #[schema(value_type = Vec<Object>)]
    nodes: Vec<NodeState>,
}

/// The epoch that a change is meant for (the `ETag` of `GET /v1/bindings`), for a client that sends it.
pub(crate) struct MeantFor(Option<u64>);

impl FromRequestParts<App> for MeantFor {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            return Ok(Self(None));
        }
        let IfMatch(epoch) = IfMatch::from_request_parts(parts, app).await?;
        Ok(Self(Some(epoch)))
    }
}

impl Changes {
    fn checked(self) -> Result<Vec<Change>, Refusal> {
        if self.changes.is_empty() || self.changes.len() > CHANGES {
            return Err(Refusal::bad("changes", format!("1 to {CHANGES}")));
        }
        Ok(self.changes)
    }
}

/// What is in force
#[utoipa::path(get, path = "/bindings", tag = "plugins", responses((status = 200, body = Object)))]
pub(crate) async fn list(State(app): State<App>, auth: Auth) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    let (epoch, bindings) = app.parts.rollout.in_force(caller.tenant).await?;
    Ok(tagged(epoch, serde_json::json!({ "epoch": epoch, "items": bindings })))
}

/// What an activation would do
#[utoipa::path(post, path = "/bindings/plan", tag = "plugins", request_body = Changes, responses((status = 200, body = Object)))]
pub(crate) async fn plan(
    State(app): State<App>,
    auth: Auth,
    Json(changes): Json<Changes>,
) -> Result<axum::Json<Plan>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(axum::Json(app.parts.rollout.plan(caller.tenant, &changes.checked()?).await?))
}

/// Put changes in force on all nodes at once
#[utoipa::path(post, path = "/bindings/activate", tag = "plugins", params(("If-Match" = Option<String>, Header)), request_body = Changes, responses((status = 200, body = Object)))]
pub(crate) async fn activate(
    State(app): State<App>,
    auth: Auth,
    MeantFor(from): MeantFor,
    Json(changes): Json<Changes>,
) -> Result<axum::Json<Activation>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(axum::Json(app.parts.rollout.activate(caller.tenant, agent(caller)?, &changes.checked()?, from).await?))
}

/// Put an earlier set in force again
#[utoipa::path(post, path = "/bindings/rollback", tag = "plugins", params(("If-Match" = Option<String>, Header)), request_body = Rollback, responses((status = 200, body = Object)))]
pub(crate) async fn rollback(
    State(app): State<App>,
    auth: Auth,
    MeantFor(from): MeantFor,
    Json(Rollback { epoch }): Json<Rollback>,
) -> Result<axum::Json<Activation>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(axum::Json(app.parts.rollout.rollback(caller.tenant, agent(caller)?, epoch, from).await?))
}

/// Activations, newest first
#[utoipa::path(get, path = "/activations", tag = "plugins", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn activations(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<Activation>>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    let limit = page.limit()?;
    let items = app.parts.rollout.activations(caller.tenant, page.after()?, limit).await?;
    Ok(axum::Json(List::page(items, limit, |activation| activation.epoch.to_string())))
}

/// One activation, with each node's state
#[utoipa::path(get, path = "/activations/{epoch}", tag = "plugins", params(("epoch" = u64, Path)), responses((status = 200, body = ActivationView)))]
pub(crate) async fn activation(
    State(app): State<App>,
    auth: Auth,
    Path(epoch): Path<u64>,
) -> Result<axum::Json<ActivationView>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    let found = app.parts.store.activation(caller.tenant, epoch).await?;
    let activation = found.ok_or_else(|| Refusal::not_found("activation"))?;
    let nodes = app.parts.rollout.nodes(caller.tenant, &activation).await?;
    Ok(axum::Json(ActivationView { activation, nodes }))
}
