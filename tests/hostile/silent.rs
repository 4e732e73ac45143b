//! 10 000 sockets that never say hello: the node keeps as many as it is told to, and serves others meanwhile.

use crate::raw::{close_code, upgraded};
use serde_json::json;
use std::time::{Duration, Instant};
use weft_tests::{Agent, Plan, Via, Visitor, eventually};

const SILENT: usize = 10_000;
/// What the node is told to keep (`listen.silent_sockets`).
const KEPT: usize = 500;
const AT_ONCE: usize = 250;
/// A chat beside all of them.
const PROMPT: Duration = Duration::from_secs(2);
/// Of a debug build with everything in it.
const RSS_MIB: u64 = 512;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_silent_sockets_are_bounded() {
    let plan = Plan::new("silent").demo().key("listen.silent_sockets", &KEPT.to_string());
    let node = plan.start().await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let desk = ana.online(Via::Socket).await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let shop = vera.session(Via::Socket).await;
    let chat = Visitor::open(&shop, "in the crowd").await;
    Agent::accept(&desk, &chat).await;

    let origin = node.addresses.socket();
    let (mut silent, mut slowest) = (Vec::with_capacity(SILENT), Duration::ZERO);
    for round in 0..SILENT / AT_ONCE {
        let connecting: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let origin = origin.clone();
                tokio::spawn(async move { upgraded(&origin).await.unwrap() })
            })
            .collect();
        let started = Instant::now();
        let text = format!("round {round}");
        shop.say(&chat, &text).await;
        desk.text(&chat, &text).await;
        slowest = slowest.max(started.elapsed());
        for one in connecting {
            silent.push(one.await.unwrap());
        }
    }
    // A newcomer without a socket gets in at once, one with a socket as soon as the silent ones are shown the door.
    let other = Visitor::enter(&node, "demo-tea", "Newcomer").await;
    let polled = other.session(Via::Rest).await;
    polled.command("open", json!({})).await.unwrap();
    eventually("a newcomer's socket", async || {
        weft_tests::Session::resume(&other.rest, Via::Socket, &[], None, None).await.ok()
    })
    .await;

    let (mut refused, mut late) = (0, 0);
    for mut one in silent {
        match weft_tests::within("a silent socket is closed", close_code(&mut one)).await {
            Some(1013) => refused += 1,
            Some(4408) => late += 1,
            // Cut off after the time that a closing handshake may take.
            _ => {}
        }
    }
    let rss = rss_mib(node.process());
    println!("{SILENT} silent sockets: {refused} refused, {late} kept and closed; slowest chat {slowest:?}; {rss} MiB");
    assert!(refused >= SILENT / 2, "{refused} of {SILENT} were refused");
    assert!(slowest < PROMPT, "others wait: {slowest:?}");
    assert!(rss < RSS_MIB, "{rss} MiB");
    assert!(shop.is_open() && desk.is_open());
}

fn rss_mib(process: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
