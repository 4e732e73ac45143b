//! What handlers take out of a request.

use crate::{
    edge::{App, Edge},
    json,
    pace::Who,
    problem::Problem,
    request::{Address, note_foreign_origin, note_left},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use model::{Caller, Code, CommandId, Refusal, limits, permission};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use subtle::ConstantTimeEq;
use tenancy::Authenticated;
use utoipa::{IntoParams, ToSchema};

/// Who is speaking.
pub(crate) struct Auth(pub Authenticated);

impl Auth {
    pub const fn caller(&self) -> &Caller {
        &self.0.caller
    }
    /// Each handler's first line.
    pub fn may(&self, action: permission::Action) -> Result<&Caller, Refusal> {
        if permission::may(self.0.caller.role, action) {
            Ok(&self.0.caller)
        } else {
            Err(Refusal::forbidden("your role may not do this"))
        }
    }
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let missing = || Refusal::new(Code::Unauthenticated, "this needs a token");
    let value = headers.get(header::AUTHORIZATION).ok_or_else(missing)?.to_str().map_err(|_| missing())?;
    let (scheme, token) = value.split_once(' ').ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(missing()) }
}

pub(crate) fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).map(|o| o.to_str().unwrap_or("null"))
}

impl FromRequestParts<App> for Auth {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let who = app.parts.tenancy.authenticate(bearer(&parts.headers)?).await?;
        let origin = origin(&parts.headers);
        app.parts.tenancy.check_origin(&who, origin).await.inspect_err(|_| note_foreign_origin())?;
        note_left(app.paces.take(Who::Caller(who.caller.tenant, who.caller.participant), app.parts.clock.now())?);
        Ok(Self(who))
    }
}

/// Somebody without a token, slowed by address.
pub(crate) struct Anybody(pub Address);

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let address = parts.extensions.get::<Address>().copied().unwrap_or(Address(None));
        note_left(app.paces.take(Who::Address(address.0), app.parts.clock.now())?);
        Ok(Self(address))
    }
}

/// The operator of the installation: has the management credential.
pub(crate) struct Operator;

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?;
        if app.is_operator(token) {
            return Ok(Self);
        }
        app.parts.tenancy.authenticate(token).await?;
        Err(Refusal::forbidden("only the operator may do this").into())
    }
}

impl Edge {
    pub(crate) fn is_operator(&self, token: &str) -> bool {
        let known = self.parts.config.management_token.as_ref();
        known.is_some_and(|known| known.expose_secret().as_bytes().ct_eq(token.as_bytes()).into())
    }
}

/// A JSON body: size, depth, then its fields.
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _app: &App) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !(kind.eq_ignore_ascii_case("application/json") || kind.is_empty()) {
            return Err(Refusal::new(Code::Unsupported, "the body is application/json").into());
        }
        let bytes = body(request, limits::REST_BODY_BYTES).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::new(Code::BadFrame, "the body is not UTF-8"))?;
        let text = if text.trim().is_empty() { "{}" } else { text };
        Ok(Self(json::decode(text, limits::REST_BODY_BYTES)?))
    }
}

/// How long a client may take with a body.
const BODY_READ: Duration = Duration::from_mins(1);

/// A whole body of at most `most` bytes.
pub(crate) async fn body(request: Request, most: usize) -> Result<Bytes, Problem> {
    let too_large = || Refusal::new(Code::TooLarge, format!("at most {most} bytes"));
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(too_large().into());
    }
    let reading = axum::body::to_bytes(request.into_body(), most);
    match tokio::time::timeout(BODY_READ, reading).await {
        Ok(read) => read.map_err(|_| too_large().into()),
        Err(_) => Err(Refusal::new(Code::BadFrame, "the body came too slowly").into()),
    }
}

/// Parts of the path. What is no id names nothing.
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let found = axum::extract::Path::<T>::from_request_parts(parts, app).await;
        Ok(Self(found.map_err(|_| Refusal::not_found("thing"))?.0))
    }
}

pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let found = axum::extract::Query::<T>::from_request_parts(parts, app).await;
        Ok(Self(found.map_err(|e| Refusal::new(Code::BadFrame, e.body_text()))?.0))
    }
}

/// The id of a command: the same key again gives the same receipt. Made when the client has none.
pub(crate) struct IdempotencyKey(pub CommandId);

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(key) = parts.headers.get("idempotency-key") else { return Ok(Self(app.parts.ids.command())) };
        let id = key.to_str().ok().and_then(|k| k.trim_matches('"').parse().ok());
        Ok(Self(id.ok_or_else(|| Refusal::bad("Idempotency-Key", "not a ULID"))?))
    }
}

/// The version that a change is based on, as the `ETag` said it.
pub(crate) struct IfMatch(pub u64);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        let value = parts.headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok());
        let version = value.and_then(|v| v.trim_matches('"').parse().ok());
        Ok(Self(version.ok_or_else(|| Refusal::bad("If-Match", "send the ETag of what you read"))?))
    }
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// 1 to 200, 50 when not given.
    pub limit: Option<u32>,
}

impl PageQuery {
    pub fn limit(&self) -> Result<u32, Refusal> {
        match self.limit.unwrap_or(limits::PAGE_DEFAULT) {
            limit if (1..=limits::PAGE_MAX).contains(&limit) => Ok(limit),
            _ => Err(Refusal::bad("limit", format!("1 to {}", limits::PAGE_MAX))),
        }
    }
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Refusal> {
        let parse = |text: &String| text.parse().map_err(|_| Refusal::bad("after", "not a cursor of this list"));
        self.after.as_ref().map(parse).transpose()
    }
}

/// One page. `next` continues it; null when there is no more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> List<T> {
    /// A page that may be full: then `cursor` of its last item continues it.
    pub fn page(items: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> String) -> Self {
        let next = items.last().filter(|_| items.len() >= limit as usize).map(cursor);
        Self { items, next }
    }
    /// All there is.
    pub const fn all(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}
