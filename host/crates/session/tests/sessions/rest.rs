//! Sessions without a socket, on one node.

use crate::kit::{Node, by_visitor, hello, json};
use model::{Code, SessionId};
use std::{sync::Arc, time::Duration};
use weft_session::{
    Events, RestSessions,
    testing::{TENANT, agent_caller, conversation, visitor_caller},
};

const WAIT: Duration = Duration::from_secs(20);

pub async fn open(node: &Node) -> (Arc<RestSessions>, SessionId, String) {
    let rest = RestSessions::new(Arc::clone(&node.sessions), Arc::clone(&node.clock) as _);
    let opened = rest.open(visitor_caller(1), &hello(&[], None)).await.unwrap();
    (rest, opened.welcome.session, opened.cursor)
}

/// The texts among the events, each with its cursor.
fn texts(events: Events) -> Vec<(String, String)> {
    let text = |frame: &_| json(frame)["body"]["text"].as_str().unwrap_or_default().to_owned();
    events.each().map(|(cursor, frame)| (cursor, text(&frame))).collect()
}

#[tokio::test(start_paused = true)]
async fn events_have_cursors_and_can_be_asked_for_again() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (rest, session, begin) = open(&node).await;
    let me = visitor_caller(1);
    let first = rest.events(&me, session, &begin, WAIT).await.unwrap();
    let again = rest.events(&me, session, "0", WAIT).await.unwrap();
    assert_eq!(first.frames, again.frames, "no cursor is the beginning");
    let last = first.next();
    node.hub.committed(&node.log.send(id, by_visitor(1), "a"));
    node.hub.committed(&node.log.send(id, by_visitor(1), "b"));
    let both = texts(rest.events(&me, session, &last, WAIT).await.unwrap());
    assert_eq!([&both[0].1, &both[1].1], ["a", "b"]);
    assert_eq!(texts(rest.events(&me, session, &last, WAIT).await.unwrap()), both, "the answer was lost: again");
    assert_eq!(texts(rest.events(&me, session, &both[0].0, WAIT).await.unwrap()), both[1..]);
    assert!(rest.events(&me, session, &both[1].0, WAIT).await.unwrap().frames.is_empty(), "the wait passes");
    for garbage in ["9", "not a cursor", &both[0].0[..40], &"A".repeat(9000)] {
        let refusal = rest.events(&me, session, garbage, WAIT).await.unwrap_err();
        assert_eq!((refusal.code, refusal.field.as_deref()), (Code::BadFrame, Some("after")), "{garbage}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_ago_is_read_from_the_store() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (rest, session, begin) = open(&node).await;
    let (me, mut after) = (visitor_caller(1), begin.clone());
    for _ in 0..40 {
        for _ in 0..50 {
            node.hub.committed(&node.log.send(id, by_visitor(1), "much"));
        }
        after = rest.events(&me, session, &after, WAIT).await.unwrap().next();
    }
    let (mut seqs, mut after) = (Vec::new(), begin);
    while seqs.len() < 2001 {
        let page = rest.events(&me, session, &after, WAIT).await.unwrap();
        seqs.extend(page.frames.iter().filter_map(|frame| json(frame)["seq"].as_u64()));
        after = page.next();
    }
    assert_eq!(seqs, (1..=2001).collect::<Vec<_>>());
    assert_eq!(node.hub.len(), 1);
}

#[tokio::test]
async fn a_newer_poll_takes_over() {
    let node = Node::new();
    let (rest, session, begin) = open(&node).await;
    let poll = || {
        let (rest, begin) = (Arc::clone(&rest), begin.clone());
        tokio::spawn(async move { rest.events(&visitor_caller(1), session, &begin, WAIT).await })
    };
    let older = poll();
    tokio::task::yield_now().await;
    let newer = poll();
    assert_eq!(older.await.unwrap().unwrap_err().code, Code::Conflict);
    node.hub.committed(&node.log.open(conversation(1), 1));
    assert!(!newer.await.unwrap().unwrap().frames.is_empty());
}

#[tokio::test]
async fn a_session_is_its_callers_alone() {
    let node = Node::new();
    let (rest, session, begin) = open(&node).await;
    for stranger in [
        visitor_caller(2),
        agent_caller(1),
        model::Caller { tenant: model::TenantId::from_parts(8, 8), ..visitor_caller(1) },
    ] {
        assert_eq!(rest.check(&stranger, session).await.unwrap_err().code, Code::NotFound);
        assert_eq!(rest.session(&stranger, session).await.unwrap_err().code, Code::NotFound);
        for after in ["0", &begin] {
            assert_eq!(rest.events(&stranger, session, after, WAIT).await.unwrap_err().code, Code::NotFound);
        }
        assert_eq!(rest.close(&stranger, session).await.unwrap_err().code, Code::NotFound);
    }
    rest.close(&visitor_caller(1), session).await.unwrap();
    assert_eq!(rest.check(&visitor_caller(1), session).await.unwrap_err().code, Code::NotFound);
    assert!(node.hub.is_empty());
}

#[tokio::test]
async fn a_sockets_session_is_none_to_poll() {
    let node = Node::new();
    let (rest, _, _) = open(&node).await;
    let (socket, _) = node.open(visitor_caller(1)).await;
    assert_eq!(rest.events(&visitor_caller(1), socket.id, "0", WAIT).await.unwrap_err().code, Code::NotFound);
    assert!(!socket.has_ended());
}

#[tokio::test]
async fn a_session_that_nobody_polls_ends_and_one_too_many_replaces_the_oldest() {
    let node = Node::new();
    let (rest, first, _) = open(&node).await;
    for _ in 0..8 {
        node.clock.advance(Duration::from_secs(1));
        rest.open(visitor_caller(1), &hello(&[], None)).await.unwrap();
    }
    assert!(rest.check(&visitor_caller(1), first).await.is_err());
    assert_eq!(node.hub.sessions_of(TENANT, visitor_caller(1).participant).len(), 8);
    node.clock.advance(Duration::from_secs(62));
    rest.expire().await;
    assert!(node.hub.is_empty());
}
