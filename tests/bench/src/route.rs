//! A routing call by itself, and from a visitor's `open` to the agent's entry in the log.

use crate::{process::node_binary, report, store::fsync_micros};
use model::routing::{
    Context, Presence, RoutingAgent, RoutingConversation, RoutingRequest, RoutingTeam, RoutingVisitor,
};
use plugin_harness::Plugin;
use serde_json::json;
use std::time::Instant;
use weft_tests::{Admin, Plan, Via, Visitor};

const AGENTS: u16 = 20;
const CALLS: usize = 20_000;
const WARM_UP: usize = 2000;
const TARGET_MICROS: f64 = 12.0;
const OPENED: usize = 100;

/// The control is the same call with nobody to choose from: what a fresh instance costs by itself. Calls take turns with it.
pub fn call() {
    let plugin = Plugin::load("plugins/dist/least-busy.wasm", &json!({})).unwrap();
    let (asked, empty) = (request(AGENTS), request(0));
    let (mut micros, mut control) = (Vec::with_capacity(CALLS), Vec::with_capacity(CALLS));
    let mut fuel = 0;
    for n in 0..WARM_UP + CALLS {
        let (burnt, took) = timed(&plugin, &asked);
        let (_, alone) = timed(&plugin, &empty);
        if n >= WARM_UP {
            micros.push(took);
            control.push(alone);
        }
        fuel = burnt;
    }
    println!("\n## routing call, fresh instance, {AGENTS} agents, {CALLS} calls");
    report::figure("fuel", fuel as f64, "units");
    report::figure("p99", report::quantile(&mut micros, 0.99), "µs");
    let (p50, alone) = (report::quantile(&mut micros, 0.5), report::quantile(&mut control, 0.5));
    report::figure("control: nobody to choose from, p50", alone, "µs");
    report::figure("ratio", p50 / alone, "×");
    report::verdict("p50", p50, TARGET_MICROS, true, "µs");
}

/// Units of fuel, and microseconds.
fn timed(plugin: &Plugin, request: &RoutingRequest) -> (u64, f64) {
    let started = Instant::now();
    let answer = plugin.route(request).unwrap();
    (answer.fuel, started.elapsed().as_secs_f64() * 1e6)
}

/// Decide and commit, seen from outside: three commits (open, decision, receipt of the socket) and one call.
pub async fn run() {
    let plan = Plan::new("bench-route").binary(node_binary());
    plan.tenant("bench").await;
    let data = plan.data();
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "bench").await;
    admin.setting("offer_seconds", 0).await;
    let channel = admin.channel_key().await;
    let mut desks = Vec::new();
    for n in 0..AGENTS {
        desks.push(admin.agent(&format!("Agent{n}"), 100, &[]).await.online(Via::Socket).await);
    }
    let mut millis = Vec::with_capacity(OPENED);
    for _ in 0..OPENED {
        let session = Visitor::enter(&node, &channel, "Vera").await.session(Via::Socket).await;
        let started = Instant::now();
        let conversation = Visitor::open(&session, "bench").await;
        session.entry(&conversation, "assigned").await;
        millis.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    report::figure("fsync p50", report::quantile(&mut fsync_micros(&data.join("control.sync")), 0.5), "µs");
    report::figure("open → assigned, p50", report::quantile(&mut millis, 0.5), "ms");
    report::figure("open → assigned, p99", report::quantile(&mut millis, 0.99), "ms");
}

fn request(agents: u16) -> RoutingRequest {
    let agent = |n: u16| RoutingAgent {
        presence: Presence::Online,
        open: n % 4,
        capacity: 5,
        skills: u64::from(n),
        tier: 0,
        weight: 100,
        last_assigned: u64::from(n) * 1000,
        last_freed: 0,
        last_served: 0,
        recent: 0,
        first_reply: 0,
        declined: false,
    };
    RoutingRequest {
        context: Context { now: 1_700_000_000_000, seed: 7 },
        conversation: RoutingConversation {
            waiting_since: 1_700_000_000_000,
            ahead: 0,
            attempt: 0,
            priority: 0,
            needs: 0,
            channel: "Web".into(),
            language: "en".into(),
            labels: Vec::new(),
        },
        visitor: RoutingVisitor { vip: 0, visits: 1, properties: Vec::new() },
        skills: Vec::new(),
        agents: (0..agents).map(agent).collect(),
        teams: vec![RoutingTeam { name: "Support".into(), open: true, online: agents, free: agents, waiting: 0 }],
        team: 0,
    }
}
