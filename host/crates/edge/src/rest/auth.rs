use super::me::{Me, describe};
use crate::{
    edge::{App, Edge},
    extract::{Anybody, Json, bearer},
    problem::Problem,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use model::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tenancy::{Credentials, SignedIn};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub(crate) struct Login {
    /// The tenant's slug.
    tenant: String,
    email: String,
    #[schema(value_type = String)]
    password: SecretString,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Refresh {
    refresh_token: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    access_token: String,
    /// Good for one use.
    refresh_token: String,
    /// Of the access token.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    me: Me,
}

/// Sign in
#[utoipa::path(post, path = "/auth/login", tag = "people", request_body = Login, security(()), responses((status = 200, body = Tokens)))]
pub(crate) async fn login(
    State(app): State<App>,
    Anybody(address): Anybody,
    Json(login): Json<Login>,
) -> Result<axum::Json<Tokens>, Problem> {
    let Login { tenant, email, password } = login;
    let signed = app.parts.tenancy.sign_in(Credentials { tenant, email, password, address: address.0 }).await?;
    tokens(&app, signed).await
}

/// New tokens for a refresh token
#[utoipa::path(post, path = "/auth/refresh", tag = "people", request_body = Refresh, security(()), responses((status = 200, body = Tokens)))]
pub(crate) async fn refresh(
    State(app): State<App>,
    _anybody: Anybody,
    Json(refresh): Json<Refresh>,
) -> Result<axum::Json<Tokens>, Problem> {
    let signed = app.parts.tenancy.refresh(&refresh.refresh_token).await?;
    tokens(&app, signed).await
}

/// Sign out: the tokens of this sign-in are good no more, and its sockets close
#[utoipa::path(post, path = "/auth/logout", tag = "people", responses((status = 204)))]
pub(crate) async fn logout(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, Problem> {
    app.parts.tenancy.sign_out(bearer(&headers)?).await?;
    app.tokens.look_now();
    Ok(StatusCode::NO_CONTENT)
}

async fn tokens(app: &Edge, signed: SignedIn) -> Result<axum::Json<Tokens>, Problem> {
    let who = app.parts.tenancy.authenticate(&signed.access_token).await?;
    Ok(axum::Json(Tokens {
        me: describe(app, &who.caller).await?,
        access_token: signed.access_token,
        refresh_token: signed.refresh_token,
        expires_at: signed.expires_at,
    }))
}
