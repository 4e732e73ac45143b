use super::fixture::{StoreUnderTest, World, ids, refused, send};
use crate::store::CommitError;
use model::{
    Code, Conversation,
    conversation::{Command, State},
    people::Status,
};
use std::{sync::Arc, time::Duration};

const AT_ONCE: Duration = Duration::ZERO;

async fn waiting(world: &World, n: usize) -> Vec<Conversation> {
    let open =
        |_| world.write(ids().conversation(), &world.as_visitor(), ids().command(), world.opening(&world.visitor));
    let written = world.store.commit((0..n).map(open).collect()).await;
    written.into_iter().map(|w| w.unwrap().conversation).collect()
}

pub async fn routes_never_exceed_capacity(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 1, 3).await);
    let tasks: Vec<_> = waiting(&world, 50)
        .await
        .into_iter()
        .enumerate()
        .map(|(n, c)| {
            let world = Arc::clone(&world);
            let lifetime = if n % 2 == 0 { AT_ONCE } else { Duration::from_secs(30) };
            tokio::spawn(async move { world.commit(world.route(&c, world.assign(&[0], lifetime))).await })
        })
        .collect();
    let mut given = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => given += 1,
            Err(CommitError::Refused(refusal)) => assert_eq!(refusal.code, Code::Conflict),
            Err(CommitError::Store(e)) => panic!("{e:?}"),
        }
    }
    assert_eq!(given, 3);
    assert_eq!(world.open_places(0).await, 3);
    world.assert_whole().await;
    // In one group as well.
    let world = world.beside(1, 3).await;
    let routes = waiting(&world, 10).await.iter().map(|c| world.route(c, world.assign(&[0], AT_ONCE))).collect();
    assert_eq!(world.store.commit(routes).await.iter().filter(|r| r.is_ok()).count(), 3);
    world.assert_whole().await;
}

pub async fn takes_never_make_two_owners(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 8, 2).await);
    let c = world.open().await.id;
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                world.commit(world.write(c, &world.as_agent(n), ids().command(), Command::Take)).await
            })
        })
        .collect();
    let mut owners = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => owners += 1,
            Err(CommitError::Refused(refusal)) => assert_eq!(refusal.code, Code::Conflict),
            Err(CommitError::Store(e)) => panic!("{e:?}"),
        }
    }
    assert_eq!(owners, 1);
    let mut held = 0;
    for n in 0..8 {
        held += world.open_places(n).await;
    }
    assert_eq!(held, 1);
    world.assert_whole().await;
}

pub async fn only_agents_who_are_free_get_more(new: StoreUnderTest) {
    let world = World::new(new, 3, 1).await;
    let agents = &world.agents;
    assert!(world.store.set_status(world.tenant, agents[0].id, Status::Away).await.unwrap());
    let mut disabled = world.store.agent(world.tenant, agents[1].id).await.unwrap().unwrap();
    disabled.disabled = true;
    assert!(world.store.update_agent(world.tenant, &disabled).await.unwrap());
    let c = world.open().await;
    let routed = world.commit(world.route(&c, world.assign(&[0, 1, 2], AT_ONCE))).await.unwrap();
    assert_eq!(routed.conversation.owner(), Some(agents[2].id), "the first one who is free gets it");
    let c = world.open().await;
    assert_eq!(refused(world.commit(world.route(&c, world.assign(&[0, 1, 2], AT_ONCE))).await), Code::Conflict);
    assert!(!world.store.set_status(world.tenant, ids().agent(), Status::Online).await.unwrap());
    world.assert_whole().await;
}

pub async fn an_offer_holds_a_place_until_it_ends(new: StoreUnderTest) {
    let world = World::new(new, 2, 1).await;
    let lifetime = Duration::from_millis(300);
    let c = world.open().await;
    let routed = world.commit(world.route(&c, world.assign(&[0], lifetime))).await.unwrap();
    let offer = routed.conversation.offer().unwrap().clone();
    assert_eq!(routed.conversation.state(), State::Offered);
    assert_eq!(world.open_places(0).await, 1);
    assert_eq!(world.store.offer(world.tenant, offer.id).await.unwrap(), Some(c.id));
    assert_eq!(world.store.offered_to(world.tenant, world.agents[0].id, 10).await.unwrap().len(), 1);
    // Only the agent it was made to, only with its token.
    let accept =
        |n, token| world.write(c.id, &world.as_agent(n), ids().command(), Command::Accept { offer: offer.id, token });
    assert_eq!(refused(world.commit(accept(1, offer.token)).await), Code::NotFound);
    assert_eq!(refused(world.commit(accept(0, offer.token - 1)).await), Code::Expired);
    // Before its time nothing happens; after it, it is missed.
    assert!(world.commit(world.host(c.id, Command::Tick)).await.unwrap().events.is_empty());
    world.pass(lifetime).await;
    assert_eq!(refused(world.commit(accept(0, offer.token)).await), Code::Expired);
    let missed = world.commit(world.host(c.id, Command::Tick)).await.unwrap();
    assert_eq!(missed.conversation.state(), State::Waiting);
    assert_eq!(world.open_places(0).await, 0);
    assert_eq!(world.store.offer(world.tenant, offer.id).await.unwrap(), Some(c.id), "ended, but known");
    // Declined gives the place back; accepted keeps it.
    let routed =
        world.commit(world.route(&missed.conversation, world.assign(&[1], Duration::from_mins(1)))).await.unwrap();
    let offer = routed.conversation.offer().unwrap().clone();
    let declined = world
        .act(c.id, &world.as_agent(1), Command::Decline { offer: offer.id, token: offer.token, reason: None })
        .await;
    assert_eq!(world.open_places(1).await, 0);
    let routed =
        world.commit(world.route(&declined.conversation, world.assign(&[0], Duration::from_mins(1)))).await.unwrap();
    let offer = routed.conversation.offer().unwrap().clone();
    world.act(c.id, &world.as_agent(0), Command::Accept { offer: offer.id, token: offer.token }).await;
    assert_eq!(world.open_places(0).await, 1);
    world.act(c.id, &world.as_visitor(), Command::Close { reason: None }).await;
    assert_eq!(world.open_places(0).await, 0);
    world.assert_whole().await;
    world.assert_gapless(c.id).await;
}

pub async fn a_lowered_capacity_keeps_what_is_held(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(world.open_with(0).await);
    }
    let mut agent = world.store.agent(world.tenant, world.agents[0].id).await.unwrap().unwrap();
    agent.capacity = 1;
    assert!(world.store.update_agent(world.tenant, &agent).await.unwrap());
    world.assert_whole().await;
    let c = world.open().await;
    for conversation in &held {
        let again = world.commit(world.route(&c, world.assign(&[0], AT_ONCE))).await;
        assert_eq!(refused(again), Code::Conflict);
        world.act(conversation.id, &world.as_agent(0), Command::Close { reason: None }).await;
    }
    world.commit(world.route(&c, world.assign(&[0], AT_ONCE))).await.unwrap();
    assert_eq!(world.open_places(0).await, 1);
    world.assert_whole().await;
}

/// Everything at once on few conversations and few places; whatever the order was, nothing is counted wrong.
pub async fn a_storm_leaves_the_ledger_whole(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 4, 2).await);
    let conversations = Arc::new(waiting(&world, 6).await);
    let tasks: Vec<_> = (0..12_usize)
        .map(|task| {
            let (world, conversations) = (Arc::clone(&world), Arc::clone(&conversations));
            tokio::spawn(async move {
                for round in 0..6_usize {
                    let c = &conversations[(task * 7 + round * 3) % conversations.len()];
                    let now = world.store.conversation(world.tenant, c.id).await.unwrap().unwrap();
                    let n = (task + round) % 4;
                    let agent = world.as_agent(n);
                    let person = |caller, command| world.write(c.id, caller, ids().command(), command);
                    let group = vec![
                        world.route(&now, world.assign(&[n, (n + 1) % 4], Duration::from_mins(1))),
                        person(&agent, Command::Take),
                        person(&agent, send("hello")),
                        match (task + round) % 4 {
                            0 => person(&agent, Command::Leave),
                            1 => person(&agent, Command::Close { reason: None }),
                            2 => person(&world.as_visitor(), Command::Reopen { team: world.team.clone() }),
                            _ => match now.offer() {
                                Some(o) => person(&agent, Command::Accept { offer: o.id, token: o.token }),
                                None => person(&world.as_visitor(), send("anybody?")),
                            },
                        },
                    ];
                    for result in world.store.commit(group).await {
                        assert!(!matches!(result, Err(CommitError::Store(_))), "{result:?}");
                    }
                    if round % 2 == 0 {
                        let status = if task % 3 == 0 { Status::Away } else { Status::Online };
                        world.store.set_status(world.tenant, world.agents[n].id, status).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    world.assert_whole().await;
    for c in conversations.iter() {
        world.assert_gapless(c.id).await;
    }
}
