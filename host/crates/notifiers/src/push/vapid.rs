//! In whose name a message is pushed: RFC 8292.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use http::HeaderValue;
use model::Timestamp;
use ring::{
    error::KeyRejected,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use rustls::pki_types::{
    PrivatePkcs8KeyDer,
    pem::{self, PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// How long a token is good for, in seconds; push services take at most a day.
const GOOD_FOR: i64 = 12 * 60 * 60;

/// The installation's key: browsers subscribe to its public half, push services check that messages come from it.
pub struct VapidKey {
    pair: EcdsaKeyPair,
    contact: String,
}

/// A key that will not do.
#[derive(Debug, thiserror::Error)]
pub enum VapidError {
    #[error("the push key is not PEM (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)")]
    Pem(#[from] pem::Error),
    #[error("the push key is not a P-256 key in PKCS#8: {0}")]
    Key(KeyRejected),
    #[error("the contact must begin with mailto: or https:")]
    Contact,
    #[error("a token for the push service could not be made")]
    Token,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

impl VapidKey {
    /// `pem`: a P-256 key in PKCS#8. `contact`: whom a push service may write to, `mailto:…` or `https:…`.
    pub fn new(pem: &SecretString, contact: &str) -> Result<Self, VapidError> {
        if !contact.starts_with("mailto:") && !contact.starts_with("https:") {
            return Err(VapidError::Contact);
        }
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.expose_secret().as_bytes())?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_pkcs8_der(), &SystemRandom::new())
                .map_err(VapidError::Key)?;
        Ok(Self { pair, contact: contact.to_owned() })
    }

    /// What the page gives to `pushManager.subscribe` as `applicationServerKey`.
    pub fn public(&self) -> String {
        BASE64.encode(self.pair.public_key().as_ref())
    }

    /// For one push service, until `GOOD_FOR` after `now`.
    pub(super) fn authorization(&self, origin: &str, now: Timestamp) -> Result<HeaderValue, VapidError> {
        let claims = Claims { aud: origin, exp: now.as_ms().div_euclid(1000) + GOOD_FOR, sub: &self.contact };
        let claims = serde_json::to_vec(&claims).map_err(|_| VapidError::Token)?;
        let signed = format!("{}.{}", BASE64.encode(r#"{"typ":"JWT","alg":"ES256"}"#), BASE64.encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| VapidError::Token)?;
        let header = format!("vapid t={signed}.{}, k={}", BASE64.encode(signature), self.public());
        HeaderValue::from_str(&header).map_err(|_| VapidError::Token)
    }
}
