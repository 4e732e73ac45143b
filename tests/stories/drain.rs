//! SIGTERM: goodbye to everybody, what was sent is answered, the process ends in time, and nothing is lost.

use std::time::Duration;
use weft_tests::{Agent, Node, Session, Via, Visitor};

const DRAINED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_node_leaves_politely() {
    let mut node = Node::demo("drain").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let at_desk = ana.online(Via::Socket).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let in_shop = vera.session(Via::Socket).await;
    let chat = Visitor::open(&in_shop, "before the end").await;
    Agent::accept(&at_desk, &chat).await;
    let idle = Visitor::enter(&node, "demo-tea", "Idle").await.session(Via::Socket).await;

    let receipt = in_shop.say(&chat, "the last words").await;
    let (status, took) = node.terminate().await;
    assert!(status.success(), "{status}");
    assert!(took <= DRAINED_WITHIN, "{took:?}");
    for session in [&at_desk, &in_shop, &idle] {
        let goodbye = session.event("goodbye", |_| true).await;
        assert!(goodbye["reconnect_after"].as_f64().is_some(), "{goodbye}");
        assert_eq!(session.closed().await.0, 1001);
    }

    node.start().await;
    let have = [(chat.clone(), receipt["seq"].as_u64().unwrap())];
    let back = Session::resume(&vera.rest, Via::Socket, &have, in_shop.welcome["epoch"].as_u64(), None).await.unwrap();
    assert_eq!(back.welcome["conversations"][0]["recovered"], true);
    back.say(&chat, "and again").await;
    let desk = Session::open(&ana.rest, Via::Socket).await;
    desk.text(&chat, "and again").await;
    assert_eq!(desk.texts(&chat), ["the last words", "and again"]);
}
