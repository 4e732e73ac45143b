//! Who gets a conversation, and when.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    ConversationId, Role, TenantId,
    conversation::State,
    limits::ROUTE_GRACE,
    people::{Status, Team},
    routing::{Action, Decision},
    tenant::Settings,
};
use ports::Hint;
use std::{sync::atomic::Ordering, time::Duration};
use support::{Desk, Rule, ids, offered_to};
use weft_conversation::Intent;

fn at_once() -> Settings {
    Settings { offer_seconds: 0, ..Settings::default() }
}

fn always(action: Action) -> Rule {
    Box::new(move |_| Decision { action: action.clone(), reasons: vec![] })
}

#[tokio::test]
async fn an_offer_that_nobody_answers_goes_to_the_next_agent_and_then_to_the_first_again() {
    let desk = Desk::new(Settings::default()).await;
    let (ana, ben) = (desk.agent("Ana", 1, Role::Agent).await, desk.agent("Ben", 2, Role::Agent).await);
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    let first = desk.offer(id).await;
    desk.clock.advance(Duration::from_secs(31));
    let second = desk.until(id, |c| c.offer().is_some_and(|o| o.id != first.id)).await.offer().unwrap().clone();
    assert_ne!(first.agent, second.agent);
    assert_eq!(desk.accept(&ana, &first).await.unwrap_err().code, model::Code::Expired, "the token is fenced");
    let who = if offered_to(&second, &ben) { &ben } else { &ana };
    desk.run(who, Intent::Decline { offer: second.id, token: second.token, reason: None }).await.unwrap();
    let waits = desk.until(id, |c| c.backlog.announced).await;
    assert!(waits.due_at().is_some(), "both declined: they are asked again later");
    assert_eq!(desk.store.audit().await.unwrap(), vec![]);
    desk.clock.advance(Duration::from_secs(31));
    desk.offer(id).await;
}

#[tokio::test]
async fn a_place_that_gets_free_goes_to_who_waits_longest() {
    let desk = Desk::new(at_once()).await;
    let ana = desk.agent("Ana", 1, Role::Agent).await;
    let (vera, otto, paul) = (desk.visitor("Vera").await, desk.visitor("Otto").await, desk.visitor("Paul").await);
    let first = desk.open(&vera).await;
    desk.until(first, |c| c.owner().is_some()).await;
    let second = desk.open(&otto).await;
    desk.until(second, |c| c.backlog.announced).await;
    desk.clock.advance(Duration::from_secs(1));
    let third = desk.open(&paul).await;
    desk.until(third, |c| c.backlog.announced).await;
    desk.heard.until(|hints| (told(hints, second) == Some(1) && told(hints, third) == Some(2)).then_some(())).await;
    desk.run(&ana, Intent::Close { conversation: first, reason: None }).await.unwrap();
    desk.until(second, |c| c.owner().is_some()).await;
    assert_eq!(desk.state(third).await.state(), State::Waiting);
    desk.heard.until(|hints| (told(hints, third) == Some(1)).then_some(())).await;
}

/// The position that this visitor was told last.
fn told(hints: &[Hint], conversation: ConversationId) -> Option<u32> {
    hints.iter().rev().find_map(|hint| match hint {
        Hint::Places { places, .. } => places.iter().find(|p| p.0 == conversation).map(|p| p.2.position),
        _ => None,
    })
}

#[tokio::test]
async fn who_is_not_connected_gets_nothing_until_they_are() {
    let desk = Desk::new(at_once()).await;
    let ana = desk.agent("Ana", 1, Role::Agent).await;
    let agent = ana.participant.agent().unwrap();
    desk.presence.0.lock().clear();
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    desk.until(id, |c| c.backlog.announced).await;
    desk.presence.0.lock().insert(agent);
    desk.conversations.agent_connected(desk.tenant, agent);
    assert_eq!(desk.until(id, |c| c.owner().is_some()).await.owner(), Some(agent));
}

#[tokio::test]
async fn without_the_directory_the_agents_own_status_counts() {
    let desk = Desk::new(at_once()).await;
    let ana = desk.agent("Ana", 1, Role::Agent).await;
    let ben = desk.agent("Ben", 1, Role::Agent).await;
    desk.run(&ana, Intent::Status { status: Status::Away }).await.unwrap();
    desk.presence.0.lock().clear();
    desk.presence.1.store(true, Ordering::SeqCst);
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    assert_eq!(desk.until(id, |c| c.owner().is_some()).await.owner(), ben.participant.agent());
}

#[tokio::test]
async fn going_online_takes_from_the_backlog_and_is_told() {
    let desk = Desk::new(at_once()).await;
    let ana = desk.agent("Ana", 1, Role::Agent).await;
    desk.run(&ana, Intent::Status { status: Status::Away }).await.unwrap();
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    desk.until(id, |c| c.backlog.announced).await;
    desk.run(&ana, Intent::Status { status: Status::Online }).await.unwrap();
    desk.until(id, |c| c.owner().is_some()).await;
    desk.heard
        .until(|hints| hints.iter().find(|h| matches!(h, Hint::AgentStatus { status: Status::Online, .. })).map(|_| ()))
        .await;
}

#[tokio::test]
async fn a_conversation_whose_node_died_before_it_decided_is_decided_by_another() {
    let mut desk = Desk::new(at_once()).await;
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    // As if the node had died: the decision is there, so take it from a second one that never was decided.
    desk.until(id, |c| c.backlog.announced).await;
    desk.halt().await;
    let request = model::conversation::Request {
        tenant: desk.tenant,
        conversation: ids().conversation(),
        caller: Some(vera.clone()),
        id: Some(support::command()),
        command: model::conversation::Command::Open {
            channel: desk.channel,
            visitor: desk.state(id).await.visitor,
            team: desk.state(id).await.team,
            subject: None,
            language: None,
            priority: 1,
            needs: vec![],
            properties: [].into(),
        },
    };
    let lost = request.conversation;
    desk.store.commit(vec![ports::store::Write { request, decision: None, node: None }]).await.pop().unwrap().unwrap();
    desk.renew();
    desk.conversations.run(&desk.tasks, desk.stop.clone());
    desk.clock.advance(ROUTE_GRACE);
    desk.until(lost, |c| c.backlog.announced).await;
    assert_eq!(desk.decisions(lost).await, 1);
}

#[tokio::test]
async fn a_node_that_may_not_decide_leaves_it_to_the_next_that_may() {
    let desk = Desk::new(at_once()).await;
    desk.agent("Ana", 1, Role::Agent).await;
    desk.router.decides.store(false, Ordering::SeqCst);
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    // waits: the sweep offers it again and again, and nothing may come of it
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((desk.router.calls.load(Ordering::SeqCst), desk.decisions(id).await), (0, 0));
    desk.router.decides.store(true, Ordering::SeqCst);
    desk.until(id, |c| c.owner().is_some()).await;
}

#[tokio::test]
async fn a_decision_under_another_plugin_set_is_not_committed() {
    let desk = Desk::new(at_once()).await;
    desk.agent("Ana", 1, Role::Agent).await;
    desk.router.epoch.store(9, Ordering::SeqCst);
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    while desk.router.calls.load(Ordering::SeqCst) < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((desk.state(id).await.state(), desk.decisions(id).await), (State::Waiting, 0));
    desk.router.epoch.store(0, Ordering::SeqCst);
    desk.until(id, |c| c.owner().is_some()).await;
}

#[tokio::test]
async fn a_round_that_changes_nothing_leaves_no_trace() {
    let desk = Desk::new(at_once()).await;
    desk.agent("Ana", 1, Role::Agent).await;
    *desk.router.rule.lock() = Some(always(Action::Wait { rank: 3, again_in: 0 }));
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    let queued = desk.until(id, |c| c.backlog.announced).await;
    let calls = desk.router.calls.load(Ordering::SeqCst);
    while desk.router.calls.load(Ordering::SeqCst) < calls + 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(desk.state(id).await.head, queued.head);
    assert_eq!(desk.decisions(id).await, 1);
}

#[tokio::test]
async fn a_plugin_may_move_ask_for_a_message_and_refuse() {
    let desk = Desk::new(at_once()).await;
    let billing = Team { id: ids().team(), name: "Billing".into(), members: vec![], version: 1 };
    assert!(desk.store.add_team(desk.tenant, &billing).await.unwrap());
    let other = u32::from(billing.id > desk.team);
    *desk.router.rule.lock() = Some(Box::new(move |request| {
        let action = if request.team == other { Action::TakeMessage } else { Action::MoveTo(other) };
        Decision { action, reasons: vec![] }
    }));
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    let moved = desk.until(id, |c| c.backlog.message_asked).await;
    assert_eq!(moved.team.id, billing.id);
    *desk.router.rule.lock() = Some(always(Action::Refuse("we are closed".into())));
    let id = desk.open(&vera).await;
    desk.until(id, model::Conversation::is_closed).await;
    let asked = desk.router.asked.lock()[0].clone();
    assert_eq!(asked.visitor.properties[0].value, "gold", "properties the plugin asks for");
    assert_eq!(asked.teams.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().len(), 2);
}

#[tokio::test]
async fn a_plugin_that_moves_in_circles_is_stopped() {
    let desk = Desk::new(at_once()).await;
    let billing = Team { id: ids().team(), name: "Billing".into(), members: vec![], version: 1 };
    assert!(desk.store.add_team(desk.tenant, &billing).await.unwrap());
    *desk.router.rule.lock() =
        Some(Box::new(|request| Decision { action: Action::MoveTo(1 - request.team), reasons: vec![] }));
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    desk.until(id, |c| c.backlog.announced).await;
}

/// Issue 3 §5.3, on the service itself: agents take and close as fast as they can while visitors keep coming.
#[tokio::test(flavor = "multi_thread")]
async fn under_contention_nobody_is_over_capacity_and_nobody_waits_beside_a_free_place() {
    const VISITORS: usize = 200;
    let desk = Desk::new(at_once()).await;
    let mut agents = Vec::new();
    for n in 0..12 {
        agents.push(desk.agent(&format!("agent{n}"), 3, Role::Agent).await);
    }
    let mut visitors = Vec::new();
    for n in 0..VISITORS {
        visitors.push(desk.visitor(&format!("visitor{n}")).await);
    }
    let opens: Vec<_> = visitors
        .iter()
        .map(|v| {
            let (conversations, v) = (desk.conversations.clone(), v.clone());
            tokio::spawn(async move { conversations.execute(&v, support::command(), support::open()).await })
        })
        .collect();
    let mut all = Vec::new();
    for open in opens {
        all.push(open.await.unwrap().unwrap().conversation.unwrap());
    }
    let (mut served, started) = (0, std::time::Instant::now());
    while served < all.len() {
        assert!(started.elapsed() < Duration::from_mins(1), "served {served} of {VISITORS}");
        assert_eq!(desk.store.audit().await.unwrap(), vec![]);
        for agent in &agents {
            for c in desk.store.open_of(desk.tenant, agent.participant, 10).await.unwrap() {
                desk.run(agent, Intent::Status { status: Status::Busy }).await.unwrap();
                desk.run(agent, Intent::Close { conversation: c.id, reason: None }).await.unwrap();
                desk.run(agent, Intent::Status { status: Status::Online }).await.unwrap();
                served += 1;
            }
        }
    }
    assert_eq!(free_beside_waiting(&desk, desk.tenant).await, 0);
}

async fn free_beside_waiting(desk: &Desk, tenant: TenantId) -> usize {
    desk.store.teams_to_route(10).await.unwrap().iter().filter(|(t, _)| *t == tenant).count()
}
