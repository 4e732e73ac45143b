//! Files of conversations: create → content → use in `send` → a link for a while. Nothing is kept between the steps: each hands
//! out what the next needs, signed.

use super::sniff;
use crate::{
    edge::{App, Edge},
    extract::{Auth, Json, Path, body},
    problem::Problem,
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use model::{
    Body, Caller, Code, Refusal, TenantId, Timestamp, body::Attachment, limits, permission::Action, plugin::Digest,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// How long the content may be awaited, and how long a link is good.
const AWAITED: Duration = Duration::from_mins(15);
const LINKED: Duration = Duration::from_mins(5);

const TICKET: &str = "upload ticket";
const UPLOAD: &str = "upload";
pub(crate) const LINK: &str = "upload link";

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewUpload {
    name: String,
    /// Bytes.
    size: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UploadTicket {
    /// Where the content goes, with `PUT`.
    content: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// What `send` takes as the body of a file, image, audio or video.
#[derive(Serialize, ToSchema)]
pub(crate) struct Uploaded {
    upload: String,
    kind: &'static str,
    name: String,
    /// By its content, whatever was said.
    media_type: String,
    size: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UploadLink {
    url: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    tenant: TenantId,
    name: String,
    size: u64,
    until: i64,
}

/// What an upload's reference says. Short names: it is part of every entry that shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reference {
    #[serde(rename = "t")]
    pub tenant: TenantId,
    #[serde(rename = "d")]
    pub digest: Digest,
    #[serde(rename = "m")]
    pub media_type: String,
    #[serde(rename = "s")]
    pub size: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Link {
    pub reference: Reference,
    pub until: i64,
}

/// Announce a file
#[utoipa::path(post, path = "/uploads", tag = "files", request_body = NewUpload, responses((status = 201, body = UploadTicket)))]
pub(crate) async fn create(
    State(app): State<App>,
    auth: Auth,
    Json(new): Json<NewUpload>,
) -> Result<(StatusCode, axum::Json<UploadTicket>), Problem> {
    let caller = auth.may(Action::Upload)?;
    if new.name.trim().is_empty() || new.name.len() > limits::PROPERTY_BYTES || new.name.chars().any(char::is_control) {
        return Err(Refusal::bad("name", format!("1 to {} bytes", limits::PROPERTY_BYTES)).into());
    }
    let most = app.parts.config.upload_bytes;
    if new.size == 0 || new.size > most as u64 {
        return Err(Refusal::new(Code::TooLarge, format!("1 to {most} bytes")).field("size").into());
    }
    let expires_at = app.parts.clock.now().plus(AWAITED);
    let ticket = Ticket { tenant: caller.tenant, name: new.name, size: new.size, until: expires_at.as_ms() };
    let content = format!("/v1/uploads/{}/content", app.signed(TICKET, &ticket));
    Ok((StatusCode::CREATED, axum::Json(UploadTicket { content, expires_at })))
}

/// Send the bytes of an announced file
#[utoipa::path(put, path = "/uploads/{ticket}/content", tag = "files", params(("ticket" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = Uploaded)))]
pub(crate) async fn content(
    State(app): State<App>,
    auth: Auth,
    Path(ticket): Path<String>,
    request: Request,
) -> Result<(StatusCode, axum::Json<Uploaded>), Problem> {
    let caller = auth.may(Action::Upload)?;
    let ticket: Ticket = app.opened(TICKET, &ticket).ok_or_else(|| Refusal::not_found("upload"))?;
    if ticket.tenant != caller.tenant {
        return Err(Refusal::not_found("upload").into());
    }
    if ticket.until <= app.parts.clock.now().as_ms() {
        return Err(Refusal::new(Code::Expired, "announce the file again").into());
    }
    let _turn = app.uploads.try_acquire().map_err(|_| busy())?;
    let bytes = body(request, ticket.size as usize).await?;
    if bytes.len() as u64 != ticket.size {
        return Err(Refusal::new(Code::BadFrame, format!("{} bytes were announced", ticket.size)).into());
    }
    let media_type = sniff::media_type(&bytes)?;
    let digest = app.parts.blobs.put(caller.tenant, bytes).await?;
    let reference = Reference { tenant: caller.tenant, digest, media_type: media_type.to_owned(), size: ticket.size };
    let uploaded = Uploaded {
        upload: app.signed(UPLOAD, &reference),
        kind: kind(media_type),
        name: ticket.name,
        media_type: media_type.to_owned(),
        size: ticket.size,
    };
    Ok((StatusCode::CREATED, axum::Json(uploaded)))
}

/// A link to an upload, good for five minutes
#[utoipa::path(post, path = "/uploads/{upload}/link", tag = "files", params(("upload" = String, Path)), responses((status = 200, body = UploadLink)))]
pub(crate) async fn link(
    State(app): State<App>,
    auth: Auth,
    Path(upload): Path<String>,
) -> Result<axum::Json<UploadLink>, Problem> {
    let reference = app.upload(auth.caller(), &upload)?;
    let expires_at = app.parts.clock.now().plus(LINKED);
    let link = Link { reference, until: expires_at.as_ms() };
    Ok(axum::Json(UploadLink { url: format!("/v1/files/{}", app.signed(LINK, &link)), expires_at }))
}

pub(crate) fn busy() -> Refusal {
    Refusal::new(Code::Unavailable, "many files arrive at the moment").retry_after(2)
}

/// Holds an attachment to what was really uploaded: its type and size are those of the content.
pub(crate) fn settle(app: &Edge, caller: &Caller, body: &mut Body) -> Result<(), Refusal> {
    let (Body::File(a) | Body::Image(a) | Body::Audio(a) | Body::Video(a)) = &mut *body else { return Ok(()) };
    let reference = app.upload(caller, &a.upload).map_err(|e| e.field("body.upload"))?;
    let Attachment { upload, name, .. } = std::mem::replace(
        a,
        Attachment { upload: String::new(), name: String::new(), media_type: String::new(), size: 0 },
    );
    let settled = Attachment { upload, name, media_type: reference.media_type, size: reference.size };
    *body = match kind(&settled.media_type) {
        "image" => Body::Image(settled),
        "audio" => Body::Audio(settled),
        "video" => Body::Video(settled),
        _ => Body::File(settled),
    };
    Ok(())
}

fn kind(media_type: &str) -> &'static str {
    match media_type.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    }
}

impl Edge {
    /// What a reference names, if it was made here for this caller's tenant. Nobody can make one up: who has it was shown it.
    fn upload(&self, caller: &Caller, upload: &str) -> Result<Reference, Refusal> {
        let found: Option<Reference> = self.opened(UPLOAD, upload);
        found.filter(|r| r.tenant == caller.tenant).ok_or_else(|| Refusal::not_found("upload"))
    }

    fn signed<T: Serialize>(&self, purpose: &str, value: &T) -> String {
        // Cannot fail: no map with keys that are no strings.
        let text = serde_json::to_string(value).unwrap_or_default();
        self.parts.tenancy.sign_link(purpose, &text)
    }

    pub(crate) fn opened<T: serde::de::DeserializeOwned>(&self, purpose: &str, link: &str) -> Option<T> {
        serde_json::from_str(&self.parts.tenancy.open_link(purpose, link)?).ok()
    }
}
