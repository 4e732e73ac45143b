//! CPU per delivery of drafts (ephemeral, 200 B) from visitors to agents, one in flight per chat.

use crate::{
    bare_relay::BareRelay,
    line::{self, Receiver, Sender},
    process::{cpu_micros, node_binary},
    report,
};
use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use weft_tests::{Admin, Plan, Via, Visitor};

const PAIRS: usize = 50;
/// Deliveries of one chat in one run.
const DELIVERIES: usize = 1200;
const WARM_UP: usize = 50;
const RUNS: usize = 3;
const TEXT_BYTES: usize = 200;
const TARGET: f64 = 2.0;

/// A visitor's socket, the agent's that receives, and the frame that goes between.
struct Chat {
    sender: Sender,
    receiver: Receiver,
    frame: String,
}

pub async fn run() {
    let relay = BareRelay::start().await;
    let (plan, most) = (Plan::new("bench-relay").binary(node_binary()), "1000000");
    let plan = plan.key("sessions.previews_per_second", most).key("sessions.commands_per_second", most);
    let plan = plan.key("sessions.command_burst", most);
    plan.tenant("bench").await;
    let node = plan.start().await;
    let mut bare = bare_chats(&relay.origin).await;
    let mut full = full_chats(&node).await;
    let (mut bare_cost, mut full_cost) = (Vec::new(), Vec::new());
    for deliveries in std::iter::once(WARM_UP).chain([DELIVERIES; RUNS]) {
        let (before_bare, before_full) = (cpu_micros(relay.process()), cpu_micros(node.process()));
        bare = deliver(bare, deliveries).await;
        let spent = cpu_micros(relay.process()) - before_bare;
        bare_cost.push(spent / (PAIRS * deliveries) as f64);
        full = deliver(full, deliveries).await;
        let spent = cpu_micros(node.process()) - before_full;
        full_cost.push(spent / (PAIRS * deliveries) as f64);
    }
    println!("runs (µs per delivery, first is warm-up): bare {bare_cost:.2?}, weft {full_cost:.2?}");
    let bare = report::quantile(&mut bare_cost[1..], 0.5);
    let full = report::quantile(&mut full_cost[1..], 0.5);
    report::figure("bare axum relay", bare, "µs CPU per delivery");
    report::figure("weft, full stack", full, "µs CPU per delivery");
    report::verdict("ratio", full / bare, TARGET, true, "×");
}

async fn bare_chats(origin: &str) -> Vec<Chat> {
    let mut chats = Vec::new();
    for number in 0..PAIRS {
        let (_, mut receiver) = line::connect(&format!("{origin}/desk/{number}")).await;
        line::until(&mut receiver, "welcome").await;
        let (sender, _) = line::connect(&format!("{origin}/visitor/{number}")).await;
        let frame = json!({"type": "preview", "conversation": weft_tests::id(), "text": "x".repeat(TEXT_BYTES)});
        chats.push(Chat { sender, receiver, frame: frame.to_string() });
    }
    chats
}

/// Each visitor has an agent of their own.
async fn full_chats(node: &weft_tests::Node) -> Vec<Chat> {
    let admin = Admin::sign_in(node, "bench").await;
    admin.setting("offer_seconds", 0).await;
    let channel = admin.channel_key().await;
    let origin = node.addresses.socket();
    let mut chats = Vec::new();
    for n in 0..PAIRS {
        let agent = admin.agent(&format!("Agent{n}"), 1, &[]).await;
        let desk = agent.online(Via::Socket).await;
        let visitor = Visitor::enter(node, &channel, "Vera").await;
        let session = visitor.session(Via::Socket).await;
        let conversation = Visitor::open(&session, "bench").await;
        desk.entry(&conversation, "assigned").await;
        // The clients that keep books are only for the preparation.
        let (sender, _) = line::session(&origin, visitor.rest.token()).await;
        let (_, receiver) = line::session(&origin, agent.rest.token()).await;
        let frame = json!({"type": "preview", "conversation": conversation, "text": "x".repeat(TEXT_BYTES)});
        chats.push(Chat { sender, receiver, frame: frame.to_string() });
    }
    chats
}

/// Closed loops, all at once.
async fn deliver(chats: Vec<Chat>, deliveries: usize) -> Vec<Chat> {
    let loops = chats.into_iter().map(|mut chat| {
        tokio::spawn(async move {
            for _ in 0..deliveries {
                chat.sender.send(Message::text(chat.frame.clone())).await.unwrap();
                line::until(&mut chat.receiver, "\"preview\"").await;
            }
            chat
        })
    });
    let mut back = Vec::new();
    for one in loops.collect::<Vec<_>>() {
        back.push(one.await.unwrap());
    }
    back
}
