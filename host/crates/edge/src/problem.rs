//! A refusal as RFC 9457 `application/problem+json`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{Code, Refusal};
use ports::{PortError, plugins::UploadRefusal};
use rollout::RolloutError;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong with a request.
#[derive(Debug)]
pub(crate) struct Problem {
    refusal: Refusal,
    errors: Vec<FieldProblem>,
    /// When HTTP has a closer word than the code's.
    status: Option<StatusCode>,
}

impl Problem {
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }
}

/// One mistake and where it is in the request (RFC 6901).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    pub pointer: String,
    pub detail: String,
}

/// The body of every answer that is no success.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// `urn:weft:problem:CODE`.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    /// The request: `urn:weft:request:ID`, as in the log and in `x-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// Seconds after which the same request may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let field = refusal.field.as_deref();
        let errors = field.map(|f| FieldProblem { pointer: pointer(f), detail: refusal.message.to_string() });
        Self { errors: errors.into_iter().collect(), refusal, status: None }
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "a port did not answer");
        let refusal = if error.is_transient() {
            Refusal::new(Code::Unavailable, "not available now").retry_after(1)
        } else {
            Refusal::new(Code::Internal, "this failed on our side")
        };
        refusal.into()
    }
}

impl From<UploadRefusal> for Problem {
    fn from(refusal: UploadRefusal) -> Self {
        let code = match refusal.code.as_str() {
            "too_large" => Code::TooLarge,
            "busy" | "unavailable" | "compiler_failed" => Code::Unavailable,
            _ => Code::Unsupported,
        };
        let errors = refusal.errors.into_iter().map(|(pointer, detail)| FieldProblem { pointer, detail }).collect();
        Self { refusal: Refusal::new(code, format!("{}: {}", refusal.code, refusal.message)), errors, status: None }
    }
}

impl From<RolloutError> for Problem {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::Plugin(refusal) => refusal.into(),
            RolloutError::Store(error) => error.into(),
            RolloutError::Refused(refusal) => refusal.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { refusal, errors, status } = self;
        let (usual, title, name) = described(refusal.code);
        let status = status.unwrap_or(usual);
        let body = ProblemBody {
            kind: format!("urn:weft:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: refusal.message.into_owned(),
            instance: crate::request::current_id().map(|id| format!("urn:weft:request:{id}")),
            retry_after: refusal.retry_after,
            errors,
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = refusal.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// `body.text` as `/body/text`.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace('.', "/"))
}

/// Status, title and wire name of a code (PROTOCOL.md §2).
pub(crate) const fn described(code: Code) -> (StatusCode, &'static str, &'static str) {
    match code {
        Code::BadFrame => (StatusCode::BAD_REQUEST, "The request is malformed", "bad_frame"),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "Not signed in", "unauthenticated"),
        Code::Forbidden => (StatusCode::FORBIDDEN, "Not allowed", "forbidden"),
        Code::NotFound => (StatusCode::NOT_FOUND, "Not found", "not_found"),
        Code::WrongState => (StatusCode::CONFLICT, "Not possible in this state", "wrong_state"),
        Code::Conflict => (StatusCode::CONFLICT, "Conflict", "conflict"),
        Code::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Too large", "too_large"),
        Code::Unsupported => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not supported", "unsupported"),
        Code::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "Too fast", "rate_limited"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Not available now", "unavailable"),
        Code::Expired => (StatusCode::GONE, "Expired", "expired"),
        Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Failed on our side", "internal"),
    }
}
