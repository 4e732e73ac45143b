//! A node is killed with SIGKILL while it tells a receiver: every fact arrives, and what arrives twice has the id that it had.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use weft_tests::{Admin, Chats, Load, Plan, Receiver};

const KILLS: u32 = 6;
const CHATS: Chats = Chats { pairs: 4, by_rest: 0 };
const BETWEEN: usize = 40;
/// Claims of events and of attempts, one after the other, and some patience.
const TAKEN_OVER: Duration = Duration::from_secs(90);

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
    load.settle().await;

    let admin = Admin::sign_in(&node, "teller").await;
    let mut said = BTreeSet::new();
    for chat in admin.rest.all("/v1/conversations").await {
        let id = chat["id"].as_str().unwrap().to_owned();
        for entry in admin.rest.all(&format!("/v1/conversations/{id}/entries")).await {
            if entry["body"]["kind"] == "text" {
                said.insert((id.clone(), entry["seq"].as_u64().unwrap()));
            }
        }
    }
    assert!(said.len() > BETWEEN, "a load was meant: {}", said.len());
    let told = || -> BTreeSet<(String, u64)> {
        let entry = |body: serde_json::Value| {
            let conversation = body["data"]["conversation"]["id"].as_str().unwrap().to_owned();
            (conversation, body["data"]["entry"]["seq"].as_u64().unwrap())
        };
        receiver.distinct().values().map(|hook| entry(hook.json())).collect()
    };
    // What the last dead node held is taken over when its claims end.
    let all = async {
        while told() != said {
            // waits: between two looks at what the receiver has
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let found = tokio::time::timeout(TAKEN_OVER, all).await;
    assert!(found.is_ok(), "not told: {:?}", said.difference(&told()).collect::<Vec<_>>());
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
