//! What is around every request: its id, its log line, its counters, and answers for what is not there.

use crate::{Network, edge::App, leftover::Whole, pace::Left, problem::Problem};
use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::{Code, Refusal};
use std::{
    any::Any,
    cell::Cell,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// An id that came with the request is kept when it is no longer than this.
const ID_BYTES: usize = 64;

/// What is known of a request while it is answered.
struct Current {
    id: String,
    left: Cell<Option<Left>>,
    foreign_origin: Cell<bool>,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// The id of the request that this task answers.
pub(crate) fn current_id() -> Option<String> {
    CURRENT.try_with(|current| current.id.clone()).ok()
}

/// Notes how many requests its sender has left.
pub(crate) fn note_left(left: Left) {
    // Outside a request nobody asks.
    let _outside = CURRENT.try_with(|current| current.left.set(Some(left)));
}

/// Notes that the page which asks is not one of the channel's: it may not read the answer either.
pub(crate) fn note_foreign_origin() {
    let _outside = CURRENT.try_with(|current| current.foreign_origin.set(true));
}

/// Where a request comes from: the peer, or what a trusted proxy says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address(pub Option<IpAddr>);

/// Gives the request an id, a span and an address; counts it; logs it when it is done. Neither the query nor a header is logged:
/// they may hold secrets.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = id_of(&request).unwrap_or_else(|| app.parts.ids.command().to_string());
    let address = Address(address_of(&request, &app.parts.config.trusted_proxies));
    request.extensions_mut().insert(address);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request = %id, %method, route);
    let started = app.parts.clock.now();
    let current = Current { id: id.clone(), left: Cell::new(None), foreign_origin: Cell::new(false) };
    let answer = async {
        let response = next.run(kept_whole(request)).await;
        CURRENT.with(|current| (response, current.left.get(), current.foreign_origin.get()))
    };
    let (mut response, left, foreign_origin) = CURRENT.scope(current, answer).instrument(span.clone()).await;
    if foreign_origin {
        response.headers_mut().remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    }
    for (name, value) in left.map(|left| rate_headers(app.paces.burst(), left)).into_iter().flatten() {
        response.headers_mut().insert(name, HeaderValue::from(value));
    }
    let status = response.status().as_u16();
    let ms = app.parts.clock.now().since(started).as_millis() as u64;
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, ms, "answered");
        } else {
            tracing::debug!(status, ms, "answered");
        }
    });
    metrics::counter!("weft_http_requests_total", "method" => method.to_string(), "route" => route, "status" => status.to_string())
        .increment(1);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A client that waits for `100 Continue` has sent nothing that would have to be read.
fn kept_whole(request: Request) -> Request {
    if request.headers().contains_key(header::EXPECT) {
        return request;
    }
    request.map(|body| Body::new(Whole::new(body)))
}

fn rate_headers(burst: u32, left: Left) -> [(HeaderName, u32); 3] {
    [
        (HeaderName::from_static("ratelimit-limit"), burst),
        (HeaderName::from_static("ratelimit-remaining"), left.remaining),
        (HeaderName::from_static("ratelimit-reset"), left.reset),
    ]
}

fn id_of(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let fits =
        (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    fits.then(|| id.to_owned())
}

/// The last address that a trusted proxy appended; the header of anybody else is not looked at.
fn address_of(request: &Request, trusted: &[Network]) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip())?;
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let hops: Vec<IpAddr> = forwarded.flat_map(|v| v.split(',')).filter_map(|h| h.trim().parse().ok()).collect();
    Some(hops.into_iter().rev().find(|hop| !is_trusted(*hop)).unwrap_or(peer))
}

/// Pages of other sites may call: there are no cookies, so an origin has nothing to borrow, and no answer allows credentials. A
/// preflight knows neither channel nor token and is let through. Where the channel is known, a visitor's page is checked against
/// its list: one that is not in it is refused, and the answer does not name it as allowed (`note_foreign_origin`).
pub(crate) fn cors() -> CorsLayer {
    let headers = ["idempotency-key", "if-match", "last-event-id", "x-request-id"].map(HeaderName::from_static);
    let exposed = ["etag", "retry-after", "x-request-id", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(
            [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT]
                .into_iter()
                .chain(headers)
                .collect::<Vec<_>>(),
        )
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(Duration::from_mins(10))
}

/// A handler's panic costs its own request, which is answered with its id like any other.
#[expect(clippy::needless_pass_by_value, reason = "what catches panics hands them over so")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = what, "a handler panicked");
    Problem::from(Refusal::new(Code::Internal, "the node has made a mistake")).into_response()
}

pub(crate) async fn no_such_path() -> Response {
    Problem::from(Refusal::not_found("path")).into_response()
}

pub(crate) async fn no_such_method() -> Response {
    let refusal = Refusal::new(Code::Unsupported, "this path has no such method");
    Problem::from(refusal).status(StatusCode::METHOD_NOT_ALLOWED).into_response()
}
