//! A whole session without any socket: long polls and a stream.

use crate::kit::{Node, id, node};
use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn open(node: &Node, token: &str) -> String {
    let (status, welcome) =
        node.call(Method::POST, "/v1/sessions", None, Some(json!({ "type": "hello", "token": token }))).await;
    assert_eq!((status, &welcome["type"]), (StatusCode::CREATED, &json!("welcome")), "{welcome}");
    format!("/v1/sessions/{}", welcome["session"].as_str().unwrap())
}

/// Polls until an event fits; the cursor after it.
async fn poll(node: &Node, session: &str, token: &str, mut after: u64, fits: impl Fn(&Value) -> bool) -> (Value, u64) {
    for _ in 0..20 {
        let page = node.get(&format!("{session}/events?after={after}&wait=5"), token).await;
        after = page["next"].as_u64().unwrap();
        if let Some(found) = page["items"].as_array().unwrap().iter().find(|e| fits(e)) {
            return (found.clone(), after);
        }
    }
    panic!("the event did not come");
}

#[tokio::test]
async fn two_talk_without_a_socket() {
    let node = node().await;
    let agent = open(&node, &node.tea.agent).await;
    let token = node.visitor(&node.tea).await;
    let visitor = open(&node, &token).await;
    let say = async |session: &str, token: &str, mut command: Value| {
        command["id"] = id().into();
        node.post(&format!("{session}/commands"), token, command).await
    };
    say(&agent, &node.tea.agent, json!({ "type": "status", "status": "online" })).await;
    let opened = say(&visitor, &token, json!({ "type": "open" })).await;
    let conversation = opened["conversation"].clone();
    let (_, at) = poll(&node, &agent, &node.tea.agent, 0, |e| e["body"]["kind"] == "assigned").await;
    say(
        &visitor,
        &token,
        json!({ "type": "send", "conversation": conversation, "body": { "kind": "text", "text": "hi" } }),
    )
    .await;
    poll(&node, &agent, &node.tea.agent, at, |e| e["body"]["text"] == "hi").await;
    say(
        &agent,
        &node.tea.agent,
        json!({ "type": "send", "conversation": conversation, "body": { "kind": "text", "text": "ho" } }),
    )
    .await;
    let (_, end) = poll(&node, &visitor, &token, 0, |e| e["body"]["text"] == "ho").await;
    // A lost answer is asked for again.
    poll(&node, &visitor, &token, 0, |e| e["body"]["text"] == "ho").await;
    let typing =
        say(&agent, &node.tea.agent, json!({ "type": "typing", "conversation": conversation, "on": true })).await;
    assert_eq!(typing["type"], "receipt");
    poll(&node, &visitor, &token, end, |e| e["type"] == "typing").await;
    assert_eq!(say(&agent, &node.tea.agent, json!({ "type": "ping" })).await["type"], "pong");

    let (status, _) = node.call(Method::GET, &format!("{agent}/events"), Some(&token), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another's session");
    let bad = json!({ "type": "route", "id": id() });
    let (status, _) = node.call(Method::POST, &format!("{agent}/commands"), Some(&node.tea.agent), Some(bad)).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(node.call(Method::DELETE, &visitor, Some(&token), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(node.call(Method::GET, &format!("{visitor}/events"), Some(&token), None).await.0, StatusCode::NOT_FOUND);
}

/// Events of a stream until one fits: (id, data).
async fn stream(
    node: &Node,
    session: &str,
    token: &str,
    last: Option<&str>,
    fits: impl Fn(&Value) -> bool,
) -> Vec<(String, Value)> {
    let mut request =
        node.request(Method::GET, &format!("{session}/events"), Some(token)).header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let (mut bytes, mut text, mut events) = (response.bytes_stream(), String::new(), Vec::new());
    let reading = async {
        while let Some(Ok(chunk)) = bytes.next().await {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((block, rest)) = text.split_once("\n\n").map(|(b, r)| (b.to_owned(), r.to_owned())) {
                text = rest;
                let line = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
                if let (Some(id), Some(data)) = (line("id:"), line("data:")) {
                    events.push((id.to_owned(), serde_json::from_str::<Value>(data).unwrap()));
                    if fits(&events.last().unwrap().1) {
                        return;
                    }
                }
            }
        }
    };
    tokio::time::timeout(crate::kit::PATIENCE, reading).await.unwrap();
    events
}

#[tokio::test]
async fn a_stream_goes_on_where_it_broke() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let session = open(&node, &token).await;
    let opened = node.post("/v1/conversations", &token, json!({})).await;
    let path = format!("/v1/conversations/{}/entries", opened["conversation"].as_str().unwrap());
    for n in ["one", "two"] {
        node.post(&path, &token, json!({ "body": { "kind": "text", "text": n } })).await;
    }
    let first = stream(&node, &session, &token, None, |e| e["body"]["text"] == "one").await;
    let last = first.last().unwrap().0.clone();
    node.post(&path, &token, json!({ "body": { "kind": "text", "text": "three" } })).await;
    let second = stream(&node, &session, &token, Some(&last), |e| e["body"]["text"] == "three").await;
    let seqs: Vec<_> = first.iter().chain(&second).filter_map(|(_, e)| e["seq"].as_u64()).collect();
    assert!(seqs.windows(2).all(|w| w[0] < w[1]), "each once, in order: {seqs:?}");
    let texts: Vec<_> = second.iter().filter_map(|(_, e)| e["body"]["text"].as_str()).collect();
    assert_eq!(texts, ["two", "three"]);
}
