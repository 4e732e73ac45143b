//! A node with 9 000 sessions dies; from its death to the last session that is welcomed elsewhere.

use crate::{line, report};
use futures_util::{StreamExt, stream};
use std::time::Instant;
use weft_tests::{Admin, Cluster, Visitor};

const SESSIONS: usize = 9000;
const SESSIONS_EACH: usize = 3;
/// Connecting at once, as clients that spread their reconnects do.
const AT_ONCE: usize = 64;
const TARGET_SECONDS: f64 = 10.0;

pub async fn run(mut cluster: Cluster) {
    let channel = Admin::sign_in(&cluster.nodes[0], "bench").await.channel_key().await;
    let mut tokens = Vec::new();
    for _ in 0..SESSIONS / SESSIONS_EACH {
        let token = Visitor::enter(&cluster.nodes[0], &channel, "Idle").await.rest.token().to_owned();
        tokens.extend(vec![token; SESSIONS_EACH]);
    }
    let first = cluster.nodes[0].addresses.socket();
    let open = all(&tokens, |_| first.clone()).await;
    report::figure("sessions on the node that dies", open.len() as f64, "open");
    let others = [cluster.nodes[1].addresses.socket(), cluster.nodes[2].addresses.socket()];
    cluster.nodes[0].kill().await;
    let died = Instant::now();
    let resumed = all(&tokens, |n| others[n % 2].clone()).await;
    report::verdict("9 000 sessions resumed on two nodes", died.elapsed().as_secs_f64(), TARGET_SECONDS, true, "s");
    drop((open, resumed));
}

async fn all(tokens: &[String], origin: impl Fn(usize) -> String) -> Vec<(line::Sender, line::Receiver)> {
    let sessions = tokens.iter().enumerate().map(|(n, token)| {
        let origin = origin(n);
        async move { line::session(&origin, token).await }
    });
    stream::iter(sessions).buffer_unordered(AT_ONCE).collect().await
}
