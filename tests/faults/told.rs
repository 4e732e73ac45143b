//! A node is killed with SIGKILL while it tells a receiver: every fact arrives, and what arrives twice has the id that it had.

use std::collections::{BTreeMap, BTreeSet};
use weft_tests::{Admin, Chats, Load, Plan, Receiver, eventually};

const KILLS: u32 = 6;
const CHATS: Chats = Chats { pairs: 4, by_rest: 0 };
const BETWEEN: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fact_is_told_over_sigkill() {
    let _alone = crate::ALONE.lock().await;
    let plan = Plan::new("told")
        .key("sessions.commands_per_second", "100000")
        .key("sessions.command_burst", "100000")
        .key("notifications.allow", "127.0.0.1");
    plan.tenant("teller").await;
    let mut node = plan.start().await;
    let admin = Admin::sign_in(&node, "teller").await;
    let receiver = Receiver::start().await;
    admin.webhook("desk", &receiver.url(), &serde_json::json!({"events": ["entry.added"], "rate": 1000})).await;
    let load = Load::start(&node, "teller", CHATS).await;
    for _ in 0..KILLS {
        load.more(BETWEEN).await;
        node.kill().await;
        node.start().await;
    }
    load.more(BETWEEN).await;
    let toll = load.settle().await;

    let told = || -> BTreeSet<(String, u64)> {
        let entry = |body: serde_json::Value| {
            let conversation = body["data"]["conversation"]["id"].as_str().unwrap().to_owned();
            (conversation, body["data"]["entry"]["seq"].as_u64().unwrap())
        };
        receiver.distinct().values().map(|hook| entry(hook.json())).collect()
    };
    let admin = Admin::sign_in(&node, "teller").await;
    let due = async || admin.rest.all("/v1/notifications?state=due").await.len();
    eventually("nothing is due any more", async || (due().await == 0 && told().len() >= toll.receipts).then_some(()))
        .await;
    assert!(admin.rest.all("/v1/dead-letters").await.is_empty());

    // One id per fact, however often it came.
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for hook in receiver.hooks() {
        let event = hook.json()["id"].as_str().unwrap().to_owned();
        let first = ids.entry(event).or_insert_with(|| hook.id.clone());
        assert_eq!(*first, hook.id, "a fact has one id");
    }
    println!("{KILLS} kills, {} facts, {} requests", ids.len(), receiver.hooks().len());
}
