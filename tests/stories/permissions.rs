//! Spot checks from outside; the whole table is tested where it stands.

use reqwest::{Method, StatusCode};
use serde_json::json;
use weft_tests::{Admin, Agent, Node, Via, Visitor};

#[tokio::test]
async fn nobody_reaches_across() {
    let node = Node::demo("permissions").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let cem = Agent::sign_in(&node.rest(), "bikes", "cem@bikes.example").await;
    let at_desk = ana.online(Via::Socket).await;
    let other_desk = cem.online(Via::Socket).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let stranger = Visitor::enter(&node, "demo-tea", "Stranger").await;
    let (in_shop, beside) = (vera.session(Via::Socket).await, stranger.session(Via::Socket).await);
    let chat = Visitor::open(&in_shop, "private").await;
    let offer = at_desk.event("offer", |f| f["conversation"]["id"] == *chat).await;
    let text = || json!({"conversation": chat, "body": {"kind": "text", "text": "let me in"}});

    // Another tenant's, and another visitor's, are not there at all.
    assert_eq!(other_desk.command("send", text()).await.unwrap_err().code(), "not_found");
    assert_eq!(beside.command("send", text()).await.unwrap_err().code(), "not_found");
    let answered = Agent::answer(&other_desk, "accept", &offer).await;
    assert_eq!(answered.unwrap_err().code(), "not_found");
    for rest in [&cem.rest, &stranger.rest] {
        for path in ["", "/entries"] {
            let reply = rest.get(&format!("/v1/conversations/{chat}{path}")).await;
            assert_eq!((reply.status, reply.problem()), (StatusCode::NOT_FOUND, "not_found"));
        }
    }
    let foreign = Admin::sign_in(&node, "bikes").await;
    let reply = foreign.rest.get(&format!("/v1/agents/{}", ana.id)).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);

    // A role does what its row says and no more.
    let note = json!({"conversation": chat, "audience": "agents", "body": {"kind": "text", "text": "note"}});
    assert_eq!(in_shop.command("send", note).await.unwrap_err().code(), "forbidden");
    assert_eq!(at_desk.command("open", json!({})).await.unwrap_err().code(), "forbidden");
    for (rest, method, path, body) in [
        (&vera.rest, Method::GET, "/v1/agents", None),
        (&vera.rest, Method::GET, "/v1/plugins", None),
        (&ana.rest, Method::GET, "/v1/plugins", None),
        (&ana.rest, Method::POST, "/v1/bindings/rollback", Some(json!({}))),
        (&ana.rest, Method::GET, "/v1/audit", None),
    ] {
        let reply = rest.send(method, path, body.as_ref(), &[]).await;
        assert_eq!(reply.problem(), "forbidden", "{path}: {}", reply.body);
    }
    assert_eq!(node.rest().get("/v1/me").await.problem(), "unauthenticated");
}
