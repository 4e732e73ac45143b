//! Typing and previews: among participants only.

use crate::kit::{Chaos, Client, Cluster, OddBus, Sweep, by_visitor};
use model::{Code, ConversationId, limits};
use session::testing::{agent_caller, conversation, visitor_caller};
use weft_delivery::Signal;

async fn talking() -> (Cluster, ConversationId, Client, Client) {
    let cluster = Cluster::start(2, OddBus::new(Chaos::default(), 1), None, Sweep::Never).await;
    let id = conversation(1);
    cluster.log.open(id, 1);
    cluster.log.assign(id, 1);
    let mut visitor = cluster.nodes[0].open(visitor_caller(1)).await;
    let mut agent = cluster.nodes[1].open(agent_caller(1)).await;
    visitor.until_seq(id, 2).await;
    agent.until_seq(id, 2).await;
    (cluster, id, visitor, agent)
}

fn typing(conversation: ConversationId) -> Signal {
    Signal::Typing { conversation, on: true }
}
fn preview(conversation: ConversationId, text: &str) -> Signal {
    Signal::Preview { conversation, text: text.into() }
}

#[tokio::test]
async fn signals_reach_the_others_here_and_elsewhere() {
    let (cluster, id, visitor, mut agent) = talking().await;
    let mut second_device = cluster.nodes[0].open(visitor_caller(1)).await;
    let mut near = cluster.nodes[0].open(agent_caller(1)).await;
    near.until_seq(id, 2).await;
    cluster.nodes[0].delivery.signal(&visitor.session, &typing(id)).unwrap();
    cluster.nodes[0].delivery.signal(&visitor.session, &preview(id, "I have a qu")).unwrap();
    for device in [&mut agent, &mut near] {
        device.until("the preview", |got| got.iter().any(|e| e["type"] == "preview")).await;
        let typing = device.of_type("typing");
        assert_eq!((&typing[0]["on"], &typing[0]["participant"]["name"]), (&true.into(), &"Visitor 1".into()));
        assert_eq!(device.of_type("preview")[0]["text"], "I have a qu");
    }
    // And back; the last entry says that nothing else is on its way.
    cluster.nodes[1].delivery.signal(&agent.session, &typing(id)).unwrap();
    second_device.until("typing", |got| got.iter().any(|e| e["type"] == "typing")).await;
    cluster.nodes[0].hint(cluster.log.send(id, by_visitor(1), "end"));
    second_device.until_seq(id, 3).await;
    assert_eq!(second_device.of_type("typing").len(), 1, "not the visitor's own");
    assert!(second_device.of_type("preview").is_empty());
    cluster.stop().await;
}

#[tokio::test]
async fn strangers_neither_send_nor_receive() {
    let (cluster, id, visitor, agent) = talking().await;
    let mut stranger = cluster.nodes[0].open(visitor_caller(2)).await;
    let mut colleague = cluster.nodes[0].open(agent_caller(2)).await;
    let delivery = &cluster.nodes[0].delivery;
    for outsider in [&stranger, &colleague] {
        assert_eq!(delivery.signal(&outsider.session, &typing(id)).unwrap_err().code, Code::NotFound);
    }
    delivery.signal(&visitor.session, &preview(id, "private")).unwrap();
    assert_eq!(delivery.signal(&agent.session, &preview(id, "no")).unwrap_err().code, Code::Forbidden);
    let long = "x".repeat(limits::PREVIEW_BYTES + 1);
    assert_eq!(delivery.signal(&visitor.session, &preview(id, &long)).unwrap_err().code, Code::TooLarge);
    // A conversation of their own comes after it, and nothing before.
    let other = conversation(2);
    cluster.nodes[0].hint(cluster.log.open(other, 2));
    cluster.nodes[0].hint(cluster.log.assign(other, 2));
    stranger.until_seq(other, 2).await;
    colleague.until_seq(other, 2).await;
    assert!(stranger.of_type("preview").is_empty() && colleague.of_type("preview").is_empty());
    cluster.stop().await;
}
