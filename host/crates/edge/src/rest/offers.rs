use crate::{
    edge::App,
    extract::{Auth, IdempotencyKey, Json, Path},
    problem::Problem,
};
use axum::extract::State;
use conversation::{Intent, Receipt};
use model::OfferId;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub(crate) struct OfferAnswer {
    /// The offer's fencing token.
    token: u64,
    reason: Option<String>,
}

/// Accept an offer
#[utoipa::path(post, path = "/offers/{id}/accept", tag = "conversations", params(("id" = String, Path)),
    request_body = OfferAnswer, responses((status = 200, body = Object)))]
pub(crate) async fn accept(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(offer): Path<OfferId>,
    Json(OfferAnswer { token, .. }): Json<OfferAnswer>,
) -> Result<axum::Json<Receipt>, Problem> {
    Ok(axum::Json(app.execute(auth.caller(), id, Intent::Accept { offer, token }).await?))
}

/// Decline an offer
#[utoipa::path(post, path = "/offers/{id}/decline", tag = "conversations", params(("id" = String, Path)),
    request_body = OfferAnswer, responses((status = 200, body = Object)))]
pub(crate) async fn decline(
    State(app): State<App>,
    auth: Auth,
    IdempotencyKey(id): IdempotencyKey,
    Path(offer): Path<OfferId>,
    Json(OfferAnswer { token, reason }): Json<OfferAnswer>,
) -> Result<axum::Json<Receipt>, Problem> {
    Ok(axum::Json(app.execute(auth.caller(), id, Intent::Decline { offer, token, reason }).await?))
}
