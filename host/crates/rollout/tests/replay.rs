//! A kept decision can be computed again (C6).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    DecisionId, Participant, Timestamp, VisitorId,
    body::Named,
    conversation::{Command, Grant, Request},
    people::{Channel, Visitor},
    plugin::{DecisionRecord, Release},
};
use ports::{Router, Routing, store::Write};
use std::{sync::atomic::Ordering, time::Duration};
use support::{Cluster, ids, request};
use weft_rollout::{DryRun, Outcome, Replay};

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
        created_at: Timestamp::ZERO,
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
        at: Timestamp::ZERO,
        epoch: routing.epoch,
        rung: routing.rung,
        release: routing.release,
        snapshot: routing.snapshot,
        plugin: routing.plugin,
        version: routing.version,
        request: asked.clone(),
        agents: asked.agents.iter().map(|_| ids.agent()).collect(),
        teams: vec![cluster.team],
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

#[tokio::test]
async fn a_candidate_is_asked_what_was_asked_and_nothing_is_put_down() {
    let cluster = Cluster::new().await;
    let node = cluster.node().await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let asked = request();
        let routing = node.rollout.route(cluster.tenant, cluster.team, &asked).await;
        kept.push(keep(&cluster, routing, &asked).await);
    }
    let epoch = cluster.epoch().await;
    let made = |id: DecisionId| Timestamp::from_ms(id.timestamp_ms().cast_signed());
    let of = |release: &Release| DryRun {
        release: release.digest,
        settings: serde_json::json!({}),
        team: None,
        from: made(kept[0]),
        until: made(kept[2]).plus(Duration::from_secs(1)),
        after: None,
        limit: None,
    };
    let run = async |dry_run: &DryRun| node.rollout.dry_run(cluster.tenant, dry_run).await;
    let same = cluster.upload(&node, "same 1.0.0 ok").await;
    let report = run(&of(&same)).await.unwrap();
    assert_eq!((report.asked, report.same, report.changed, report.faults, report.fuel_max), (3, 3, 0, 0, 42));
    assert!(report.differences.is_empty() && report.next.is_none());

    let idle = cluster.upload(&node, "idle 1.0.0 waits").await;
    let report = run(&of(&idle)).await.unwrap();
    assert_eq!((report.asked, report.changed), (3, 3));
    let difference = &report.differences[0];
    assert!(matches!(difference.recorded, Outcome::Agent(_)) && difference.candidate == Some(Outcome::Waits));
    let broken = cluster.upload(&node, "broken 1.0.0 trap").await;
    let report = run(&of(&broken)).await.unwrap();
    assert_eq!((report.faults, report.differences[2].fault.as_deref()), (3, Some("trap: unreachable")));

    // Page by page, of one team, and of nothing.
    let mut pages = DryRun { limit: Some(2), ..of(&idle) };
    let first = run(&pages).await.unwrap();
    pages.after = first.next;
    let second = run(&pages).await.unwrap();
    assert_eq!((first.asked, second.asked, second.next), (2, 1, None));
    let elsewhere = DryRun { team: Some(ids().team()), ..of(&idle) };
    assert_eq!(run(&elsewhere).await.unwrap().asked, 0);
    assert!(run(&DryRun { until: made(kept[0]), ..of(&idle) }).await.is_err(), "a range of no time");
    assert!(node.rollout.dry_run(cluster.other, &of(&idle)).await.is_err(), "another tenant's release");
    assert_eq!(cluster.epoch().await, epoch, "nothing was activated");
}
