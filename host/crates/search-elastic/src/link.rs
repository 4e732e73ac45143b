//! One question to the server, bounded in time.

use crate::{ElasticConfig, ElasticError, figures::Gauge};
use bytes::Bytes;
use elasticsearch::{
    auth::Credentials,
    cert::{Certificate, CertificateValidation},
    http::{
        Method, Url,
        headers::HeaderMap,
        transport::{MultiNodeConnectionPool, Transport, TransportBuilder},
    },
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Servers that are asked in turn when one does not answer.
const SERVERS: usize = 3;

pub(crate) struct Link {
    transport: Transport,
    servers: usize,
    answer_within: Duration,
    pub gauge: Gauge,
}

#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

/// In some answers a sentence, in most an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reason {
    Named {
        #[serde(rename = "type")]
        kind: String,
    },
    Said(serde::de::IgnoredAny),
}

impl Link {
    /// Connects at the first call, not here.
    pub fn new(config: &ElasticConfig) -> Result<Self, ElasticError> {
        let mut credentials = None;
        let mut servers = Vec::new();
        for text in config.url.expose_secret().split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let mut url = address(text)?;
            if let Some(password) = url.password()
                && credentials.is_none()
            {
                credentials = Some(Credentials::Basic(decoded(url.username()), decoded(password)));
            }
            // What stands in an address could be printed with it.
            if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
                return Err(ElasticError::Address(named(text)));
            }
            servers.push(url);
        }
        if servers.is_empty() {
            return Err(ElasticError::Address(String::new()));
        }
        let count = servers.len();
        let pool = MultiNodeConnectionPool::round_robin(servers, None);
        let mut transport = TransportBuilder::new(pool).disable_proxy().enable_meta_header(false);
        if let Some(credentials) = credentials {
            transport = transport.auth(credentials);
        }
        if let Some(pem) = &config.authority {
            let authority = Certificate::from_pem(pem.as_bytes()).map_err(ElasticError::Client)?;
            transport = transport.cert_validation(CertificateValidation::Full(authority));
        }
        let transport = transport.build().map_err(|error| ElasticError::Client(error.into()))?;
        let gauge = Gauge::default();
        Ok(Self { transport, servers: count.min(SERVERS), answer_within: config.answer_within, gauge })
    }

    /// Asks, and asks the next server when one does not answer. An answer that is an error is an error here.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Value, ElasticError> {
        let mut answer = self.ask_one(method, path, body.clone()).await;
        for _ in 1..self.servers {
            if !matches!(answer, Err(ElasticError::Away(_))) {
                break;
            }
            answer = self.ask_one(method, path, body.clone()).await;
        }
        match &answer {
            Err(error) if !error.is_missing() => self.gauge.failed(error),
            _ => self.gauge.answered(),
        }
        answer
    }

    async fn ask_one(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Value, ElasticError> {
        let within = Some(self.answer_within);
        let asked = self.transport.send(method, path, HeaderMap::new(), None::<&()>, body, within);
        let response = asked.await.map_err(ElasticError::Away)?;
        let status = response.status_code().as_u16();
        let bytes = response.bytes().await.map_err(ElasticError::Away)?;
        if status < 400 {
            return if bytes.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&bytes)?) };
        }
        let kind = match serde_json::from_slice(&bytes) {
            Ok(Refusal { error: Reason::Named { kind } }) => kind,
            Ok(Refusal { error: Reason::Said(_) }) | Err(_) => "unnamed".to_owned(),
        };
        Err(ElasticError::Status { status, kind })
    }

    pub async fn get(&self, path: &str) -> Result<Value, ElasticError> {
        self.ask(Method::Get, path, None).await
    }
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, ElasticError> {
        self.ask(Method::Put, path, written(body)).await
    }
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ElasticError> {
        self.ask(Method::Post, path, written(body)).await
    }
    pub async fn delete(&self, path: &str) -> Result<Value, ElasticError> {
        self.ask(Method::Delete, path, None).await
    }
}

/// Null is no body.
fn written(body: &Value) -> Option<Bytes> {
    (!body.is_null()).then(|| body.to_string().into())
}

fn address(text: &str) -> Result<Url, ElasticError> {
    let url = Url::parse(text).map_err(|_| ElasticError::Address(named(text)))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(ElasticError::Address(named(text)))
    }
}

/// An address as it may be shown: without what stands before the host.
fn named(text: &str) -> String {
    text.rsplit('@').next().unwrap_or_default().to_owned()
}

/// `%40` and its like in a name or a password.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte = digits.and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_read_and_not_shown() {
        assert_eq!(decoded("a%40b%zz%"), "a@b%zz%");
        assert_eq!(named("ftp://me:secret@host"), "host");
        let wrong = ElasticConfig { url: "ftp://me:secret@host".into(), ..ElasticConfig::default() };
        let Err(error) = Link::new(&wrong) else { unreachable!("ftp is no address") };
        assert_eq!(error.to_string(), "`host` is not the address of a server");
    }
}
