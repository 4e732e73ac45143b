//! The description of the interface, and a viewer for it that needs nothing from elsewhere.

use crate::{edge::App, problem::ProblemBody};
use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse},
    routing::get,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, OpenApi, RefOr, ResponseBuilder,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

const ASYNCAPI: &str = include_str!("../../asyncapi.yaml");
const VIEWER: &str = include_str!("viewer.html");
const VIEWER_JS: &str = include_str!("viewer.js");
const CSP: &str =
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(crate) fn router(openapi: OpenApi) -> Router<App> {
    // Cannot fail: no map with keys that are no strings.
    let json = complete(openapi).to_json().unwrap_or_default();
    let typed = |kind: &'static str, text: String| get(async move || ([(header::CONTENT_TYPE, kind)], text));
    let viewer =
        async || ([(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP))], Html(VIEWER)).into_response();
    Router::new()
        .route("/v1/openapi.json", typed("application/json", json))
        .route("/v1/asyncapi.yaml", typed("application/yaml", ASYNCAPI.to_owned()))
        .route("/docs", get(viewer))
        .route("/docs/viewer.js", typed("text/javascript", VIEWER_JS.to_owned()))
}

/// What is the same for every operation: how to sign in, and what an error looks like.
fn complete(mut openapi: OpenApi) -> OpenApi {
    let mut components = openapi.components.take().unwrap_or_default();
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    openapi.components = Some(components);
    openapi.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    let problem = ResponseBuilder::new()
        .description("What went wrong (RFC 9457)")
        .content("application/problem+json", Content::new(Some(utoipa::openapi::Ref::from_schema_name("Problem"))))
        .build();
    for item in openapi.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten();
        for operation in operations {
            operation.responses.responses.insert("default".into(), RefOr::T(problem.clone()));
        }
    }
    openapi
}
