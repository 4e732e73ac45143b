//! Several nodes, and agents who are gone.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    Role,
    conversation::State,
    people::Status,
    tenant::{AbsentAgent, Settings},
};
use std::{sync::atomic::Ordering, time::Duration};
use support::{Desk, command, open, say};
use weft_conversation::Intent;

fn at_once() -> Settings {
    Settings { offer_seconds: 0, ..Settings::default() }
}

/// Both nodes have visitors and agents of one team. Each decision counts a call of the router: what two nodes decided twice would
/// count twice.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_route_one_team_without_deciding_twice() {
    const VISITORS: usize = 80;
    let desk = Desk::new(at_once()).await;
    let nodes = [desk.conversations.clone(), desk.another().await];
    let mut agents = Vec::new();
    for n in 0..6 {
        agents.push(desk.agent(&format!("agent{n}"), 2, Role::Agent).await);
    }
    let mut opens = Vec::new();
    for n in 0..VISITORS {
        let (node, visitor) = (nodes[n % 2].clone(), desk.visitor(&format!("visitor{n}")).await);
        opens.push(tokio::spawn(async move { node.execute(&visitor, command(), open()).await }));
    }
    let mut all = Vec::new();
    for open in opens {
        all.push(open.await.unwrap().unwrap().conversation.unwrap());
    }
    let (mut served, started) = (0, std::time::Instant::now());
    while served < VISITORS {
        assert!(started.elapsed() < Duration::from_mins(1), "served {served} of {VISITORS}");
        for agent in &agents {
            for c in desk.store.open_of(desk.tenant, agent.participant, 10).await.unwrap() {
                let close = Intent::Close { conversation: c.id, reason: None };
                nodes[served % 2].execute(agent, command(), close).await.unwrap();
                served += 1;
            }
        }
        assert_eq!(desk.store.audit().await.unwrap(), vec![]);
    }
    let (mut kept, calls) = (0, desk.router.calls.load(Ordering::SeqCst));
    for id in all {
        kept += desk.decisions(id).await as u64;
    }
    assert!(calls <= kept * 3 / 2, "{calls} calls for {kept} decisions that were kept");
}

/// A node that was stopped for half a minute and goes on: another has taken over.
#[tokio::test]
async fn a_node_that_lost_its_lease_decides_nothing_and_another_does() {
    let desk = Desk::new(at_once()).await;
    desk.store.retire_node(desk.node).await.unwrap();
    let ana = desk.agent("Ana", 1, Role::Agent).await;
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    desk.say(&vera, id, "what people say is taken").await.unwrap();
    let before = desk.router.calls.load(Ordering::SeqCst);
    desk.conversations.agent_connected(desk.tenant, ana.participant.agent().unwrap());
    while desk.router.calls.load(Ordering::SeqCst) == before {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.state(id).await.state(), State::Waiting);
    assert_eq!(desk.decisions(id).await, 0);
    desk.another().await;
    assert_eq!(desk.until(id, |c| c.owner().is_some()).await.owner(), ana.participant.agent());
}

struct Gone {
    desk: Desk,
    ana: model::Caller,
    vera: model::Caller,
    answered: model::ConversationId,
    unanswered: model::ConversationId,
}

/// Ana was seen by the node, has answered one conversation and not the other, and is without a session now.
async fn gone(settings: Settings) -> Gone {
    let desk = Desk::new(settings).await;
    let ana = desk.agent("Ana", 2, Role::Agent).await;
    let (vera, otto) = (desk.visitor("Vera").await, desk.visitor("Otto").await);
    let (answered, unanswered) = (desk.open(&vera).await, desk.open(&otto).await);
    for id in [answered, unanswered] {
        desk.until(id, |c| c.owner().is_some()).await;
    }
    desk.run(&ana, say(answered, "how can I help?")).await.unwrap();
    desk.presence.asked().await;
    desk.presence.0.lock().clear();
    Gone { desk, ana, vera, answered, unanswered }
}

#[tokio::test]
async fn what_an_absent_agent_has_not_answered_goes_to_another() {
    let gone = gone(at_once()).await;
    let desk = &gone.desk;
    let ben = desk.agent("Ben", 5, Role::Agent).await;
    let ben = ben.participant.agent();
    desk.until(gone.unanswered, |c| c.owner() == ben).await;
    assert_eq!(desk.state(gone.answered).await.owner(), gone.ana.participant.agent(), "who has begun is waited for");
    desk.say(&gone.vera, gone.answered, "are you there?").await.unwrap();
    assert_eq!(desk.store.audit().await.unwrap(), vec![]);
}

#[tokio::test]
async fn the_tenant_says_after_how_long_and_whether_all_goes_or_all_stays() {
    let settings = Settings {
        offer_seconds: 0,
        absent_agent: AbsentAgent::Requeue,
        absent_after_seconds: 60,
        ..Settings::default()
    };
    let gone = gone(settings).await;
    let desk = &gone.desk;
    // The node looks many times, and it is too early each time.
    desk.presence.asked().await;
    desk.presence.asked().await;
    assert_eq!(desk.state(gone.unanswered).await.state(), State::Assigned);
    desk.clock.advance(Duration::from_secs(61));
    for id in [gone.answered, gone.unanswered] {
        desk.until(id, |c| c.state() == State::Waiting).await;
    }
    assert_eq!(desk.store.holders(10).await.unwrap(), []);
}

#[tokio::test]
async fn an_offer_to_an_absent_agent_is_withdrawn_before_it_lapses() {
    let settings = Settings { absent_agent: AbsentAgent::Keep, ..Settings::default() };
    let desk = Desk::new(settings).await;
    desk.agent("Ana", 1, Role::Agent).await;
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    let offer = desk.offer(id).await;
    desk.presence.asked().await;
    desk.presence.0.lock().clear();
    let waits = desk.until(id, |c| c.state() == State::Waiting).await;
    assert!(waits.backlog.declined.contains(&offer.agent.id));
    assert!(desk.store.now().await.unwrap() < offer.expires_at, "no time has passed");
    assert_eq!(desk.store.agent(desk.tenant, offer.agent.id).await.unwrap().unwrap().status, Status::Online);
}
