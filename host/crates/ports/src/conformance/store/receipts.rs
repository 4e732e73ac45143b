use super::fixture::{StoreUnderTest, World, ids, refused, send};
use model::{Code, conversation::Command};
use std::{sync::Arc, time::Duration};

pub async fn the_same_command_is_one_entry(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 1, 3).await);
    let c = world.open_with(0).await.id;
    let id = ids().command();
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let again = || world.write(c, &world.as_visitor(), id, send("once"));
                world.store.commit(vec![again(), again()]).await
            })
        })
        .collect();
    let mut first = 0;
    for task in tasks {
        for written in task.await.unwrap() {
            let written = written.unwrap();
            first += usize::from(!written.repeated);
            assert_eq!(written.entries[0].id, Some(id));
            assert_eq!(written.entries[0], world.log(c).await[2], "each gets the same receipt");
        }
    }
    assert_eq!(first, 1);
    assert_eq!(world.assert_gapless(c).await, 3);
}

pub async fn a_command_id_belongs_to_one_command(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let (c, other) = (world.open_with(0).await.id, world.open_with(0).await.id);
    let (visitor, id) = (world.as_visitor(), ids().command());
    let sent = world.commit(world.write(c, &visitor, id, send("this"))).await.unwrap();
    assert!(!sent.repeated);
    assert_eq!(refused(world.commit(world.write(c, &visitor, id, send("that"))).await), Code::Conflict);
    assert_eq!(refused(world.commit(world.write(other, &visitor, id, send("this"))).await), Code::Conflict);
    let close = Command::Close { reason: None };
    assert_eq!(refused(world.commit(world.write(c, &visitor, id, close)).await), Code::Conflict);
    // Another author's id is another id.
    let theirs = world.commit(world.write(c, &world.as_agent(0), id, send("mine"))).await.unwrap();
    assert!(!theirs.repeated);
    assert_eq!(world.assert_gapless(c).await, 4);
}

pub async fn a_repeated_opening_gives_the_first_conversation(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 0, 0).await);
    let id = ids().command();
    // Each try proposes a conversation of its own, as a node does.
    let open =
        move |world: &World| world.write(ids().conversation(), &world.as_visitor(), id, world.opening(&world.visitor));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.store.commit(vec![open(&world), open(&world)]).await })
        })
        .collect();
    let mut opened = std::collections::BTreeSet::new();
    for task in tasks {
        opened.extend(task.await.unwrap().into_iter().map(|r| r.unwrap().conversation.id));
    }
    assert_eq!(opened.len(), 1);
}

pub async fn every_command_can_be_repeated(new: StoreUnderTest) {
    let world = World::new(new, 2, 3).await;
    let c = world.open().await;
    let offered = world.commit(world.route(&c, world.assign(&[0], Duration::from_secs(30)))).await.unwrap();
    let offer = offered.conversation.offer().unwrap().clone();
    let (visitor, agent) = (world.as_visitor(), world.as_agent(0));
    let commands = [
        (&agent, Command::Accept { offer: offer.id, token: offer.token }),
        (&agent, send("hello")),
        (&agent, Command::Invite { agent: world.agents[1].clone() }),
        (&visitor, Command::Close { reason: Some("done".into()) }),
        (&visitor, Command::Rate { score: 5, comment: None }),
        (&visitor, Command::Reopen { team: world.team.clone() }),
    ];
    for (who, command) in commands {
        let write = world.write(c.id, who, ids().command(), command);
        let name = write.request.command.name();
        let first = world.commit(write.clone()).await.unwrap();
        let again = world.commit(write).await.unwrap();
        assert!(!first.repeated && again.repeated, "{name}");
        assert_eq!(first.entries[0], again.entries[0], "{name}");
        assert!(again.events.is_empty());
    }
    world.assert_gapless(c.id).await;
    world.assert_whole().await;
}
