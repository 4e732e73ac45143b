//! Plain REST against a node.

use crate::node::Addresses;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(40);
/// A request that was refused as too fast is made again so often.
const SLOWER: u32 = 20;

/// A client with or without a token. Follows the node to its next address.
#[derive(Clone, Debug)]
pub struct Rest {
    addresses: Addresses,
    token: Option<String>,
    http: reqwest::Client,
}

/// What a request was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Null` when there is none or it is no JSON.
    pub body: Value,
}

impl Reply {
    /// The body of a success.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.body
    }
    /// `not_found` of `urn:weft:problem:not_found`.
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|t| t.strip_prefix("urn:weft:problem:")).unwrap_or_default()
    }
    pub fn etag(&self) -> String {
        self.headers.get("etag").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
    }
}

impl Rest {
    pub fn new(addresses: &Addresses, token: Option<&str>) -> Self {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().unwrap();
        Self { addresses: addresses.clone(), token: token.map(str::to_owned), http }
    }
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(body), &[]).await
    }
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// One request with headers of its own. One that was too fast is made again after the time that the node names.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Reply {
        for _ in 0..SLOWER {
            let reply = self.attempt(method.clone(), path, body, headers).await;
            let reply = reply.unwrap_or_else(|e| panic!("{method} {path}: {e:?}"));
            if reply.status != StatusCode::TOO_MANY_REQUESTS {
                return reply;
            }
            let seconds = reply.headers.get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok()).unwrap_or(1);
            // waits: the node said for how long
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
        panic!("{method} {path}: too fast {SLOWER} times")
    }

    /// One request, whatever comes of it.
    pub async fn attempt(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> reqwest::Result<Reply> {
        let mut request = self.http.request(method, format!("{}{path}", self.addresses.rest()));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        reply(request.send().await?).await
    }

    /// Uploads bytes.
    pub async fn upload(&self, path: &str, media_type: &str, bytes: Vec<u8>) -> Reply {
        let request = self.http.post(format!("{}{path}", self.addresses.rest()));
        let request = request.bearer_auth(self.token()).header("content-type", media_type).body(bytes);
        reply(request.send().await.unwrap()).await.unwrap()
    }

    /// Every item of a paged list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut after) = (Vec::new(), String::new());
        let join = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{join}limit=200{after}")).await.good();
            items.extend(page["items"].as_array().expect("a list has items").iter().cloned());
            match &page["next"] {
                Value::String(next) => after = format!("&after={next}"),
                Value::Number(next) => after = format!("&after={next}"),
                _ => return items,
            }
        }
    }
}

async fn reply(response: reqwest::Response) -> reqwest::Result<Reply> {
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await?;
    Ok(Reply { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
}
