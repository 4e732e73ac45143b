//! Who is told out of band: webhooks that verify, a plugin that says what, a rule that says when again, and dead letters.

use reqwest::StatusCode;
use serde_json::{Value, json};
use weft_tests::{Admin, Agent, Hook, Node, Plan, Receiver, Session, Via, Visitor, component, eventually};

/// A node that may reach this machine, and a shop with an agent.
async fn shop(name: &str, tenant: &str) -> (Node, Admin, Session) {
    let plan = Plan::new(name).key("notifications.allow", "127.0.0.1");
    plan.tenant(tenant).await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, tenant).await;
    let desk = admin.agent("Ana", 50, &[]).await.online(Via::Socket).await;
    (node, admin, desk)
}

/// A visitor says `words` and gets an agent.
async fn talk(node: &Node, admin: &Admin, desk: &Session, words: &str) -> String {
    let vera = Visitor::enter(node, &admin.channel_key().await, "Vera").await;
    let session = vera.session(Via::Socket).await;
    let chat = Visitor::open(&session, "A question").await;
    let offer = desk.event("offer", |f| f["conversation"]["id"] == *chat).await;
    Agent::answer(desk, "accept", &offer).await.unwrap();
    let said = json!({"conversation": chat, "body": {"kind": "text", "text": words}});
    session.command("send", said).await.unwrap();
    chat.clone()
}

fn kinds(hooks: &[Hook]) -> Vec<String> {
    hooks.iter().map(|hook| hook.json()["type"].as_str().unwrap().to_owned()).collect()
}

fn verifies(hook: &Hook, secret: &str) -> bool {
    standardwebhooks::Webhook::new(secret).unwrap().verify(&hook.body, &hook.headers).is_ok()
}

#[tokio::test]
async fn facts_arrive_signed_and_a_secret_is_rotated_without_a_gap() {
    let (node, admin, desk) = shop("webhooks", "signed").await;
    let receiver = Receiver::start().await;
    let events = ["conversation.opened", "conversation.assigned", "entry.added"];
    let target = admin.webhook("desk", &receiver.url(), &json!({"events": events})).await;
    let first = target["secret"].as_str().unwrap().to_owned();
    let path = format!("/v1/targets/{}", target["id"].as_str().unwrap());
    let shown = admin.rest.get(&path).await;
    assert!(!shown.body.to_string().contains(&first[8..]), "a secret is shown once");

    let chat = talk(&node, &admin, &desk, "Where is my order? 订单").await;
    eventually("three facts arrive", async || (receiver.hooks().len() >= 3).then_some(())).await;
    let hooks = receiver.hooks();
    assert_eq!(kinds(&hooks).iter().filter(|k| *k == "conversation.opened").count(), 1);
    assert!(hooks.iter().all(|hook| verifies(hook, &first)));
    let said = hooks.iter().map(Hook::json).find(|body| body["type"] == "entry.added").unwrap();
    assert_eq!(said["data"]["conversation"]["id"], chat);
    assert_eq!(said["data"]["entry"]["body"]["text"], "Where is my order? 订单");

    let etag = shown.etag();
    let rotated = admin.rest.send(reqwest::Method::POST, &format!("{path}/rotate"), None, &[("if-match", &etag)]).await;
    let second = rotated.good()["secret"].as_str().unwrap().to_owned();
    let before = receiver.hooks().len();
    let tested = admin.rest.post(&format!("{path}/test"), &Value::Null).await.good();
    assert_eq!((&tested["sent"], &tested["status"]), (&json!(true), &json!(200)));
    let hook = receiver.hooks()[before].clone();
    assert!(verifies(&hook, &first) && verifies(&hook, &second), "whoever has one of both");
    assert!(!verifies(&hook, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
}

#[tokio::test]
async fn an_address_inside_is_refused_when_it_is_saved() {
    let plan = Plan::new("webhook-inside");
    plan.tenant("outside").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "outside").await;
    for url in ["http://127.0.0.1:9/x", "http://169.254.169.254/latest", "http://0x7f.1:8080/", "ftp://example.com/"] {
        let target = json!({"name": "x", "channel": "webhook", "address": {"url": url}});
        let reply = admin.rest.post("/v1/targets", &target).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{url}: {}", reply.body);
        assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("url")), "{url}: {}", reply.body);
    }
    let reply = admin.rest.post("/v1/targets", &json!({"name": "x", "channel": "pigeon", "address": {}})).await;
    assert_eq!(reply.problem(), "bad_frame");
}

#[tokio::test]
async fn plugins_say_what_is_told_and_when_it_is_tried_again() {
    let (node, admin, desk) = shop("notification-plugins", "told").await;
    let receiver = Receiver::start().await;
    let target = admin.webhook("on-call", &receiver.url(), &json!({})).await;
    let rules = admin.upload(component("plugins/dist/rules.wasm")).await;
    let rule = json!({"events": ["entry.added"], "target": "on-call", "text": "{visitor} to {team}: {words}"});
    admin.bind("notification", &rules, &json!({"rules": [rule]})).await;
    let fixed = admin.upload(component("plugins/dist/fixed.wasm")).await;
    admin.bind("retry", &fixed, &json!({"attempts": 3, "interval_ms": 200})).await;

    receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
    talk(&node, &admin, &desk, "Help").await;
    let dead = async || admin.rest.all("/v1/dead-letters").await;
    eventually("it is a dead letter after three attempts", async || (!dead().await.is_empty()).then_some(())).await;
    let letter = dead().await.remove(0);
    assert_eq!(letter["cause"], "no success in 3 attempts");
    let id = letter["id"].as_str().unwrap().to_owned();
    let whole = admin.rest.get(&format!("/v1/notifications/{id}")).await.good();
    let tried = whole["tried"].as_array().unwrap();
    assert_eq!(tried.len(), 3);
    assert!(
        tried.iter().all(|t| t["status"] == 500 && t["judged"]["plugin"] == "fixed" && t["judged"]["rung"] == "active")
    );
    let hooks = receiver.hooks();
    assert!(hooks.iter().all(|hook| hook.id == id && hook.body.ends_with(b": Help")), "{hooks:?}");

    receiver.answers(StatusCode::OK);
    let driven = admin.rest.post("/v1/dead-letters/redrive", &json!({"target": "on-call", "per_second": 50})).await;
    assert_eq!(driven.good()["redriven"], 1);
    eventually("it arrives with the id that it had", async || (receiver.distinct().contains_key(&id)).then_some(()))
        .await;
    eventually("it is no dead letter any more", async || (dead().await.is_empty()).then_some(())).await;
    let health = admin.rest.get(&format!("/v1/targets/{}", target["id"].as_str().unwrap())).await.good();
    assert_eq!(health["streak"], 0);
}
