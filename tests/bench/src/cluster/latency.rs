//! What another node adds: send → shown, a status → seen, and CPU per delivery; beside the same on one node.

use crate::{
    cluster::chats::{self, Chat},
    line,
    process::cpu_micros,
    report,
};
use futures_util::SinkExt;
use serde_json::json;
use std::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use weft_tests::{Cluster, id};

const TEXTS: usize = 400;
const CHANGES: usize = 200;
const DRAFTS: usize = 4000;
const ADDED_P99_MS: f64 = 5.0;
const PRESENCE_P99_MS: f64 = 100.0;

pub async fn run(cluster: &Cluster) {
    let [mut here, mut across] = two(chats::between(cluster, "Near", &[(0, 0), (0, 1)]).await);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    // In turn, so that both meet the same machine.
    for n in 0..TEXTS {
        one.push(shown(&mut here, n).await);
        other.push(shown(&mut across, n).await);
    }
    for (share, name) in [(0.5, "p50"), (0.99, "p99")] {
        let (near, far) = (report::quantile(&mut one, share), report::quantile(&mut other, share));
        report::figure(&format!("send → shown on the same node, {name}"), near, "ms");
        report::figure(&format!("send → shown on another node, {name}"), far, "ms");
        if share > 0.9 {
            report::verdict("added by the other node, p99", far - near, ADDED_P99_MS, true, "ms");
        }
    }
    presence(&mut across).await;
    cpu(cluster, here, across).await;
}

fn two(chats: Vec<Chat>) -> [Chat; 2] {
    chats.try_into().unwrap_or_else(|_| panic!("two chats"))
}

/// Milliseconds from a visitor's send to the agent's screen.
async fn shown(chat: &mut Chat, n: usize) -> f64 {
    let text = format!("text {n}!");
    let frame = json!({"type": "send", "id": id(), "conversation": chat.conversation,
        "body": {"kind": "text", "text": text}});
    let began = Instant::now();
    chat.visitor.0.send(Message::text(frame.to_string())).await.unwrap();
    line::until(&mut chat.agent.1, &text).await;
    began.elapsed().as_secs_f64() * 1000.0
}

/// From an agent's status on one node to the visitor on the other.
async fn presence(chat: &mut Chat) {
    let mut took = Vec::new();
    for n in 0..CHANGES {
        let status = if n % 2 == 0 { "busy" } else { "online" };
        let frame = json!({"type": "status", "id": id(), "status": status});
        let began = Instant::now();
        chat.agent.0.send(Message::text(frame.to_string())).await.unwrap();
        loop {
            let seen = line::until(&mut chat.visitor.1, "\"presence\"").await;
            if seen.contains(&format!("\"{status}\"")) {
                break;
            }
        }
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    report::figure("status → seen on another node, p50", report::quantile(&mut took, 0.5), "ms");
    report::verdict(
        "status → seen on another node, p99",
        report::quantile(&mut took, 0.99),
        PRESENCE_P99_MS,
        true,
        "ms",
    );
}

/// CPU of the nodes and the broker per delivered draft.
async fn cpu(cluster: &Cluster, here: Chat, across: Chat) {
    let nodes = || cluster.nodes.iter().map(|n| cpu_micros(n.process())).sum::<f64>();
    let broker = || cluster.servers.broker.pid().map_or(0.0, |pid| cpu_micros(pid.cast_signed()));
    for (name, mut chat) in [("on one node", here), ("across nodes", across)] {
        let before = (nodes(), broker());
        for n in 0..DRAFTS {
            let text = format!("draft {n}!{}", "x".repeat(200));
            let frame = json!({"type": "preview", "id": id(), "conversation": chat.conversation, "text": text});
            chat.visitor.0.send(Message::text(frame.to_string())).await.unwrap();
            line::until(&mut chat.agent.1, &format!("draft {n}!")).await;
        }
        let each = |spent: f64| spent / DRAFTS as f64;
        report::figure(&format!("CPU of the nodes per delivery {name}"), each(nodes() - before.0), "µs");
        report::figure(&format!("CPU of the broker per delivery {name}"), each(broker() - before.1), "µs");
    }
}
