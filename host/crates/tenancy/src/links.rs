//! Signed text: links and references that this installation made and knows again.

use crate::Tenancy;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key of its own, derived from the cluster's: nothing signed here is an access token, and the other way round.
#[derive(Clone)]
pub(crate) struct Links(Hmac<Sha256>);

impl Links {
    /// `None` never happens: HMAC takes keys of any length.
    pub fn new(key: &[u8]) -> Option<Self> {
        let mut derive = Hmac::<Sha256>::new_from_slice(key).ok()?;
        derive.update(b"weft links");
        Hmac::new_from_slice(&derive.finalize().into_bytes()).ok().map(Self)
    }
}

impl Tenancy {
    /// `text` with its signature, safe in a path. `purpose` is signed too: a text for one is none for another.
    pub fn sign_link(&self, purpose: &str, text: &str) -> String {
        let mac = self.mac(purpose, text).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(mac))
    }

    /// The text, if it was signed here for `purpose`.
    pub fn open_link(&self, purpose: &str, link: &str) -> Option<String> {
        let (text, mac) = link.split_once('.')?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.mac(purpose, &text).verify_slice(&mac).ok()?;
        Some(text)
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = self.links.0.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac
    }
}
