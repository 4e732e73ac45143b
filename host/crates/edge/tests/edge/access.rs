//! The end of access, wherever it is used at that moment.

use crate::kit::{Node, PASSWORD, PATIENCE, Socket, node};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn sign_in(node: &Node) -> (String, String) {
    let login = json!({ "tenant": "tea", "email": "agent@tea.example", "password": PASSWORD });
    let (_, tokens) = node.call(Method::POST, "/v1/auth/login", None, Some(login)).await;
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

async fn me(node: &Node, token: &str) -> StatusCode {
    node.call(Method::GET, "/v1/me", Some(token), None).await.0
}

/// The socket's end, which comes sooner than a heartbeat or an expiry would.
async fn ends(mut socket: Socket) {
    assert_eq!(socket.closed().await, Some(4401));
}

async fn change_agent(node: &Node, change: Value) {
    let path = format!("/v1/agents/{}", node.get("/v1/me", &node.tea.agent).await["id"].as_str().unwrap());
    let version = node.get(&path, &node.tea.admin).await["version"].clone();
    let change = node.request(Method::PATCH, &path, Some(&node.tea.admin)).json(&change);
    let answer = change.header("if-match", format!("\"{version}\"")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_logout_ends_the_access_token_and_what_was_opened_with_it() {
    let node = node().await;
    let (mine, _) = sign_in(&node).await;
    let (other, _) = sign_in(&node).await;
    let ((socket, _), (_kept, _)) = (node.socket(&mine).await, node.socket(&other).await);
    let session = node.post("/v1/sessions", &mine, json!({ "type": "hello", "token": mine })).await;
    let events = format!("/v1/sessions/{}/events?wait=25", session["session"].as_str().unwrap());
    let poll = node.request(Method::GET, &events, Some(&mine)).send();
    let stream = node.request(Method::GET, &events, Some(&mine)).header("accept", "text/event-stream");
    let stream = stream.send().await.unwrap();
    let logout = async { node.call(Method::POST, "/v1/auth/logout", Some(&mine), None).await.0 };
    let (polled, gone) = tokio::join!(poll, logout);
    assert_eq!(gone, StatusCode::NO_CONTENT);
    assert_ne!(polled.unwrap().status(), StatusCode::OK, "a poll that waited");
    tokio::time::timeout(PATIENCE, stream.text()).await.expect("the stream goes on").unwrap();
    ends(socket).await;
    assert_eq!(me(&node, &mine).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&node, &other).await, StatusCode::OK, "another sign-in of the same agent goes on");
}

#[tokio::test]
async fn a_disabled_agent_and_a_changed_password_end_every_sign_in() {
    let node = node().await;
    for (change, back) in [
        (json!({ "password": "another-password" }), json!({ "password": PASSWORD })),
        (json!({ "disabled": true }), json!({ "disabled": false })),
    ] {
        let (access, refresh) = sign_in(&node).await;
        let (socket, _) = node.socket(&access).await;
        let path = format!("/v1/agents/{}", node.get("/v1/me", &access).await["id"].as_str().unwrap());
        for (n, change) in [&change, &back].into_iter().enumerate() {
            let version = node.get(&path, &node.tea.admin).await["version"].clone();
            let request = node.request(Method::PATCH, &path, Some(&node.tea.admin)).json(change);
            let answer = request.header("if-match", format!("\"{version}\"")).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{n} {change}");
            assert_eq!(me(&node, &access).await, StatusCode::UNAUTHORIZED, "{change}");
        }
        ends(socket).await;
        let body = json!({ "refresh_token": refresh });
        let refreshed = node.call(Method::POST, "/v1/auth/refresh", None, Some(body)).await.0;
        assert_eq!(refreshed, StatusCode::UNAUTHORIZED, "not even when it is taken back");
    }
}

#[tokio::test]
async fn what_ends_on_another_node_ends_here_within_seconds() {
    let node = node().await;
    let (access, refresh) = sign_in(&node).await;
    let (socket, _) = node.socket(&access).await;
    let tenant = refresh.split('.').next().unwrap().parse().unwrap();
    let me = node.get("/v1/me", &access).await;
    node.store.end_families_of(tenant, me["id"].as_str().unwrap().parse().unwrap()).await.unwrap();
    ends(socket).await;
}

#[tokio::test]
async fn a_role_that_was_taken_away_ends_the_sockets_of_the_old_one() {
    let node = node().await;
    let (socket, _) = node.socket(&node.tea.agent).await;
    change_agent(&node, json!({ "role": "supervisor" })).await;
    ends(socket).await;
    assert_eq!(node.get("/v1/me", &node.tea.agent).await["role"], "supervisor", "the sign-in goes on");
}
