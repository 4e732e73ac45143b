//! The contract of `Directory`.

use crate::{Directory, SessionAt};
use model::{AgentId, NodeId, Participant, SessionId, TenantId, VisitorId};
use std::{collections::BTreeSet, pin::Pin, sync::Arc, time::Duration};

/// Lets time pass: moves a clock, or waits.
pub type Pass = Box<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()>>>>;

/// The directory as two nodes see it, with nobody in it.
pub struct Fixture {
    pub one: Arc<dyn Directory>,
    pub two: Arc<dyn Directory>,
    pub pass: Pass,
    /// The adapter's grace and lifetime.
    pub grace: Duration,
    pub lifetime: Duration,
}

/// Runs every property against a fresh fixture.
pub async fn suite(new: impl AsyncFn() -> Fixture) {
    a_session_is_found_from_every_node(new().await).await;
    a_participant_on_two_nodes_has_both(new().await).await;
    a_session_is_known_by_its_id(new().await).await;
    a_page_reload_is_no_absence(new().await).await;
    grace_ends(new().await).await;
    coming_back_within_the_grace_counts(new().await).await;
    sessions_of_a_silent_node_end(new().await).await;
    refresh_brings_back_what_was_lost(new().await).await;
    disconnecting_twice_or_late_harms_nobody(new().await).await;
    tenants_do_not_see_each_other(new().await).await;
    many_at_once(new().await).await;
}

const TENANT: TenantId = TenantId::from_parts(1, 1);

fn visitor(n: u64) -> Participant {
    Participant::Visitor(VisitorId::from_parts(n, 1))
}
fn agent(n: u64) -> (AgentId, Participant) {
    let id = AgentId::from_parts(n, 2);
    (id, Participant::Agent(id))
}
fn node(n: u64) -> NodeId {
    NodeId::from_parts(n, 3)
}
fn at(node_number: u64, session: u64) -> SessionAt {
    SessionAt { node: node(node_number), session: SessionId::from_parts(session, 4) }
}
fn nodes<const N: usize>(numbers: [u64; N]) -> BTreeSet<NodeId> {
    numbers.into_iter().map(node).collect()
}

async fn a_session_is_found_from_every_node(f: Fixture) {
    f.one.connect(TENANT, visitor(1), at(1, 1)).await.unwrap();
    for directory in [&f.one, &f.two] {
        assert_eq!(directory.nodes_of(TENANT, &[visitor(1), visitor(2)]).await.unwrap(), nodes([1]));
        assert_eq!(directory.nodes_of(TENANT, &[visitor(2)]).await.unwrap(), nodes([]));
        assert_eq!(directory.nodes_of(TENANT, &[]).await.unwrap(), nodes([]));
    }
    f.one.disconnect(TENANT, visitor(1), at(1, 1)).await.unwrap();
    assert_eq!(f.two.nodes_of(TENANT, &[visitor(1)]).await.unwrap(), nodes([]));
}

async fn a_participant_on_two_nodes_has_both(f: Fixture) {
    let (id, who) = agent(1);
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    f.one.connect(TENANT, who, at(1, 2)).await.unwrap();
    f.two.connect(TENANT, who, at(2, 3)).await.unwrap();
    assert_eq!(f.one.nodes_of(TENANT, &[who]).await.unwrap(), nodes([1, 2]));
    f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    assert_eq!(f.one.nodes_of(TENANT, &[who]).await.unwrap(), nodes([1, 2]), "another session is on this node");
    f.one.disconnect(TENANT, who, at(1, 2)).await.unwrap();
    assert_eq!(f.one.nodes_of(TENANT, &[who]).await.unwrap(), nodes([2]));
    assert!(f.one.connected_agents(TENANT, &[id]).await.unwrap().contains(&id));
}

async fn a_session_is_known_by_its_id(f: Fixture) {
    let ((_, who), session) = (agent(1), at(1, 1).session);
    assert!(!f.one.holds(TENANT, who, session).await.unwrap());
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    f.two.connect(TENANT, who, at(2, 1)).await.unwrap();
    assert!(f.two.holds(TENANT, who, session).await.unwrap());
    assert!(!f.two.holds(TENANT, agent(2).1, session).await.unwrap(), "another's");
    assert!(!f.two.holds(TENANT, visitor(1), session).await.unwrap(), "another's");
    assert!(!f.two.holds(TenantId::from_parts(2, 2), who, session).await.unwrap(), "another tenant's");
    assert!(!f.two.holds(TENANT, who, at(1, 2).session).await.unwrap());
    f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    assert!(f.one.holds(TENANT, who, session).await.unwrap(), "another node holds it too");
    f.two.disconnect(TENANT, who, at(2, 1)).await.unwrap();
    assert!(!f.one.holds(TENANT, who, session).await.unwrap(), "the grace is the agent's, not the session's");
}

async fn a_page_reload_is_no_absence(f: Fixture) {
    let (id, who) = agent(1);
    let (other, _) = agent(2);
    assert!(f.one.connected_agents(TENANT, &[id, other]).await.unwrap().is_empty());
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    assert_eq!(f.two.connected_agents(TENANT, &[id, other]).await.unwrap(), BTreeSet::from([id]));
    f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    assert_eq!(f.two.connected_agents(TENANT, &[id, other]).await.unwrap(), BTreeSet::from([id]), "within the grace");
    assert_eq!(f.two.nodes_of(TENANT, &[who]).await.unwrap(), nodes([]), "but without a node");
}

async fn grace_ends(f: Fixture) {
    let (id, who) = agent(1);
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    (f.pass)(f.grace + Duration::from_millis(500)).await;
    assert!(f.one.connected_agents(TENANT, &[id]).await.unwrap().is_empty());
}

async fn coming_back_within_the_grace_counts(f: Fixture) {
    let (id, who) = agent(1);
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    f.two.connect(TENANT, who, at(2, 2)).await.unwrap();
    let step = f.lifetime.min(f.grace) / 2;
    for _ in 0..4 {
        (f.pass)(step).await;
        f.two.refresh(node(2), &[(TENANT, who, at(2, 2).session)]).await.unwrap();
    }
    assert!(f.one.connected_agents(TENANT, &[id]).await.unwrap().contains(&id));
    assert_eq!(f.one.nodes_of(TENANT, &[who]).await.unwrap(), nodes([2]));
}

async fn sessions_of_a_silent_node_end(f: Fixture) {
    let (id, who) = agent(1);
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    f.one.connect(TENANT, visitor(1), at(1, 2)).await.unwrap();
    f.two.connect(TENANT, visitor(2), at(2, 3)).await.unwrap();
    let step = f.lifetime / 2;
    for _ in 0..3 {
        (f.pass)(step).await;
        f.two.refresh(node(2), &[(TENANT, visitor(2), at(2, 3).session)]).await.unwrap();
    }
    assert_eq!(f.two.nodes_of(TENANT, &[who, visitor(1), visitor(2)]).await.unwrap(), nodes([2]));
    assert!(f.two.connected_agents(TENANT, &[id]).await.unwrap().is_empty(), "a node that died is no reload");
}

async fn refresh_brings_back_what_was_lost(f: Fixture) {
    let (id, who) = agent(1);
    f.one.refresh(node(1), &[(TENANT, who, at(1, 1).session), (TENANT, visitor(1), at(1, 2).session)]).await.unwrap();
    assert_eq!(f.two.nodes_of(TENANT, &[visitor(1)]).await.unwrap(), nodes([1]));
    assert!(f.two.connected_agents(TENANT, &[id]).await.unwrap().contains(&id));
}

async fn disconnecting_twice_or_late_harms_nobody(f: Fixture) {
    let (id, who) = agent(1);
    f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    assert!(f.one.connected_agents(TENANT, &[id]).await.unwrap().is_empty(), "who never came has no grace");
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    f.one.connect(TENANT, who, at(1, 2)).await.unwrap();
    for _ in 0..2 {
        f.one.disconnect(TENANT, who, at(1, 1)).await.unwrap();
    }
    assert_eq!(f.one.nodes_of(TENANT, &[who]).await.unwrap(), nodes([1]));
}

async fn tenants_do_not_see_each_other(f: Fixture) {
    let other = TenantId::from_parts(2, 2);
    let (id, who) = agent(1);
    f.one.connect(TENANT, who, at(1, 1)).await.unwrap();
    assert!(f.one.connected_agents(other, &[id]).await.unwrap().is_empty());
    assert_eq!(f.one.nodes_of(other, &[who]).await.unwrap(), nodes([]));
    f.one.disconnect(other, who, at(1, 1)).await.unwrap();
    assert_eq!(f.one.nodes_of(TENANT, &[who]).await.unwrap(), nodes([1]));
}

async fn many_at_once(f: Fixture) {
    let tasks: Vec<_> = (0..50_u64)
        .map(|n| {
            let directory = Arc::clone(if n % 2 == 0 { &f.one } else { &f.two });
            tokio::spawn(async move {
                let on = 1 + n % 2;
                for round in 0..10 {
                    directory.connect(TENANT, visitor(n), at(on, n * 100 + round)).await.unwrap();
                    directory.disconnect(TENANT, visitor(n), at(on, n * 100 + round)).await.unwrap();
                }
                directory.connect(TENANT, visitor(n), at(on, n * 100 + 99)).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for n in 0..50 {
        assert_eq!(f.one.nodes_of(TENANT, &[visitor(n)]).await.unwrap(), nodes([1 + n % 2]));
    }
}
