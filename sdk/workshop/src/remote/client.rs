//! Requests to a server, and its problems as complaints.

use super::{
    At,
    connection::{connect, tls, unreachable},
    profile::chosen,
};
use crate::complaint::Complaint;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use ports::plugins::UploadRefusal;
use rustls::ClientConfig;
use serde_json::Value;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{runtime::Runtime, time::timeout};
use url::Url;

/// Of an answer.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// An activation waits for every node to compile.
const ANSWER_WITHIN: Duration = Duration::from_mins(3);
/// A request that came too fast is made again so often, after the time that the server names.
const TRIES: u32 = 10;
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// One server, as one caller.
pub(crate) struct Client {
    server: Url,
    token: Option<String>,
    tls: Arc<ClientConfig>,
    runtime: Runtime,
}

/// What is sent.
struct Sent<'a> {
    method: Method,
    path: &'a str,
    media_type: &'static str,
    body: Bytes,
}

impl Client {
    /// As a profile, the flags and the variables say.
    pub fn of(at: &At) -> Result<Self, Complaint> {
        let profile = chosen(at)?;
        Self::new(&profile.server, Some(&profile.token), profile.ca.as_ref())
    }

    pub fn new(server: &str, token: Option<&str>, ca: Option<&PathBuf>) -> Result<Self, Complaint> {
        let odd = || {
            Complaint::new("bad_server", format!("{server:?} is no address of a server"))
                .advice("for instance https://chat.example, or http://127.0.0.1:9003")
        };
        let server = Url::parse(server).map_err(|e| odd().because(e))?;
        if !matches!(server.scheme(), "http" | "https") || server.host_str().is_none() {
            return Err(odd());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Complaint::new("runtime", "the client cannot start").because(e))?;
        Ok(Self { server, token: token.map(str::to_owned), tls: tls(ca.map(PathBuf::as_path))?, runtime })
    }

    pub fn get(&self, path: &str) -> Result<Value, Complaint> {
        self.runtime.block_on(self.asked(path))
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Complaint> {
        self.runtime.block_on(self.send(&Sent::json(path, body)))
    }

    pub fn upload(&self, path: &str, component: Vec<u8>) -> Result<Value, Complaint> {
        let sent = Sent { method: Method::POST, path, media_type: "application/wasm", body: component.into() };
        self.runtime.block_on(self.send(&sent))
    }

    /// Posts, and meanwhile shows what `path` of `meanwhile` answers, so often.
    pub fn post_while(
        &self,
        (path, body): (&str, &Value),
        (meanwhile, every): (&str, Duration),
        show: &mut dyn FnMut(&Self, Value) -> Option<String>,
    ) -> Result<Value, Complaint> {
        let sent = Sent::json(path, body);
        self.runtime.block_on(async {
            let mut posted = std::pin::pin!(self.send(&sent));
            loop {
                if let Ok(answer) = timeout(every, posted.as_mut()).await {
                    return answer;
                }
                // What is shown meanwhile may fail; the post says how it went.
                let looked = self.asked(meanwhile).await;
                if let Some(more) = looked.ok().and_then(|value| show(self, value))
                    && let Ok(value) = self.asked(&more).await
                {
                    show(self, value);
                }
            }
        })
    }

    /// `path` with a query of those parts that are there.
    pub fn path_with(path: &str, query: &[(&str, Option<String>)]) -> String {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query {
            if let Some(value) = value {
                encoded.append_pair(name, value);
            }
        }
        match encoded.finish().as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    async fn asked(&self, path: &str) -> Result<Value, Complaint> {
        self.send(&Sent { method: Method::GET, path, media_type: "", body: Bytes::new() }).await
    }

    async fn send(&self, sent: &Sent<'_>) -> Result<Value, Complaint> {
        let mut tries = 0;
        loop {
            tries += 1;
            let exchange = timeout(ANSWER_WITHIN, self.exchange(sent)).await;
            let (status, body) = exchange
                .map_err(|_| unreachable(&self.server).advice(format!("no answer within {ANSWER_WITHIN:?}")))??;
            if status.is_success() {
                return Ok(body);
            }
            if status != StatusCode::TOO_MANY_REQUESTS || tries >= TRIES {
                return Err(problem(status, &body));
            }
            let seconds = body["retry_after"].as_u64().unwrap_or(1);
            // waits: the server said for how long
            tokio::time::sleep(Duration::from_secs(seconds).min(PAUSE_MAX)).await;
        }
    }

    async fn exchange(&self, sent: &Sent<'_>) -> Result<(StatusCode, Value), Complaint> {
        let failed = |e: hyper::Error| unreachable(&self.server).because(e);
        let base = self.server.path().trim_end_matches('/');
        let authority = self.server.authority().rsplit('@').next().unwrap_or_default();
        let mut request = Request::builder()
            .method(&sent.method)
            .uri(format!("{base}{}", sent.path))
            .header(header::HOST, authority)
            .header(header::USER_AGENT, concat!("weft/", env!("CARGO_PKG_VERSION")));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if !sent.media_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, sent.media_type);
        }
        let request = request
            .body(Full::new(sent.body.clone()))
            .map_err(|e| Complaint::new("bad_token", "the token cannot be sent").because(e))?;
        let mut sender = connect(&self.server, &self.tls).await?;
        let response = sender.send_request(request).await.map_err(failed)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|e| unreachable(&self.server).because(e))?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

impl<'a> Sent<'a> {
    fn json(path: &'a str, body: &Value) -> Self {
        Self { method: Method::POST, path, media_type: "application/json", body: body.to_string().into() }
    }
}

/// The server's problem (RFC 9457), and what to do about it.
fn problem(status: StatusCode, body: &Value) -> Complaint {
    let kind = body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:weft:problem:"));
    let Some(code) = kind else {
        let complaint = Complaint::new("not_weft", format!("the answer was {status}, and not from weft"));
        return complaint.advice("is this the REST address of a weft server?");
    };
    let detail = body["detail"].as_str().unwrap_or_default().to_owned();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = body["errors"].as_array().into_iter().flatten();
    let mistakes = errors.map(|e| (text(&e["pointer"]), text(&e["detail"]))).collect();
    if let Some((refused, message)) = component_refused(code, &detail) {
        let refusal = UploadRefusal { code: refused.into(), message: message.into(), errors: mistakes };
        return refusal.into();
    }
    let advice = match code {
        "unauthenticated" => Some("the token is good no more: `weft profile add` again"),
        "forbidden" => Some("this needs an admin's token"),
        "not_found" => Some("`weft plugin list` and `weft plugin status` show what is there"),
        "conflict" => Some("somebody else changed it: look at `weft plugin status` and try again"),
        "unavailable" => Some("try again in a moment"),
        _ => None,
    };
    let complaint = Complaint { mistakes, ..Complaint::new(code, detail) };
    match advice {
        Some(advice) => complaint.advice(advice),
        None => complaint,
    }
}

/// A refused component or setting has a code of its own before its message: it is told as `weft plugin build` tells it.
fn component_refused<'a>(code: &str, detail: &'a str) -> Option<(&'a str, &'a str)> {
    let (refused, message) = detail.split_once(": ")?;
    let is_code = !refused.is_empty() && refused.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (is_code && matches!(code, "unsupported" | "too_large" | "unavailable")).then_some((refused, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_keeps_its_code_and_its_places() {
        let body = json!({"type": "urn:weft:problem:unsupported", "detail": "unknown_import: it imports wasi:io",
            "errors": [{"pointer": "/a", "detail": "b"}]});
        let complaint = problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &body);
        assert_eq!((complaint.code.as_str(), complaint.mistakes.len()), ("unknown_import", 1));
        assert!(complaint.advice.is_some() && complaint.message == "it imports wasi:io");
        assert_eq!(problem(StatusCode::BAD_GATEWAY, &Value::Null).code, "not_weft");
    }

    #[test]
    fn a_query_has_what_is_there() {
        let query = [("cause", Some("a b&c".to_owned())), ("target", None)];
        assert_eq!(Client::path_with("/v1/x", &query), "/v1/x?cause=a+b%26c");
        assert_eq!(Client::path_with("/v1/x", &[]), "/v1/x");
    }

    #[test]
    fn only_http_is_spoken() {
        for wrong in ["ftp://a", "a", "http://"] {
            assert_eq!(Client::new(wrong, None, None).err().unwrap().code, "bad_server", "{wrong}");
        }
    }
}
