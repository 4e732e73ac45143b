//! The permission table, cell by cell, over real requests.

use crate::kit::{OPERATOR, id, node};
use model::{
    Role,
    permission::{Action, may},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A request that needs exactly this permission. It names things that are not there: who may gets 404 or a success, who may not 403.
fn request(action: Action) -> (Method, String, Value) {
    let (get, post, put, patch) = (Method::GET, Method::POST, Method::PUT, Method::PATCH);
    let any = id();
    let text = json!({ "kind": "text", "text": "x" });
    let on = |what: &str| format!("/v1/conversations/{any}/{what}");
    match action {
        Action::Open => (post, "/v1/conversations".into(), json!({})),
        Action::Send => (post, on("entries"), json!({ "body": text })),
        Action::SendNote => (post, on("entries"), json!({ "body": text, "audience": "agents" })),
        Action::Mark => (post, on("marks"), json!({ "read": 1, "delivered": 1 })),
        Action::Edit => (patch, on("entries/1"), json!({ "body": text })),
        Action::Recall => (Method::DELETE, on("entries/1"), json!({})),
        Action::SetStatus => (put, "/v1/me/status".into(), json!({ "status": "away" })),
        Action::AnswerOffer => (post, format!("/v1/offers/{any}/accept"), json!({ "token": 1 })),
        Action::Take => (post, on("take"), json!({})),
        Action::Transfer => (post, on("transfer"), json!({ "to": { "team": any } })),
        Action::Invite => (post, on("invite"), json!({ "agent": any })),
        Action::Leave => (post, on("leave"), json!({})),
        Action::Close => (post, on("close"), json!({})),
        Action::Reopen => (post, on("reopen"), json!({})),
        Action::Rate => (post, on("rate"), json!({ "score": 5 })),
        Action::LeaveMessage => (post, "/v1/messages".into(), json!({ "body": text, "contact": "x" })),
        Action::ReadOwnConversations => (get, "/v1/conversations".into(), Value::Null),
        Action::ReadDecisions => (get, on("decisions"), Value::Null),
        Action::ReplayDecision => (post, format!("/v1/decisions/{any}/replay"), json!({})),
        Action::Search => (get, "/v1/search?q=x".into(), Value::Null),
        Action::Upload => (post, "/v1/uploads".into(), json!({ "name": "a.txt", "size": 1 })),
        Action::ReadPresence => (get, "/v1/presence".into(), Value::Null),
        Action::ReadAgents => (get, "/v1/agents".into(), Value::Null),
        Action::ManageAgents => (patch, format!("/v1/agents/{any}"), json!({})),
        Action::ManageTeams => (patch, format!("/v1/teams/{any}"), json!({})),
        Action::ManageChannels => (get, "/v1/channels".into(), Value::Null),
        Action::ManageSettings => (get, "/v1/settings".into(), Value::Null),
        Action::ManagePlugins => (get, "/v1/plugins".into(), Value::Null),
        Action::ManageTokens => (get, "/v1/api-tokens".into(), Value::Null),
        Action::ReadAudit => (get, "/v1/audit".into(), Value::Null),
        Action::ReadHours => (get, "/v1/hours".into(), Value::Null),
        Action::ManageHours => (put, format!("/v1/hours/{any}"), json!({ "time_zone": "UTC", "week": [] })),
        Action::ReadCannedReplies => (get, format!("/v1/canned-replies/{any}"), Value::Null),
        Action::ManageCannedReplies => {
            (put, format!("/v1/canned-replies/{any}"), json!({ "shortcut": "x", "text": "x" }))
        }
        Action::ReadLabels => (get, "/v1/labels".into(), Value::Null),
        Action::ManageTargets => (post, "/v1/targets".into(), json!({ "name": "x", "channel": "none", "address": {} })),
        Action::ReadNotifications => (get, "/v1/notifications".into(), json!({})),
        Action::Redrive => (post, "/v1/dead-letters/redrive".into(), json!({ "target": "x" })),
        Action::Announce => (post, "/v1/notices".into(), json!({ "text": "x" })),
        Action::ManageLabels => (put, format!("/v1/labels/{any}"), json!({ "name": "x", "color": "#000000" })),
        Action::ManageTenants => (get, "/v1/tenants".into(), Value::Null),
        // Of sessions (below), or only what a list shows (`narrowed`).
        Action::Typing | Action::Preview | Action::Watch | Action::ReadTenantConversations => {
            (get, String::new(), Value::Null)
        }
    }
}

#[tokio::test]
async fn every_cell_of_the_table_holds_over_http() {
    let node = node().await;
    let visitor = node.visitor(&node.tea).await;
    let callers = [
        (Role::Visitor, visitor.as_str()),
        (Role::Agent, &node.tea.agent),
        (Role::Supervisor, &node.tea.supervisor),
        (Role::Admin, &node.tea.admin),
        (Role::Operator, OPERATOR),
    ];
    for action in Action::ALL {
        for (role, token) in callers {
            let (method, path, body) = request(action);
            if path.is_empty() {
                continue;
            }
            let asked = node.request(method, &path, Some(token)).header("if-match", "\"1\"");
            let asked = if body.is_null() { asked } else { asked.json(&body) };
            let response = asked.send().await.unwrap();
            let (status, text) = (response.status(), response.text().await.unwrap());
            // The operator is nobody in a tenant: not even signed in.
            let refused = matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED);
            assert_eq!(!refused, may(role, action), "{role:?} {action:?} {path}: {status} {text}");
            assert!(!status.is_server_error(), "{role:?} {action:?}: {status} {text}");
        }
    }
}

#[tokio::test]
async fn previews_are_for_visitors_and_typing_for_those_who_take_part() {
    let node = node().await;
    let (mut agent, _) = node.socket(&node.tea.agent).await;
    agent.command(json!({ "type": "status", "status": "online" })).await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let conversation = visitor.command(json!({ "type": "open" })).await["conversation"].clone();
    agent.sees(|f| f["body"]["kind"] == "assigned").await;
    let preview = agent.command(json!({ "type": "preview", "conversation": conversation, "text": "x" })).await;
    assert_eq!(preview["code"], "forbidden");
    let other = node.visitor(&node.tea).await;
    let (mut other, _) = node.socket(&other).await;
    let typing = other.command(json!({ "type": "typing", "conversation": conversation, "on": true })).await;
    assert_eq!(typing["code"], "not_found");
}

#[tokio::test]
async fn what_is_not_yours_is_not_there() {
    let node = node().await;
    let visitor = node.visitor(&node.tea).await;
    let opened = node.post("/v1/conversations", &visitor, json!({})).await;
    let id = opened["conversation"].as_str().unwrap();
    let other_visitor = node.visitor(&node.tea).await;
    let strangers = [&other_visitor, &node.bikes.agent, &node.bikes.supervisor, &node.bikes.admin];
    let text = json!({ "body": { "kind": "text", "text": "x" } });
    for token in strangers {
        for (method, path, body) in [
            (Method::GET, format!("/v1/conversations/{id}"), None),
            (Method::GET, format!("/v1/conversations/{id}/entries"), None),
            (Method::POST, format!("/v1/conversations/{id}/entries"), Some(text.clone())),
            (Method::POST, format!("/v1/conversations/{id}/close"), Some(json!({}))),
            (Method::POST, format!("/v1/conversations/{id}/reopen"), Some(json!({}))),
            (Method::POST, format!("/v1/conversations/{id}/marks"), Some(json!({ "read": 1, "delivered": 1 }))),
        ] {
            let (status, answer) = node.call(method, &path, Some(token), body).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path} {answer}");
        }
    }
    for (path, token) in [
        (
            format!("/v1/agents/{}", node.get("/v1/me", &node.tea.agent).await["id"].as_str().unwrap()),
            &node.bikes.admin,
        ),
        (format!("/v1/teams/{}", node.tea.team), &node.bikes.admin),
        (format!("/v1/channels/{}", node.tea.channel), &node.bikes.admin),
        (format!("/v1/conversations/{id}/decisions"), &node.bikes.agent),
    ] {
        let (status, _) = node.call(Method::GET, &path, Some(token), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(node.get("/v1/conversations", &other_visitor).await["items"], json!([]));
    assert_eq!(node.get("/v1/conversations", &node.bikes.supervisor).await["items"], json!([]));
    let own = node.get("/v1/conversations", &node.tea.supervisor).await;
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "supervisors see the tenant's");
    assert_eq!(node.get("/v1/conversations", &node.tea.agent).await["items"], json!([]), "agents their own");
    let team = node.get(&format!("/v1/conversations?team={}", node.tea.team), &node.tea.agent).await;
    assert_eq!(team["items"].as_array().unwrap().len(), 1, "or their team's");
}
