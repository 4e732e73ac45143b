//! A node decides, and is stopped before it commits that. Others decide in its place, at once or, when it was stopped within its
//! transaction, as soon as the store has dropped that; what it commits when it goes on comes to nothing.

use serde_json::json;
use std::time::{Duration, Instant};
use weft_tests::{Admin, Agent, Cluster, Direction, Peer, Session, Via, Visitor, Way, eventually, id, now_ms};

const ROUNDS: usize = 3;
/// Of one round: that a decision is stopped before it is committed is a matter of milliseconds.
const TRIES: usize = 6;
/// From each node to the store: a moment between deciding and committing, and well within the grace of an undecided conversation.
const LATE_MS: u32 = 100;
/// With a store that is so slow.
const DECIDES_WITHIN: Duration = Duration::from_secs(8);
/// The store drops a transaction of which it hears nothing; the lease, the grace of a conversation without a decision, and a sweep.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(40);
const DECIDED: &str = "weft_decisions_total";
const UNCOMMITTED: &str = "weft_decisions_uncommitted_total";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stopped_node_had_decided_is_refused() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-fenced", 3, &["fenced"]).await;
    let admin = Admin::sign_in(&cluster, "fenced").await;
    admin.setting("offer_seconds", 0).await;
    admin.agent("Ana", 3, &[]).await;
    let channel = admin.channel_key().await;
    for round in 0..ROUNDS {
        let other = &cluster.nodes[(round + 1) % 3];
        let there = Admin { rest: other.rest().with_token(admin.rest.token()), ..admin.clone() };
        let ana = Agent::sign_in(&other.rest(), "fenced", "ana@fenced.example").await.online(Via::Socket).await;
        let mut tries = 0;
        let taken_over = loop {
            assert!(tries < TRIES, "it was never stopped between deciding and committing");
            tries += 1;
            let late = Visitor::enter(&cluster.nodes[round % 3], &channel, "Vera").await.session(Via::Socket).await;
            if let Some(took) = stopped(&cluster, round % 3, &there, &late, &ana).await {
                break took;
            }
        };
        println!(
            "stopped between deciding and committing ({}/{ROUNDS}, try {tries}): others had decided after {} ms, its own was refused",
            round + 1,
            taken_over.as_millis()
        );
    }
    cluster.is_sound().await;
}

/// The node is stopped when it has decided; how long until others had. `None` when something was committed before that.
async fn stopped(cluster: &Cluster, node: usize, there: &Admin, visitor: &Session, ana: &Session) -> Option<Duration> {
    let late = &cluster.nodes[node];
    let (decided, uncommitted) = (late.metric(DECIDED).await, late.metric(UNCOMMITTED).await);
    // To all alike: nodes that are faster would decide in its place.
    cluster.proxies().delay(&Way::to_server(Peer::Store, cluster.nodes.len()), Direction::There, LATE_MS).await;
    // Its receipt may come later than its decision, so it is not waited for.
    visitor.put(json!({"type": "open", "id": id(), "subject": "who decides?"}).to_string());
    let began = Instant::now();
    // No pause between two looks: the next moment it commits. When somebody else has decided it never does.
    while late.metric(DECIDED).await <= decided && began.elapsed() < DECIDES_WITHIN {}
    late.freeze();
    let (frozen, frozen_ms) = (Instant::now(), now_ms());
    cluster.proxies().heal().await;
    let chat = eventually("it is open", async || {
        let all = there.conversations().await;
        all.iter().find(|c| c["state"] != "closed")?["id"].as_str().map(str::to_owned)
    })
    .await;
    while assigned(there, &chat).await.is_empty() {
        assert!(frozen.elapsed() < TAKEN_OVER_WITHIN, "nobody decides in the place of a node that is stopped");
        // waits: between two looks at what the others do
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let took = frozen.elapsed();
    let decisions = assigned(there, &chat).await;
    late.thaw();
    let fair = decisions.iter().all(|at| *at > frozen_ms);
    if fair {
        eventually("what it had decided is refused", async || {
            (late.metric(UNCOMMITTED).await > uncommitted).then_some(())
        })
        .await;
        assert_eq!(assigned(there, &chat).await, decisions, "what others had decided stays");
        let log = there.log(&chat).await;
        let times = log.iter().filter(|entry| entry["body"]["kind"] == "assigned").count();
        assert_eq!(times, 1, "assigned once");
    }
    ana.command("close", json!({"conversation": chat})).await.unwrap();
    fair.then_some(took)
}

/// When the decisions were made that gave it to somebody; milliseconds since 1970.
async fn assigned(admin: &Admin, chat: &str) -> Vec<u64> {
    let decisions = admin.decisions(chat).await;
    let assigned = decisions.iter().filter(|d| d["action"] == "assign" && !d["agent"].is_null());
    let at = |d: &serde_json::Value| d["at"].as_str()?.parse::<jiff::Timestamp>().ok();
    assigned.filter_map(at).map(|at| at.as_millisecond().cast_unsigned()).collect()
}
