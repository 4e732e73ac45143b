//! The same decision on every node (C6): engines that know nothing of each other give equal answers for equal fuel.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use model::{
    limits::ROUTING_AGENTS,
    routing::{Presence, RoutingAgent, RoutingConversation, RoutingRequest},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use std::{collections::BTreeSet, path::Path};
use support::{prepare, request, settled, shipped};
use weft_plugin_host::{Caps, Compile, PluginHost, PluginHostConfig};

const REQUESTS: usize = 1000;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_are_answered_alike_on_three_engines() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("determinism");
    let _ = std::fs::remove_dir_all(&folder);
    let host = |compile, cache| {
        PluginHost::new(PluginHostConfig { instances: 4, compile, caps: Caps::default(), cache }).unwrap()
    };
    let first = host(Compile::InProcess, Some(folder.clone()));
    let second = host(Compile::InProcess, None);
    // It cannot compile: what it runs is the first one's artefact.
    let loading = host(Compile::Child("/no/such/compiler".into()), Some(folder));
    for (name, settings) in [
        ("least-busy", json!({})),
        ("round-robin", json!({})),
        ("skills", json!({"by_language": {"zh": ["s1"]}, "ring_seconds": 10})),
        ("preferred", json!({})),
    ] {
        let mut plugins = Vec::new();
        for host in [&first, &second, &loading] {
            plugins.push(prepare(host, shipped(name), settings.clone()).await.unwrap());
        }
        assert!(plugins.iter().all(|p| (p.snapshot(), p.golden()) == (plugins[0].snapshot(), plugins[0].golden())));
        let mut chance = StdRng::seed_from_u64(1);
        let mut kinds = BTreeSet::new();
        for _ in 0..REQUESTS {
            let request = varied(&mut chance);
            let answers: Vec<_> = plugins.iter().map(|plugin| settled(&**plugin, &request)).collect();
            assert!(answers.iter().all(|other| *other == answers[0]), "{name}: {answers:?}\n{request:?}");
            match &answers[0] {
                Ok(answer) => drop(kinds.insert((format!("{:?}", answer.output), answer.fuel))),
                Err(fault) => panic!("{name}: {fault}: {request:?}"),
            }
        }
        println!("{name}: {REQUESTS} requests, {} different answers", kinds.len());
        assert!(kinds.len() > REQUESTS / 4, "{name}: the requests are too alike");
    }
}

/// A request that could be: some agents, or as many as there can be, in every state, skills, waits, languages.
fn varied(chance: &mut StdRng) -> RoutingRequest {
    let mut request = request(0);
    let now = 1_700_000_000_000 + chance.random_range(0..86_400_000);
    request.context.now = now;
    request.context.seed = chance.random();
    request.skills = (0..8).map(|n| format!("s{n}")).collect();
    request.conversation = RoutingConversation {
        waiting_since: now - chance.random_range(0..600_000),
        ahead: chance.random_range(0..40),
        attempt: chance.random_range(0..5),
        priority: chance.random_range(0..4),
        needs: chance.random_range(0..8),
        language: ["en", "zh-Hans", "zh", ""][chance.random_range(0..4)].into(),
        ..request.conversation
    };
    request.visitor.vip = chance.random_range(0..4);
    request.visitor.visits = chance.random_range(0..100);
    let agents = if chance.random_ratio(1, 50) { ROUTING_AGENTS } else { chance.random_range(0..60) };
    request.agents = (0..agents).map(|_| agent(chance, now)).collect();
    request
}

fn agent(chance: &mut StdRng, now: u64) -> RoutingAgent {
    let mut some_time = |most: u64| if chance.random_bool(0.2) { 0 } else { now - chance.random_range(0..most) };
    let (last_assigned, last_freed, last_served) = (some_time(3_600_000), some_time(3_600_000), some_time(86_400_000));
    RoutingAgent {
        presence: [Presence::Online, Presence::Online, Presence::Busy, Presence::Away][chance.random_range(0..4)],
        open: chance.random_range(0..6),
        capacity: chance.random_range(0..6),
        skills: chance.random_range(0..256),
        tier: chance.random_range(0..4),
        weight: chance.random_range(1..200),
        last_assigned,
        last_freed,
        last_served,
        recent: chance.random_range(0..30),
        first_reply: chance.random_range(0..120_000),
        declined: chance.random_bool(0.1),
    }
}
