//! Secrets that are shown once and kept as their hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// 256 random bits as text of 43 characters.
pub(crate) fn random() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes())
}

pub(crate) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// What is stored instead of the secret. It has 256 random bits, so a plain hash is enough.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
