//! A whole session without any socket: long polls and a stream.

use crate::kit::{Node, id, node};
use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A session's path, and its first cursor.
async fn open(node: &Node, token: &str) -> (String, String) {
    let (status, welcome) =
        node.call(Method::POST, "/v1/sessions", None, Some(json!({ "type": "hello", "token": token }))).await;
    assert_eq!((status, &welcome["type"]), (StatusCode::CREATED, &json!("welcome")), "{welcome}");
    let text = |field: &str| welcome[field].as_str().unwrap().to_owned();
    (format!("/v1/sessions/{}", text("session")), text("cursor"))
}

/// Polls until an event fits; the cursor after it.
async fn poll(node: &Node, session: &str, token: &str, after: &str, fits: impl Fn(&Value) -> bool) -> (Value, String) {
    let mut after = after.to_owned();
    for _ in 0..20 {
        let page = node.get(&format!("{session}/events?after={after}&wait=5"), token).await;
        page["next"].as_str().unwrap().clone_into(&mut after);
        if let Some(found) = page["items"].as_array().unwrap().iter().find(|e| fits(e)) {
            return (found.clone(), after);
        }
    }
    panic!("the event did not come");
}

async fn say(node: &Node, session: &str, token: &str, mut command: Value) -> Value {
    command["id"] = id().into();
    node.post(&format!("{session}/commands"), token, command).await
}

fn send(conversation: &Value, text: &str) -> Value {
    json!({ "type": "send", "conversation": conversation, "body": { "kind": "text", "text": text } })
}

#[tokio::test]
async fn two_talk_without_a_socket() {
    let node = node().await;
    let (agent, from) = open(&node, &node.tea.agent).await;
    let token = node.visitor(&node.tea).await;
    let (visitor, begin) = open(&node, &token).await;
    say(&node, &agent, &node.tea.agent, json!({ "type": "status", "status": "online" })).await;
    let opened = say(&node, &visitor, &token, json!({ "type": "open" })).await;
    let conversation = opened["conversation"].clone();
    let (_, at) = poll(&node, &agent, &node.tea.agent, &from, |e| e["body"]["kind"] == "assigned").await;
    say(&node, &visitor, &token, send(&conversation, "hi")).await;
    poll(&node, &agent, &node.tea.agent, &at, |e| e["body"]["text"] == "hi").await;
    say(&node, &agent, &node.tea.agent, send(&conversation, "ho")).await;
    let (_, end) = poll(&node, &visitor, &token, &begin, |e| e["body"]["text"] == "ho").await;
    // A lost answer is asked for again.
    poll(&node, &visitor, &token, "0", |e| e["body"]["text"] == "ho").await;
    let typing = json!({ "type": "typing", "conversation": conversation, "on": true });
    assert_eq!(say(&node, &agent, &node.tea.agent, typing).await["type"], "receipt");
    poll(&node, &visitor, &token, &end, |e| e["type"] == "typing").await;
    assert_eq!(say(&node, &agent, &node.tea.agent, json!({ "type": "ping" })).await["type"], "pong");

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
    let (session, _) = open(&node, &token).await;
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

/// One client whose every request goes to the next node, as behind a load balancer without stickiness.
struct Roaming<'a> {
    nodes: [&'a Node; 2],
    turn: usize,
    session: String,
    token: &'a str,
    after: String,
    got: Vec<Value>,
}

impl<'a> Roaming<'a> {
    async fn open(nodes: [&'a Node; 2], token: &'a str) -> Self {
        let (session, after) = open(nodes[0], token).await;
        Self { nodes, turn: 0, session, token, after, got: Vec::new() }
    }
    fn next(&mut self) -> &'a Node {
        self.turn += 1;
        self.nodes[self.turn % 2]
    }
    async fn say(&mut self, command: Value) -> Value {
        let node = self.next();
        say(node, &self.session, self.token, command).await
    }
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) {
        for _ in 0..50 {
            if self.got.iter().any(&fits) {
                return;
            }
            let path = format!("{}/events?after={}&wait=2", self.session, self.after);
            let page = self.next().get(&path, self.token).await;
            page["next"].as_str().unwrap().clone_into(&mut self.after);
            self.got.extend(page["items"].as_array().unwrap().iter().cloned());
        }
        panic!("the event did not come: {:#?}", self.got);
    }
    /// Every entry once, in order, each naming the one before it.
    fn assert_whole(&self, upto: u64) {
        let mut have = 0;
        for entry in self.got.iter().filter(|e| e["type"] == "entry") {
            assert_eq!(entry["prev"], have, "{entry}");
            have = entry["seq"].as_u64().unwrap();
        }
        assert_eq!(have, upto);
    }
}

#[tokio::test]
async fn any_node_serves_any_session_at_each_request() {
    let one = node().await;
    let two = one.another().await;
    let token = one.visitor(&one.tea).await;
    let mut agent = Roaming::open([&one, &two], &one.tea.agent).await;
    let mut visitor = Roaming::open([&two, &one], &token).await;
    agent.say(json!({ "type": "status", "status": "online" })).await;
    let conversation = visitor.say(json!({ "type": "open" })).await["conversation"].clone();
    visitor.until(|e| e["body"]["kind"] == "assigned").await;
    let mut seq = 0;
    for n in 0..12 {
        let (from, to) = if n % 3 == 0 { (&mut agent, &mut visitor) } else { (&mut visitor, &mut agent) };
        seq = from.say(send(&conversation, &format!("line {n}"))).await["seq"].as_u64().unwrap();
        to.until(|e| e["body"]["text"] == format!("line {n}")).await;
    }
    let typing = json!({ "type": "typing", "conversation": conversation, "on": true });
    for _ in 0..2 {
        assert_eq!(visitor.say(typing.clone()).await["type"], "receipt");
    }
    for client in [&mut agent, &mut visitor] {
        client.until(|e| e["seq"] == seq).await;
        client.assert_whole(seq);
    }
    let end = visitor.next();
    assert_eq!(end.call(Method::DELETE, &visitor.session, Some(&token), None).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_session_outlives_its_node() {
    let one = node().await;
    let two = one.another().await;
    let token = two.visitor(&two.tea).await;
    let (session, _) = open(&one, &token).await;
    let conversation = say(&one, &session, &token, json!({ "type": "open" })).await["conversation"].clone();
    say(&one, &session, &token, send(&conversation, "one")).await;
    let first = stream(&one, &session, &token, None, |e| e["body"]["text"] == "one").await;
    drop(one);
    let last = first.last().unwrap().0.clone();
    say(&two, &session, &token, send(&conversation, "two")).await;
    let second = stream(&two, &session, &token, Some(&last), |e| e["body"]["text"] == "two").await;
    let entries: Vec<_> = first.iter().chain(&second).filter(|(_, e)| e["type"] == "entry").collect();
    assert!(entries.windows(2).all(|w| w[0].1["seq"] == w[1].1["prev"]), "each once, in order: {entries:?}");
}

#[tokio::test]
async fn what_is_no_cursor_or_no_session_is_said_precisely() {
    let one = node().await;
    let two = one.another().await;
    let (token, other) = (one.visitor(&one.tea).await, one.visitor(&one.tea).await);
    let (session, cursor) = open(&one, &token).await;
    let status = async |node: &Node, session: &str, after: &str, token: &str| {
        let (status, problem) =
            node.call(Method::GET, &format!("{session}/events?after={after}"), Some(token), None).await;
        (status, problem["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned())
    };
    for node in [&one, &two] {
        for after in ["17", "A-damaged-one", &"A".repeat(8001), &cursor[..cursor.len() - 3]] {
            let (status, pointer) = status(node, &session, after, &token).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{after}");
            assert!(pointer.contains("after"), "{pointer}");
        }
        let nobodys = format!("/v1/sessions/{}", id());
        for (session, token) in [(&session, &other), (&nobodys, &token), (&session, &one.bikes.agent)] {
            for after in ["0", &cursor] {
                assert_eq!(status(node, session, after, token).await.0, StatusCode::NOT_FOUND);
            }
            let ping = Some(json!({ "type": "ping", "id": id() }));
            let (status, _) = node.call(Method::POST, &format!("{session}/commands"), Some(token), ping).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
        assert_eq!(status(node, &session, &cursor, &token).await.0, StatusCode::OK);
    }
}
