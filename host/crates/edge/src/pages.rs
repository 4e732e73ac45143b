//! The consoles, the widget and the demo shop, embedded in the binary (`host/web/dist`).

use crate::{edge::App, problem::Problem};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use model::Refusal;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::sync::atomic::Ordering;

#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Dist;

/// Scripts from here only. Components bring their styles at run time, so inline styles are let through.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; \
    media-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors ";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(page))
        .route("/widget.js", get(page))
        .route("/widget.js.map", get(page))
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(page))
        .route("/console/{*path}", get(page))
        .route("/demo", get(async || Redirect::permanent("/demo/")))
        .route("/demo/", get(page))
        .route("/demo/{*path}", get(page))
        .route("/assets/{*path}", get(page))
        .route("/favicon.ico", get(page))
        .route("/favicon.svg", get(page))
}

async fn page(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if !app.demo.load(Ordering::Acquire) && (path.is_empty() || path.starts_with("demo/")) {
        // Nothing of a demo that is not there, least of all who may sign in to it.
        let elsewhere = Redirect::temporary("/console/").into_response();
        return if path.is_empty() { elsewhere } else { Problem::from(Refusal::not_found("page")).into_response() };
    }
    let asked = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    // The console is one page with paths of its own.
    let found = Dist::get(&asked).map(|file| (asked.clone(), file)).or_else(|| {
        let own = asked.starts_with("console/") && !asked.starts_with("console/assets/");
        own.then(|| Dist::get("console/index.html").map(|file| ("console/index.html".to_owned(), file))).flatten()
    });
    match found {
        Some((name, file)) => answer(request.headers(), &name, file),
        None => Problem::from(Refusal::not_found("page")).into_response(),
    }
}

fn answer(asked: &HeaderMap, name: &str, file: EmbeddedFile) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|k| k.trim().trim_start_matches("W/") == etag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = match file.metadata.mimetype() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        ([(header::CONTENT_TYPE, kind)], file.data).into_response()
    };
    let headers = response.headers_mut();
    // Assets have their content's hash in their name.
    let cache = if name.contains("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if name.starts_with("widget.js") {
        // Other sites embed it.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    } else {
        let ancestors = if name.starts_with("console/") { "'none'" } else { "'self'" };
        if let Ok(policy) = HeaderValue::from_str(&format!("{CSP}{ancestors}")) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    response
}
