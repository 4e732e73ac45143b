//! Subscribe first, read second: resuming while others commit.

use crate::kit::{Node, assert_whole, by_visitor, hello, json, seqs};
use model::{ConversationId, Participant, Reader};
use serde_json::Value;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use weft_session::testing::{TENANT, agent, agent_caller, conversation, visitor_caller};

fn item(welcome: &Value, of: ConversationId) -> &Value {
    welcome["conversations"].as_array().unwrap().iter().find(|c| c["id"] == of.to_string()).unwrap()
}

/// Entries of the busy conversation; the last one is no note.
const LAST: u64 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_has_no_hole_and_no_double_while_others_commit() {
    let (node, id) = (Arc::new(Node::new()), conversation(1));
    node.log.open(id, 1);
    node.log.yields.store(2, Ordering::Relaxed);
    let commits = {
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            for n in 0..LAST - 1 {
                let committed =
                    if n % 3 == 0 { node.log.note(id, "note") } else { node.log.send(id, by_visitor(1), "text") };
                tokio::task::yield_now().await;
                node.hub.committed(&committed);
            }
        })
    };
    let mut readers = Vec::new();
    for round in 0..25_u64 {
        let after = node.log.visible(id, Reader::Visitor).into_iter().rev().nth(3).unwrap_or(0);
        let node = Arc::clone(&node);
        readers.push(tokio::spawn(async move {
            let resume = if round % 5 == 0 { vec![] } else { vec![(id, after)] };
            let after = if round % 5 == 0 { 0 } else { after };
            let (session, _) = node.resume(visitor_caller(1), &resume).await;
            let mut got = Vec::new();
            while !got.last().is_some_and(|e: &Value| e["seq"] == LAST) {
                let frames = tokio::time::timeout(Duration::from_secs(20), session.next(&*node.log)).await.unwrap();
                got.extend(frames.iter().map(json));
            }
            assert_whole(&node.log, &got, id, Reader::Visitor, after);
            node.sessions.close(&session).await;
        }));
        tokio::task::yield_now().await;
    }
    commits.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(node.hub.is_empty());
}

#[tokio::test]
async fn a_resume_point_that_holds_brings_only_what_is_missing() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.note(id, "a note");
    node.log.send(id, by_visitor(1), "three");
    let (session, welcome) = node.resume(visitor_caller(1), &[(id, 1)]).await;
    assert_eq!(welcome["type"], "welcome");
    assert_eq!(item(&welcome, id)["recovered"], true);
    assert_eq!(item(&welcome, id)["last_seq"], 3);
    assert_eq!(seqs(&node.drain(&session).await, id), [3]);
}

#[tokio::test]
async fn after_a_restore_the_client_is_told_and_gets_everything() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.send(id, by_visitor(1), "two");
    node.log.epoch.store(2, Ordering::Relaxed);
    let (session, welcome) = node.sessions.open(visitor_caller(1), &hello(&[(id, 2)], Some(1))).await.unwrap();
    let welcome = serde_json::to_value(welcome).unwrap();
    assert_eq!(welcome["epoch"], 2);
    assert_eq!(
        (&item(&welcome, id)["recovered"], &item(&welcome, id)["reason"]),
        (&false.into(), &"epoch_changed".into())
    );
    assert_eq!(seqs(&node.drain(&session).await, id), [1, 2]);
}

#[tokio::test]
async fn a_resume_point_beyond_the_log_is_not_recovered() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    let (session, welcome) = node.resume(visitor_caller(1), &[(id, 9)]).await;
    assert_eq!((&item(&welcome, id)["recovered"], &item(&welcome, id)["reason"]), (&false.into(), &"not_found".into()));
    assert_eq!(seqs(&node.drain(&session).await, id), [1]);
}

#[tokio::test]
async fn what_is_not_the_callers_does_not_exist() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.assign(id, 1);
    for stranger in [
        visitor_caller(2),
        agent_caller(2),
        model::Caller { tenant: model::TenantId::from_parts(9, 9), ..visitor_caller(1) },
    ] {
        let (session, welcome) = node.resume(stranger, &[(id, 1)]).await;
        assert_eq!(
            (&item(&welcome, id)["recovered"], &item(&welcome, id)["reason"]),
            (&false.into(), &"not_found".into())
        );
        node.hub.committed(&node.log.send(id, by_visitor(1), "private"));
        assert!(node.drain(&session).await.is_empty());
    }
}

#[tokio::test]
async fn an_agent_who_was_away_gets_the_end_of_a_conversation() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.assign(id, 1);
    node.log.mark(id, Participant::Agent(agent(1).id), 2);
    node.log.close(id);
    let (session, welcome) = node.resume(agent_caller(1), &[(id, 2)]).await;
    assert_eq!((&item(&welcome, id)["recovered"], &item(&welcome, id)["state"]), (&true.into(), &"closed".into()));
    assert_eq!(seqs(&node.drain(&session).await, id), [3]);
    assert!(!session.follows(id), "it is read to its end, and no further");
}

#[tokio::test]
async fn a_session_that_cannot_be_opened_leaves_nothing_behind() {
    let node = Node::new();
    node.log.failing.store(1, Ordering::Relaxed);
    let refusal = node.sessions.open(visitor_caller(1), &hello(&[], None)).await.unwrap_err();
    assert_eq!(refusal.code, model::Code::Unavailable);
    assert!(node.hub.is_empty());
    assert!(node.hub.sessions_of(TENANT, visitor_caller(1).participant).is_empty());
}

#[tokio::test]
async fn sessions_of_one_participant_are_bounded() {
    let node = Node::new();
    let mut open = Vec::new();
    let refusal = loop {
        match node.sessions.open(visitor_caller(1), &hello(&[], None)).await {
            Ok(session) => open.push(session),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!((refusal.code, open.len()), (model::Code::RateLimited, 32));
    node.sessions.close(&open[0].0).await;
    assert!(node.sessions.open(visitor_caller(1), &hello(&[], None)).await.is_ok());
}
