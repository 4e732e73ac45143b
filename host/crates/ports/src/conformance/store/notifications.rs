use super::fixture::{StoreUnderTest, World, ids, send};
use crate::store::{Claimed, Fresh, Handled, NotificationFilter, Outcome, Page, Resource, ResourceKind, Tried};
use model::{
    Timestamp,
    conversation::Command,
    notification::{Attempt, Event, EventKind, Fault, Intent, Notification, NotificationState, TargetHealth, Verdict},
    people::Status,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const LEASE: Duration = Duration::from_mins(1);

/// A world whose tenant has a target.
async fn listening(new: StoreUnderTest) -> World {
    let world = World::new(new, 1, 5).await;
    add_target(&world, "desk").await;
    world
}

async fn add_target(world: &World, name: &str) -> Resource {
    let body = serde_json::json!({"name": name});
    let target = Resource { id: ids().resource(), kind: ResourceKind::Target, name: name.into(), body, version: 1 };
    assert!(world.store.add_resource(world.tenant, &target).await.unwrap());
    target
}

fn intent(target: &str, dedupe: &str) -> Fresh {
    let intent = Intent {
        target: target.into(),
        dedupe: dedupe.into(),
        delay: 0,
        content_type: "application/json".into(),
        body: "{\"text\":\"王 🙂\"}".into(),
    };
    Fresh { id: ids().notification(), intent, ordered: false }
}

fn done(fresh: Vec<Fresh>) -> Handled {
    Handled::Done { fresh, space: None }
}

async fn events(world: &World) -> Vec<Claimed<Event>> {
    world.store.claim_events(100, LEASE).await.unwrap()
}

async fn due(world: &World) -> Vec<Claimed<Notification>> {
    world.store.claim_notifications(100, LEASE, &[]).await.unwrap()
}

/// `count` notifications to `desk`, due.
async fn make(world: &World, count: usize) -> Vec<Fresh> {
    world.open().await;
    let claimed = events(world).await;
    let fresh: Vec<_> = (0..count).map(|n| intent("desk", &n.to_string())).collect();
    assert!(world.store.handled(&claimed[0], &done(fresh.clone())).await.unwrap());
    fresh
}

fn tried(number: u32, outcome: Outcome) -> Tried {
    let failed = outcome != Outcome::Sent;
    Tried {
        attempt: Attempt {
            number,
            at: Timestamp::from_ms(7),
            took_ms: 3,
            fault: failed.then_some(Fault::Failed),
            status: if failed { 500 } else { 200 },
            answer: "said".into(),
            judged: None,
            next_due: None,
        },
        outcome,
        health: TargetHealth { streak: u32::from(failed), failing_since: None, rests_until: None },
        tell: None,
    }
}

pub async fn facts_are_events_for_those_who_listen(new: StoreUnderTest) {
    use EventKind as K;
    let world = World::new(new, 1, 5).await;
    world.open().await;
    assert!(events(&world).await.is_empty(), "nobody is told");
    let target = add_target(&world, "desk").await;
    let other = world.beside(1, 1).await;
    other.open().await;

    let c = world.open_with(0).await;
    world.act(c.id, &world.as_visitor(), send("Hello 王")).await;
    world.act(c.id, &world.as_visitor(), Command::Mark { delivered: Some(1), read: Some(1) }).await;
    world.act(c.id, &world.as_agent(0), Command::Close { reason: None }).await;
    world.store.set_status(world.tenant, world.agents[0].id, Status::Away).await.unwrap();
    world.store.set_status(world.tenant, world.agents[0].id, Status::Away).await.unwrap();
    let claimed = events(&world).await;
    assert!(claimed.iter().all(|c| c.tenant == world.tenant && c.tries == 0));
    let of: Vec<_> = claimed.iter().filter(|e| e.it.conversation == Some(c.id)).collect();
    let kinds: Vec<_> = of.iter().map(|e| e.it.kind).collect();
    assert_eq!(kinds, [K::ConversationOpened, K::ConversationAssigned, K::EntryAdded, K::ConversationClosed]);
    assert_eq!(of[2].it.payload["entry"]["body"]["text"], "Hello 王");
    assert_eq!(of[2].it.payload["conversation"]["agent"]["name"], "Agent 0");
    let alone: Vec<_> = claimed.iter().filter(|e| e.it.conversation.is_none()).collect();
    assert_eq!(alone.iter().map(|e| e.it.kind).collect::<Vec<_>>(), [K::AgentStatus], "a change, and once");
    let found = world.store.event(world.tenant, of[0].it.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&of[0].it));
    assert_eq!(world.store.event(other.tenant, of[0].it.id).await.unwrap(), None);

    let version = target.version;
    assert!(world.store.delete_resource(world.tenant, ResourceKind::Target, target.id, version).await.unwrap());
    assert!(!world.store.add_event(world.tenant, &Event { id: ids().event(), ..of[0].it.clone() }).await.unwrap());
}

pub async fn an_event_is_handled_by_who_holds_it(new: StoreUnderTest) {
    let world = Arc::new(listening(new).await);
    let lease = Duration::from_millis(300);
    world.open().await;
    let first = world.store.claim_events(10, lease).await.unwrap().remove(0);
    assert!(events(&world).await.is_empty(), "one node at a time");
    world.pass(lease).await;
    let second = events(&world).await.remove(0);
    assert_eq!((second.it.id, second.tries), (first.it.id, 1));
    assert!(!world.store.handled(&first, &done(vec![intent("desk", "late")])).await.unwrap(), "the claim has ended");
    assert!(due(&world).await.is_empty());
    assert!(world.store.handled(&second, &done(vec![intent("desk", "a")])).await.unwrap());
    assert!(!world.store.handled(&second, &done(vec![intent("desk", "b")])).await.unwrap(), "once");
    assert_eq!(due(&world).await.len(), 1);

    // Many nodes, many events: each to one.
    for _ in 0..10 {
        world.open().await;
    }
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.store.claim_events(4, LEASE).await.unwrap() })
        })
        .collect();
    let mut claimed = Vec::new();
    for task in tasks {
        claimed.extend(task.await.unwrap());
    }
    let distinct: BTreeSet<_> = claimed.iter().map(|c| c.it.id).collect();
    assert_eq!((claimed.len(), distinct.len()), (10, 10));
}

pub async fn an_event_that_nobody_can_handle_waits_or_dies(new: StoreUnderTest) {
    let world = listening(new).await;
    let c = world.open().await;
    let opened = events(&world).await.remove(0);
    world.act(c.id, &world.as_visitor(), send("next")).await;
    assert!(events(&world).await.is_empty(), "after the one before it");
    let wait = Duration::from_millis(400);
    let again = Handled::Again { after: wait, cause: "no plugin".into() };
    assert!(world.store.handled(&opened, &again).await.unwrap());
    assert!(events(&world).await.is_empty());
    let next = world.store.next_notification().await.unwrap().unwrap();
    assert!(next <= wait, "{next:?}");
    world.pass(wait).await;
    let both = events(&world).await;
    assert_eq!(
        both.iter().map(|e| e.it.kind).collect::<Vec<_>>(),
        [EventKind::ConversationOpened, EventKind::EntryAdded]
    );
    assert!(world.store.handled(&both[0], &Handled::Dead { cause: "trap".into() }).await.unwrap());
    let page = || Page { after: None, limit: 10 };
    let dead = world.store.dead_events(world.tenant, page()).await.unwrap();
    assert_eq!(dead.iter().map(|d| (d.event.id, d.cause.as_str())).collect::<Vec<_>>(), [(opened.it.id, "trap")]);
    let other = world.beside(0, 1).await;
    assert!(world.store.dead_events(other.tenant, page()).await.unwrap().is_empty());
    assert_eq!(world.store.handle_again(other.tenant, &[opened.it.id]).await.unwrap(), 0);
    assert_eq!(world.store.handle_again(world.tenant, &[opened.it.id]).await.unwrap(), 1);
    assert!(world.store.dead_events(world.tenant, page()).await.unwrap().is_empty());
    assert_eq!(events(&world).await[0].it.id, opened.it.id);
}

pub async fn a_notification_is_one_per_target_and_key(new: StoreUnderTest) {
    let world = listening(new).await;
    world.open().await;
    world.open().await;
    let claimed = events(&world).await;
    let fresh = [intent("desk", "k"), intent("desk", "k"), intent("other", "k"), intent("desk", "K")];
    for event in &claimed {
        let fresh = fresh.iter().map(|f| Fresh { id: ids().notification(), ..f.clone() }).collect();
        assert!(world.store.handled(event, &done(fresh)).await.unwrap());
    }
    let mut made: Vec<_> = due(&world).await.into_iter().map(|n| (n.it.target, n.it.dedupe)).collect();
    made.sort();
    let expected = [("desk", "K"), ("desk", "k"), ("other", "k")];
    assert_eq!(made, expected.map(|(target, key)| (target.to_owned(), key.to_owned())));
}

pub async fn attempts_are_rows_and_success_is_once(new: StoreUnderTest) {
    let world = listening(new).await;
    let fresh = make(&world, 1).await.remove(0);
    let first = due(&world).await.remove(0);
    assert_eq!((first.it.id, first.it.body.as_str()), (fresh.id, fresh.intent.body.as_str()));
    let delay = 300;
    let again = tried(1, Outcome::Failed(Verdict::AgainIn(delay)));
    assert!(world.store.tried(&first, &again).await.unwrap());
    assert!(!world.store.tried(&first, &tried(1, Outcome::Sent)).await.unwrap(), "the claim has ended");
    assert!(due(&world).await.is_empty());
    assert_eq!(world.store.target_health(world.tenant, "desk").await.unwrap().streak, 1);
    world.pass(Duration::from_millis(delay)).await;
    let short = Duration::from_millis(200);
    let lost = world.store.claim_notifications(10, short, &[]).await.unwrap().remove(0);
    assert_eq!((lost.it.made, lost.it.attempts, lost.it.previous_delay, lost.tries), (1, 1, delay, 0));
    world.pass(short).await;
    let second = due(&world).await.remove(0);
    assert_eq!((second.it.id, second.tries), (fresh.id, 1), "a dead node's claim ends");
    assert!(world.store.tried(&second, &tried(2, Outcome::Sent)).await.unwrap());
    assert!(!world.store.tried(&lost, &tried(2, Outcome::Sent)).await.unwrap(), "one success");
    let sent = world.store.notification(world.tenant, fresh.id).await.unwrap().unwrap();
    assert_eq!((sent.state, sent.attempts, sent.due_at), (NotificationState::Sent, 2, None));
    let attempts = world.store.attempts(world.tenant, fresh.id).await.unwrap();
    assert_eq!(attempts.iter().map(|a| (a.number, a.fault)).collect::<Vec<_>>(), [(1, Some(Fault::Failed)), (2, None)]);
    assert!(attempts[0].next_due.is_some());
    assert_eq!(world.store.target_health(world.tenant, "desk").await.unwrap(), TargetHealth::default());
    let other = world.beside(0, 1).await;
    assert_eq!(world.store.notification(other.tenant, fresh.id).await.unwrap(), None);
    assert!(world.store.attempts(other.tenant, fresh.id).await.unwrap().is_empty());
}

pub async fn dead_letters_are_driven_again_at_a_rate(new: StoreUnderTest) {
    let world = listening(new).await;
    let fresh = make(&world, 5).await;
    let mut tell = Some(events(&world).await);
    for claimed in due(&world).await {
        let cause = if claimed.it.id == fresh[4].id { "100% gone" } else { "refused with status 410" };
        let mut dead = tried(1, Outcome::Failed(Verdict::DeadLetter(cause.into())));
        if tell.take().is_some() {
            let payload = serde_json::json!({"cause": cause});
            let at = Timestamp::from_ms(1);
            dead.tell =
                Some(Event { id: ids().event(), kind: EventKind::DeliveryDead, at, conversation: None, payload });
        }
        assert!(world.store.tried(&claimed, &dead).await.unwrap());
    }
    assert_eq!(events(&world).await[0].it.kind, EventKind::DeliveryDead);
    let list = async |filter: NotificationFilter, after| {
        world.store.notifications(world.tenant, &filter, Page { after, limit: 3 }).await.unwrap()
    };
    let dead = NotificationFilter { state: Some(NotificationState::Dead), ..Default::default() };
    let page = list(dead.clone(), None).await;
    assert_eq!(page.len(), 3);
    assert_eq!(list(dead, Some(page[2].id)).await.len(), 2);
    let gone = NotificationFilter { cause: Some("100%".into()), ..Default::default() };
    assert_eq!(list(gone, None).await.len(), 1);
    let refused =
        NotificationFilter { cause: Some("refused".into()), target: Some("desk".into()), ..Default::default() };
    assert_eq!(list(refused.clone(), None).await.len(), 3);
    let other = world.beside(0, 1).await;
    assert_eq!(world.store.redrive(other.tenant, &refused, 2, 10).await.unwrap(), 0);

    // At two a second: one now, one half a second later.
    assert_eq!(world.store.redrive(world.tenant, &refused, 2, 2).await.unwrap(), 2);
    let now = due(&world).await;
    assert_eq!(now.len(), 1);
    assert!(fresh.iter().any(|f| f.id == now[0].it.id), "it keeps its id");
    assert_eq!((now[0].it.made, now[0].it.attempts, now[0].it.cause.as_deref()), (0, 1, None));
    world.pass(Duration::from_millis(500)).await;
    assert_eq!(due(&world).await.len(), 1);
}

pub async fn targets_that_are_busy_or_rest_are_passed_over(new: StoreUnderTest) {
    let world = listening(new).await;
    world.open().await;
    let claimed = events(&world).await.remove(0);
    let fresh = vec![intent("desk", "1"), intent("desk", "2"), intent("shelf", "1")];
    assert!(world.store.handled(&claimed, &done(fresh)).await.unwrap());
    let busy = [(world.tenant, "desk".to_owned())];
    let free = world.store.claim_notifications(10, LEASE, &busy).await.unwrap();
    assert_eq!(free.iter().map(|n| n.it.target.as_str()).collect::<Vec<_>>(), ["shelf"]);
    let rest = Duration::from_millis(400);
    let mut bad = tried(1, Outcome::Failed(Verdict::AgainIn(0)));
    let first = world.store.claim_notifications(1, LEASE, &[]).await.unwrap().remove(0);
    let now = world.store.now().await.unwrap();
    bad.health = TargetHealth { streak: 5, failing_since: Some(now), rests_until: Some(now.plus(rest)) };
    assert!(world.store.tried(&first, &bad).await.unwrap());
    assert!(due(&world).await.is_empty(), "its target rests");
    world.pass(rest).await;
    let both = due(&world).await;
    assert_eq!(both.len(), 2);
    world.store.release_notification(&both[0], Duration::ZERO).await.unwrap();
    let back = due(&world).await.remove(0);
    assert_eq!((back.it.id, back.tries), (both[0].it.id, 0), "given back untried");
    world.store.reset_target(world.tenant, "desk").await.unwrap();
    assert_eq!(world.store.target_health(world.tenant, "desk").await.unwrap(), TargetHealth::default());
}

pub async fn ordered_notifications_follow_each_other(new: StoreUnderTest) {
    let world = listening(new).await;
    let c = world.open().await;
    for words in ["one", "two"] {
        world.act(c.id, &world.as_visitor(), send(words)).await;
    }
    let mut ids = Vec::new();
    for event in events(&world).await {
        let fresh = Fresh { ordered: true, ..intent("desk", &event.it.id.to_string()) };
        ids.push(fresh.id);
        assert!(world.store.handled(&event, &done(vec![fresh])).await.unwrap());
    }
    for id in ids {
        let now = due(&world).await;
        assert_eq!(now.iter().map(|n| n.it.id).collect::<Vec<_>>(), [id]);
        assert!(due(&world).await.is_empty(), "the next waits for it");
        assert!(world.store.tried(&now[0], &tried(1, Outcome::Sent)).await.unwrap());
    }
}

pub async fn a_plugins_values_change_with_its_answers(new: StoreUnderTest) {
    let world = listening(new).await;
    world.open().await;
    world.open().await;
    let claimed = events(&world).await;
    let (tenant, now) = (world.tenant, Timestamp::from_ms(1));
    let mut space = world.store.space(tenant, "announce").await.unwrap();
    assert!(space.set("seen".into(), "1".into(), None, now));
    let kept = Handled::Done { fresh: Vec::new(), space: Some(("announce".into(), space.clone())) };
    assert!(world.store.handled(&claimed[0], &kept).await.unwrap());
    let stale = Handled::Done { fresh: vec![intent("desk", "x")], space: Some(("announce".into(), space)) };
    assert!(!world.store.handled(&claimed[1], &stale).await.unwrap(), "somebody changed them meanwhile");
    assert!(due(&world).await.is_empty());
    let mut newer = world.store.space(tenant, "announce").await.unwrap();
    assert_eq!(newer.get("seen", now), Some("1"));
    assert!(newer.set("seen".into(), "2".into(), None, now));
    let kept = Handled::Done { fresh: Vec::new(), space: Some(("announce".into(), newer)) };
    assert!(world.store.handled(&claimed[1], &kept).await.unwrap());
    let other = world.beside(0, 1).await;
    assert!(world.store.space(other.tenant, "announce").await.unwrap().values.is_empty());
}

pub async fn what_is_done_is_forgotten_in_time(new: StoreUnderTest) {
    let world = listening(new).await;
    let fresh = make(&world, 2).await;
    let claimed = due(&world).await;
    let sent = claimed.iter().find(|n| n.it.id == fresh[0].id).unwrap();
    assert!(world.store.tried(sent, &tried(1, Outcome::Sent)).await.unwrap());
    assert_eq!(world.store.forget_notifications(Duration::from_hours(1), 100).await.unwrap(), 0);
    world.pass(Duration::from_millis(300)).await;
    assert_eq!(world.store.forget_notifications(Duration::from_millis(200), 100).await.unwrap(), 2, "it and its event");
    assert_eq!(world.store.notification(world.tenant, fresh[0].id).await.unwrap(), None);
    assert!(world.store.notification(world.tenant, fresh[1].id).await.unwrap().is_some(), "still due");
}
