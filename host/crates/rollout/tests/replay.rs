//! A kept decision can be computed again (C6).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    DecisionId, Participant, VisitorId,
    body::Named,
    conversation::{Command, Grant, Request},
    people::{Channel, Visitor},
    plugin::DecisionRecord,
};
use ports::{Router, Routing, store::Write};
use std::sync::atomic::Ordering;
use support::{Cluster, ids, request};
use weft_rollout::Replay;

/// Keeps `routing` as the decision about a new conversation.
async fn keep(cluster: &Cluster, routing: Routing, asked: &model::routing::RoutingRequest) -> DecisionId {
    let (tenant, ids) = (cluster.tenant, ids());
    let channel = Channel {
        id: ids.channel(),
        key: ids.channel().to_string(),
        name: "Site".into(),
        team: cluster.team,
        allowed_origins: vec![],
        identity_secret: None,
        version: 1,
    };
    assert!(cluster.store.add_channel(tenant, &channel).await.unwrap());
    let visitor = Visitor {
        id: ids.visitor(),
        channel: channel.id,
        name: "Vera".into(),
        external_id: None,
        language: None,
        vip: 0,
        properties: [].into(),
        created_at: model::Timestamp::ZERO,
    };
    cluster.store.put_visitor(tenant, &visitor).await.unwrap();
    let open = Request {
        tenant,
        conversation: ids.conversation(),
        caller: Some(caller(tenant, visitor.id)),
        id: Some(ids.command()),
        command: Command::Open {
            channel: channel.id,
            visitor: Named { id: visitor.id, name: visitor.name },
            team: Named { id: cluster.team, name: "Sales".into() },
            subject: None,
            language: None,
            priority: 1,
            needs: vec![],
            properties: [].into(),
        },
    };
    let decision = ids.decision();
    let route = Request {
        caller: None,
        id: None,
        command: Command::Route {
            epoch: routing.epoch,
            attempt: 0,
            decision,
            grant: Grant::Wait { rank: 1, again_in: None },
        },
        ..open.clone()
    };
    let record = DecisionRecord {
        id: decision,
        at: model::Timestamp::ZERO,
        epoch: routing.epoch,
        rung: routing.rung,
        release: routing.release,
        snapshot: routing.snapshot,
        plugin: routing.plugin,
        version: routing.version,
        request: asked.clone(),
        agents: vec![],
        teams: vec![],
        decision: routing.output,
        fuel: routing.fuel,
        faults: vec![],
        logs: vec![],
        assigned: None,
    };
    let writes = vec![
        Write { request: open, decision: None, node: None },
        Write { request: route, decision: Some(record), node: None },
    ];
    for done in cluster.store.commit(writes).await {
        done.unwrap();
    }
    decision
}

fn caller(tenant: model::TenantId, visitor: VisitorId) -> model::Caller {
    let participant = Participant::Visitor(visitor);
    model::Caller { tenant, participant, role: model::Role::Visitor, name: "Vera".into() }
}

#[tokio::test]
async fn a_kept_decision_is_computed_again_bit_for_bit() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let asked = request();
    let decide = async || node.rollout.route(cluster.tenant, cluster.team, &asked).await;
    let shipped = keep(&cluster, decide().await, &asked).await;
    cluster.activate(&node, "drifts 1.0.0 drifts").await;
    let own = keep(&cluster, decide().await, &asked).await;
    cluster.activate(&node, "bad 1.0.0 trap").await;
    let elsewhere = cluster.node().await;
    for decision in [shipped, own] {
        assert_eq!(elsewhere.rollout.replay(cluster.tenant, decision).await.unwrap(), Replay::Same);
    }
    elsewhere.runtime.flipped.store(true, Ordering::SeqCst);
    let replay = elsewhere.rollout.replay(cluster.tenant, own).await.unwrap();
    assert!(matches!(replay, Replay::Differs { field: "decision", .. }));
    assert!(node.rollout.replay(cluster.other, own).await.is_err(), "another tenant's decision does not exist");
}
