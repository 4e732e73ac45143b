//! The log of a node, at its most talkative, holds no word of what people say and no secret.

use serde_json::json;
use weft_tests::{Agent, Plan, Via, Visitor};

#[tokio::test]
async fn no_text_token_or_password_is_logged() {
    let plan = Plan::new("log-discretion").demo().key("log.filter", "debug").key("log.format", "json");
    let node = plan.start().await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let wrong = json!({"tenant": "tea", "email": "ana@tea.example", "password": "canary-password"});
    assert_eq!(node.rest().post("/v1/auth/login", &wrong).await.problem(), "unauthenticated");
    let at_desk = ana.online(Via::Socket).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let in_shop = vera.session(Via::Rest).await;
    let chat = Visitor::open(&in_shop, "canary-subject").await;
    Agent::accept(&at_desk, &chat).await;
    in_shop.say(&chat, "canary-text").await;
    at_desk.text(&chat, "canary-text").await;
    in_shop.command("preview", json!({"conversation": chat, "text": "canary-draft"})).await.unwrap();
    at_desk.event("preview", |f| f["text"] == "canary-draft").await;
    at_desk.put(json!({"type": "send", "id": "canary-id", "body": "canary-body"}).to_string());
    at_desk.event("error", |_| true).await;
    let found = ana.rest.get("/v1/search?q=canary-text").await;
    assert!(found.status.is_success(), "{}", found.body);

    let written = node.log_text();
    // What is no record is the demo's greeting, which tells whoever starts it how to sign in.
    let (log, greeting): (Vec<_>, Vec<_>) = written.lines().partition(|line| line.starts_with('{'));
    assert!(log.len() > 5, "a talkative log was expected");
    assert!(greeting.iter().all(|line| line.is_empty() || line.starts_with("  ")), "{greeting:?}");
    for line in log {
        assert!(!line.contains("canary"), "people's words in the log: {line}");
        for secret in [ana.rest.token(), vera.rest.token(), &ana.refresh_token, "weft-demo"] {
            assert!(!line.contains(secret), "a secret in the log: {line}");
        }
    }
}
