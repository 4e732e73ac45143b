//! Administration: versions, records, tokens of bots, and the operator.

use crate::kit::{OPERATOR, PASSWORD, node};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_change_needs_what_it_is_based_on() {
    let node = node().await;
    let admin = &node.tea.admin;
    let response = node.request(Method::GET, "/v1/settings", Some(admin)).send().await.unwrap();
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    let settings = json!({ "offer_seconds": 20, "edit_minutes": 5, "open_per_visitor": 2, "agent_capacity": 3 });
    let put = |etag: Option<&str>| {
        let request = node.request(Method::PUT, "/v1/settings", Some(admin)).json(&settings);
        etag.map_or_else(|| request.try_clone().unwrap(), |e| request.try_clone().unwrap().header("if-match", e)).send()
    };
    assert_eq!(put(None).await.unwrap().status(), StatusCode::BAD_REQUEST);
    let changed = put(Some(&etag)).await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()["etag"].to_str().unwrap(), etag);
    assert_eq!(put(Some(&etag)).await.unwrap().status(), StatusCode::CONFLICT);

    let new = json!({ "email": "new@tea.example", "name": "New", "role": "agent", "password": PASSWORD });
    let (status, agent) = node.call(Method::POST, "/v1/agents", Some(admin), Some(new.clone())).await;
    assert_eq!((status, &agent["capacity"]), (StatusCode::CREATED, &json!(3)), "the tenant's default");
    assert_eq!(node.call(Method::POST, "/v1/agents", Some(admin), Some(new)).await.0, StatusCode::CONFLICT);
    let path = format!("/v1/agents/{}", agent["id"].as_str().unwrap());
    let patch = |version: &str, change: serde_json::Value| {
        node.request(Method::PATCH, &path, Some(admin))
            .header("if-match", format!("\"{version}\""))
            .json(&change)
            .send()
    };
    let version = agent["version"].to_string();
    assert_eq!(patch(&version, json!({ "skills": ["tea"], "tier": 2 })).await.unwrap().status(), StatusCode::OK);
    assert_eq!(patch(&version, json!({ "tier": 3 })).await.unwrap().status(), StatusCode::CONFLICT);
    let team = json!({ "name": "Second", "members": [agent["id"]] });
    let (status, team) = node.call(Method::POST, "/v1/teams", Some(admin), Some(team)).await;
    assert_eq!((status, &team["members"][0]), (StatusCode::CREATED, &agent["id"]));

    let audit = node.get("/v1/audit?limit=3", admin).await;
    let actions: Vec<_> = audit["items"].as_array().unwrap().iter().map(|r| r["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["team.added", "agent.changed", "agent.added"]);
    let older = node.get(&format!("/v1/audit?after={}", audit["next"].as_str().unwrap()), admin).await;
    assert_eq!(older["items"][0]["action"], "settings.changed");
}

#[tokio::test]
async fn a_disabled_agent_is_out_at_once() {
    let node = node().await;
    let me = node.get("/v1/me", &node.tea.agent).await;
    let path = format!("/v1/agents/{}", me["id"].as_str().unwrap());
    let agent = node.get(&path, &node.tea.admin).await;
    let etag = format!("\"{}\"", agent["version"]);
    let change = node.request(Method::PATCH, &path, Some(&node.tea.admin)).header("if-match", etag);
    assert_eq!(change.json(&json!({ "disabled": true })).send().await.unwrap().status(), StatusCode::OK);
    let (status, _) = node.call(Method::GET, "/v1/me", Some(&node.tea.agent), None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let login = json!({ "tenant": "tea", "email": "agent@tea.example", "password": PASSWORD });
    assert_eq!(node.call(Method::POST, "/v1/auth/login", None, Some(login)).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bot_has_a_token_that_is_shown_once() {
    let node = node().await;
    let admin = &node.tea.admin;
    let made = node.post("/v1/api-tokens", admin, json!({ "name": "bot", "role": "supervisor" })).await;
    let token = made["token"].as_str().unwrap();
    let me = node.get("/v1/me", token).await;
    assert_eq!((&me["role"], &me["name"]), (&json!("supervisor"), &json!("bot")));
    let listed = node.get("/v1/api-tokens", admin).await;
    assert!(listed["items"][0].get("token").is_none() && !listed.to_string().contains(token));
    let path = format!("/v1/api-tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(node.call(Method::DELETE, &path, Some(admin), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(node.call(Method::GET, "/v1/me", Some(token), None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_operator_makes_tenants() {
    let node = node().await;
    let new = json!({ "slug": "books", "name": "Books", "admin": { "email": "a@books.example", "name": "A", "password": PASSWORD } });
    let made = node.post("/v1/tenants", OPERATOR, new.clone()).await;
    assert_eq!(node.call(Method::POST, "/v1/tenants", Some(OPERATOR), Some(new)).await.0, StatusCode::CONFLICT);
    let login = json!({ "tenant": "books", "email": "a@books.example", "password": PASSWORD });
    assert_eq!(node.call(Method::POST, "/v1/auth/login", None, Some(login)).await.0, StatusCode::OK);
    let enter = json!({ "channel_key": made["channel_key"] });
    assert_eq!(node.call(Method::POST, "/v1/visitors", None, Some(enter)).await.0, StatusCode::CREATED);
    let slugs: Vec<_> = node.get("/v1/tenants", OPERATOR).await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["slug"].clone())
        .collect();
    assert_eq!(slugs, ["tea", "bikes", "books"]);
    assert_eq!(node.call(Method::GET, "/v1/tenants", None, None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_component_that_is_none_is_refused_with_the_reason() {
    let node = node().await;
    let upload = |kind: &'static str| {
        node.request(Method::POST, "/v1/plugins", Some(&node.tea.admin))
            .header("content-type", kind)
            .body("not wasm")
            .send()
    };
    assert_eq!(upload("text/plain").await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let refused: serde_json::Value = upload("application/wasm").await.unwrap().json().await.unwrap();
    assert!(refused["detail"].as_str().unwrap().starts_with("not_wasm"), "{refused}");
    let huge =
        node.request(Method::POST, "/v1/plugins", Some(&node.tea.admin)).header("content-type", "application/wasm");
    let huge = huge.body(vec![0; 5 << 20]).send().await.unwrap();
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE, "told, not cut off");
    let bindings = node.request(Method::GET, "/v1/bindings", Some(&node.tea.admin)).send().await.unwrap();
    assert_eq!(bindings.headers()["etag"], "\"0\"");
    let rollback = |etag: &str| {
        let request = node.request(Method::POST, "/v1/bindings/rollback", Some(&node.tea.admin));
        request.header("if-match", etag).json(&json!({})).send()
    };
    let late = rollback("\"7\"").await.unwrap();
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert!(late.text().await.unwrap().contains("epoch 0 is in force"));
    assert_eq!(node.get("/v1/activations", &node.tea.admin).await["items"], json!([]));
    let nothing = json!({ "changes": [] });
    assert_eq!(
        node.call(Method::POST, "/v1/bindings/plan", Some(&node.tea.admin), Some(nothing)).await.0,
        StatusCode::BAD_REQUEST
    );
}
