use super::fixture::{StoreUnderTest, World, ids, refused, send};
use crate::store::Page;
use model::{
    Code,
    conversation::{Command, Grant},
    people::Status,
    plugin::{Activation, ActivationState},
};
use std::time::Duration;

pub async fn decisions_of_an_older_plugin_set_are_refused(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open().await;
    let set = Activation {
        epoch: 0,
        bindings: Vec::new(),
        state: ActivationState::Staged,
        reason: None,
        by: None,
        staged_at: world.store.now().await.unwrap(),
        activated_at: None,
    };
    let epoch = world.store.stage(world.tenant, &set).await.unwrap();
    let late = world.route(&c, world.assign(&[0], Duration::ZERO));
    let early = world.route_under(&c, epoch, world.assign(&[0], Duration::ZERO));
    assert_eq!(refused(world.commit(early).await), Code::Conflict);
    assert!(world.store.activate(world.tenant, epoch, 0).await.unwrap());
    assert_eq!(refused(world.commit(late).await), Code::Conflict);
    assert_eq!(world.store.route_facts(world.tenant, world.team.id, &[c.id]).await.unwrap().epoch, epoch);
    world.commit(world.route_under(&c, epoch, world.assign(&[0], Duration::ZERO))).await.unwrap();
}

pub async fn decisions_are_kept(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open().await;
    let wait = world.route(&c, Grant::Wait { rank: 5, again_in: Some(Duration::from_secs(9)) });
    let waits = world.commit(wait.clone()).await.unwrap().conversation;
    assert_eq!(refused(world.commit(wait.clone()).await), Code::WrongState, "decided on an older state");
    let assign = world.route(&waits, world.assign(&[0], Duration::ZERO));
    world.commit(assign.clone()).await.unwrap();
    let page = async |after, limit| {
        let page = Page { after, limit };
        let found = world.store.decisions(world.tenant, c.id, page).await.unwrap();
        found.into_iter().map(|record| record.id).collect::<Vec<_>>()
    };
    let kept = page(None, 10).await;
    assert_eq!(kept.len(), 2);
    assert!(kept[0] > kept[1], "newest first");
    assert_eq!(page(None, 1).await, kept[..1]);
    assert_eq!(page(Some(kept[0]), 10).await, kept[1..]);
    let (first, second) = (wait.decision.unwrap(), assign.decision.unwrap());
    let (of, record) = world.store.decision(world.tenant, second.id).await.unwrap().unwrap();
    assert_eq!(of, c.id);
    assert_eq!(record.assigned, Some(world.agents[0].id));
    assert_eq!(record.request, second.request, "bit for bit, to be computed again");
    assert_eq!(world.store.decision(world.tenant, first.id).await.unwrap().unwrap().1, first);
    assert!(world.store.decision(world.tenant, ids().decision()).await.unwrap().is_none());
    let mut both = [first.id, second.id];
    both.sort();
    // An id begins with the time it was made at.
    let made = |id: model::DecisionId| model::Timestamp::from_ms(id.timestamp_ms().cast_signed());
    let (began, ended) = (made(both[0]), made(both[1]).plus(Duration::from_millis(1)));
    let between = async |from, until, after, limit| {
        let page = Page { after, limit };
        let found = world.store.decisions_between(world.tenant, from, until, page).await.unwrap();
        found.into_iter().map(|record| record.id).collect::<Vec<_>>()
    };
    assert_eq!(between(began, ended, None, 10).await, both, "oldest first");
    assert_eq!(between(began, ended, None, 1).await, both[..1]);
    assert_eq!(between(began, ended, Some(both[0]), 10).await, both[1..]);
    assert!(between(ended, ended.plus(Duration::from_hours(1)), None, 10).await.is_empty());
    assert!(between(model::Timestamp::ZERO, began, None, 10).await.is_empty());
    let recent = async |after| {
        let found = world.store.recent_decisions(world.tenant, Page { after, limit: 1 }).await.unwrap();
        found.into_iter().map(|(of, record)| (of, record.id)).collect::<Vec<_>>()
    };
    assert_eq!(recent(None).await, [(c.id, both[1])], "newest first");
    assert_eq!(recent(Some(both[1])).await, [(c.id, both[0])]);
    assert!(recent(Some(both[0])).await.is_empty());
}

pub async fn the_backlog_is_in_order(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(world.open().await);
        world.pass(Duration::from_millis(2)).await;
    }
    let backlog = async || -> Vec<_> {
        let all = world.store.backlog(world.tenant, world.team.id, 10).await.unwrap();
        all.into_iter().map(|c| c.id).collect()
    };
    assert_eq!(backlog().await, [waiting[0].id, waiting[1].id, waiting[2].id]);
    world.commit(world.route(&waiting[2], Grant::Wait { rank: 7, again_in: None })).await.unwrap();
    assert_eq!(backlog().await, [waiting[2].id, waiting[0].id, waiting[1].id], "a higher rank goes first");
    for (id, ahead) in [(waiting[2].id, 0), (waiting[0].id, 1), (waiting[1].id, 2)] {
        let place = world.store.place(world.tenant, id).await.unwrap().unwrap();
        assert_eq!((place.position, place.ahead), (ahead + 1, ahead));
    }
    let ids: Vec<_> = [1, 2, 0].map(|n| waiting[n].id).into();
    let facts = world.store.route_facts(world.tenant, world.team.id, &ids).await.unwrap();
    let found: Vec<_> = facts.waiting.iter().map(|w| (w.conversation.id, w.ahead)).collect();
    assert_eq!(found, [(waiting[1].id, 2), (waiting[2].id, 0), (waiting[0].id, 1)], "in the order asked for");
    world.commit(world.route(&waiting[0], world.assign(&[0], Duration::ZERO))).await.unwrap();
    assert_eq!(backlog().await, [waiting[2].id, waiting[1].id]);
    assert!(world.store.place(world.tenant, waiting[0].id).await.unwrap().is_none());
    assert_eq!(world.store.backlog(world.tenant, world.team.id, 1).await.unwrap().len(), 1);
}

pub async fn facts_are_what_was_done(new: StoreUnderTest) {
    let world = World::new(new, 3, 4).await;
    let offline = world.agents[2].id;
    world.store.set_status(world.tenant, offline, Status::Offline).await.unwrap();
    let served = world.open_with(0).await;
    let at = world.store.now().await.unwrap();
    world.pass(Duration::from_millis(40)).await;
    world.act(served.id, &world.as_agent(0), send("hello")).await;
    world.act(served.id, &world.as_agent(0), send("again")).await;
    world.act(served.id, &world.as_agent(0), Command::Close { reason: None }).await;
    let c = world.open().await;
    let asked = [ids().conversation(), served.id, c.id];
    let facts = world.store.route_facts(world.tenant, world.team.id, &asked).await.unwrap();
    assert_eq!(facts.waiting.len(), 1, "only who waits");
    let waiting = &facts.waiting[0];
    assert_eq!(waiting.conversation, c);
    assert_eq!(waiting.channel, "Shop");
    assert_eq!((waiting.ahead, waiting.visits, waiting.visitor_vip, facts.epoch), (0, 1, 2, 0));
    assert_eq!(waiting.visitor_properties["plan"], "gold");
    assert_eq!(facts.seats.iter().map(|s| s.agent.id).collect::<Vec<_>>(), [world.agents[0].id, world.agents[1].id]);
    let (busy, idle) = (&facts.seats[0], &facts.seats[1]);
    assert_eq!((busy.open, busy.capacity, busy.recent), (0, 4, 1));
    let near = |t: Option<model::Timestamp>| t.is_some_and(|t| t.as_ms().abs_diff(at.as_ms()) < 5_000);
    let last_served = waiting.last_served.get(&busy.agent.id).copied();
    assert!(near(busy.last_assigned) && near(last_served) && near(busy.last_freed));
    let reply = busy.first_reply.unwrap();
    assert!(reply >= Duration::from_millis(40) && reply < Duration::from_secs(5), "{reply:?}");
    assert_eq!((idle.recent, idle.first_reply, idle.last_assigned), (0, None, None));
    assert_eq!((waiting.last_served.len(), idle.last_freed, idle.skills.len()), (1, None, 1));
    assert_eq!(facts.teams.len(), 1);
    assert_eq!(facts.teams[0].members.len(), 3);
    assert_eq!((facts.teams[0].online, facts.teams[0].free, facts.teams[0].waiting), (2, 8, 1));
    let elsewhere = world.store.route_facts(world.tenant, ids().team(), &[c.id]).await.unwrap();
    assert!(elsewhere.waiting.is_empty(), "it waits in another team");
    let holders = world.store.holders(10).await.unwrap();
    assert!(holders.is_empty(), "{holders:?}");
    world.commit(world.route(&c, world.assign(&[1], Duration::ZERO))).await.unwrap();
    assert_eq!(world.store.holders(10).await.unwrap(), [(world.tenant, world.agents[1].id)]);
}

pub async fn teams_with_a_free_place_are_found(new: StoreUnderTest) {
    let world = World::new(new, 1, 1).await;
    assert!(world.store.teams_to_route(10).await.unwrap().is_empty());
    let first = world.open().await;
    let here = [(world.tenant, world.team.id)];
    assert_eq!(world.store.teams_to_route(10).await.unwrap(), here);
    world.commit(world.route(&first, world.assign(&[0], Duration::ZERO))).await.unwrap();
    world.open().await;
    assert!(world.store.teams_to_route(10).await.unwrap().is_empty(), "nobody has a free place");
    world.act(first.id, &world.as_agent(0), Command::Close { reason: None }).await;
    assert_eq!(world.store.teams_to_route(10).await.unwrap(), here);
    world.store.set_status(world.tenant, world.agents[0].id, Status::Busy).await.unwrap();
    assert!(world.store.teams_to_route(10).await.unwrap().is_empty());
}
