//! The management port: `/actuator/…`, for operators and their tools.

mod health;
mod info;
mod meters;
mod threads;
mod vitals;

pub use health::{Component, Health, Probe, Status};
pub(crate) use vitals::Lag;

use crate::{edge::App, extract::bearer, problem::Problem};
use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use model::{Code, Refusal};
use std::net::SocketAddr;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/actuator", get(index))
        .route("/actuator/health", get(health::health))
        .route("/actuator/health/liveness", get(health::liveness))
        .route("/actuator/health/readiness", get(health::readiness))
        .route("/actuator/info", get(info::info))
        .route("/actuator/metrics", get(meters::names))
        .route("/actuator/metrics/{name}", get(meters::one))
        .route("/actuator/prometheus", get(meters::prometheus))
        .route("/actuator/threads", get(threads::threads))
}

async fn index() -> Json<serde_json::Value> {
    let names = ["health", "info", "metrics", "prometheus", "threads"];
    let links = names.map(|name| (name.to_owned(), serde_json::json!({ "href": format!("/actuator/{name}") })));
    Json(serde_json::json!({ "_links": serde_json::Map::from_iter(links) }))
}

/// Without a configured credential only this machine is answered; with one, only who has it (as bearer, or as the password of
/// basic). Liveness and readiness are for probes that have none.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let probe = matches!(request.uri().path(), "/actuator/health/liveness" | "/actuator/health/readiness");
    let allowed = if app.parts.config.management_token.is_some() {
        credential(&request).is_some_and(|token| app.is_operator(&token))
    } else {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        peer.is_none_or(|peer| peer.0.ip().to_canonical().is_loopback())
    };
    if allowed || probe {
        return next.run(request).await;
    }
    Problem::from(Refusal::new(Code::Unauthenticated, "this needs the management credential")).into_response()
}

fn credential(request: &Request) -> Option<String> {
    if let Ok(token) = bearer(request.headers()) {
        return Some(token.to_owned());
    }
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (_, password) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| password.to_owned())
}
