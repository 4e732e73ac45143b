use super::fixture::{StoreUnderTest, World, ids, refused, send, text};
use model::{
    Audience, Body, Code, Participant, Reader, Role,
    conversation::{Command, Mark},
    tenant::Settings,
};
use std::sync::Arc;

pub async fn entries_are_gapless_and_in_order(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    let (visitor, agent) = (world.as_visitor(), world.as_agent(0));
    let group = (0..20)
        .map(|n| {
            let who = if n % 2 == 0 { &visitor } else { &agent };
            world.write(c.id, who, ids().command(), send(&format!("number {n}")))
        })
        .collect();
    let written: Vec<_> = world.store.commit(group).await.into_iter().map(Result::unwrap).collect();
    let first = c.head.last_seq + 1;
    for (w, seq) in written.iter().zip(first..) {
        assert_eq!(w.entries.len(), 1);
        assert_eq!(w.entries[0].seq, seq);
        assert_eq!(w.conversation.head.last_seq, seq, "writes of a group see each other");
        assert_eq!(w.entries[0].at, written[0].entries[0].at, "one moment for the group");
    }
    let log = world.log(c.id).await;
    assert_eq!(log[2..], written.iter().flat_map(|w| w.entries.clone()).collect::<Vec<_>>());
    let page = world.store.entries(world.tenant, c.id, Reader::Agent, 5, 3).await.unwrap();
    assert_eq!(page.iter().map(|e| e.seq).collect::<Vec<_>>(), [6, 7, 8]);
    world.assert_gapless(c.id).await;
}

pub async fn concurrent_sends_are_gapless(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 1, 10).await);
    let (a, b) = (world.open_with(0).await.id, world.open_with(0).await.id);
    let tasks = (0..50).map(|n| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            // Groups that touch both conversations, in either order.
            let pair = if n % 2 == 0 { [a, b, a, b] } else { [b, a, b, a] };
            let group = pair.map(|c| world.write(c, &world.as_visitor(), ids().command(), send("hello")));
            world.store.commit(group.to_vec()).await.into_iter().for_each(|r| drop(r.unwrap()));
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(world.assert_gapless(a).await, 102);
    assert_eq!(world.assert_gapless(b).await, 102);
    world.assert_whole().await;
}

pub async fn a_refused_write_leaves_nothing(new: StoreUnderTest) {
    let world = World::new(new, 2, 3).await;
    let c = world.open_with(0).await;
    let stranger = world.as_agent(1);
    let group = vec![
        world.write(c.id, &world.as_visitor(), ids().command(), send("one")),
        world.write(c.id, &stranger, ids().command(), send("not a member")),
        world.write(ids().conversation(), &world.as_visitor(), ids().command(), send("nowhere")),
        world.write(c.id, &world.as_visitor(), ids().command(), send("two")),
    ];
    let mut results = world.store.commit(group).await;
    let last = results.remove(3).unwrap();
    assert_eq!(refused(results.remove(2)), Code::NotFound);
    assert_eq!(refused(results.remove(1)), Code::Forbidden);
    assert_eq!(last.entries[0].seq, c.head.last_seq + 2);
    assert_eq!(world.assert_gapless(c.id).await, 4);
    assert!(world.store.commit(Vec::new()).await.is_empty());
}

pub async fn both_readers_have_an_unbroken_chain(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    for n in 0..12 {
        let audience = if n % 3 == 0 { Audience::All } else { Audience::Agents };
        let body = text(&format!("{n}"));
        world.act(c.id, &world.as_agent(0), Command::Send { body, audience }).await;
    }
    for reader in [Reader::Visitor, Reader::Agent] {
        let mut have = 0;
        for entry in world.store.entries(world.tenant, c.id, reader, 0, 100).await.unwrap() {
            assert!(reader.sees(entry.audience));
            assert_eq!(entry.prev(reader), have, "{reader:?} at {}", entry.seq);
            have = entry.seq;
        }
        assert!(have > 0);
    }
    let head = world.store.conversation(world.tenant, c.id).await.unwrap().unwrap().head;
    let last = world.store.entries(world.tenant, c.id, Reader::Visitor, 0, 100).await.unwrap().pop().unwrap();
    assert_eq!(head.last_public, last.seq);
}

pub async fn recalled_words_are_not_served(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    let visitor = world.as_visitor();
    let id = ids().command();
    let sent = world.commit(world.write(c.id, &visitor, id, send("secret one"))).await.unwrap();
    let seq = sent.entries[0].seq;
    world.act(c.id, &visitor, Command::Edit { seq, body: text("secret two") }).await;
    world.act(c.id, &visitor, Command::Recall { seq }).await;
    let log = world.log(c.id).await;
    assert!(!format!("{log:?}").contains("secret"), "{log:?}");
    assert_eq!(log[seq as usize - 1].body, Body::Erased);
    assert_eq!(log.last().unwrap().body, Body::Recalled { seq });
    world.assert_gapless(c.id).await;
    // The same again within one group, and the first command again after all.
    let second = world.write(c.id, &visitor, ids().command(), send("secret three"));
    let recall = world.write(c.id, &visitor, ids().command(), Command::Recall { seq: c.head.last_seq + 4 });
    let late =
        world.write(c.id, &visitor, ids().command(), Command::Edit { seq: c.head.last_seq + 4, body: text("x") });
    let mut results = world.store.commit(vec![second, recall, late]).await;
    assert_eq!(refused(results.remove(2)), Code::WrongState, "what is recalled cannot be edited");
    assert!(!format!("{:?}", world.log(c.id).await).contains("secret"));
    let again = world.commit(world.write(c.id, &visitor, id, send("secret one"))).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.entries[0].seq, seq);
}

pub async fn edits_are_entries(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    let visitor = world.as_visitor();
    let seq = world.act(c.id, &visitor, send("helo")).await.entries[0].seq;
    let edited = world.act(c.id, &visitor, Command::Edit { seq, body: text("hello") }).await;
    assert_eq!(edited.entries[0].body, Body::Edited { seq, body: Box::new(text("hello")) });
    assert_eq!(world.log(c.id).await[seq as usize - 1].body, text("helo"), "the log is append-only");
    let other = world.write(c.id, &world.as_agent(0), ids().command(), Command::Edit { seq, body: text("x") });
    assert_eq!(refused(world.commit(other).await), Code::Forbidden);
    let none = world.write(c.id, &visitor, ids().command(), Command::Recall { seq: u64::MAX });
    assert_eq!(refused(world.commit(none).await), Code::NotFound);
}

pub async fn marks_stay_in_order(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    let visitor = world.as_visitor();
    for _ in 0..5 {
        world.act(c.id, &visitor, send("x")).await;
    }
    let agent = world.as_agent(0);
    let mark = |delivered, read| world.write(c.id, &agent, ids().command(), Command::Mark { delivered, read });
    let version = world.store.conversation(world.tenant, c.id).await.unwrap().unwrap().head.version;
    let group = vec![mark(Some(3), None), mark(None, Some(5)), mark(Some(1), Some(2))];
    assert!(world.store.commit(group).await.iter().all(Result::is_ok));
    let marks = world.store.marks(world.tenant, c.id).await.unwrap();
    assert_eq!(marks[&Participant::Agent(world.agents[0].id)], Mark { delivered: 5, read: 5 });
    assert_eq!(marks.len(), 1);
    assert_eq!(refused(world.commit(mark(Some(99), None)).await), Code::BadFrame);
    let head = world.store.conversation(world.tenant, c.id).await.unwrap().unwrap().head;
    assert_eq!(head.version, version, "a mark is no change of the summary");
    world.commit(mark(Some(7), None)).await.unwrap();
    assert_eq!(world.store.marks(world.tenant, c.id).await.unwrap().len(), 1);
}

pub async fn unread_counts_what_others_sent(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let (c, empty) = (world.open_with(0).await, world.open().await);
    let (visitor, agent) = (world.as_visitor(), world.as_agent(0));
    world.act(c.id, &visitor, send("1")).await;
    world.act(c.id, &agent, send("2")).await;
    world.act(c.id, &agent, Command::Send { body: text("note"), audience: Audience::Agents }).await;
    let last = world.act(c.id, &visitor, send("3")).await.conversation.head.last_seq;
    let unread = async |who: &model::Caller| {
        world.store.unread(world.tenant, who.participant, &[empty.id, c.id, ids().conversation()]).await.unwrap()
    };
    assert_eq!(unread(&visitor).await, [0, 1, 0], "not own ones, not notes, not system entries");
    assert_eq!(unread(&agent).await, [0, 2, 0]);
    world.act(c.id, &agent, Command::Mark { delivered: None, read: Some(last - 1) }).await;
    assert_eq!(unread(&agent).await, [0, 1, 0]);
    assert!(world.store.unread(world.tenant, agent.participant, &[]).await.unwrap().is_empty());
}

pub async fn a_visitor_opens_up_to_the_limit(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 0, 0).await);
    let settings = Settings { open_per_visitor: 3, ..Settings::default() };
    assert!(world.store.set_settings(world.tenant, &settings, 1).await.unwrap());
    let open = |world: &World| {
        world.write(ids().conversation(), &world.as_visitor(), ids().command(), world.opening(&world.visitor))
    };
    // Two in one group, the others from everywhere at once.
    let mut results = world.store.commit(vec![open(&world), open(&world)]).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.commit(open(&world)).await })
        })
        .collect();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 3);
    let mine = world.store.open_of(world.tenant, Participant::Visitor(world.visitor.id), 10).await.unwrap();
    assert_eq!(mine.len(), 3);
    world.act(mine[0].id, &world.as_visitor(), Command::Close { reason: None }).await;
    world.commit(open(&world)).await.unwrap();
    assert_eq!(refused(world.commit(open(&world)).await), Code::Conflict);
}

pub async fn words_of_any_script_come_back_the_same(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let c = world.open_with(0).await;
    for words in ["你好，我想退款 🙏🏽", "𠜎𠜱 rare", "a\u{0}b", "'; DROP TABLE entries; --", "\u{202e}rtl", "¿?%_\\"]
    {
        let written = world.act(c.id, &world.as_visitor(), send(words)).await;
        assert_eq!(world.log(c.id).await.last().unwrap(), &written.entries[0]);
        assert_eq!(written.entries[0].body, text(words));
    }
    let stored = world.store.conversation(world.tenant, c.id).await.unwrap().unwrap();
    assert_eq!(stored.visitor.name, world.visitor.name);
    assert_eq!(world.as_visitor().role, Role::Visitor);
}
