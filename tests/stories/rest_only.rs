//! Networks that break sockets: visitor and agent talk over REST sessions alone.

use serde_json::json;
use weft_tests::{Agent, Node, Via, Visitor};

#[tokio::test]
async fn a_whole_chat_without_any_socket() {
    let node = Node::demo("rest-only").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let at_desk = ana.online(Via::Rest).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let in_shop = vera.session(Via::Rest).await;

    let chat = Visitor::open(&in_shop, "over a bad line").await;
    Agent::accept(&at_desk, &chat).await;
    for n in 0..5 {
        in_shop.say(&chat, &format!("question {n}")).await;
        at_desk.text(&chat, &format!("question {n}")).await;
        at_desk.say(&chat, &format!("answer {n}")).await;
        in_shop.text(&chat, &format!("answer {n}")).await;
        // The sender's own entry comes by the same poll, perhaps after its receipt.
        at_desk.text(&chat, &format!("answer {n}")).await;
    }
    let expected: Vec<_> = (0..5).flat_map(|n| [format!("question {n}"), format!("answer {n}")]).collect();
    assert_eq!(in_shop.texts(&chat), expected);
    assert_eq!(at_desk.texts(&chat), expected);
    at_desk.command("typing", json!({"conversation": chat, "on": true})).await.unwrap();
    in_shop.event("typing", |f| f["on"] == true).await;

    // The same log through plain resources, and a command with its own key twice.
    let path = format!("/v1/conversations/{chat}/entries");
    let key = weft_tests::id();
    let body = json!({"body": {"kind": "text", "text": "by resource"}});
    let post = reqwest::Method::POST;
    let first = vera.rest.send(post.clone(), &path, Some(&body), &[("idempotency-key", &key)]).await.good();
    let again = vera.rest.send(post, &path, Some(&body), &[("idempotency-key", &key)]).await.good();
    assert_eq!(first["seq"], again["seq"]);
    at_desk.text(&chat, "by resource").await;
    let log = vera.rest.all(&path).await;
    assert_eq!(log.iter().filter(|e| e["body"]["text"] == "by resource").count(), 1);
}
