//! Configuration with its version as `ETag`.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// The resource and the tag that a change of it must bring back as `If-Match`.
pub(crate) fn tagged<T: Serialize>(version: u64, body: T) -> Response {
    ([(header::ETAG, format!("\"{version}\""))], Json(body)).into_response()
}
