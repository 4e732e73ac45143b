use crate::kit::Kit;
use model::{
    Clock as _,
    notification::{Fault, NotificationState as State},
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

const LISTS: &[&str] = &["conversation.opened"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fact_reaches_who_lists_it_once() {
    let mut kit = Kit::new().await;
    kit.start_node();
    kit.add_target("desk", json!({"events": LISTS, "secrets": ["whsec_abc"]})).await;
    kit.add_target("archive", json!({"events": []})).await;
    kit.add_target("off", json!({"events": LISTS, "disabled": true})).await;
    for _ in 0..20 {
        kit.world.open().await;
    }
    kit.hint();
    kit.until(State::Sent, 20).await;
    let taken = kit.receiver.taken();
    assert_eq!(taken.len(), 20);
    assert!(taken.iter().all(|p| p.target == "desk" && p.attempt == 1 && p.secrets.len() == 1));
    let body: serde_json::Value = serde_json::from_str(&taken[0].body).unwrap();
    assert_eq!((&body["type"], &body["version"]), (&json!("conversation.opened"), &json!(1)));
    assert_eq!(body["data"]["conversation"]["visitor"]["name"], "Vera 王");
    assert!(kit.receiver.by_id().values().all(|n| *n == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_six_hours_without_a_receiver_all_arrive_once() {
    let kit = Kit::new().await;
    kit.add_target("desk", json!({"events": LISTS})).await;
    let back = kit.clock.now().plus(Duration::from_hours(6));
    kit.receiver.answers(move |_, now| if now < back { Err((Fault::Unreachable, 0)) } else { Ok(()) });
    for _ in 0..30 {
        kit.world.open().await;
    }
    kit.until(State::Due, 30).await;
    kit.pass(60, Duration::from_mins(20)).await;
    kit.until(State::Sent, 30).await;
    assert_eq!(kit.count(State::Dead).await, 0);
    // Twenty minutes at once may end a claim whose attempt is under way: then a second one has the id of the first.
    assert_eq!(kit.receiver.by_id().len(), 30, "each once by its id");
    assert!(kit.receiver.refused() >= 30, "each was tried meanwhile, or its target rested");
    assert!(kit.receiver.taken().iter().any(|p| p.attempt > 1));
}

/// A node that dies between sending and putting it down: the receiver gets it again, with the id that it knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_dead_node_held_is_sent_by_another() {
    let mut kit = Kit::new().await;
    kit.add_target("desk", json!({"events": LISTS})).await;
    kit.receiver.answers(|_, _| Ok(()));
    for _ in 0..10 {
        kit.world.open().await;
    }
    kit.hint();
    while kit.receiver.taken().is_empty() {
        tokio::task::yield_now().await;
    }
    kit.kill_node().await;
    kit.start_node();
    kit.pass(4, Duration::from_secs(30)).await;
    kit.until(State::Sent, 10).await;
    let ids: BTreeSet<_> = kit.receiver.by_id().into_keys().collect();
    assert_eq!(ids.len(), 10, "none is lost, and a second one has the id of the first");
}
