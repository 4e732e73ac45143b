use crate::kit::Kit;
use model::notification::{Intent, NotificationState as State};
use ports::plugins::Handled;
use serde_json::json;

/// Counts conversations in its own values, and tells of every one with its number.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plugin_counts_in_its_values_and_never_twice() {
    let mut kit = Kit::new().await;
    kit.start_node();
    kit.start_node();
    kit.add_target("desk", json!({})).await;
    kit.plugins.handle(|handling| {
        let mut space = handling.space.clone();
        let count = space.get("count", handling.now).map_or(0, |n| n.parse::<u32>().unwrap()) + 1;
        assert!(space.set("count".into(), count.to_string(), None, handling.now));
        let intent = Intent {
            target: "desk".into(),
            dedupe: handling.event.id.to_string(),
            delay: 0,
            content_type: "text/plain".into(),
            body: count.to_string(),
        };
        Some(Handled { intents: vec![intent], space: Some(space) })
    });
    for _ in 0..30 {
        kit.world.open().await;
        kit.hint();
    }
    kit.until(State::Sent, 30).await;
    let mut numbers: Vec<u32> = kit.receiver.taken().iter().map(|p| p.body.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
    let space = kit.world.store.space(kit.world.tenant, "announce").await.unwrap();
    assert_eq!(space.get("count", model::Timestamp::ZERO), Some("30"));
}
