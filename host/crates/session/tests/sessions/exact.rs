//! The cursor rule under everything that may happen to a hint (C1, C2).

use crate::kit::{Node, assert_whole, by_visitor, json};
use model::Reader;
use ports::hints::Committed;
use proptest::prelude::*;
use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};
use weft_session::{
    Session,
    testing::{agent_caller, conversation, visitor_caller},
};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// An entry is committed; its hint waits to be delivered.
    Commit {
        note: bool,
    },
    /// Many at once: more than a mailbox holds.
    Burst,
    /// One of the waiting hints arrives, and perhaps stays to arrive again.
    Deliver {
        which: prop::sample::Index,
        again: bool,
    },
    Lose {
        which: prop::sample::Index,
    },
    /// A reader asks for frames and gives up after so many polls.
    Poll {
        agent: bool,
        polls: u8,
    },
    FailReads(u32),
    SlowReads(u32),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<bool>().prop_map(|note| Step::Commit { note }),
        1 => Just(Step::Burst),
        6 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2)).prop_map(|(which, again)| Step::Deliver { which, again }),
        2 => any::<prop::sample::Index>().prop_map(|which| Step::Lose { which }),
        5 => (any::<bool>(), 1..6_u8).prop_map(|(agent, polls)| Step::Poll { agent, polls }),
        1 => (1..3_u32).prop_map(Step::FailReads),
        1 => (0..4_u32).prop_map(Step::SlowReads),
        1 => Just(Step::Sweep),
    ]
}

/// Polls `next` at most `polls` times, then drops it.
fn poll(node: &Node, session: &Session, polls: u8, into: &mut Vec<serde_json::Value>) {
    let mut next = pin!(session.next(&*node.log));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(frames) = next.as_mut().poll(&mut context) {
            into.extend(frames.iter().map(json));
            return;
        }
    }
}

async fn run(steps: Vec<Step>) {
    let (node, id) = (Node::new(), conversation(1));
    let mut waiting: Vec<Arc<Committed>> = vec![node.log.open(id, 1), node.log.assign(id, 1)];
    let (visitor, _) = node.open(visitor_caller(1)).await;
    let (agent, _) = node.open(agent_caller(1)).await;
    let (mut to_visitor, mut to_agent) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Commit { note: true } => waiting.push(node.log.note(id, "note")),
            Step::Commit { note: false } => waiting.push(node.log.send(id, by_visitor(1), "text")),
            Step::Burst => {
                for n in 0..300 {
                    node.hub.committed(&node.log.send(id, by_visitor(1), &format!("burst {n}")));
                }
            }
            Step::Deliver { which, again } if !waiting.is_empty() => {
                let which = which.index(waiting.len());
                let hint = if again { Arc::clone(&waiting[which]) } else { waiting.remove(which) };
                node.hub.committed(&hint);
            }
            Step::Lose { which } if !waiting.is_empty() => drop(waiting.remove(which.index(waiting.len()))),
            Step::Deliver { .. } | Step::Lose { .. } => {}
            Step::Poll { agent: true, polls } => poll(&node, &agent, polls, &mut to_agent),
            Step::Poll { agent: false, polls } => poll(&node, &visitor, polls, &mut to_visitor),
            Step::FailReads(n) => node.log.failing.store(n, Ordering::Relaxed),
            Step::SlowReads(n) => node.log.yields.store(n, Ordering::Relaxed),
            Step::Sweep => sweep(&node).await,
        }
    }
    node.log.failing.store(0, Ordering::Relaxed);
    sweep(&node).await;
    // Past the back-off after a failed read.
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    to_visitor.extend(node.drain(&visitor).await);
    to_agent.extend(node.drain(&agent).await);
    assert_whole(&node.log, &to_visitor, id, Reader::Visitor, 0);
    assert_whole(&node.log, &to_agent, id, Reader::Agent, 0);
    assert!(to_visitor.iter().all(|e| e["audience"] != "agents"), "a note reached the visitor");
}

async fn sweep(node: &Node) {
    use ports::store::Conversations as _;
    if let Ok(Some(c)) = node.log.conversation(weft_session::testing::TENANT, conversation(1)).await {
        node.hub.synchronise(&c);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Hints in any order, doubled, lost, mailboxes that overflow, reads that fail or are given up half-way: every reader gets
    /// exactly the log it may see, once and in order.
    #[test]
    fn every_reader_gets_its_log_once_and_in_order(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(steps));
    }
}
