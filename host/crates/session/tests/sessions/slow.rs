//! A reader that is too slow for its mailbox.

use crate::kit::{Node, assert_whole, by_visitor, json, of_type, seqs};
use bytes::Bytes;
use model::{Reader, limits};
use std::{sync::atomic::Ordering, time::Duration};
use weft_session::testing::{agent_caller, conversation, visitor_caller};

#[tokio::test]
async fn a_slow_reader_reads_from_the_store_and_loses_nothing() {
    let (node, id) = (Node::new(), conversation(1));
    let (visitor, _) = node.open(visitor_caller(1)).await;
    node.hub.committed(&node.log.open(id, 1));
    node.drain(&visitor).await;
    let long = "x".repeat(4_000);
    for _ in 0..1_000 {
        node.hub.committed(&node.log.send(id, by_visitor(1), &long));
    }
    let before = node.log.reads.load(Ordering::Relaxed);
    let first = visitor.next(&*node.log).await;
    assert_eq!(node.log.reads.load(Ordering::Relaxed), before, "what fitted is there without a read");
    assert!(
        first.len() <= limits::MAILBOX_FRAMES && first.iter().map(Bytes::len).sum::<usize>() <= limits::MAILBOX_BYTES
    );
    let mut got: Vec<_> = first.iter().map(json).collect();
    got.extend(node.drain(&visitor).await);
    assert_eq!(seqs(&got, id).len(), 1_000);
    // Caught up: live again, without the store.
    let before = node.log.reads.load(Ordering::Relaxed);
    node.hub.committed(&node.log.send(id, by_visitor(1), "live"));
    got.extend(node.drain(&visitor).await);
    assert_eq!(node.log.reads.load(Ordering::Relaxed), before);
    assert_whole(&node.log, &got, id, Reader::Visitor, 1);
}

#[tokio::test]
async fn signals_are_dropped_and_entries_keep_their_half() {
    let (node, id) = (Node::new(), conversation(1));
    let (visitor, _) = node.open(visitor_caller(1)).await;
    node.hub.committed(&node.log.open(id, 1));
    node.drain(&visitor).await;
    let signal = Bytes::from_static(br#"{"type":"typing"}"#);
    let taken = (0..10_000).filter(|_| visitor.signal(&signal)).count();
    assert_eq!(taken, limits::MAILBOX_FRAMES / 2);
    let before = node.log.reads.load(Ordering::Relaxed);
    for _ in 0..limits::MAILBOX_FRAMES / 2 {
        node.hub.committed(&node.log.send(id, by_visitor(1), "kept"));
    }
    let got = node.drain(&visitor).await;
    assert_eq!(node.log.reads.load(Ordering::Relaxed), before, "the entries had room");
    assert_eq!(seqs(&got, id).len(), limits::MAILBOX_FRAMES / 2);
}

#[tokio::test]
async fn one_conversation_that_is_behind_does_not_hold_up_the_others() {
    let (node, behind, lively) = (Node::new(), conversation(1), conversation(2));
    let (visitor, _) = node.open(visitor_caller(1)).await;
    node.hub.committed(&node.log.open(behind, 1));
    node.hub.committed(&node.log.open(lively, 1));
    node.drain(&visitor).await;
    node.log.send(behind, by_visitor(1), "its hint is lost");
    node.hub.committed(&node.log.send(behind, by_visitor(1), "this one is not"));
    let mut got = Vec::new();
    for turn in 0..20 {
        // Live frames never stop, and still the other conversation gets its turn.
        node.hub.committed(&node.log.send(lively, by_visitor(1), "live"));
        got.extend(visitor.next(&*node.log).await.iter().map(json));
        assert!(turn < 4 || seqs(&got, behind).len() == 2, "starved");
    }
    assert_eq!(seqs(&got, behind), [2, 3]);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_signals_flow_and_entries_come_later() {
    let (node, id) = (Node::new(), conversation(1));
    let (visitor, _) = node.open(visitor_caller(1)).await;
    node.hub.committed(&node.log.open(id, 1));
    node.drain(&visitor).await;
    node.log.send(id, by_visitor(1), "its hint is lost");
    node.hub.committed(&node.log.send(id, by_visitor(1), "three"));
    node.log.failing.store(3, Ordering::Relaxed);
    assert!(node.drain(&visitor).await.is_empty());
    assert!(visitor.signal(&Bytes::from_static(br#"{"type":"typing"}"#)));
    assert_eq!(of_type(&node.drain(&visitor).await, "typing").len(), 1);
    let frames = tokio::time::timeout(Duration::from_secs(10), visitor.next(&*node.log)).await.unwrap();
    assert_eq!(seqs(&frames.iter().map(json).collect::<Vec<_>>(), id), [2, 3]);
}

#[tokio::test]
async fn summaries_that_do_not_fit_are_read_again() {
    let (node, id) = (Node::new(), conversation(1));
    let (visitor, _) = node.open(visitor_caller(1)).await;
    node.hub.committed(&node.log.open(id, 1));
    node.drain(&visitor).await;
    for _ in 0..limits::MAILBOX_FRAMES + 10 {
        node.hub.committed(&node.log.send(id, by_visitor(1), "fill"));
    }
    node.hub.committed(&node.log.assign(id, 1));
    let got = node.drain(&visitor).await;
    let last = of_type(&got, "conversation").into_iter().next_back().unwrap();
    assert_eq!(last["conversation"]["state"], "assigned");
    assert_whole(&node.log, &got, id, Reader::Visitor, 1);
}

#[tokio::test]
async fn offers_that_did_not_fit_are_read_again() {
    let node = Node::new();
    let (agent, _) = node.open(agent_caller(1)).await;
    for n in 0..limits::MAILBOX_FRAMES as u64 + 20 {
        let id = conversation(n + 10);
        node.log.open(id, n);
        node.hub.committed(&node.log.commit_event(id, &crate::membership::offer(n, 1)));
    }
    let got = node.drain(&agent).await;
    let mut offers: Vec<_> = of_type(&got, "offer").iter().map(|o| o["offer"].as_str().unwrap().to_owned()).collect();
    offers.sort();
    offers.dedup();
    assert_eq!(offers.len(), limits::MAILBOX_FRAMES + 20);
}
