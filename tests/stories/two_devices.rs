//! An agent at the desk and on the phone: both see everything, an offer is answered once.

use serde_json::json;
use weft_tests::{Agent, Node, Via, Visitor};

#[tokio::test]
async fn an_agent_on_two_devices() {
    let node = Node::demo("two-devices").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let desk = ana.online(Via::Socket).await;
    let phone = weft_tests::Session::open(&ana.rest, Via::Rest).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await.session(Via::Socket).await;

    let chat = Visitor::open(&vera, "hello").await;
    let on_desk = desk.event("offer", |f| f["conversation"]["id"] == *chat).await;
    let on_phone = phone.event("offer", |f| f["conversation"]["id"] == *chat).await;
    assert_eq!(on_desk["offer"], on_phone["offer"]);
    Agent::answer(&phone, "accept", &on_phone).await.unwrap();
    desk.event("offer_gone", |f| f["offer"] == on_desk["offer"]).await;
    let late = Agent::answer(&desk, "decline", &on_desk).await;
    assert!(late.is_err(), "an offer is answered once: {late:?}");

    desk.say(&chat, "from the desk").await;
    phone.say(&chat, "from the phone").await;
    vera.say(&chat, "from the shop").await;
    let expected = ["from the desk", "from the phone", "from the shop"];
    for session in [&desk, &phone, &vera] {
        session.text(&chat, "from the shop").await;
        assert_eq!(session.texts(&chat), expected);
    }
    phone.command("mark", json!({"conversation": chat, "read": 5})).await.unwrap();
    desk.event("marks", |f| f["conversation"] == *chat && f["read"] == 5).await;

    // One device goes away; the other one stays at work.
    drop(phone);
    vera.say(&chat, "still there?").await;
    desk.text(&chat, "still there?").await;
}
