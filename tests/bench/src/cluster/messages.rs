//! Broker messages per entry (C3): at most one, however many nodes there are.

use crate::{cluster::chats, line, report};
use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use weft_tests::{Cluster, id};

const CHATS: usize = 12;
const TEXTS: usize = 100;
const TARGET: f64 = 1.0;
const SENT: &str = "weft_bus_messages_total{direction=\"sent\"}";
const ENTRIES: &str = "weft_entries_total";

pub async fn run(cluster: &Cluster) {
    let nodes = cluster.nodes.len();
    let places: Vec<_> = (0..CHATS).map(|n| (n % nodes, (n + 1) % nodes)).collect();
    let chats = chats::between(cluster, "Fan", &places).await;
    let before = (cluster.metric(SENT).await, cluster.metric(ENTRIES).await);
    let talks: Vec<_> = chats
        .into_iter()
        .map(|mut chat| {
            tokio::spawn(async move {
                for n in 0..TEXTS {
                    let text = format!("text {n} of {}", chat.conversation);
                    let frame = json!({"type": "send", "id": id(), "conversation": chat.conversation,
                        "body": {"kind": "text", "text": text}});
                    chat.visitor.0.send(Message::text(frame.to_string())).await.unwrap();
                    line::until(&mut chat.agent.1, &text).await;
                }
            })
        })
        .collect();
    for talk in talks {
        talk.await.unwrap();
    }
    let (sent, entries) = (cluster.metric(SENT).await - before.0, cluster.metric(ENTRIES).await - before.1);
    report::verdict(&format!("broker messages per entry, {nodes} nodes"), sent / entries, TARGET, true, "");
}
