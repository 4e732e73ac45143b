use crate::kit::Kit;
use model::{
    Audience, Body,
    conversation::Command,
    notification::{Fault, NotificationState as State},
};
use serde_json::json;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_ordered_target_gets_a_conversation_in_order() {
    let mut kit = Kit::new().await;
    kit.start_node();
    kit.add_target("desk", json!({"events": ["entry.added"], "ordered": true})).await;
    let failures = AtomicU32::new(0);
    // Every third attempt fails.
    kit.receiver.answers(move |_, _| {
        if failures.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) { Err((Fault::Failed, 500)) } else { Ok(()) }
    });
    let c = kit.world.open().await;
    for n in 0..12 {
        let body = Body::Text { text: n.to_string() };
        kit.world.act(c.id, &kit.world.as_visitor(), Command::Send { body, audience: Audience::All }).await;
    }
    kit.hint();
    for _ in 0..60 {
        kit.pass(1, Duration::from_secs(10)).await;
        if kit.count(State::Sent).await == 12 {
            break;
        }
    }
    kit.until(State::Sent, 12).await;
    // One that was sent twice (its node was too slow to say so) has the id that the receiver knows.
    let mut taken = kit.receiver.taken();
    taken.dedup_by(|a, b| a.id == b.id);
    let words: Vec<_> = taken
        .iter()
        .map(|p| serde_json::from_str::<serde_json::Value>(&p.body).unwrap()["data"]["entry"]["body"]["text"].clone())
        .collect();
    assert_eq!(words, (0..12).map(|n| json!(n.to_string())).collect::<Vec<_>>());
}
