//! Signed tokens: HS256 with the cluster's key, and nothing else. Visitors and agents have audiences of their own.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use model::{AgentId, ChannelId, Code, Participant, Refusal, TenantId, Timestamp, TokenId, VisitorId};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "weft";
const AGENTS: &str = "weft-agent";
const VISITORS: &str = "weft-visitor";
/// RFC 9068's type: a token of another kind that the key may sign one day is none of these.
const TYPE: &str = "at+jwt";
/// Skew between nodes' clocks that is forgiven: one five minutes ahead beside one five minutes behind. What a node signs must be good on
/// every other, or a client is locked out as often as it meets that one.
const LEEWAY_SECONDS: i64 = 600;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    tenant: TenantId,
    /// Of a visitor: where they came in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    channel: Option<ChannelId>,
    /// Of an agent: the sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    family: Option<TokenId>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Who a signed token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    Agent { agent: AgentId, family: TokenId },
    Visitor { visitor: VisitorId, channel: ChannelId },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub tenant: TenantId,
    pub bearer: Bearer,
    pub expires_at: Timestamp,
}

pub(crate) struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl Signer {
    pub fn new(key: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AGENTS, VISITORS]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // Compared with the injected clock below.
        validation.validate_exp = false;
        Self { encoding: EncodingKey::from_secret(key), decoding: DecodingKey::from_secret(key), validation }
    }

    pub fn sign(&self, access: &Access, now: Timestamp) -> Result<String, jsonwebtoken::errors::Error> {
        let (aud, sub, channel, family) = match access.bearer {
            Bearer::Agent { agent, family } => (AGENTS, agent.to_string(), None, Some(family)),
            Bearer::Visitor { visitor, channel } => (VISITORS, visitor.to_string(), Some(channel), None),
        };
        let claims = Claims {
            iss: ISSUER.into(),
            aud: aud.into(),
            sub,
            tenant: access.tenant,
            channel,
            family,
            iat: now.as_ms() / 1000,
            nbf: now.as_ms() / 1000,
            exp: access.expires_at.as_ms() / 1000,
        };
        let header = Header { typ: Some(TYPE.into()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &self.encoding)
    }

    /// Who it speaks for. The answer to a forged, foreign or malformed token is always the same.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Access, Refusal> {
        let data = decode::<Claims>(token, &self.decoding, &self.validation).map_err(|_| unknown())?;
        let claims = data.claims;
        if data.header.typ.as_deref() != Some(TYPE) {
            return Err(unknown());
        }
        let bearer = match (claims.aud.as_str(), claims.channel, claims.family) {
            (AGENTS, None, Some(family)) => Bearer::Agent { agent: claims.sub.parse().map_err(|_| unknown())?, family },
            (VISITORS, Some(channel), None) => {
                Bearer::Visitor { visitor: claims.sub.parse().map_err(|_| unknown())?, channel }
            }
            _ => return Err(unknown()),
        };
        let seconds = now.as_ms() / 1000;
        if seconds >= claims.exp {
            return Err(Refusal::new(Code::Unauthenticated, "the token has expired"));
        }
        if claims.nbf > seconds + LEEWAY_SECONDS {
            return Err(unknown());
        }
        let expires_at = Timestamp::from_ms(claims.exp.saturating_mul(1000));
        Ok(Access { tenant: claims.tenant, bearer, expires_at })
    }
}

impl Access {
    pub const fn participant(&self) -> Participant {
        match self.bearer {
            Bearer::Agent { agent, .. } => Participant::Agent(agent),
            Bearer::Visitor { visitor, .. } => Participant::Visitor(visitor),
        }
    }
}

pub(crate) fn unknown() -> Refusal {
    Refusal::new(Code::Unauthenticated, "the token is not known here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use std::time::Duration;

    const KEY: [u8; 32] = [7; 32];

    fn access() -> Access {
        Access {
            tenant: TenantId::from_parts(1, 1),
            bearer: Bearer::Agent { agent: AgentId::from_parts(1, 2), family: TokenId::from_parts(1, 3) },
            expires_at: Timestamp::from_ms(2_000_000),
        }
    }

    fn forged(header: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
        let token = Signer::new(&KEY).sign(&access(), Timestamp::from_ms(1_000_000)).unwrap();
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let mut claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        change(&mut claims);
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part(&claims.to_string()), token.rsplit('.').next().unwrap())
    }

    #[test]
    fn a_token_speaks_for_whom_it_was_made_until_it_expires() {
        let signer = Signer::new(&KEY);
        let now = Timestamp::from_ms(1_000_000);
        let token = signer.sign(&access(), now).unwrap();
        assert_eq!(signer.verify(&token, now).unwrap(), access());
        let late = signer.verify(&token, access().expires_at).unwrap_err();
        assert_eq!(late.message, "the token has expired");
        assert_eq!(signer.verify(&token, now.plus(Duration::from_secs(999))).unwrap(), access());
    }

    #[test]
    fn forged_tokens_are_not_known() {
        let signer = Signer::new(&KEY);
        let now = Timestamp::from_ms(1_000_000);
        let hs256 = r#"{"typ":"at+jwt","alg":"HS256"}"#;
        let made = |key: &[u8], header: Header, change: fn(&mut serde_json::Value)| {
            let mut claims = serde_json::json!({ "iss": ISSUER, "aud": AGENTS, "sub": AgentId::from_parts(1, 2),
                "tenant": TenantId::from_parts(1, 1), "family": TokenId::from_parts(1, 3), "iat": 1000, "nbf": 1000, "exp": 2000 });
            change(&mut claims);
            encode(&header, &claims, &EncodingKey::from_secret(key)).unwrap()
        };
        let typed = |alg| Header { typ: Some(TYPE.into()), ..Header::new(alg) };
        signer.verify(&made(&KEY, typed(Algorithm::HS256), |_| ()), now).unwrap();
        let table = [
            ("alg none", forged(r#"{"typ":"at+jwt","alg":"none"}"#, |_| ())),
            ("alg RS256", forged(r#"{"typ":"at+jwt","alg":"RS256"}"#, |_| ())),
            ("another tenant", forged(hs256, |c| c["tenant"] = TenantId::from_parts(9, 9).to_string().into())),
            ("a later end", forged(hs256, |c| c["exp"] = 9_999_999.into())),
            ("another key", made(&[8; 32], typed(Algorithm::HS256), |_| ())),
            ("HS512", made(&KEY, typed(Algorithm::HS512), |_| ())),
            ("another issuer", made(&KEY, typed(Algorithm::HS256), |c| c["iss"] = "x".into())),
            ("another audience", made(&KEY, typed(Algorithm::HS256), |c| c["aud"] = "x".into())),
            ("an agent's as a visitor's", made(&KEY, typed(Algorithm::HS256), |c| c["aud"] = VISITORS.into())),
            ("another type", made(&KEY, Header::new(Algorithm::HS256), |_| ())),
            ("no end", made(&KEY, typed(Algorithm::HS256), |c| c["exp"] = serde_json::Value::Null)),
            ("not yet", made(&KEY, typed(Algorithm::HS256), |c| c["nbf"] = 1_900.into())),
            ("not a token", "x.y.z".into()),
            ("empty", String::new()),
        ];
        for (what, token) in table {
            assert_eq!(signer.verify(&token, now).unwrap_err(), unknown(), "{what}");
        }
    }
}
