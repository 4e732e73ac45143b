//! Why a conversation went where it went.

use crate::{
    edge::{App, Edge},
    extract::{self, Auth, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{Json, extract::State};
use model::{
    AgentId, ConversationId, DecisionId, Refusal, TenantId, Timestamp,
    body::Named,
    permission::Action,
    plugin::{DecisionRecord, Digest, Rung},
    routing,
};
use ports::store::Page;
use rollout::{DryRun, DryRunReport, Replay};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Decision)]
pub(crate) struct DecisionView {
    #[schema(value_type = String)]
    id: DecisionId,
    #[schema(value_type = String)]
    at: Timestamp,
    /// `assign`, `wait`, `move_to`, `take_message` or `refuse`.
    action: &'static str,
    /// Who got it, when somebody did.
    #[schema(value_type = Option<Object>)]
    agent: Option<Named<AgentId>>,
    /// In the plugin's order.
    reasons: Vec<ReasonView>,
    plugin: PluginRef,
    /// Who answered: `active`, `last_good` or `built_in`.
    #[schema(value_type = String)]
    rung: Rung,
    epoch: u64,
    fuel: u64,
    /// How many agents it could choose from.
    candidates: usize,
    /// Why the rungs above did not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

/// One reason, and what its code means by the plugin's manifest.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReasonView {
    code: String,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PluginRef {
    name: String,
    version: String,
    #[schema(value_type = Option<String>)]
    digest: Option<Digest>,
}

/// Decisions of a conversation, newest first
#[utoipa::path(get, path = "/conversations/{id}/decisions", tag = "plugins", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = List<DecisionView>)))]
pub(crate) async fn of_conversation(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ConversationId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<DecisionView>>, Problem> {
    let caller = auth.may(Action::ReadDecisions)?;
    app.readable(caller, id).await?;
    let limit = page.limit()?;
    let records = app.parts.store.decisions(caller.tenant, id, Page { after: page.after()?, limit }).await?;
    let mut viewer = Viewer::new(&app, caller.tenant);
    let mut items = Vec::with_capacity(records.len());
    for record in records {
        items.push(viewer.view(record).await?);
    }
    Ok(Json(List::page(items, limit, |decision| decision.id.to_string())))
}

/// A decision with the conversation it is about.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedDecision {
    #[schema(value_type = String)]
    conversation: ConversationId,
    #[serde(flatten)]
    decision: DecisionView,
}

/// Decisions of all conversations, newest first
#[utoipa::path(get, path = "/decisions", tag = "plugins", params(PageQuery), responses((status = 200, body = List<ListedDecision>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<ListedDecision>>, Problem> {
    auth.may(Action::ReadDecisions)?;
    let caller = auth.may(Action::ReadTenantConversations)?;
    let limit = page.limit()?;
    let found = app.parts.store.recent_decisions(caller.tenant, Page { after: page.after()?, limit }).await?;
    let mut viewer = Viewer::new(&app, caller.tenant);
    let mut items = Vec::with_capacity(found.len());
    for (conversation, record) in found {
        items.push(ListedDecision { conversation, decision: viewer.view(record).await? });
    }
    Ok(Json(List::page(items, limit, |listed| listed.decision.id.to_string())))
}

/// One decision with all that it was made from
#[utoipa::path(get, path = "/decisions/{id}", tag = "plugins", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<DecisionId>,
) -> Result<Json<serde_json::Value>, Problem> {
    let caller = auth.may(Action::ReadDecisions)?;
    let (conversation, record) =
        app.parts.store.decision(caller.tenant, id).await?.ok_or_else(|| Refusal::not_found("decision"))?;
    app.readable(caller, conversation).await?;
    Ok(Json(serde_json::json!({ "conversation": conversation, "decision": record })))
}

/// Compute a decision again: `same`, or the first difference
#[utoipa::path(post, path = "/decisions/{id}/replay", tag = "plugins", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn replay(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<DecisionId>,
) -> Result<Json<Replay>, Problem> {
    let caller = auth.may(Action::ReplayDecision)?;
    Ok(Json(app.parts.rollout.replay(caller.tenant, id).await?))
}

/// Ask a candidate again what was asked in a range of time: what would have gone elsewhere
#[utoipa::path(post, path = "/decisions/dry-runs", tag = "plugins", request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn dry_run(
    State(app): State<App>,
    auth: Auth,
    extract::Json(dry_run): extract::Json<DryRun>,
) -> Result<Json<DryRunReport>, Problem> {
    let caller = auth.may(Action::ManagePlugins)?;
    Ok(Json(app.parts.rollout.dry_run(caller.tenant, &dry_run).await?))
}

/// Decisions of one page as they are shown: each agent and each release that they name is read once.
struct Viewer<'a> {
    app: &'a Edge,
    tenant: TenantId,
    agents: HashMap<AgentId, String>,
    manifests: HashMap<Digest, serde_json::Value>,
}

impl<'a> Viewer<'a> {
    fn new(app: &'a Edge, tenant: TenantId) -> Self {
        Self { app, tenant, agents: HashMap::new(), manifests: HashMap::new() }
    }

    async fn view(&mut self, record: DecisionRecord) -> Result<DecisionView, Problem> {
        if let Some(id) = record.assigned.filter(|id| !self.agents.contains_key(id)) {
            let found = self.app.parts.store.agent(self.tenant, id).await?;
            self.agents.insert(id, found.map(|a| a.name).unwrap_or_default());
        }
        if let Some(release) = record.release.filter(|release| !self.manifests.contains_key(release)) {
            let found = self.app.parts.store.release(self.tenant, release).await?;
            self.manifests.insert(release, found.map(|r| r.manifest).unwrap_or_default());
        }
        let agent = record.assigned.map(|id| Named { id, name: self.agents.get(&id).cloned().unwrap_or_default() });
        let manifest = record.release.and_then(|release| self.manifests.get(&release));
        let meaning = |code: &str| manifest?["reasons"][code].as_str().map(str::to_owned);
        let told = |reason: routing::Reason| ReasonView {
            meaning: meaning(&reason.code),
            code: reason.code,
            detail: reason.detail,
        };
        Ok(DecisionView {
            id: record.id,
            at: record.at,
            action: match record.decision.action {
                routing::Action::Assign(_) => "assign",
                routing::Action::Wait { .. } => "wait",
                routing::Action::MoveTo(_) => "move_to",
                routing::Action::TakeMessage => "take_message",
                routing::Action::Refuse(_) => "refuse",
            },
            agent,
            reasons: record.decision.reasons.into_iter().map(told).collect(),
            plugin: PluginRef { name: record.plugin, version: record.version, digest: record.release },
            rung: record.rung,
            epoch: record.epoch,
            fuel: record.fuel,
            candidates: record.request.agents.len(),
            faults: record.faults,
        })
    }
}
