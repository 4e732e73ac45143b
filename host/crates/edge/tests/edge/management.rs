//! The management port.

use crate::kit::{Node, OPERATOR, Options, node};
use async_trait::async_trait;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use weft_edge::{Component, Health, Probe};

/// A server that does not answer.
struct Away;

#[async_trait]
impl Probe for Away {
    async fn probe(&self) -> Component {
        Component::down(json!({ "error": "connection refused" }))
    }
}

/// A server that takes the question and never answers it.
struct Frozen;

#[async_trait]
impl Probe for Frozen {
    async fn probe(&self) -> Component {
        std::future::pending().await
    }
}

#[tokio::test]
async fn without_broker_directory_and_search_a_node_is_degraded_and_ready() {
    let health = Health::default().with("bus", Arc::new(Away)).with("directory", Arc::new(Frozen));
    let node = Node::start(Options { health, ..Options::default() }).await;
    let get = async |path: &str| {
        let url = format!("http://{}/actuator/{path}", node.management);
        let answer = node.http.get(url).bearer_auth(OPERATOR).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let (status, health) = get("health").await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &json!("DEGRADED")));
    assert_eq!(
        (&health["components"]["bus"]["status"], &health["components"]["store"]["status"]),
        (&json!("DOWN"), &json!("UP"))
    );
    assert_eq!(health["components"]["directory"]["details"]["error"], "no answer");
    assert_eq!(get("health/readiness").await.0, StatusCode::OK, "chat goes on");
}

#[tokio::test]
async fn health_is_for_operators_and_probes() {
    let node = node().await;
    let url = |path: &str| format!("http://{}/actuator/{path}", node.management);
    let get = async |path: &str, token: Option<&str>| {
        let request = node.http.get(url(path));
        let response = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = response.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap_or(Value::Null))
    };
    assert_eq!(get("health", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get("metrics", Some(&node.tea.admin)).await.0, StatusCode::UNAUTHORIZED);
    let basic = node.http.get(url("info")).basic_auth("operator", Some(OPERATOR)).send().await.unwrap();
    assert_eq!(basic.status(), StatusCode::OK);
    let (status, health) = get("health", Some(OPERATOR)).await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &Value::from("UP")));
    assert_eq!(health["components"]["store"]["details"]["kind"], "sqlite");
    let (_socket, _) = node.socket(&node.tea.agent).await;
    let (_, info) = get("info", Some(OPERATOR)).await;
    assert_eq!((&info["sessions"]["sockets"], &info["node"]["ready"]), (&json!(1), &json!(true)));
    assert!(
        info["memory"]["rss_bytes"].as_u64().unwrap() > 1 << 20 && info["event_loop"]["lag_ms"].is_number(),
        "{info}"
    );
    assert!(info["plugins"]["epochs"].is_object());
    let (_, threads) = get("threads", Some(OPERATOR)).await;
    assert!(threads["runtime"]["tasks"].as_u64().unwrap() > 0 && !threads["threads"].as_array().unwrap().is_empty());
    assert_eq!(get("health/liveness", None).await.0, StatusCode::OK);
    assert_eq!(get("health/readiness", None).await.0, StatusCode::OK);
    node.edge.drain(std::time::Duration::from_secs(1)).await;
    assert_eq!(get("health/readiness", None).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get("health/liveness", None).await.0, StatusCode::OK);
}
