//! Chats whose two sides are on nodes of choice.

use crate::line::{self, Receiver, Sender};
use weft_tests::{Admin, Agent, Cluster, Via, Visitor};

pub struct Chat {
    pub conversation: String,
    pub visitor: (Sender, Receiver),
    pub agent: (Sender, Receiver),
}

/// One chat per pair of places (visitor's node, agent's node), each with an agent of its own.
pub async fn between(cluster: &Cluster, name: &str, places: &[(usize, usize)]) -> Vec<Chat> {
    let admin = Admin::sign_in(&cluster.nodes[0], "bench").await;
    admin.setting("offer_seconds", 0).await;
    let channel = admin.channel_key().await;
    let mut chats = Vec::new();
    for (n, (visitors, agents)) in places.iter().enumerate() {
        let who = format!("{name}{n}");
        admin.agent(&who, 1, &[]).await;
        let node = &cluster.nodes[*agents];
        let agent = Agent::sign_in(&node.rest(), "bench", &format!("{}@bench.example", who.to_lowercase())).await;
        let desk = agent.online(Via::Socket).await;
        let visitor = Visitor::enter(&cluster.nodes[*visitors], &channel, "Vera").await;
        let session = visitor.session(Via::Socket).await;
        let conversation = Visitor::open(&session, "bench").await;
        desk.entry(&conversation, "assigned").await;
        // The clients that keep books are only for the preparation.
        let visitor = line::session(&cluster.nodes[*visitors].addresses.socket(), visitor.rest.token()).await;
        let agent = line::session(&node.addresses.socket(), agent.rest.token()).await;
        chats.push(Chat { conversation, visitor, agent });
    }
    chats
}
