//! How small resources are shown: their own fields, their id and the version that `If-Match` takes.

use super::etag::tagged;
use crate::extract::List;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::ResourceId;
use serde::Serialize;
use tenancy::Versioned;

#[derive(Serialize)]
pub(crate) struct View<T> {
    id: ResourceId,
    #[serde(flatten)]
    body: T,
    version: u64,
}

impl<T> From<Versioned<T>> for View<T> {
    fn from(Versioned { id, version, body }: Versioned<T>) -> Self {
        Self { id, body, version }
    }
}

pub(crate) fn shown<T: Serialize>(found: Versioned<T>) -> Response {
    tagged(found.version, View::from(found))
}

pub(crate) fn created<T: Serialize>(made: Versioned<T>) -> Response {
    (StatusCode::CREATED, shown(made)).into_response()
}

pub(crate) fn listed<T>(found: Vec<Versioned<T>>, limit: u32) -> axum::Json<List<View<T>>> {
    axum::Json(List::page(found.into_iter().map(View::from).collect(), limit, |view| view.id.to_string()))
}
