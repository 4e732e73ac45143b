//! A node with 9 000 sessions dies, each with a conversation; from its death to the last session that is welcomed elsewhere with what it
//! has said it has: recovered from its point, and shown what it had not seen.

use crate::{line, report};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::time::Instant;
use weft_tests::{Admin, Cluster, Door, Via, Visitor};

const SESSIONS: usize = 9000;
const SESSIONS_EACH: usize = 3;
/// Connecting at once, as clients that spread their reconnects do.
const AT_ONCE: usize = 64;
const TARGET_SECONDS: f64 = 10.0;
/// Each has one more than it says.
const SAID: [&str; 2] = ["hello", "is anybody there?"];

struct Client {
    token: String,
    conversation: String,
    /// The last entry that it has.
    has: u64,
}

pub async fn run(mut cluster: Cluster) {
    let channel = Admin::sign_in(&cluster.nodes[0], "bench").await.channel_key().await;
    let visitors = (0..SESSIONS / SESSIONS_EACH).map(|_| visitor(&cluster.nodes[0], &channel));
    let clients: Vec<Client> = stream::iter(visitors).buffer_unordered(AT_ONCE).collect().await;
    let first = cluster.nodes[0].addresses.socket();
    let open = all(&clients, |_| first.clone()).await;
    report::figure("sessions on the node that dies, each with a conversation", open.len() as f64, "open");
    let others = [cluster.nodes[1].addresses.socket(), cluster.nodes[2].addresses.socket()];
    cluster.nodes[0].kill().await;
    let died = Instant::now();
    let resumed = all(&clients, |n| others[n % 2].clone()).await;
    let name = "9 000 sessions resumed from their points on two nodes";
    report::verdict(name, died.elapsed().as_secs_f64(), TARGET_SECONDS, true, "s");
    drop((open, resumed));
}

/// Enters and opens a conversation that waits, with texts of which the last is still to be seen.
async fn visitor(door: &impl Door, channel: &str) -> Client {
    let visitor = Visitor::enter(door, channel, "Idle").await;
    let session = visitor.session(Via::Socket).await;
    let conversation = Visitor::open(&session, "bench").await;
    let mut has = 0;
    for text in SAID {
        let receipt = session.say(&conversation, text).await;
        has = receipt["seq"].as_u64().expect("a receipt has a seq") - 1;
    }
    Client { token: visitor.rest.token().to_owned(), conversation, has }
}

/// A session of each, thrice over.
async fn all(clients: &[Client], origin: impl Fn(usize) -> String) -> Vec<(line::Sender, line::Receiver)> {
    let sessions = (0..clients.len() * SESSIONS_EACH).map(|n| {
        let (client, origin) = (&clients[n % clients.len()], origin(n));
        async move { resume(client, &origin).await }
    });
    stream::iter(sessions).buffer_unordered(AT_ONCE).collect().await
}

/// Welcomed, recovered, and shown the entry that it had not.
async fn resume(client: &Client, origin: &str) -> (line::Sender, line::Receiver) {
    let points = json!([{"conversation": client.conversation, "after": client.has}]);
    let (sender, mut receiver, welcome) = line::resume(origin, &client.token, &points).await;
    let welcome: Value = serde_json::from_str(&welcome).expect("a welcome is JSON");
    let mut listed = welcome["conversations"].as_array().into_iter().flatten();
    let own = listed.find(|c| c["id"] == *client.conversation).expect("its conversation");
    assert_eq!(own["recovered"], true, "{own}");
    line::until(&mut receiver, SAID[SAID.len() - 1]).await;
    (sender, receiver)
}
