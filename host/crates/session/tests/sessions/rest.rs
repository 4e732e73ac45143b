//! Sessions without a socket.

use crate::kit::{Node, by_visitor, hello};
use model::{Code, SessionId};
use std::{sync::Arc, time::Duration};
use weft_session::{
    Numbered, RestSessions,
    testing::{TENANT, agent_caller, conversation, visitor_caller},
};

const WAIT: Duration = Duration::from_secs(20);

async fn open(node: &Node) -> (Arc<RestSessions>, SessionId) {
    let rest = RestSessions::new(Arc::clone(&node.sessions), Arc::clone(&node.clock) as _);
    let id = rest.open(visitor_caller(1), &hello(&[], None)).await.unwrap().session;
    (rest, id)
}

fn texts(events: &[Numbered]) -> Vec<(u64, String)> {
    let json = |e: &Numbered| serde_json::from_slice::<serde_json::Value>(&e.frame).unwrap();
    events.iter().map(|e| (e.cursor, json(e)["body"]["text"].as_str().unwrap_or_default().to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn events_have_cursors_and_can_be_asked_for_again() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (rest, session) = open(&node).await;
    let me = visitor_caller(1);
    let first = rest.events(&me, session, 0, WAIT).await.unwrap();
    let last = first.last().unwrap().cursor;
    node.hub.committed(&node.log.send(id, by_visitor(1), "a"));
    node.hub.committed(&node.log.send(id, by_visitor(1), "b"));
    let expected = [(last + 1, "a".to_owned()), (last + 2, "b".to_owned())];
    assert_eq!(texts(&rest.events(&me, session, last, WAIT).await.unwrap()), expected);
    assert_eq!(texts(&rest.events(&me, session, last, WAIT).await.unwrap()), expected, "the answer was lost: again");
    assert_eq!(texts(&rest.events(&me, session, last + 1, WAIT).await.unwrap()), expected[1..]);
    assert!(rest.events(&me, session, last + 2, WAIT).await.unwrap().is_empty(), "nothing more: the wait passes");
    assert_eq!(rest.events(&me, session, last + 9, WAIT).await.unwrap_err().code, Code::BadFrame);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_ago_is_expired() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (rest, session) = open(&node).await;
    let (me, mut after) = (visitor_caller(1), 0);
    for _ in 0..40 {
        for _ in 0..50 {
            node.hub.committed(&node.log.send(id, by_visitor(1), "much"));
        }
        after = rest.events(&me, session, after, WAIT).await.unwrap().last().unwrap().cursor;
    }
    assert_eq!(rest.events(&me, session, 1, WAIT).await.unwrap_err().code, Code::Expired);
    assert!(rest.events(&me, session, after - 100, WAIT).await.is_ok());
}

#[tokio::test]
async fn a_newer_poll_takes_over() {
    let node = Node::new();
    let (rest, session) = open(&node).await;
    let older = tokio::spawn({
        let rest = Arc::clone(&rest);
        async move { rest.events(&visitor_caller(1), session, 0, WAIT).await }
    });
    tokio::task::yield_now().await;
    let newer = tokio::spawn({
        let rest = Arc::clone(&rest);
        async move { rest.events(&visitor_caller(1), session, 0, WAIT).await }
    });
    assert_eq!(older.await.unwrap().unwrap_err().code, Code::Conflict);
    node.hub.committed(&node.log.open(conversation(1), 1));
    assert!(!newer.await.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn a_session_is_its_callers_alone() {
    let node = Node::new();
    let (rest, session) = open(&node).await;
    for stranger in [
        visitor_caller(2),
        agent_caller(1),
        model::Caller { tenant: model::TenantId::from_parts(8, 8), ..visitor_caller(1) },
    ] {
        assert_eq!(rest.session(&stranger, session).unwrap_err().code, Code::NotFound);
        assert_eq!(rest.events(&stranger, session, 0, WAIT).await.unwrap_err().code, Code::NotFound);
        assert_eq!(rest.close(&stranger, session).await.unwrap_err().code, Code::NotFound);
    }
    rest.close(&visitor_caller(1), session).await.unwrap();
    assert_eq!(rest.session(&visitor_caller(1), session).unwrap_err().code, Code::NotFound);
    assert!(node.hub.is_empty());
}

#[tokio::test]
async fn a_session_that_nobody_polls_ends_and_one_too_many_replaces_the_oldest() {
    let node = Node::new();
    let (rest, first) = open(&node).await;
    for _ in 0..8 {
        node.clock.advance(Duration::from_secs(1));
        rest.open(visitor_caller(1), &hello(&[], None)).await.unwrap();
    }
    assert!(rest.session(&visitor_caller(1), first).is_err());
    assert_eq!(node.hub.sessions_of(TENANT, visitor_caller(1).participant).len(), 8);
    node.clock.advance(Duration::from_secs(62));
    rest.expire().await;
    assert!(node.hub.is_empty());
}
