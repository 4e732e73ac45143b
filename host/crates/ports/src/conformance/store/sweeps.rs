use super::fixture::{StoreUnderTest, World, ids, refused, send};
use crate::store::{ConversationFilter, IndexLag, Indexed, Located, Page, ToIndex, Write};
use model::{Code, Participant, Timestamp, conversation::Command, conversation::State};
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
    // Longer than a slow server takes for all the claims.
    let lease = Duration::from_secs(4);
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut mine = Vec::new();
                let node = world.node().await;
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
    claimed.extend(world.store.claim_due(world.node().await, 100, lease).await.unwrap());
    let distinct: BTreeSet<_> = claimed.iter().map(|l| l.conversation).collect();
    assert_eq!(claimed.len(), distinct.len(), "each to one node");
    assert_eq!(distinct, offered);
    // Whoever claimed them may be dead: they are found again after the lease, until they are done.
    world.pass(lease).await;
    assert_eq!(world.store.claim_due(world.node().await, 100, lease).await.unwrap().len(), 10);
    world.pass(lease).await;
    for id in offered {
        world.commit(world.host(id, Command::Tick)).await.unwrap();
    }
    let again = world.store.claim_due(world.node().await, 100, lease).await.unwrap();
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

/// A node that was stopped for a while and goes on must not decide any more: another may have taken over (C5).
pub async fn a_node_without_its_lease_decides_nothing(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let (late, lease) = (ids().node(), Duration::from_millis(300));
    let (c, due) = (world.open().await, world.open().await);
    world.commit(world.route(&due, world.assign(&[0], Duration::from_millis(100)))).await.unwrap();
    let assign = world.route(&c, world.assign(&[0], Duration::ZERO));
    let by = |node| Write { node: Some(node), ..assign.clone() };
    assert_eq!(refused(world.commit(by(late)).await), Code::Unavailable, "it is no member yet");
    world.store.renew_node(late, "late", lease).await.unwrap();
    world.pass(lease).await;
    assert_eq!(refused(world.commit(by(late)).await), Code::Unavailable);
    assert!(world.store.claim_due(late, 10, lease).await.unwrap().is_empty());
    // In one group with others, only its own are refused.
    let tick = Write { node: Some(late), ..world.host(due.id, Command::Tick) };
    let send = world.write(c.id, &world.as_visitor(), ids().command(), send("still here"));
    let mut group = world.store.commit(vec![tick, send]).await;
    assert!(group.remove(1).is_ok());
    assert_eq!(refused(group.remove(0)), Code::Unavailable);

    let other = world.node().await;
    let claimed = world.store.claim_due(other, 10, lease).await.unwrap();
    assert_eq!(claimed.iter().map(|l| l.conversation).collect::<Vec<_>>(), [due.id]);
    world.commit(by(other)).await.unwrap();
    world.store.renew_node(late, "late", lease).await.unwrap();
    assert_eq!(refused(world.commit(by(late)).await), Code::WrongState, "a member again, and too late");
    world.store.retire_node(other).await.unwrap();
    let tick = Write { node: Some(other), ..world.host(due.id, Command::Tick) };
    assert_eq!(refused(world.commit(tick).await), Code::Unavailable);
    world.assert_whole().await;
}

pub async fn a_lane_is_one_nodes_at_a_time(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 0, 0).await);
    let lease = Duration::from_millis(300);
    let claim = async |node, team| world.store.claim_lane(node, world.tenant, team, lease).await.unwrap();
    let (one, two, team, other) = (ids().node(), ids().node(), world.team.id, ids().team());
    assert!(claim(one, team).await && claim(one, team).await, "its own is renewed");
    assert!(!claim(two, team).await && claim(two, other).await, "teams do not wait for each other");
    world.store.leave_lane(two, world.tenant, team).await.unwrap();
    assert!(!claim(two, team).await, "nobody gives back what another holds");
    world.store.leave_lane(one, world.tenant, team).await.unwrap();
    assert!(claim(two, team).await);
    world.pass(lease).await;
    assert!(claim(one, team).await, "its node may be dead");
    world.pass(lease).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.store.claim_lane(ids().node(), world.tenant, team, lease).await.unwrap() })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    assert_eq!(winners, 1);
}
