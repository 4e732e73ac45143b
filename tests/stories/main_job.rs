//! A visitor asks, a plugin decides who answers, they talk, reload, and part.

use serde_json::json;
use weft_tests::{Admin, Agent, Node, Session, Via, Visitor};

#[tokio::test]
async fn a_visitor_and_an_agent_talk() {
    let node = Node::demo("main-job").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let at_desk = ana.online(Via::Socket).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let in_shop = vera.session(Via::RestPortSocket).await;

    let chat = Visitor::open(&in_shop, "Which tea for the evening?").await;
    let offer = at_desk.event("offer", |f| f["conversation"]["id"] == *chat).await;
    Agent::answer(&at_desk, "accept", &offer).await.unwrap();
    let assigned = in_shop.entry(&chat, "assigned").await;
    assert_eq!(assigned["body"]["agent"]["name"], "Ana");

    talk(&in_shop, &at_desk, &chat).await;
    why_ana(&node, &chat, &ana).await;
    reload(&vera, &ana, &chat).await;

    at_desk.command("close", json!({"conversation": chat, "reason": "answered"})).await.unwrap();
    in_shop.entry(&chat, "closed").await;
    in_shop.command("rate", json!({"conversation": chat, "score": 5})).await.unwrap();
    let log = Admin::sign_in(&node, "tea").await.log(&chat).await;
    assert_eq!(log.last().map(|e| (&e["body"]["kind"], &e["body"]["score"])), Some((&json!("rated"), &json!(5))));
    let refused =
        in_shop.command("send", json!({"conversation": chat, "body": {"kind": "text", "text": "late"}})).await;
    assert_eq!(refused.unwrap_err().code(), "wrong_state");
}

async fn talk(in_shop: &Session, at_desk: &Session, chat: &str) {
    let receipt = in_shop.say(chat, "Hello, is rooibos free of caffeine?").await;
    let entry = at_desk.text(chat, "Hello, is rooibos free of caffeine?").await;
    assert_eq!((&entry["seq"], &entry["id"]), (&receipt["seq"], &receipt["id"]));

    at_desk
        .command("mark", json!({"conversation": chat, "delivered": entry["seq"], "read": entry["seq"]}))
        .await
        .unwrap();
    in_shop.event("marks", |f| f["conversation"] == chat && f["read"] == entry["seq"]).await;
    at_desk.command("typing", json!({"conversation": chat, "on": true})).await.unwrap();
    in_shop.event("typing", |f| f["conversation"] == chat && f["on"] == true).await;
    in_shop.command("preview", json!({"conversation": chat, "text": "and gre"})).await.unwrap();
    at_desk.event("preview", |f| f["text"] == "and gre").await;

    let note = json!({"conversation": chat, "audience": "agents", "body": {"kind": "text", "text": "a regular"}});
    at_desk.command("send", note).await.unwrap();
    at_desk.text(chat, "a regular").await;
    at_desk.say(chat, "It is, entirely.").await;
    let answer = in_shop.text(chat, "It is, entirely.").await;
    // The visitor's chain has no hole where the note is.
    assert!(answer["prev"].as_u64() < answer["seq"].as_u64().map(|s| s - 1), "{answer}");
    assert_eq!(in_shop.texts(chat), ["Hello, is rooibos free of caffeine?", "It is, entirely."]);
}

async fn why_ana(node: &Node, chat: &str, ana: &Agent) {
    let admin = Admin::sign_in(node, "tea").await;
    let decisions = admin.decisions(chat).await;
    let decision = decisions.iter().find(|d| d["action"] == "assign").expect("somebody was assigned");
    assert_eq!(decision["plugin"]["name"], "least-busy");
    assert_eq!(decision["rung"], "active");
    assert_eq!(decision["agent"]["id"], *ana.id);
    assert!(decision["fuel"].as_u64() > Some(0), "{decision}");
    assert_eq!(decision["reasons"][0]["code"], "least_busy");
    let path = format!("/v1/decisions/{}/replay", decision["id"].as_str().unwrap());
    let replay = admin.rest.post(&path, &json!({})).await.good();
    assert!(replay.to_string().contains("same"), "{replay}");
}

/// Both come back with what they have, and are given exactly the rest.
async fn reload(vera: &Visitor, ana: &Agent, chat: &str) {
    let fresh = vera.session(Via::Socket).await;
    fresh.text(chat, "It is, entirely.").await;
    let points = [(chat.to_owned(), 2)];
    let resumed = Session::resume(&ana.rest, Via::Socket, &points, None, None).await.unwrap();
    assert_eq!(resumed.welcome["conversations"][0]["recovered"], true);
    let first = resumed.event("entry", |_| true).await;
    assert_eq!((first["seq"].as_u64(), first["prev"].as_u64()), (Some(3), Some(2)));
    let beyond = [(chat.to_owned(), 1_000_000)];
    let odd = Session::resume(&ana.rest, Via::Socket, &beyond, None, None).await.unwrap();
    assert_eq!(odd.welcome["conversations"][0]["recovered"], false);
}
