//! Each command of a session as a resource. `Idempotency-Key` is its id.

use super::uploads;
use crate::{
    edge::{App, Edge},
    extract::{Auth, IdempotencyKey, Json, Path},
    problem::Problem,
};
use axum::extract::State;
use conversation::{Handover, Intent, Receipt};
use model::{AgentId, Audience, Body, Caller, CommandId, ConversationId, Refusal, TeamId};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

type Answer = Result<axum::Json<Receipt>, Problem>;

impl Edge {
    /// Does one command, over whatever transport it came. What it refers to is checked here when only the edge knows it.
    pub(crate) async fn execute(&self, caller: &Caller, id: CommandId, mut intent: Intent) -> Result<Receipt, Refusal> {
        if let Intent::Send { body, .. } | Intent::Message { body, .. } | Intent::Edit { body, .. } = &mut intent {
            uploads::settle(self, caller, body)?;
        }
        self.parts.conversations.execute(caller, id, intent).await
    }

    async fn answer(&self, auth: &Auth, id: CommandId, intent: Intent) -> Answer {
        Ok(axum::Json(self.execute(auth.caller(), id, intent).await?))
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Open {
    /// The channel's team when not given.
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    subject: Option<String>,
    language: Option<String>,
    /// Skills that the agent should have.
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Send {
    #[schema(value_type = Object)]
    body: Body,
    /// `all`, or `agents` for a note.
    #[serde(default)]
    #[schema(value_type = String)]
    audience: Audience,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Edit {
    #[schema(value_type = Object)]
    body: Body,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Marks {
    delivered: Option<u64>,
    read: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Reason {
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Transfer {
    /// `{"agent": id}` or `{"team": id}`.
    #[schema(value_type = Object)]
    to: Handover,
    note: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Invite {
    #[schema(value_type = String)]
    agent: AgentId,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Rate {
    /// 1 to 5.
    score: u8,
    comment: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct LeftMessage {
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    #[schema(value_type = Object)]
    body: Body,
    /// How the visitor is reached.
    contact: String,
    language: Option<String>,
}

/// Open a conversation
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = Open, responses((status = 200, body = Object)))]
pub(crate) async fn open(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Json(new): Json<Open>,
) -> Answer {
    let Open { team, subject, language, needs, properties } = new;
    app.answer(&auth, id, Intent::Open { team, subject, language, needs, properties }).await
}

/// Send an entry
#[utoipa::path(post, path = "/conversations/{id}/entries", tag = "conversations", params(("id" = String, Path)),
    request_body = Send, responses((status = 200, body = Object)))]
pub(crate) async fn send(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
    Json(Send { body, audience }): Json<Send>,
) -> Answer {
    app.answer(&auth, id, Intent::Send { conversation, body, audience }).await
}

/// Edit an own entry
#[utoipa::path(patch, path = "/conversations/{id}/entries/{seq}", tag = "conversations",
    params(("id" = String, Path), ("seq" = u64, Path)), request_body = Edit, responses((status = 200, body = Object)))]
pub(crate) async fn edit(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path((conversation, seq)): Path<(ConversationId, u64)>,
    Json(Edit { body }): Json<Edit>,
) -> Answer {
    app.answer(&auth, id, Intent::Edit { conversation, seq, body }).await
}

/// Recall an own entry
#[utoipa::path(delete, path = "/conversations/{id}/entries/{seq}", tag = "conversations",
    params(("id" = String, Path), ("seq" = u64, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn recall(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path((conversation, seq)): Path<(ConversationId, u64)>,
) -> Answer {
    app.answer(&auth, id, Intent::Recall { conversation, seq }).await
}

/// Say up to where entries were delivered and read
#[utoipa::path(post, path = "/conversations/{id}/marks", tag = "conversations", params(("id" = String, Path)),
    request_body = Marks, responses((status = 200, body = Object)))]
pub(crate) async fn mark(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
    Json(Marks { delivered, read }): Json<Marks>,
) -> Answer {
    app.answer(&auth, id, Intent::Mark { conversation, delivered, read }).await
}

/// Close
#[utoipa::path(post, path = "/conversations/{id}/close", tag = "conversations", params(("id" = String, Path)),
    request_body = Reason, responses((status = 200, body = Object)))]
pub(crate) async fn close(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
    Json(Reason { reason }): Json<Reason>,
) -> Answer {
    app.answer(&auth, id, Intent::Close { conversation, reason }).await
}

/// Open again
#[utoipa::path(post, path = "/conversations/{id}/reopen", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
pub(crate) async fn reopen(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
) -> Answer {
    app.answer(&auth, id, Intent::Reopen { conversation }).await
}

/// Take from the backlog, or take over
#[utoipa::path(post, path = "/conversations/{id}/take", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
pub(crate) async fn take(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
) -> Answer {
    app.answer(&auth, id, Intent::Take { conversation }).await
}

/// Hand over to an agent or a team
#[utoipa::path(post, path = "/conversations/{id}/transfer", tag = "conversations", params(("id" = String, Path)),
    request_body = Transfer, responses((status = 200, body = Object)))]
pub(crate) async fn transfer(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
    Json(Transfer { to, note }): Json<Transfer>,
) -> Answer {
    app.answer(&auth, id, Intent::Transfer { conversation, to, note }).await
}

/// Invite another agent
#[utoipa::path(post, path = "/conversations/{id}/invite", tag = "conversations", params(("id" = String, Path)),
    request_body = Invite, responses((status = 200, body = Object)))]
pub(crate) async fn invite(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
    Json(Invite { agent }): Json<Invite>,
) -> Answer {
    app.answer(&auth, id, Intent::Invite { conversation, agent }).await
}

/// Leave
#[utoipa::path(post, path = "/conversations/{id}/leave", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
pub(crate) async fn leave(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
) -> Answer {
    app.answer(&auth, id, Intent::Leave { conversation }).await
}

/// Rate, when it is closed
#[utoipa::path(post, path = "/conversations/{id}/rate", tag = "conversations", params(("id" = String, Path)),
    request_body = Rate, responses((status = 200, body = Object)))]
pub(crate) async fn rate(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(conversation): Path<ConversationId>,
    Json(Rate { score, comment }): Json<Rate>,
) -> Answer {
    app.answer(&auth, id, Intent::Rate { conversation, score, comment }).await
}

/// Leave a message out of hours
#[utoipa::path(post, path = "/messages", tag = "conversations", request_body = LeftMessage, responses((status = 200, body = Object)))]
pub(crate) async fn message(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Json(LeftMessage { team, body, contact, language }): Json<LeftMessage>,
) -> Answer {
    app.answer(&auth, id, Intent::Message { team, body, contact, language }).await
}
