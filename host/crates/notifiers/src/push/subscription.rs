use crate::fields;
use base64::{Engine, alphabet, engine};
use ports::TargetRefusal;
use serde_json::Value;

/// An uncompressed point of P-256, and what it begins with.
pub(super) const POINT_BYTES: usize = 65;
const UNCOMPRESSED: u8 = 4;
pub(super) const AUTH_BYTES: usize = 16;

/// With or without `=` at the end: browsers differ.
const BASE64: engine::GeneralPurpose = engine::GeneralPurpose::new(
    &alphabet::URL_SAFE,
    engine::GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent),
);

/// Where a browser gets its messages, and how they are encrypted for it.
pub(super) struct Subscription {
    pub endpoint: String,
    pub public_key: [u8; POINT_BYTES],
    pub auth: [u8; AUTH_BYTES],
}

impl Subscription {
    /// As `PushSubscription.toJSON()` gives it.
    pub fn read(address: &Value) -> Result<Self, TargetRefusal> {
        let all = fields::object(address, &["endpoint", "keys", "expirationTime"])?;
        let keys = all.get("keys").ok_or_else(|| TargetRefusal::new("keys", "is missing"))?;
        let within = |refusal: TargetRefusal| match refusal.field.as_str() {
            "" => TargetRefusal { field: "keys".into(), ..refusal },
            field => TargetRefusal { field: format!("keys.{field}"), ..refusal },
        };
        let keys = fields::object(keys, &["p256dh", "auth"]).map_err(within)?;
        let public_key = bytes::<POINT_BYTES>(fields::text(keys, "p256dh").map_err(within)?)
            .filter(|point| point[0] == UNCOMPRESSED)
            .ok_or_else(|| TargetRefusal::new("keys.p256dh", "must be a point of P-256 in base64url"))?;
        let auth = bytes::<AUTH_BYTES>(fields::text(keys, "auth").map_err(within)?)
            .ok_or_else(|| TargetRefusal::new("keys.auth", "must be 16 bytes in base64url"))?;
        Ok(Self { endpoint: fields::text(all, "endpoint")?.to_owned(), public_key, auth })
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}
