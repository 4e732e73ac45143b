//! Resident memory of a session that does nothing.

use crate::{
    bare_relay::BareRelay,
    line::{self, Receiver, Sender},
    process::{node_binary, rss_kib},
    report,
};
use weft_tests::{Admin, Node, Plan, Visitor};

const SESSIONS: usize = 9000;
/// Connecting at once.
const AT_ONCE: usize = 30;
/// A visitor may have several sessions; entering is not what is measured.
const SESSIONS_EACH: usize = 3;
const TARGET_KIB: f64 = 12.0;

pub async fn run() {
    let plan = Plan::new("bench-idle").binary(node_binary());
    plan.tenant("bench").await;
    let node = plan.start().await;
    let channel = Admin::sign_in(&node, "bench").await.channel_key().await;
    let mut tokens = Vec::new();
    for _ in 0..SESSIONS / SESSIONS_EACH {
        let token = Visitor::enter(&node, &channel, "Idle").await.rest.token().to_owned();
        tokens.extend(vec![token; SESSIONS_EACH]);
    }
    let before = rss_kib(node.process());
    let open = sessions(&node, &tokens).await;
    let each = (rss_kib(node.process()) - before) / open.len() as f64;
    report::figure("node before", before / 1024.0, "MiB");
    report::figure("sessions", open.len() as f64, "open");
    drop(open);

    let relay = BareRelay::start().await;
    let before = rss_kib(relay.process());
    let mut bare = Vec::new();
    for number in 0..SESSIONS {
        let (sender, mut receiver) = line::connect(&format!("{}/desk/{number}", relay.origin)).await;
        line::until(&mut receiver, "welcome").await;
        bare.push((sender, receiver));
    }
    let control = (rss_kib(relay.process()) - before) / bare.len() as f64;
    report::figure("bare axum socket", control, "KiB each");
    report::figure("ratio", each / control, "×");
    report::verdict("idle session", each, TARGET_KIB, true, "KiB each");
}

async fn sessions(node: &Node, tokens: &[String]) -> Vec<(Sender, Receiver)> {
    let origin = node.addresses.socket();
    let mut open = Vec::with_capacity(tokens.len());
    for some in tokens.chunks(AT_ONCE) {
        let connecting: Vec<_> = some
            .iter()
            .map(|token| {
                let (origin, token) = (origin.clone(), token.clone());
                tokio::spawn(async move { line::session(&origin, &token).await })
            })
            .collect();
        for one in connecting {
            open.push(one.await.unwrap());
        }
    }
    open
}
