use super::fixture::{StoreUnderTest, World, ids, send};
use crate::store::{ConversationFilter, IndexLag, Indexed, Located, Page, ToIndex};
use model::{Participant, Timestamp, conversation::Command, conversation::State};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub async fn changes_are_found(new: StoreUnderTest) {
    let world = World::new(new, 1, 5).await;
    let first = world.open_with(0).await;
    world.pass(Duration::from_millis(20)).await;
    let since = world.store.now().await.unwrap();
    world.pass(Duration::from_millis(20)).await;
    let second = world.open().await;
    let changed = world.store.changed_since(since, 10).await.unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!((changed[0].conversation, changed[0].last_seq), (second.id, second.head.last_seq));
    assert_eq!(changed[0].version, second.head.version);
    assert_eq!(world.store.changed_since(Timestamp::ZERO, 1).await.unwrap()[0].conversation, first.id);
    world.pass(Duration::from_millis(2)).await;
    let sent = world.act(first.id, &world.as_visitor(), send("x")).await.conversation.head;
    let changed = world.store.changed_since(since, 10).await.unwrap();
    assert_eq!(changed.iter().map(|c| c.conversation).collect::<Vec<_>>(), [second.id, first.id]);
    assert_eq!(changed[1].last_seq, sent.last_seq);

    // The same order the other way round, page by page, and by each filter.
    let list = async |filter: ConversationFilter, after| {
        let page = Page { after, limit: 1 };
        world.store.conversations(world.tenant, &filter, page).await.unwrap()
    };
    let newest = list(ConversationFilter::default(), None).await;
    assert_eq!(newest[0].id, first.id);
    let cursor = Some((newest[0].head.changed_at, newest[0].id));
    assert_eq!(list(ConversationFilter::default(), cursor).await[0].id, second.id);
    let agent = Some(world.agents[0].id);
    assert_eq!(list(ConversationFilter { agent, ..Default::default() }, None).await[0].id, first.id);
    let state = Some(State::Waiting);
    assert_eq!(list(ConversationFilter { state, ..Default::default() }, None).await[0].id, second.id);
    let to = Some(since);
    assert!(list(ConversationFilter { to, ..Default::default() }, None).await.is_empty());
    let mine = world.store.open_of(world.tenant, Participant::Agent(world.agents[0].id), 10).await.unwrap();
    assert_eq!(mine.iter().map(|c| c.id).collect::<Vec<_>>(), [first.id]);
    world.act(first.id, &world.as_agent(0), Command::Close { reason: None }).await;
    assert!(world.store.open_of(world.tenant, Participant::Agent(world.agents[0].id), 10).await.unwrap().is_empty());
    let closed = ConversationFilter { agent, state: Some(State::Closed), ..Default::default() };
    assert_eq!(list(closed, None).await[0].id, first.id, "found by who had it last");
}

pub async fn due_conversations_are_claimed_once(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 2, 100).await);
    let lifetime = Duration::from_millis(100);
    let mut offered = BTreeSet::new();
    for _ in 0..10 {
        let c = world.open().await;
        world.commit(world.route(&c, world.assign(&[0], lifetime))).await.unwrap();
        offered.insert(c.id);
    }
    world.pass(lifetime).await;
    let lease = Duration::from_millis(400);
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut mine = Vec::new();
                let node = ids().node();
                for _ in 0..3 {
                    mine.extend(world.store.claim_due(node, 3, lease).await.unwrap());
                }
                mine
            })
        })
        .collect();
    let mut claimed: Vec<Located> = Vec::new();
    for task in tasks {
        claimed.extend(task.await.unwrap());
    }
    // Skipped rows of a race are found by the next sweep.
    claimed.extend(world.store.claim_due(ids().node(), 100, lease).await.unwrap());
    let distinct: BTreeSet<_> = claimed.iter().map(|l| l.conversation).collect();
    assert_eq!(claimed.len(), distinct.len(), "each to one node");
    assert_eq!(distinct, offered);
    // Whoever claimed them may be dead: they are found again after the lease, until they are done.
    world.pass(lease).await;
    assert_eq!(world.store.claim_due(ids().node(), 100, lease).await.unwrap().len(), 10);
    world.pass(lease).await;
    for id in offered {
        world.commit(world.host(id, Command::Tick)).await.unwrap();
    }
    let again = world.store.claim_due(ids().node(), 100, lease).await.unwrap();
    assert!(again.is_empty(), "they wait for a decision, later: {again:?}");
    world.assert_whole().await;
}

/// Claimed and given back at once.
async fn unindexed(world: &World) -> Vec<(Located, u64)> {
    let any = ToIndex::WaitingFor(Duration::ZERO);
    world.store.claim_unindexed(ids().node(), any, 100, Duration::ZERO).await.unwrap()
}

pub async fn what_is_not_indexed_is_found(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    let at = Located { tenant: world.tenant, conversation: c.id };
    assert_eq!(unindexed(&world).await, [(at, 0)]);
    let set = async |from, to| world.store.set_indexed(&[Indexed { at, from, to }]).await.unwrap();
    set(0, 1).await;
    assert_eq!(unindexed(&world).await, [(at, 1)]);
    assert_eq!(world.store.index_lag().await.unwrap().pending, 1);
    set(1, c.head.last_seq).await;
    assert!(unindexed(&world).await.is_empty());
    assert_eq!(world.store.index_lag().await.unwrap(), IndexLag::default());
    world.act(c.id, &world.as_visitor(), send("more")).await;
    assert_eq!(unindexed(&world).await, [(at, c.head.last_seq)]);
    set(0, 1).await;
    assert_eq!(unindexed(&world).await, [(at, c.head.last_seq)], "never backwards");
    world.pass(Duration::from_millis(300)).await;
    assert!(world.store.index_lag().await.unwrap().oldest >= Duration::from_millis(300));
}

pub async fn nodes_share_the_indexing(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 1, 3).await);
    for _ in 0..12 {
        world.open().await;
    }
    let lease = Duration::from_millis(400);
    let claim = |world: Arc<World>| async move {
        let any = ToIndex::WaitingFor(Duration::ZERO);
        world.store.claim_unindexed(ids().node(), any, 4, lease).await.unwrap()
    };
    let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(claim(Arc::clone(&world)))).collect();
    let mut claimed = Vec::new();
    for task in tasks {
        claimed.extend(task.await.unwrap());
    }
    // Who was too late for some got fewer; what is left is there for the asking.
    claimed.extend(claim(Arc::clone(&world)).await);
    claimed.extend(claim(Arc::clone(&world)).await);
    claimed.extend(claim(Arc::clone(&world)).await);
    let distinct: BTreeSet<_> = claimed.iter().map(|(at, _)| *at).collect();
    assert_eq!((claimed.len(), distinct.len()), (12, 12), "each with one node");
    let (mine, others) = (claimed[0].0, claimed[1].0);
    let these = async |at| world.store.claim_unindexed(ids().node(), ToIndex::These(&[at]), 4, lease).await.unwrap();
    assert!(these(mine).await.is_empty(), "held");
    // Given back undone, it is free at once; the others when their lease has ended.
    world.store.set_indexed(&[Indexed { at: mine, from: 0, to: 0 }]).await.unwrap();
    assert_eq!(these(mine).await, [(mine, 0)]);
    assert!(these(others).await.is_empty());
    world.pass(lease).await;
    assert_eq!(these(others).await, [(others, 0)]);
    let late = ToIndex::WaitingFor(Duration::from_hours(1));
    assert!(world.store.claim_unindexed(ids().node(), late, 4, lease).await.unwrap().is_empty(), "waits not so long");
}

pub async fn a_new_index_gets_the_whole_log(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    world.store.index_into("first").await.unwrap();
    let c = world.open_with(0).await;
    let (at, to) = (Located { tenant: world.tenant, conversation: c.id }, c.head.last_seq);
    world.store.set_indexed(&[Indexed { at, from: 0, to }]).await.unwrap();
    assert!(!world.store.index_into("first").await.unwrap());
    assert!(unindexed(&world).await.is_empty());
    assert!(world.store.index_into("second").await.unwrap());
    assert_eq!(unindexed(&world).await, [(at, 0)]);
    // Done by a node that had begun before: it does not count.
    world.store.set_indexed(&[Indexed { at, from: 1, to }]).await.unwrap();
    assert_eq!(unindexed(&world).await, [(at, 0)]);
    assert!(!world.store.index_into("second").await.unwrap());
}
