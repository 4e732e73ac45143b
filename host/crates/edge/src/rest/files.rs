use super::uploads::{LINK, Link};
use crate::{
    edge::App,
    extract::{Anybody, Path},
    problem::Problem,
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use model::{Code, Refusal};

/// The bytes behind a link
#[utoipa::path(get, path = "/files/{link}", tag = "files", params(("link" = String, Path)), security(()),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn get(
    State(app): State<App>,
    _anybody: Anybody,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let link: Link = app.opened(LINK, &link).ok_or_else(|| Refusal::not_found("file"))?;
    if link.until <= app.parts.clock.now().as_ms() {
        return Err(Refusal::new(Code::Expired, "ask for a new link").into());
    }
    let reference = link.reference;
    let bytes =
        app.parts.blobs.get(reference.tenant, reference.digest).await?.ok_or_else(|| Refusal::not_found("file"))?;
    // What can be shown without being run is shown; all else is saved.
    let shown = ["image/", "audio/", "video/"].iter().any(|kind| reference.media_type.starts_with(kind));
    let headers = [
        (header::CONTENT_TYPE, reference.media_type),
        (header::CONTENT_DISPOSITION, if shown { "inline" } else { "attachment" }.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
