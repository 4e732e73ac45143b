//! No text of a message, no token and no secret is in the log, at any level.

use crate::kit::{OPERATOR, PASSWORD, node};
use reqwest::Method;
use serde_json::json;
use std::{
    io,
    sync::{Mutex, OnceLock},
};

/// What all nodes of this process have logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static KEPT: OnceLock<()> = OnceLock::new();

struct Kept;

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the log from now on: of the whole process, since what was logged by no subscriber stays unlogged.
pub fn keep() {
    KEPT.get_or_init(|| {
        let filter =
            "trace,hyper=info,mio=info,h2=info,tokio_tungstenite=info,tungstenite=info,reqwest=info,sqlx=debug";
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Kept).init();
    });
}

#[tokio::test]
async fn what_people_say_and_what_opens_doors_is_not_logged() {
    let node = node().await;
    let (mut agent, _) = node.socket(&node.tea.agent).await;
    agent.command(json!({ "type": "status", "status": "online" })).await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let conversation =
        visitor.command(json!({ "type": "open", "subject": "canary-subject" })).await["conversation"].clone();
    let text = json!({ "kind": "text", "text": "canary-text" });
    visitor.command(json!({ "type": "send", "conversation": conversation, "body": text })).await;
    agent.sees(|f| f["body"]["text"] == "canary-text").await;
    visitor.send(&json!({ "type": "preview", "conversation": conversation, "text": "canary-draft" })).await;
    agent.until("preview").await;
    visitor.command(json!({ "type": "send", "conversation": "canary-not-an-id", "body": text })).await;
    node.call(Method::GET, "/v1/search?q=canary-query", Some(&node.tea.agent), None).await;
    node.call(Method::GET, "/v1/me", Some("canary-token"), None).await;
    let wrong = json!({ "tenant": "tea", "email": "agent@tea.example", "password": "canary-wrong" });
    node.call(Method::POST, "/v1/auth/login", None, Some(wrong)).await;
    node.call(Method::GET, "/v1/tenants", Some(OPERATOR), None).await;
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/v1/auth/login"), "the log is kept");
    for line in log.lines() {
        assert!(!line.contains("canary-"), "{line}");
        for secret in [PASSWORD, token.as_str(), &node.tea.agent] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}
