//! The main job: a visitor and an agent talk, over sockets and over plain REST.

use crate::kit::{self, id, node};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn visitor_and_agent_talk_in_both_directions() {
    let node = node().await;
    let (mut agent, welcome) = node.socket(&node.tea.agent).await;
    assert_eq!(welcome["me"]["role"], "agent");
    agent.command(json!({ "type": "status", "status": "online" })).await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let receipt = visitor.command(json!({ "type": "open", "subject": "Tea" })).await;
    let conversation = receipt["conversation"].clone();
    assert_eq!(receipt["seq"], 1);
    visitor.sees(|f| f["body"]["kind"] == "assigned").await;
    agent.sees(|f| f["type"] == "conversation" && f["conversation"]["state"] == "assigned").await;

    let hello = json!({ "type": "send", "conversation": conversation, "body": { "kind": "text", "text": "你好" } });
    visitor.command(hello).await;
    let entry = agent.sees(|f| f["body"]["text"] == "你好").await;
    assert_eq!(entry["author"]["kind"], "visitor");
    agent
        .command(json!({ "type": "send", "conversation": conversation, "audience": "agents", "body": { "kind": "text", "text": "note" } }))
        .await;
    agent
        .command(json!({ "type": "send", "conversation": conversation, "body": { "kind": "text", "text": "hello" } }))
        .await;
    visitor.sees(|f| f["body"]["text"] == "hello").await;
    assert!(visitor.seen.iter().all(|f| f["body"]["text"] != "note"), "a note is not for visitors");
    let mut last = 0;
    for entry in visitor.seen.iter().filter(|f| f["type"] == "entry") {
        assert_eq!(entry["prev"], last, "no hole, nothing twice");
        last = entry["seq"].as_u64().unwrap();
    }

    visitor.send(&json!({ "type": "typing", "conversation": conversation, "on": true })).await;
    visitor.send(&json!({ "type": "preview", "conversation": conversation, "text": "I wo" })).await;
    assert_eq!(agent.until("typing").await["on"], true);
    assert_eq!(agent.until("preview").await["text"], "I wo");
    visitor.command(json!({ "type": "mark", "conversation": conversation, "delivered": last, "read": last })).await;
    assert_eq!(agent.until("marks").await["read"], last);

    agent.command(json!({ "type": "close", "conversation": conversation })).await;
    visitor.sees(|f| f["body"]["kind"] == "closed").await;
    let rated = visitor.command(json!({ "type": "rate", "conversation": conversation, "score": 5 })).await;
    assert_eq!(rated["type"], "receipt", "{rated}");
}

#[tokio::test]
async fn a_command_is_done_once_on_any_transport() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let conversation = visitor.command(json!({ "type": "open" })).await["conversation"].as_str().unwrap().to_owned();
    let key = id();
    let body = json!({ "kind": "text", "text": "once" });
    let first = visitor.command(json!({ "type": "send", "id": key, "conversation": conversation, "body": body })).await;
    let again = visitor.command(json!({ "type": "send", "id": key, "conversation": conversation, "body": body })).await;
    assert_eq!(first, again);
    let path = format!("/v1/conversations/{conversation}/entries");
    let rest = |body: serde_json::Value| {
        node.request(Method::POST, &path, Some(&token))
            .header("idempotency-key", &key)
            .json(&json!({ "body": body }))
            .send()
    };
    let response = rest(body).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let third: serde_json::Value = response.json().await.unwrap();
    assert_eq!((&third["seq"], &third["id"]), (&first["seq"], &first["id"]));
    let other = rest(json!({ "kind": "text", "text": "other" })).await.unwrap();
    assert_eq!(other.status(), StatusCode::CONFLICT);
    let entries = node.get(&path, &token).await;
    assert_eq!(entries["items"].as_array().unwrap().iter().filter(|e| e["body"]["text"] == "once").count(), 1);
}

#[tokio::test]
async fn every_command_has_its_resource() {
    let node = node().await;
    let (mut agent, _) = node.socket(&node.tea.agent).await;
    node.call(Method::PUT, "/v1/me/status", Some(&node.tea.agent), Some(json!({ "status": "online" }))).await;
    let token = node.visitor(&node.tea).await;
    let opened = node.post("/v1/conversations", &token, json!({ "subject": "x" })).await;
    let base = format!("/v1/conversations/{}", opened["conversation"].as_str().unwrap());
    agent.sees(|f| f["body"]["kind"] == "assigned").await;
    let sent =
        node.post(&format!("{base}/entries"), &token, json!({ "body": { "kind": "text", "text": "first" } })).await;
    let seq = sent["seq"].as_u64().unwrap();
    let edit = json!({ "body": { "kind": "text", "text": "edited" } });
    let (status, answer) = node.call(Method::PATCH, &format!("{base}/entries/{seq}"), Some(&token), Some(edit)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = node.call(Method::DELETE, &format!("{base}/entries/{seq}"), Some(&token), None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let findable = json!({ "body": { "kind": "text", "text": "findable tea" } });
    let findable = node.post(&format!("{base}/entries"), &token, findable).await;
    node.post(&format!("{base}/marks"), &node.tea.agent, json!({ "delivered": seq, "read": seq })).await;
    let decisions = node.get(&format!("{base}/decisions"), &node.tea.agent).await;
    let decision = &decisions["items"][0];
    assert_eq!((&decision["action"], &decision["agent"]["name"]), (&json!("assign"), &json!("agent")));
    let id = decision["id"].as_str().unwrap();
    let whole = node.get(&format!("/v1/decisions/{id}"), &node.tea.agent).await;
    assert_eq!(whole["decision"]["id"], *id);
    let recent = node.get("/v1/decisions?limit=1", &node.tea.supervisor).await;
    assert_eq!((&recent["items"][0]["id"], &recent["items"][0]["conversation"]), (&json!(id), &opened["conversation"]));
    let (status, _) = node.call(Method::GET, "/v1/decisions", Some(&node.tea.agent), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "an agent sees those of own conversations");
    let replay = node.post(&format!("/v1/decisions/{id}/replay"), &node.tea.supervisor, json!({})).await;
    assert_eq!(replay["result"], "same");
    node.post(&format!("{base}/close"), &node.tea.agent, json!({ "reason": "done" })).await;
    node.post(&format!("{base}/rate"), &token, json!({ "score": 4 })).await;
    node.post(&format!("{base}/reopen"), &token, json!({})).await;
    let summary = node.get(&base, &token).await;
    assert_ne!(summary["state"], "closed");
    let presence = node.get("/v1/presence", &node.tea.agent).await;
    assert_eq!(presence["items"][0]["members"][0]["connected"], true);
    let found = async {
        loop {
            let hits = node.get("/v1/search?q=findable", &node.tea.supervisor).await;
            if let Some(hit) = hits["items"].get(0) {
                break hit.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let hit = tokio::time::timeout(kit::PATIENCE, found).await.unwrap();
    assert_eq!(hit["seq"], findable["seq"]);
    assert!(hit["highlight"].as_array().unwrap().iter().any(|p| p["hit"] == true && p["text"] == "findable"));
    let left = node
        .post("/v1/messages", &token, json!({ "body": { "kind": "text", "text": "call me" }, "contact": "v@example" }))
        .await;
    assert!(left["conversation"].is_string());
}

#[tokio::test]
async fn lists_are_paged_without_a_hole() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let opened = node.post("/v1/conversations", &token, json!({})).await;
    let path = format!("/v1/conversations/{}/entries", opened["conversation"].as_str().unwrap());
    for n in 0..7 {
        node.post(&path, &token, json!({ "body": { "kind": "text", "text": n.to_string() } })).await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = node.get(&format!("{path}?limit=3{after}"), &token).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert!(seen.len() >= 8 && seen.is_sorted() && seen.windows(2).all(|w| w[0] < w[1]), "{seen:?}");
    for _ in 0..2 {
        node.post("/v1/conversations", &token, json!({})).await;
    }
    let first = node.get("/v1/conversations?limit=2", &token).await;
    let rest = node.get(&format!("/v1/conversations?limit=2&after={}", first["next"].as_str().unwrap()), &token).await;
    assert_eq!((first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (2, 1));
    for bad in ["limit=0", "limit=201", "limit=x", "after=x", "state=asleep"] {
        let (status, _) = node.call(Method::GET, &format!("/v1/conversations?{bad}"), Some(&token), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn who_waits_is_told_how_long_it_may_take() {
    let node = node().await;
    let (mut agent, _) = node.socket(&node.tea.agent).await;
    agent.command(json!({ "type": "status", "status": "online" })).await;
    for _ in 0..5 {
        let (mut served, _) = node.socket(&node.visitor(&node.tea).await).await;
        served.command(json!({ "type": "open" })).await;
        served.sees(|f| f["body"]["kind"] == "assigned").await;
    }
    let (mut waiting, _) = node.socket(&node.visitor(&node.tea).await).await;
    waiting.command(json!({ "type": "open" })).await;
    let place = waiting.sees(|f| f["type"] == "backlog").await;
    assert_eq!((&place["position"], &place["ahead"]), (&json!(1), &json!(0)));
    let (low, high) = (place["eta"]["low"].as_u64().unwrap(), place["eta"]["high"].as_u64().unwrap());
    assert!(low < high && high % 30 == 0, "{place}");
}
