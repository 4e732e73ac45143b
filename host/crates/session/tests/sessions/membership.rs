//! Who takes part is told; who does not is not.

use crate::kit::{Node, assert_whole, by_visitor, of_type, seqs};
use model::{
    Author, DecisionId, OfferId, Participant, Reader, Timestamp,
    body::Named,
    conversation::{Event, Offer},
    people::Status,
};
use ports::store::{Located, Place};
use std::sync::Arc;
use weft_session::testing::{TENANT, agent, agent_caller, conversation, visitor, visitor_caller};

pub fn offer(n: u64, to: u64) -> Event {
    let (id, decision) = (OfferId::from_parts(n, 6), DecisionId::from_parts(n, 7));
    Event::Offered {
        offer: Offer { id, agent: agent(to), token: n, expires_at: Timestamp::from_ms(2_000_000), decision },
    }
}

#[tokio::test]
async fn an_agent_who_is_assigned_sees_the_whole_log_and_then_what_happens() {
    let (node, id) = (Node::new(), conversation(1));
    let (agent, _) = node.open(agent_caller(1)).await;
    node.hub.committed(&node.log.open(id, 1));
    node.hub.committed(&node.log.send(id, by_visitor(1), "before"));
    assert!(node.drain(&agent).await.is_empty());
    node.hub.committed(&node.log.assign(id, 1));
    let mut got = node.drain(&agent).await;
    let summary = &of_type(&got, "conversation")[0]["conversation"];
    assert_eq!(
        (&summary["state"], &summary["agent"]["name"], &summary["unread"]),
        (&"assigned".into(), &"Agent 1".into(), &0.into())
    );
    assert!(summary["marks"].is_object());
    assert_eq!(got[0]["type"], "conversation", "first what it is, then its entries");
    node.hub.committed(&node.log.note(id, "a note"));
    got.extend(node.drain(&agent).await);
    assert_whole(&node.log, &got, id, Reader::Agent, 0);
}

#[tokio::test]
async fn who_departs_gets_the_last_change_and_no_more() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.assign(id, 1);
    let (agent_session, _) = node.open(agent_caller(1)).await;
    let (visitor_session, _) = node.open(visitor_caller(1)).await;
    node.drain(&agent_session).await;
    let Named { id: agent_id, name } = agent(1);
    node.hub.committed(&node.log.commit_event(id, &Event::Left { agent: Named { id: agent_id, name } }));
    let last = node.drain(&agent_session).await;
    assert_eq!(seqs(&last, id), [3]);
    assert!(!agent_session.follows(id));
    node.hub.committed(&node.log.send(id, by_visitor(1), "private now"));
    assert!(node.drain(&agent_session).await.is_empty());
    let at = Located { tenant: TENANT, conversation: id };
    let passed = node.hub.signal(at, Participant::Visitor(visitor(1).id), false, &"{}".into());
    assert_eq!(passed.map(|p| p.sessions), Some(0));
    assert_eq!(node.hub.signal(at, Participant::Agent(agent_id), false, &"{}".into()), None);
    assert_whole(&node.log, &node.drain(&visitor_session).await, id, Reader::Visitor, 0);
    // Invited back: what happened meanwhile is there, and nothing twice.
    node.hub.committed(&node.log.commit_event(id, &Event::Joined { author: Author::System, agent: agent(1) }));
    assert_eq!(seqs(&node.drain(&agent_session).await, id), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_message_that_comes_late_does_not_turn_back_who_takes_part() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (first, _) = node.open(agent_caller(1)).await;
    let (second, _) = node.open(agent_caller(2)).await;
    let (visitor, _) = node.open(visitor_caller(1)).await;
    let to_first = node.log.assign(id, 1);
    let to_second = node.log.assign(id, 2);
    node.hub.committed(&to_second);
    node.hub.committed(&to_first);
    node.hub.committed(&node.log.send(id, by_visitor(1), "for the second"));
    assert!(seqs(&node.drain(&first).await, id).is_empty());
    assert_whole(&node.log, &node.drain(&second).await, id, Reader::Agent, 0);
    assert_whole(&node.log, &node.drain(&visitor).await, id, Reader::Visitor, 0);
}

#[tokio::test]
async fn a_lost_assignment_is_found_by_the_sweep() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.assign(id, 1);
    let (old, _) = node.open(agent_caller(1)).await;
    let (new, _) = node.open(agent_caller(2)).await;
    node.drain(&old).await;
    let lost = node.log.assign(id, 2);
    node.hub.synchronise(&lost.conversation);
    assert_eq!(seqs(&node.drain(&old).await, id), [3], "the old owner gets the end");
    assert!(!old.follows(id));
    assert_whole(&node.log, &node.drain(&new).await, id, Reader::Agent, 0);
}

#[tokio::test]
async fn an_offer_reaches_every_device_of_its_agent_and_nobody_else() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (desk, _) = node.open(agent_caller(1)).await;
    let (other, _) = node.open(agent_caller(2)).await;
    node.hub.committed(&node.log.commit_event(id, &offer(1, 1)));
    let (phone, _) = node.open(agent_caller(1)).await;
    for device in [&desk, &phone] {
        let got = node.drain(device).await;
        let offers = of_type(&got, "offer");
        assert_eq!(offers.len(), 1);
        assert_eq!((&offers[0]["token"], &offers[0]["conversation"]["state"]), (&1.into(), &"offered".into()));
    }
    node.hub.committed(&node.log.assign(id, 1));
    for device in [&desk, &phone] {
        let got = node.drain(device).await;
        assert_eq!(of_type(&got, "offer_gone")[0]["reason"], "accepted");
        assert_whole(&node.log, &got, id, Reader::Agent, 0);
    }
    assert!(node.drain(&other).await.is_empty());
}

#[tokio::test]
async fn marks_places_and_presence_go_where_they_belong() {
    let (node, id) = (Node::new(), conversation(1));
    node.log.open(id, 1);
    node.log.assign(id, 1);
    let (own, _) = node.open(visitor_caller(1)).await;
    let (stranger, _) = node.open(visitor_caller(2)).await;
    let (agent_session, _) = node.open(agent_caller(1)).await;
    for session in [&own, &stranger, &agent_session] {
        node.drain(session).await;
    }
    node.hub.committed(&node.log.mark(id, Participant::Agent(agent(1).id), 2));
    node.hub.place(TENANT, id, visitor(1).id, Place { position: 2, ahead: 1 }, None);
    node.hub.presence(TENANT, &agent(1), Status::Away);
    let got = node.drain(&own).await;
    assert_eq!(
        (&of_type(&got, "marks")[0]["read"], &of_type(&got, "marks")[0]["participant"]["kind"]),
        (&2.into(), &"agent".into())
    );
    assert_eq!(of_type(&got, "backlog")[0]["position"], 2);
    assert_eq!(of_type(&got, "presence")[0]["status"], "away");
    assert_eq!(of_type(&node.drain(&agent_session).await, "presence").len(), 1);
    assert!(node.drain(&stranger).await.is_empty());
}

#[tokio::test]
async fn an_entry_is_serialised_once_for_all_receivers() {
    let (node, id) = (Node::new(), conversation(1));
    node.hub.committed(&node.log.open(id, 1));
    let (one, _) = node.open(visitor_caller(1)).await;
    let (two, _) = node.open(visitor_caller(1)).await;
    for session in [&one, &two] {
        node.drain(session).await;
    }
    node.hub.committed(&node.log.send(id, by_visitor(1), "shared"));
    let (a, b) = (one.next(&*node.log).await, two.next(&*node.log).await);
    assert_eq!(a[0].as_ptr(), b[0].as_ptr());
}

#[tokio::test]
async fn an_ended_session_says_so_and_is_forgotten() {
    let node = Node::new();
    let (session, _) = node.open(visitor_caller(1)).await;
    let waiting = tokio::spawn({
        let (session, log) = (Arc::clone(&session), Arc::clone(&node.log));
        async move { session.next(&*log).await }
    });
    tokio::task::yield_now().await;
    node.sessions.close(&session).await;
    assert!(waiting.await.unwrap().is_empty());
    assert!(session.has_ended() && node.hub.session(session.id).is_none());
}
