//! An announcement reaches everybody who is connected, whatever node they are on.

use serde_json::json;
use weft_tests::{Admin, Agent, Cluster, Via, Visitor};

pub async fn reach_everybody(cluster: &Cluster) {
    let [first, second, third] = &cluster.nodes[..] else { panic!("three nodes") };
    let admin = Admin::sign_in(cluster, "notices").await;
    let channel = admin.channel_key().await;
    let mut agents = Vec::new();
    for (name, node) in [("Ana", first), ("Ben", second)] {
        agents.push(admin.agent(name, 1, &[]).await.online(Via::Socket).await);
        let email = format!("{}@notices.example", name.to_lowercase());
        agents.push(Agent::sign_in(&node.rest(), "notices", &email).await.online(Via::Socket).await);
    }
    let visitor = Visitor::enter(third, &channel, "Vera").await.session(Via::Socket).await;
    // Announced by a person.
    let said = json!({"text": "We close early today 🌧", "level": "warning", "visitors": true});
    let announced = admin.rest.post("/v1/notices", &said).await.good();
    for session in agents.iter().chain([&visitor]) {
        let notice = session.event("notice", |f| f["id"] == announced["id"]).await;
        assert_eq!((&notice["text"], &notice["level"]), (&said["text"], &said["level"]));
    }
    // Said by a notification, to agents alone.
    let target = json!({"name": "desk", "channel": "notice", "address": {"level": "critical"}, "events": ["conversation.opened"]});
    admin.rest.post("/v1/targets", &target).await.good();
    Visitor::open(&visitor, "hello").await;
    for session in &agents {
        session.event("notice", |f| f["level"] == "critical" && f["text"] == "conversation.opened").await;
    }
}
