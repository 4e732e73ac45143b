//! A node dies with an agent's only session on it: their chat goes to somebody else.

use serde_json::json;
use std::time::{Duration, Instant};
use weft_tests::{Admin, Agent, Cluster, Session, Via, Visitor};

/// What the issue asks for.
const RELIEVED_WITHIN: Duration = Duration::from_secs(15);
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_nodes_agents_go_away_and_their_chats_go_on() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-absence", 3, &["absent"]).await;
    let admin = Admin::sign_in(&cluster.nodes[2], "absent").await;
    admin.setting("offer_seconds", 0).await;
    admin.agent("Ana", 1, &[]).await;
    admin.agent("Ben", 1, &[]).await;
    let sign_in = async |cluster: &Cluster, node: usize, email: &str| {
        Agent::sign_in(&cluster.nodes[node].rest(), "absent", email).await.online(Via::Socket).await
    };
    for round in 0..ROUNDS {
        let ana = sign_in(&cluster, 0, "ana@absent.example").await;
        let channel = admin.channel_key().await;
        let visitor = Visitor::enter(&cluster.nodes[1], &channel, "Vera").await.session(Via::Socket).await;
        let chat = Visitor::open(&visitor, "who is there?").await;
        let with_ana = visitor.entry(&chat, "assigned").await;
        visitor.say(&chat, "hello?").await;
        let ben = sign_in(&cluster, 2, "ben@absent.example").await;
        cluster.nodes[0].kill().await;
        let began = Instant::now();
        let other = |f: &serde_json::Value| {
            f["conversation"] == *chat && f["body"]["kind"] == "assigned" && f["seq"] != with_ana["seq"]
        };
        let found =
            |session: &Session| session.inbox.read(|r| r.frames.iter().any(|f| f["type"] == "entry" && other(f)));
        while !found(&visitor) {
            assert!(began.elapsed() < RELIEVED_WITHIN, "the chat is still with an agent who is gone");
            // waits: between two looks at what the session received
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let took = began.elapsed();
        println!(
            "node killed ({}/{ROUNDS}): its agent's chat was somebody else's after {} ms",
            round + 1,
            took.as_millis()
        );
        ben.say(&chat, "I am here").await;
        visitor.text(&chat, "I am here").await;
        ben.command("close", json!({"conversation": chat})).await.unwrap();
        Agent::status(&ben, "away").await.unwrap();
        drop(ana);
        cluster.nodes[0].start().await;
    }
}
