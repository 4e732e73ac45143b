//! A supervisor looks on, and nobody notices.

use crate::kit::{Node, Socket, id, node};
use serde_json::{Value, json};

/// A visitor in a conversation with the agent, and both sockets.
async fn talk(node: &Node) -> (Value, Socket, Socket) {
    let (mut agent, _) = node.socket(&node.tea.agent).await;
    agent.command(json!({ "type": "status", "status": "online" })).await;
    let (mut visitor, _) = node.socket(&node.visitor(&node.tea).await).await;
    let conversation = visitor.command(json!({ "type": "open" })).await["conversation"].clone();
    visitor.sees(|f| f["body"]["kind"] == "assigned").await;
    (conversation, visitor, agent)
}

async fn say(socket: &mut Socket, conversation: &Value, text: &str) {
    let body = json!({ "kind": "text", "text": text });
    socket.command(json!({ "type": "send", "conversation": conversation, "body": body })).await;
}

/// What came of a conversation is its whole log, once and in order.
fn assert_whole(socket: &Socket, conversation: &Value) -> u64 {
    let mut last = 0;
    for entry in socket.seen.iter().filter(|f| f["type"] == "entry" && f["conversation"] == *conversation) {
        assert_eq!(entry["prev"], last, "no hole, nothing twice");
        last = entry["seq"].as_u64().unwrap();
    }
    last
}

#[tokio::test]
async fn a_supervisor_watches_a_conversation_and_leaves_no_trace() {
    let node = node().await;
    let (conversation, mut visitor, mut agent) = talk(&node).await;
    say(&mut visitor, &conversation, "before").await;
    let (mut supervisor, _) = node.socket(&node.tea.supervisor).await;
    let watching = supervisor.command(json!({ "type": "watch", "conversation": conversation })).await;
    assert_eq!(watching["type"], "receipt", "{watching}");
    supervisor.sees(|f| f["body"]["text"] == "before").await;
    supervisor.sees(|f| f["type"] == "conversation" && f["conversation"]["id"] == conversation).await;
    say(&mut agent, &conversation, "after").await;
    supervisor.sees(|f| f["body"]["text"] == "after").await;
    let note = json!({ "kind": "text", "text": "a note" });
    agent.command(json!({ "type": "send", "conversation": conversation, "audience": "agents", "body": note })).await;
    supervisor.sees(|f| f["body"]["text"] == "a note").await;
    visitor.send(&json!({ "type": "preview", "conversation": conversation, "text": "dra" })).await;
    assert_eq!(supervisor.until("preview").await["text"], "dra");
    assert!(assert_whole(&supervisor, &conversation) >= 5);

    let signal = supervisor.command(json!({ "type": "typing", "conversation": conversation, "on": true })).await;
    assert_eq!(signal["code"], "not_found", "who watches takes no part");
    let summary = node.get(&format!("/v1/conversations/{}", conversation.as_str().unwrap()), &node.tea.agent).await;
    assert!(summary.get("members").is_none(), "{summary}");
    let me = node.get("/v1/me", &node.tea.supervisor).await["id"].clone();
    assert!(summary["marks"].get(me.as_str().unwrap()).is_none(), "{summary}");
    let shown = agent
        .seen
        .iter()
        .chain(&visitor.seen)
        .any(|f| f["type"] != "presence" && f.to_string().contains(me.as_str().unwrap()));
    assert!(!shown, "nobody hears of it");

    supervisor.command(json!({ "type": "unwatch", "conversation": conversation })).await;
    say(&mut agent, &conversation, "unseen").await;
    supervisor.command(json!({ "type": "watch", "conversation": conversation, "after": 1 })).await;
    let seen = supervisor.seen.iter().filter(|f| f["body"]["text"] == "unseen").count();
    assert!(seen <= 1, "it came with the second watch or not yet");
    agent.command(json!({ "type": "close", "conversation": conversation })).await;
    supervisor.sees(|f| f["body"]["kind"] == "closed").await;
    let late = supervisor.command(json!({ "type": "watch", "conversation": conversation })).await;
    assert_eq!(late["code"], "wrong_state");
}

#[tokio::test]
async fn a_supervisor_watches_a_team_with_all_that_is_and_comes() {
    let node = node().await;
    let (first, mut visitor, mut agent) = talk(&node).await;
    say(&mut visitor, &first, "one").await;
    let (mut supervisor, _) = node.socket(&node.tea.supervisor).await;
    supervisor.command(json!({ "type": "watch", "team": node.tea.team })).await;
    supervisor.sees(|f| f["body"]["text"] == "one").await;
    let (mut other, _) = node.socket(&node.visitor(&node.tea).await).await;
    let second = other.command(json!({ "type": "open" })).await["conversation"].clone();
    say(&mut other, &second, "two").await;
    supervisor.sees(|f| f["body"]["text"] == "two" && f["conversation"] == second).await;
    agent.command(json!({ "type": "close", "conversation": first })).await;
    supervisor.sees(|f| f["body"]["kind"] == "closed" && f["conversation"] == first).await;
    for conversation in [&first, &second] {
        assert!(assert_whole(&supervisor, conversation) >= 3);
    }
    supervisor.command(json!({ "type": "unwatch", "team": node.tea.team })).await;
    say(&mut other, &second, "unseen").await;
    agent.sees(|f| f["body"]["text"] == "unseen").await;
    supervisor.send(&json!({ "type": "ping" })).await;
    supervisor.until("pong").await;
    assert!(supervisor.seen.iter().all(|f| f["body"]["text"] != "unseen"));
}

#[tokio::test]
async fn only_supervisors_watch_and_only_what_is_their_tenants() {
    let node = node().await;
    let (conversation, mut visitor, mut agent) = talk(&node).await;
    for socket in [&mut visitor, &mut agent] {
        let refused = socket.command(json!({ "type": "watch", "conversation": conversation })).await;
        assert_eq!(refused["code"], "forbidden");
    }
    let (mut stranger, _) = node.socket(&node.bikes.supervisor).await;
    for watch in [json!({ "conversation": conversation }), json!({ "team": node.tea.team }), json!({ "team": id() })] {
        let mut frame = watch.clone();
        frame["type"] = "watch".into();
        assert_eq!(stranger.command(frame).await["code"], "not_found", "{watch}");
    }
    let hello = json!({ "type": "hello", "token": node.tea.supervisor });
    let session = node.post("/v1/sessions", &node.tea.supervisor, hello).await["session"].clone();
    let path = format!("/v1/sessions/{}", session.as_str().unwrap());
    let watch = json!({ "type": "watch", "id": id(), "conversation": conversation });
    assert_eq!(node.post(&format!("{path}/commands"), &node.tea.supervisor, watch).await["type"], "receipt");
    let events = node.get(&format!("{path}/events?wait=5"), &node.tea.supervisor).await;
    assert!(events["items"].as_array().unwrap().iter().any(|e| e["conversation"] == conversation), "{events}");
}
