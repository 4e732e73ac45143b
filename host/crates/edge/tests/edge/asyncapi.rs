//! `asyncapi.yaml` against real frames, both ways.

use crate::kit::{Node, Socket, id, node};
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Description(Value);

impl Description {
    fn read() -> Self {
        let text = include_str!("../../asyncapi.yaml");
        Self(serde_yaml_ng::from_str(text).unwrap())
    }

    /// The frame fits the message of its type.
    fn check(&self, side: &str, frame: &Value) -> String {
        let kind = frame["type"].as_str().unwrap();
        let words: String = kind.split('_').map(|w| w[..1].to_uppercase() + &w[1..]).collect();
        let name = format!("{side}{words}");
        assert!(self.0["components"]["messages"][&name].is_object(), "{name} is not described");
        let schema =
            json!({ "$ref": format!("#/components/messages/{name}/payload"), "components": self.0["components"] });
        let errors: Vec<_> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(frame)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}\n{frame:#}");
        name
    }
}

/// Sends the frame and holds it against the description.
async fn say(description: &Description, socket: &mut Socket, mut frame: Value) -> Value {
    if frame["type"] != "ping" {
        frame["id"] = id().into();
    }
    description.check("client", &frame);
    if frame["type"] == "ping" {
        socket.send(&frame).await;
        return socket.until("pong").await;
    }
    socket.command(frame).await
}

async fn talk(description: &Description, node: &Node) -> Vec<Value> {
    let (mut agent, _) = node.socket(&node.tea.agent).await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let opened =
        say(description, &mut visitor, json!({ "type": "open", "subject": "x", "properties": { "a": "b" } })).await;
    let c = opened["conversation"].clone();
    visitor.sees(|f| f["body"]["kind"] == "queued").await;
    say(description, &mut agent, json!({ "type": "status", "status": "online" })).await;
    let offer = agent.sees(|f| f["type"] == "offer").await;
    say(description, &mut agent, json!({ "type": "decline", "offer": offer["offer"], "token": offer["token"] })).await;
    agent.sees(|f| f["type"] == "offer_gone").await;
    say(description, &mut agent, json!({ "type": "take", "conversation": c })).await;
    visitor.sees(|f| f["body"]["kind"] == "assigned").await;
    let text = json!({ "kind": "text", "text": "x" });
    let sent = say(description, &mut visitor, json!({ "type": "send", "conversation": c, "body": text })).await;
    say(description, &mut visitor, json!({ "type": "edit", "conversation": c, "seq": sent["seq"], "body": text }))
        .await;
    say(description, &mut visitor, json!({ "type": "recall", "conversation": c, "seq": sent["seq"] })).await;
    say(description, &mut visitor, json!({ "type": "preview", "conversation": c, "text": "x" })).await;
    say(description, &mut visitor, json!({ "type": "typing", "conversation": c, "on": true })).await;
    agent.until("typing").await;
    say(description, &mut agent, json!({ "type": "mark", "conversation": c, "read": 1, "delivered": 1 })).await;
    visitor.sees(|f| f["type"] == "marks").await;
    for kind in ["watch", "unwatch"] {
        say(description, &mut agent, json!({ "type": kind, "conversation": c })).await;
    }
    say(description, &mut agent, json!({ "type": "invite", "conversation": c, "agent": id() })).await;
    say(description, &mut agent, json!({ "type": "transfer", "conversation": c, "to": { "agent": id() } })).await;
    say(description, &mut agent, json!({ "type": "accept", "offer": id(), "token": 1 })).await;
    say(description, &mut agent, json!({ "type": "leave", "conversation": c })).await;
    say(description, &mut visitor, json!({ "type": "close", "conversation": c, "reason": "done" })).await;
    say(description, &mut visitor, json!({ "type": "rate", "conversation": c, "score": 5 })).await;
    say(description, &mut visitor, json!({ "type": "reopen", "conversation": c })).await;
    say(description, &mut visitor, json!({ "type": "message", "body": text, "contact": "x" })).await;
    say(description, &mut visitor, json!({ "type": "ping" })).await;
    say(description, &mut agent, json!({ "type": "status", "status": "busy" })).await;
    agent.sees(|f| f["type"] == "presence" && f["status"] == "busy").await;
    let notice = json!({ "text": "We close early today", "level": "warning", "visitors": true });
    node.post("/v1/notices", &node.tea.supervisor, notice).await;
    for client in [&mut agent, &mut visitor] {
        client.sees(|f| f["type"] == "notice" && f["level"] == "warning" && f["text"] == "We close early today").await;
    }
    let (_, ()) = tokio::join!(node.edge.drain(std::time::Duration::from_secs(5)), async {
        agent.closed().await;
        visitor.closed().await;
    });
    agent.seen.into_iter().chain(visitor.seen).collect()
}

#[tokio::test]
async fn real_frames_are_as_described() {
    let description = Description::read();
    let node = node().await;
    // An offer that waits, so that it can be declined.
    let settings = json!({ "offer_seconds": 30, "edit_minutes": 5, "open_per_visitor": 3, "agent_capacity": 3 });
    let put = node.request(reqwest::Method::PUT, "/v1/settings", Some(&node.tea.admin)).header("if-match", "\"1\"");
    assert!(put.json(&settings).send().await.unwrap().status().is_success());
    let seen = talk(&description, &node).await;
    let kinds: BTreeSet<_> = seen.iter().map(|frame| description.check("node", frame)).collect();
    let expected = [
        "nodeWelcome",
        "nodeReceipt",
        "nodeError",
        "nodeEntry",
        "nodeConversation",
        "nodeOffer",
        "nodeOfferGone",
        "nodeMarks",
        "nodeTyping",
        "nodePreview",
        "nodePresence",
        "nodeNotice",
        "nodePong",
        "nodeGoodbye",
    ];
    let missing: Vec<_> = expected.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "not seen: {missing:?}");
}
