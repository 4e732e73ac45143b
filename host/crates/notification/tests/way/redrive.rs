use crate::kit::Kit;
use model::notification::{EventKind, Fault, NotificationState as State};
use ports::store::{NotificationFilter, Page};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dead_letters_are_told_of_and_driven_again_with_their_ids() {
    let kit = Kit::new().await;
    kit.add_target("desk", json!({"events": ["conversation.opened"]})).await;
    kit.add_target("admin", json!({"events": ["delivery.dead"]})).await;
    kit.receiver.answers(|p, _| if p.target == "desk" { Err((Fault::Refused, 410)) } else { Ok(()) });
    for _ in 0..20 {
        kit.world.open().await;
    }
    // The target rests after a few failures, and then it is tried one at a time.
    for _ in 0..400 {
        kit.pass(1, Duration::from_mins(5)).await;
        if kit.count(State::Dead).await == 20 {
            break;
        }
    }
    kit.until(State::Dead, 20).await;
    kit.until(State::Sent, 20).await;
    let (store, tenant) = (&kit.world.store, kit.world.tenant);
    let told = kit.receiver.taken();
    assert!(told.iter().all(|p| p.target == "admin"));
    let filter = NotificationFilter { state: Some(State::Dead), ..NotificationFilter::default() };
    let dead = store.notifications(tenant, &filter, Page { after: None, limit: 100 }).await.unwrap();
    assert!(dead.iter().all(|n| n.kind == EventKind::ConversationOpened && n.attempts == 1));
    assert_eq!(dead[0].cause.as_deref(), Some("refused with status 410"));

    kit.receiver.answers(|_, _| Ok(()));
    store.reset_target(tenant, "desk").await.unwrap();
    assert_eq!(store.redrive(tenant, &filter, 50, 1000).await.unwrap(), 20);
    kit.pass(4, Duration::from_millis(100)).await;
    kit.until(State::Sent, 40).await;
    let again = kit.receiver.by_id();
    assert!(dead.iter().all(|n| again.get(&n.id.to_string()) == Some(&1)), "each once, with the id that it had");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_target_that_is_gone_leaves_dead_letters() {
    let kit = Kit::new().await;
    kit.add_target("desk", json!({})).await;
    kit.plugins.handle(|handling| {
        if handling.event.kind == EventKind::DeliveryDead {
            return None;
        }
        let intent = model::notification::Intent {
            target: "nowhere".into(),
            dedupe: handling.event.id.to_string(),
            delay: 0,
            content_type: "text/plain".into(),
            body: "x".into(),
        };
        Some(ports::plugins::Handled { intents: vec![intent], space: None })
    });
    kit.world.open().await;
    kit.until(State::Dead, 1).await;
    let page = Page { after: None, limit: 1 };
    let dead = kit.world.store.notifications(kit.world.tenant, &NotificationFilter::default(), page).await.unwrap();
    assert_eq!(dead[0].cause.as_deref(), Some("no target is named \"nowhere\""));
}
