//! Announcements to who is connected.

use crate::{
    edge::App,
    extract::{Auth, IdempotencyKey, Json},
    problem::Problem,
};
use axum::{extract::State, http::StatusCode};
use delivery::Notice;
use model::permission::Action;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct Announced {
    /// Of the notice, as clients see it.
    id: String,
}

/// Announce something to the agents who are connected now, and to visitors when `visitors` is true
///
/// Body: `{"text": "…", "level"?: "info" | "warning" | "critical", "visitors"?: bool}`. It is shown, and not kept.
#[utoipa::path(post, path = "/notices", tag = "tenant", params(("Idempotency-Key" = Option<String>, Header)), request_body = Object, responses((status = 202, body = Announced)))]
pub(crate) async fn announce(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Json(notice): Json<Notice>,
) -> Result<(StatusCode, axum::Json<Announced>), Problem> {
    let caller = auth.may(Action::Announce)?;
    let id = id.to_string();
    app.parts.delivery.notice(caller.tenant, &id, &notice)?;
    Ok((StatusCode::ACCEPTED, axum::Json(Announced { id })))
}
