//! The browser's and the push service's side, written with other libraries than ours, and held against the RFC's own example.

use crate::{
    names::Names,
    receiver::{Receiver, Reply},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::{Clock, notification::Fault};
use p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToEncodedPoint};
use ports::{Notifier, Parcel, SystemClock};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use weft_notifiers::{
    Push, VapidKey,
    http::{Http, HttpConfig},
};

/// A browser with a subscription.
struct Browser {
    secret: SecretKey,
    auth: Vec<u8>,
}

impl Browser {
    fn new() -> Self {
        Self::with("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSIgg")
    }
    fn with(secret: &str, auth: &str) -> Self {
        let secret = SecretKey::from_slice(&BASE64.decode(secret).unwrap()).unwrap();
        Self { secret, auth: BASE64.decode(auth).unwrap() }
    }
    fn public(&self) -> Vec<u8> {
        self.secret.public_key().to_encoded_point(false).as_bytes().to_vec()
    }
    fn subscription(&self, endpoint: &str) -> Value {
        let keys = json!({ "p256dh": BASE64.encode(self.public()), "auth": BASE64.encode(&self.auth) });
        json!({ "endpoint": endpoint, "expirationTime": null, "keys": keys })
    }

    /// RFC 8291, from the other end.
    fn decrypt(&self, record: &[u8]) -> String {
        let (salt, rest) = record.split_at(16);
        assert_eq!(rest[..5], [0, 0, 16, 0, 65], "records of 4096 bytes, a key of 65");
        let (sender, sealed) = rest[5..].split_at(65);
        let point = PublicKey::from_sec1_bytes(sender).unwrap();
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), point.as_affine());
        let info = [b"WebPush: info\0", self.public().as_slice(), sender].concat();
        let keys = extract(salt, &expand(&extract(&self.auth, shared.raw_secret_bytes()), &info));
        let key = UnboundKey::new(&AES_128_GCM, &expand(&keys, b"Content-Encoding: aes128gcm\0")[..16]).unwrap();
        let nonce = Nonce::try_assume_unique_for_key(&expand(&keys, b"Content-Encoding: nonce\0")[..12]).unwrap();
        let mut sealed = sealed.to_vec();
        let text = LessSafeKey::new(key).open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
        String::from_utf8(text.strip_suffix(&[2]).unwrap().to_vec()).unwrap()
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
fn extract(salt: &[u8], secret: &[u8]) -> Vec<u8> {
    hmac(salt, &[secret])
}
/// The first 32 bytes.
fn expand(key: &[u8], info: &[u8]) -> Vec<u8> {
    hmac(key, &[info, &[1]])
}

fn vapid() -> VapidKey {
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    VapidKey::new(&pem.into(), "mailto:ops@shop.example").unwrap()
}

fn push(key: VapidKey) -> Push {
    let config = HttpConfig { allow: vec!["127.0.0.1".into()], ..HttpConfig::default() };
    Push::new(Arc::new(Http::new(&config, Names::answering(&[])).unwrap()), key)
}

fn parcel(address: Value, body: &str) -> Parcel {
    Parcel {
        tenant: model::TenantId::from_bytes([0; 16]),
        id: "01KBTM3V7W7Y3J9Q0S8T5R2E1D".into(),
        target: "ana".into(),
        address,
        secrets: Vec::new(),
        at: SystemClock.now(),
        attempt: 1,
        content_type: "application/json".into(),
        body: body.into(),
    }
}

#[test]
fn this_browser_reads_the_rfcs_own_example() {
    // RFC 8291, section 5.
    let record = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    let text = Browser::new().decrypt(&BASE64.decode(record).unwrap());
    assert_eq!(text, "When I grow up, I want to be a watermelon");
}

#[tokio::test]
async fn only_the_browser_reads_it_and_the_service_knows_the_sender() {
    let receiver = Receiver::start(|_| Reply::answer("201 Created", "", "")).await;
    let (browser, key) = (Browser::new(), vapid());
    let public = key.public();
    let parcel = parcel(browser.subscription(&receiver.url()), r#"{"title":"Zoë waits 😀"}"#);
    let push = push(key);
    push.check(&parcel.address).unwrap();
    assert_eq!(push.send(&parcel).await.unwrap().status, 201);

    let got = &receiver.got()[0];
    assert_eq!(browser.decrypt(&got.body), parcel.body);
    for (name, value) in [("content-encoding", "aes128gcm"), ("ttl", "86400"), ("topic", parcel.id.as_str())] {
        assert_eq!(got.header(name), value);
    }
    let (token, shown) = got.header("authorization").strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(shown, public);
    let point = BASE64.decode(shown).unwrap();
    let decoding =
        DecodingKey::from_ec_components(&BASE64.encode(&point[1..33]), &BASE64.encode(&point[33..])).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[format!("http://{}", receiver.at)]);
    let claims = jsonwebtoken::decode::<Value>(token, &decoding, &validation).unwrap().claims;
    assert_eq!(claims["sub"], "mailto:ops@shop.example");
    let ahead = claims["exp"].as_i64().unwrap() - parcel.at.as_ms() / 1000;
    assert_eq!(ahead, 12 * 60 * 60);

    // The same again is encrypted anew.
    push.send(&parcel).await.unwrap();
    assert_ne!(receiver.got()[1].body, got.body);
}

#[tokio::test]
async fn what_does_not_fit_is_not_sent() {
    let receiver = Receiver::start(|_| Reply::answer("201 Created", "", "")).await;
    let address = Browser::new().subscription(&receiver.url());
    let push = push(vapid());
    push.send(&parcel(address.clone(), &"x".repeat(3993))).await.unwrap();
    assert_eq!(receiver.got()[0].body.len(), 4096);
    let failure = push.send(&parcel(address, &"x".repeat(3994))).await.unwrap_err();
    assert_eq!(failure.fault, Fault::Refused);
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn a_subscription_that_is_over_is_refused() {
    let receiver = Receiver::start(|_| Reply::answer("410 Gone", "", "")).await;
    let parcel = parcel(Browser::new().subscription(&receiver.url()), "x");
    let failure = push(vapid()).send(&parcel).await.unwrap_err();
    assert_eq!((failure.fault, failure.status), (Fault::Refused, 410));
}

#[test]
fn a_bad_subscription_names_its_field() {
    let push = push(vapid());
    let good = Browser::new().subscription("https://push.example/x");
    push.check(&good).unwrap();
    for (path, value, field) in [
        ("/endpoint", json!("http://10.0.0.1/"), "endpoint"),
        ("/endpoint", json!(null), "endpoint"),
        ("/keys", json!("x"), "keys"),
        ("/keys/auth", json!("c2hvcnQ"), "keys.auth"),
        ("/keys/auth", json!(7), "keys.auth"),
        ("/keys/p256dh", json!("AAAA"), "keys.p256dh"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        assert_eq!(push.check(&bad).unwrap_err().field, field, "{bad}");
    }
    assert_eq!(push.check(&json!({ "endpoint": "https://push.example/x" })).unwrap_err().field, "keys");
    assert!(VapidKey::new(&"nonsense".into(), "mailto:a@example.com").is_err());
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    assert!(VapidKey::new(&pem.into(), "ops@shop.example").is_err());
}
