//! A message that only one browser can read: RFC 8291 on RFC 8188 (`aes128gcm`), in one record.

use super::subscription::{AUTH_BYTES, POINT_BYTES};
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand::{SecureRandom, SystemRandom},
};

/// What every push service takes, encrypted (RFC 8030).
const MOST_RECORD: usize = 4096;
const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
/// Salt, record size, key length, key.
const HEAD_BYTES: usize = SALT_BYTES + 4 + 1 + POINT_BYTES;
/// Ends the text of the last record; padding would follow it.
const LAST: u8 = 2;
/// Of a message, in bytes.
pub(super) const MOST_TEXT: usize = MOST_RECORD - HEAD_BYTES - TAG_BYTES - 1;

/// Why a message could not be encrypted.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncryptError {
    #[error("the body is bigger than {MOST_TEXT} bytes")]
    TooBig,
    #[error("the subscription's key is no point of P-256")]
    Key,
}

impl From<Unspecified> for EncryptError {
    fn from(_: Unspecified) -> Self {
        Self::Key
    }
}

pub(super) fn encrypt(
    text: &[u8],
    browser: &[u8; POINT_BYTES],
    auth: &[u8; AUTH_BYTES],
) -> Result<Vec<u8>, EncryptError> {
    if text.len() > MOST_TEXT {
        return Err(EncryptError::TooBig);
    }
    let random = SystemRandom::new();
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let our_public = ours.compute_public_key()?;

    let mut shared = [0; 32];
    agree_ephemeral(ours, &UnparsedPublicKey::new(&ECDH_P256, browser), |secret| {
        Salt::new(HKDF_SHA256, auth)
            .extract(secret)
            .expand(&[b"WebPush: info\0", browser, our_public.as_ref()], HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut shared))
    })??;
    let keys = Salt::new(HKDF_SHA256, &salt).extract(&shared);
    let key = UnboundKey::from(keys.expand(&[b"Content-Encoding: aes128gcm\0"], &AES_128_GCM)?);
    let mut nonce = [0; NONCE_LEN];
    keys.expand(&[b"Content-Encoding: nonce\0"], NonceLength)?.fill(&mut nonce)?;

    let mut sealed = [text, &[LAST]].concat();
    LessSafeKey::new(key).seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)?;

    let mut record = Vec::with_capacity(HEAD_BYTES + sealed.len());
    record.extend_from_slice(&salt);
    record.extend_from_slice(&u32::try_from(MOST_RECORD).unwrap_or(u32::MAX).to_be_bytes());
    record.push(u8::try_from(POINT_BYTES).unwrap_or(u8::MAX));
    record.extend_from_slice(our_public.as_ref());
    record.extend_from_slice(&sealed);
    Ok(record)
}

struct NonceLength;

impl KeyType for NonceLength {
    fn len(&self) -> usize {
        NONCE_LEN
    }
}
