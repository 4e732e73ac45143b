//! A POST that the receiver can verify: Standard Webhooks 1.0.

use crate::{fields, http::Http, unsendable::unsendable};
use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use ports::{Failure, Notifier, Parcel, Sent, TargetRefusal};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;
use std::sync::Arc;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What a secret begins with; its bytes follow in base64.
const SECRET_PREFIX: &str = "whsec_";
/// Of a secret that is made here; the standard wants 24 to 64.
const SECRET_BYTES: usize = 32;

/// Address: `{"url": "https://…"}`.
pub struct Webhook {
    http: Arc<Http>,
}

impl Webhook {
    pub fn new(http: Arc<Http>) -> Self {
        Self { http }
    }
}

#[async_trait]
impl Notifier for Webhook {
    fn channel(&self) -> &'static str {
        "webhook"
    }

    fn check(&self, address: &Value) -> Result<(), TargetRefusal> {
        let url = url(address)?;
        self.http.check(url).map_err(|unfit| TargetRefusal::new("url", unfit.to_string()))?;
        Ok(())
    }

    fn new_secret(&self) -> Option<SecretString> {
        let key: [u8; SECRET_BYTES] = rand::random();
        Some(format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(key)).into())
    }

    async fn send(&self, parcel: &Parcel) -> Result<Sent, Failure> {
        let url = url(&parcel.address).map_err(|refusal| unsendable(&refusal))?;
        let headers = headers(parcel).map_err(|error| unsendable(&error))?;
        self.http.post(url, headers, Bytes::copy_from_slice(parcel.body.as_bytes()), parcel.at).await
    }
}

fn url(address: &Value) -> Result<&str, TargetRefusal> {
    fields::text(fields::object(address, &["url"])?, "url")
}

/// Why a parcel cannot be signed.
#[derive(Debug, thiserror::Error)]
enum SignError {
    #[error("the target has no secret")]
    NoSecret,
    #[error("a secret of the target is not `{SECRET_PREFIX}` and base64")]
    Secret,
    #[error("the id or the content type does not fit into a header")]
    Header(#[from] header::InvalidHeaderValue),
}

fn headers(parcel: &Parcel) -> Result<HeaderMap, SignError> {
    if parcel.secrets.is_empty() {
        return Err(SignError::NoSecret);
    }
    let at = parcel.at.as_ms().div_euclid(1000).to_string();
    let signatures = parcel
        .secrets
        .iter()
        .map(|secret| sign(secret, &parcel.id, &at, &parcel.body))
        .collect::<Result<Vec<_>, _>>()?;
    let mut headers = HeaderMap::new();
    headers.insert(ID, HeaderValue::from_str(&parcel.id)?);
    headers.insert(TIMESTAMP, HeaderValue::from_str(&at)?);
    headers.insert(SIGNATURE, HeaderValue::from_str(&signatures.join(" "))?);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&parcel.content_type)?);
    Ok(headers)
}

/// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
fn sign(secret: &SecretString, id: &str, at: &str, body: &str) -> Result<String, SignError> {
    let encoded = secret.expose_secret().strip_prefix(SECRET_PREFIX).ok_or(SignError::Secret)?;
    let key = BASE64_STANDARD.decode(encoded).map_err(|_| SignError::Secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SignError::Secret)?;
    for part in [id, ".", at, ".", body] {
        mac.update(part.as_bytes());
    }
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}
