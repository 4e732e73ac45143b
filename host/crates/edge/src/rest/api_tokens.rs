use crate::{
    edge::App,
    extract::{Auth, Json, List, Path},
    problem::Problem,
};
use axum::{extract::State, http::StatusCode};
use model::{Role, Timestamp, TokenId, permission::Action};
use ports::store::ApiToken;
use serde::{Deserialize, Serialize};
use tenancy::NewApiToken;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = ApiToken)]
pub(crate) struct ApiTokenView {
    #[schema(value_type = String)]
    id: TokenId,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    /// Only in the answer to its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl ApiTokenView {
    fn of(found: ApiToken, token: Option<String>) -> Self {
        let ApiToken { id, name, role, created_at, expires_at, .. } = found;
        Self { id, name, role, created_at, expires_at, token }
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewToken {
    name: String,
    /// `agent`, `supervisor` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
}

/// Tokens of bots and integrations
#[utoipa::path(get, path = "/api-tokens", tag = "tenant", responses((status = 200, body = List<ApiTokenView>)))]
pub(crate) async fn list(State(app): State<App>, auth: Auth) -> Result<axum::Json<List<ApiTokenView>>, Problem> {
    let caller = auth.may(Action::ManageTokens)?;
    let tokens = app.parts.tenancy.api_tokens(caller.tenant).await?;
    Ok(axum::Json(List::all(tokens.into_iter().map(|t| ApiTokenView::of(t, None)).collect())))
}

/// Make a token: it is shown this once
#[utoipa::path(post, path = "/api-tokens", tag = "tenant", request_body = NewToken, responses((status = 201, body = ApiTokenView)))]
pub(crate) async fn add(
    State(app): State<App>,
    auth: Auth,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, axum::Json<ApiTokenView>), Problem> {
    let caller = auth.may(Action::ManageTokens)?;
    let new = NewApiToken { name: new.name, role: new.role, expires_at: new.expires_at };
    let (token, secret) = app.parts.tenancy.add_api_token(caller, new).await?;
    Ok((StatusCode::CREATED, axum::Json(ApiTokenView::of(token, Some(secret)))))
}

/// Delete a token
#[utoipa::path(delete, path = "/api-tokens/{id}", tag = "tenant", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn delete(State(app): State<App>, auth: Auth, Path(id): Path<TokenId>) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManageTokens)?;
    app.parts.tenancy.delete_api_token(caller, id).await?;
    app.tokens.look_now();
    Ok(StatusCode::NO_CONTENT)
}
