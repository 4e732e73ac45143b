use super::fixture::{StoreUnderTest, World, ids, send};
use crate::store::{ConversationFilter, Located, Page};
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

pub async fn what_is_not_indexed_is_found(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    let here = Located { tenant: world.tenant, conversation: c.id };
    assert_eq!(world.store.unindexed(10).await.unwrap(), [(here, 0)]);
    let set = async |seq| world.store.set_indexed(&[(here, seq)]).await.unwrap();
    set(1).await;
    assert_eq!(world.store.unindexed(10).await.unwrap(), [(here, 1)]);
    set(c.head.last_seq).await;
    assert!(world.store.unindexed(10).await.unwrap().is_empty());
    world.act(c.id, &world.as_visitor(), send("more")).await;
    assert_eq!(world.store.unindexed(10).await.unwrap(), [(here, c.head.last_seq)]);
    set(1).await;
    assert_eq!(world.store.unindexed(10).await.unwrap(), [(here, c.head.last_seq)], "never backwards");
}
