//! Web push: to the browser of an agent or a visitor, by the push service that the browser chose.

mod encrypt;
mod subscription;
mod vapid;

use crate::{http::Http, unsendable::unsendable};
use async_trait::async_trait;
use encrypt::encrypt;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use ports::{Failure, Notifier, Parcel, Sent, TargetRefusal};
use serde_json::Value;
use std::sync::Arc;
use subscription::Subscription;

pub use vapid::{VapidError, VapidKey};

/// How long a push service keeps it for a browser that is not there, in seconds: a day.
const TTL: HeaderValue = HeaderValue::from_static("86400");
const TTL_NAME: HeaderName = HeaderName::from_static("ttl");
/// Of what waits for one browser under one topic, only the last is delivered.
const TOPIC: HeaderName = HeaderName::from_static("topic");
const LONGEST_TOPIC: usize = 32;

/// Address: a subscription as the browser gives it, `{"endpoint": "https://…", "keys": {"p256dh": "…", "auth": "…"}}`.
pub struct Push {
    http: Arc<Http>,
    key: VapidKey,
}

impl Push {
    pub fn new(http: Arc<Http>, key: VapidKey) -> Self {
        Self { http, key }
    }

    fn prepare(&self, parcel: &Parcel) -> Result<(String, HeaderMap, Vec<u8>), Unsendable> {
        let subscription = Subscription::read(&parcel.address)?;
        let destination = self.http.check(&subscription.endpoint)?;
        let token = self.key.authorization(&destination.origin(), parcel.at)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, token);
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(TTL_NAME, TTL);
        if let Some(topic) = topic(&parcel.id) {
            headers.insert(TOPIC, topic);
        }
        let body = encrypt(parcel.body.as_bytes(), &subscription.public_key, &subscription.auth)?;
        Ok((subscription.endpoint, headers, body))
    }
}

#[async_trait]
impl Notifier for Push {
    fn channel(&self) -> &'static str {
        "push"
    }

    fn check(&self, address: &Value) -> Result<(), TargetRefusal> {
        let subscription = Subscription::read(address)?;
        self.http.check(&subscription.endpoint).map_err(|unfit| TargetRefusal::new("endpoint", unfit.to_string()))?;
        Ok(())
    }

    async fn send(&self, parcel: &Parcel) -> Result<Sent, Failure> {
        let (endpoint, headers, body) = self.prepare(parcel).map_err(|error| unsendable(&error))?;
        self.http.post(&endpoint, headers, body.into(), parcel.at).await
    }
}

/// Why there is nothing to send.
#[derive(Debug, thiserror::Error)]
enum Unsendable {
    #[error("the address is wrong: {0}")]
    Address(#[from] TargetRefusal),
    #[error("the endpoint {0}")]
    Endpoint(#[from] crate::http::Unfit),
    #[error(transparent)]
    Vapid(#[from] VapidError),
    #[error(transparent)]
    Encrypt(#[from] encrypt::EncryptError),
}

/// Base64url alphabet, and not too long.
fn topic(id: &str) -> Option<HeaderValue> {
    let fits = id.len() <= LONGEST_TOPIC && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    fits.then(|| HeaderValue::from_str(id).ok()).flatten()
}
