//! What was said: found by its words, and taken away as a file.

use crate::kit::{Node, Options, PATIENCE, node};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A conversation of a new visitor in which these words are said.
async fn said(node: &Node, words: &[&str]) -> (String, String) {
    let token = node.visitor(&node.tea).await;
    let opened = node.post("/v1/conversations", &token, json!({})).await;
    let id = opened["conversation"].as_str().unwrap().to_owned();
    for text in words {
        let body = json!({ "body": { "kind": "text", "text": text } });
        node.post(&format!("/v1/conversations/{id}/entries"), &token, body).await;
    }
    (id, token)
}

/// Ids of a list, once there are as many as expected: the index follows the log.
async fn found(node: &Node, path: &str, token: &str, count: usize) -> Vec<String> {
    let looking = async {
        loop {
            let items = node.get(path, token).await["items"].as_array().unwrap().clone();
            if items.len() == count {
                return items.iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
            }
            // waits: what follows the log has no event
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("not found in time")
}

#[tokio::test]
async fn conversations_are_found_by_their_words_each_once_newest_first() {
    let node = node().await;
    let (first, visitor) = said(&node, &["the kettle leaks", "the kettle still leaks", "a cup"]).await;
    let (second, _) = said(&node, &["my kettle 茶壶漏水"]).await;
    let (third, _) = said(&node, &["only cups"]).await;
    let supervisor = &node.tea.supervisor;
    assert_eq!(found(&node, "/v1/conversations?q=kettle", supervisor, 2).await, [second.clone(), first.clone()]);
    assert_eq!(found(&node, "/v1/conversations?q=%E6%BC%8F%E6%B0%B4", supervisor, 1).await, [second.as_str()]);
    assert_eq!(found(&node, "/v1/conversations?q=cup&state=waiting", supervisor, 2).await, [third, first.clone()]);
    assert_eq!(found(&node, "/v1/conversations?q=cup&state=closed", supervisor, 0).await, Vec::<String>::new());
    assert_eq!(found(&node, "/v1/conversations?q=kettle&to=2020-01-01T00:00:00Z", supervisor, 0).await.len(), 0);

    let page = node.get("/v1/conversations?q=kettle&limit=1", supervisor).await;
    let next = page["next"].as_str().expect("there is more");
    let rest = node.get(&format!("/v1/conversations?q=kettle&limit=1&after={next}"), supervisor).await;
    assert_eq!((&page["items"][0]["id"], &rest["items"][0]["id"]), (&json!(second), &json!(first)));
    assert_eq!(rest["next"], Value::Null);

    assert_eq!(found(&node, "/v1/conversations?q=kettle", &node.tea.agent, 2).await.len(), 2, "of the agent's team");
    assert_eq!(found(&node, "/v1/conversations?q=kettle", &node.bikes.supervisor, 0).await.len(), 0, "another tenant");
    let asked = node.call(Method::GET, "/v1/conversations?q=kettle", Some(&visitor), None).await;
    assert_eq!(asked.0, StatusCode::FORBIDDEN, "{}", asked.1);
    let asked = node.call(Method::GET, "/v1/conversations?q=%20", Some(supervisor), None).await;
    assert_eq!((asked.0, &asked.1["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/q")));
}

#[tokio::test]
async fn a_conversation_is_exported_whole_and_as_its_reader_sees_it() {
    let mut options = Options::default();
    // More than one piece is said here, faster than people do.
    options.edge.request_burst = 1000;
    let node = Node::start(options).await;
    let words: Vec<_> = (0..230).map(|n| format!("word {n}")).collect();
    let (id, visitor) = said(&node, &words.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let online = Some(json!({ "status": "online" }));
    assert_eq!(node.call(Method::PUT, "/v1/me/status", Some(&node.tea.agent), online).await.0, StatusCode::OK);
    node.post(&format!("/v1/conversations/{id}/take"), &node.tea.agent, json!({})).await;
    let note = json!({ "body": { "kind": "text", "text": "note" }, "audience": "agents" });
    node.post(&format!("/v1/conversations/{id}/entries"), &node.tea.agent, note).await;
    let path = format!("/v1/conversations/{id}/export");
    let export = async |token: &str| {
        let answer = node.request(Method::GET, &path, Some(token)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
        let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert_eq!(name, format!("attachment; filename=\"conversation-{id}.jsonl\""));
        let text = answer.text().await.unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let (own, theirs) = (export(&visitor).await, export(&node.tea.agent).await);
    for lines in [&own, &theirs] {
        assert_eq!((&lines[0]["type"], &lines[0]["conversation"]["id"]), (&json!("conversation"), &json!(id)));
        let mut last = 0;
        for entry in &lines[1..] {
            assert_eq!(entry["prev"], last, "no hole, nothing twice");
            last = entry["seq"].as_u64().unwrap();
        }
        assert_eq!(lines.iter().filter(|l| l["author"]["kind"] == "visitor").count(), 231, "the opening and all words");
    }
    assert!(own.iter().all(|l| l["body"]["text"] != "note"), "notes are not for visitors");
    assert!(theirs.iter().any(|l| l["body"]["text"] == "note"));
    let other = node.visitor(&node.tea).await;
    for stranger in [&other, &node.bikes.admin] {
        assert_eq!(node.call(Method::GET, &path, Some(stranger), None).await.0, StatusCode::NOT_FOUND);
    }
}
