//! A session without a socket whose requests go to any node.

use crate::{
    kit::{Node, assert_whole, by_visitor, hello, json, of_type},
    rest::open,
};
use model::{Author, Caller, Code, ConversationId, Reader, SessionId, conversation::Event, conversation::Mark};
use serde_json::Value;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use weft_session::{
    RestSessions,
    testing::{agent, agent_caller, conversation, visitor_caller},
};

const WAIT: Duration = Duration::from_secs(20);

/// A client that goes from node to node.
struct Client {
    me: Caller,
    id: SessionId,
    after: String,
    got: Vec<Value>,
}

impl Client {
    async fn open(rest: &RestSessions, me: Caller, resume: &[(ConversationId, u64)]) -> Self {
        let opened = rest.open(me.clone(), &hello(resume, None)).await.unwrap();
        Self { me, id: opened.welcome.session, after: opened.cursor, got: Vec::new() }
    }

    /// One poll; how many frames came.
    async fn poll(&mut self, rest: &RestSessions) -> usize {
        let page = rest.events(&self.me, self.id, &self.after, WAIT).await.unwrap();
        self.after = page.next();
        self.got.extend(page.frames.iter().map(json));
        page.frames.len()
    }

    async fn until_idle(&mut self, rest: &RestSessions) {
        for _ in 0..100 {
            if self.poll(rest).await == 0 {
                return;
            }
        }
        panic!("there is always something new");
    }
}

struct Pair {
    nodes: [Node; 2],
    rest: [Arc<RestSessions>; 2],
}

impl Pair {
    fn new() -> Self {
        let one = Node::new();
        let nodes = [one.another(), one];
        let rest = |n: &Node| RestSessions::new(Arc::clone(&n.sessions), Arc::clone(&n.clock) as _);
        Self { rest: [rest(&nodes[0]), rest(&nodes[1])], nodes }
    }
    fn hear(&self, committed: &ports::hints::Committed) {
        for node in &self.nodes {
            node.hub.committed(committed);
        }
    }
    fn say(&self, id: ConversationId, author: Author) {
        self.hear(&self.nodes[0].log.send(id, author, "said"));
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_node_answers_nothing_is_lost_or_comes_twice() {
    for seed in 1..=60_u64 {
        let (pair, ids) = (Pair::new(), [conversation(1), conversation(2)]);
        let log = &pair.nodes[0].log;
        pair.hear(&log.open(ids[0], 1));
        let mut visitor = Client::open(&pair.rest[0], visitor_caller(1), &[]).await;
        let mut served = Client::open(&pair.rest[1], agent_caller(1), &[]).await;
        pair.hear(&log.assign(ids[0], 1));
        pair.hear(&log.open(ids[1], 1));
        let mut chance = seed;
        for _ in 0..120 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (what, node) = ((chance >> 33) % 6, (chance >> 40) as usize % 2);
            match what {
                0 => _ = visitor.poll(&pair.rest[node]).await,
                1 => _ = served.poll(&pair.rest[node]).await,
                2 => {
                    let back = visitor.after.clone();
                    let page = pair.rest[node].events(&visitor.me, visitor.id, &back, WAIT).await.unwrap();
                    assert_eq!(visitor.after, back, "the answer with {} frames was lost", page.frames.len());
                }
                3 => drop(pair.nodes[0].log.send(ids[0], by_visitor(1), "told to nobody")),
                4 => pair.say(ids[1], by_visitor(1)),
                _ => pair.say(ids[0], Author::Agent { id: agent(1).id, name: agent(1).name }),
            }
        }
        for _ in 0..2 {
            for rest in &pair.rest {
                visitor.until_idle(rest).await;
                served.until_idle(rest).await;
            }
        }
        for id in ids {
            assert_whole(log, &visitor.got, id, Reader::Visitor, 0);
        }
        assert_whole(log, &served.got, ids[0], Reader::Agent, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_when_its_node_is_gone() {
    let (pair, id) = (Pair::new(), conversation(1));
    pair.hear(&pair.nodes[0].log.open(id, 1));
    let mut visitor = Client::open(&pair.rest[0], visitor_caller(1), &[]).await;
    visitor.until_idle(&pair.rest[0]).await;
    let [_gone, rest] = &pair.rest;
    pair.say(id, by_visitor(1));
    pair.nodes[0].clock.advance(Duration::from_mins(2));
    visitor.until_idle(rest).await;
    assert_whole(&pair.nodes[0].log, &visitor.got, id, Reader::Visitor, 0);
    rest.check(&visitor.me, visitor.id).await.unwrap();
    assert!(pair.nodes[1].hub.session(visitor.id).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_resumed_session_does_not_begin_again_on_another_node() {
    let (pair, id) = (Pair::new(), conversation(1));
    pair.hear(&pair.nodes[0].log.open(id, 1));
    (0..5).for_each(|_| pair.say(id, by_visitor(1)));
    let mut visitor = Client::open(&pair.rest[0], visitor_caller(1), &[(id, 4)]).await;
    visitor.until_idle(&pair.rest[1]).await;
    assert_whole(&pair.nodes[0].log, &visitor.got, id, Reader::Visitor, 4);
    assert!(of_type(&visitor.got, "conversation").is_empty(), "the welcome had the summary");
}

#[tokio::test(start_paused = true)]
async fn state_that_changed_on_the_way_is_sent_once() {
    let (pair, id) = (Pair::new(), conversation(1));
    let log = &pair.nodes[0].log;
    pair.hear(&log.open(id, 1));
    let mut visitor = Client::open(&pair.rest[0], visitor_caller(1), &[]).await;
    visitor.until_idle(&pair.rest[0]).await;
    log.assign(id, 1);
    visitor.until_idle(&pair.rest[1]).await;
    let summaries = |client: &Client| of_type(&client.got, "conversation").len();
    assert_eq!(summaries(&visitor), 1);
    assert_eq!(of_type(&visitor.got, "conversation")[0]["conversation"]["state"], "assigned");
    let participant = agent_caller(1).participant;
    log.commit_event(id, &Event::Marked { participant, mark: Mark { delivered: 2, read: 2 } });
    visitor.until_idle(&pair.rest[0]).await;
    assert_eq!(summaries(&visitor), 2, "a mark that nobody heard of");
    for rest in &pair.rest {
        visitor.until_idle(rest).await;
    }
    assert_eq!(summaries(&visitor), 2);
}

#[tokio::test(start_paused = true)]
async fn who_has_left_gets_no_more() {
    let (pair, id) = (Pair::new(), conversation(1));
    let log = &pair.nodes[0].log;
    pair.hear(&log.open(id, 1));
    pair.hear(&log.assign(id, 1));
    let mut first = Client::open(&pair.rest[0], agent_caller(1), &[]).await;
    first.until_idle(&pair.rest[1]).await;
    pair.hear(&log.assign(id, 2));
    first.until_idle(&pair.rest[0]).await;
    let had = first.got.len();
    pair.say(id, by_visitor(1));
    for rest in &pair.rest {
        first.until_idle(rest).await;
    }
    assert_eq!(first.got.len(), had, "{:#?}", &first.got[had..]);
}

#[tokio::test(start_paused = true)]
async fn a_restored_store_is_no_place_to_go_on_from() {
    let pair = Pair::new();
    pair.hear(&pair.nodes[0].log.open(conversation(1), 1));
    let mut visitor = Client::open(&pair.rest[0], visitor_caller(1), &[]).await;
    visitor.until_idle(&pair.rest[0]).await;
    pair.nodes[0].log.epoch.fetch_add(1, Ordering::Relaxed);
    let refusal = pair.rest[1].events(&visitor.me, visitor.id, &visitor.after, WAIT).await.unwrap_err();
    assert_eq!(refusal.code, Code::Expired);
}

#[tokio::test(start_paused = true)]
async fn another_node_knows_whose_session_it_is() {
    let node = Node::new();
    let (_, session, begin) = open(&node).await;
    let other = node.another();
    let rest = RestSessions::new(Arc::clone(&other.sessions), Arc::clone(&other.clock) as _);
    let me = visitor_caller(1);
    rest.check(&me, session).await.unwrap();
    assert_eq!(rest.check(&me, SessionId::from_parts(5, 5)).await.unwrap_err().code, Code::NotFound);
    for after in ["0", &begin] {
        assert_eq!(rest.events(&visitor_caller(2), session, after, WAIT).await.unwrap_err().code, Code::NotFound);
        let foreign = rest.events(&me, SessionId::from_parts(5, 5), after, WAIT).await;
        assert_eq!(foreign.unwrap_err().code, Code::NotFound);
    }
    assert!(other.hub.is_empty(), "nothing was opened for strangers");
    let here = rest.session(&me, session).await.unwrap();
    assert_eq!((here.id, here.participant()), (session, me.participant));
}
