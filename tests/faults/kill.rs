//! A node is killed with SIGKILL again and again under load. Nothing acknowledged is lost, nothing is doubled, moved or shown twice.

use crate::talker::{Talker, log_of};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::BTreeMap;
use tokio::sync::watch;
use weft_tests::{
    Admin, Plan, Via, Visitor,
    history::{History, Logs, Reader, check},
};

const KILLS: u32 = 22;
const PAIRS: usize = 8;
/// Receipts between a start and the next kill.
const BETWEEN: std::ops::Range<usize> = 15..120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_entries_survive_sigkill() {
    let _alone = crate::ALONE.lock().await;
    let plan = Plan::new("kill").key("sessions.commands_per_second", "100000").key("sessions.command_burst", "100000");
    plan.tenant("hardy").await;
    let mut node = plan.start().await;
    let admin = Admin::sign_in(&node, "hardy").await;
    admin.setting("offer_seconds", 0).await;
    let channel = admin.channel_key().await;
    let ana = admin.agent("Ana", 100, &[]).await;

    let history = History::default();
    let stop = watch::Sender::new(false);
    let (mut talkers, mut chats) = (Vec::new(), Vec::new());
    let desk = ana.online(Via::Socket).await;
    for n in 0..PAIRS {
        let visitor = Visitor::enter(&node, &channel, &format!("Visitor {n}")).await;
        let session = visitor.session(Via::Socket).await;
        let chat = Visitor::open(&session, "through thick and thin").await;
        session.entry(&chat, "assigned").await;
        let via = if n == 0 { Via::Rest } else { Via::Socket };
        let of_visitor = Talker::new(&visitor.rest, via, Reader::Visitor, &chat, &history);
        let of_agent = Talker::new(&ana.rest, Via::Socket, Reader::Agent, &chat, &history);
        talkers.extend([of_visitor, of_agent].map(|talker| tokio::spawn(talker.talk(stop.subscribe()))));
        chats.push(chat);
    }
    drop(desk);

    let seed = rand::random();
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        more(&history, chance.random_range(BETWEEN)).await;
        node.kill().await;
        node.start().await;
    }
    more(&history, 50).await;

    stop.send_replace(true);
    let mut ready = Vec::new();
    for talker in talkers {
        ready.push(talker.await.unwrap());
    }
    let mut logs: Logs = BTreeMap::new();
    for chat in chats {
        logs.insert(chat.clone(), log_of(&admin, &chat).await);
    }
    for talker in ready {
        talker.settle(&logs).await;
    }
    let events = history.events();
    let violations = check(&events, &logs);
    let entries: usize = logs.values().map(Vec::len).sum();
    println!("{KILLS} kills, {entries} entries, {} receipts, {} things noted", history.acknowledged(), events.len());
    assert!(
        violations.is_empty(),
        "{} violations, the first: {:#?}",
        violations.len(),
        &violations[..violations.len().min(5)]
    );
    assert!(entries > 300, "a load was meant: {entries}");
}

async fn more(history: &History, receipts: usize) {
    let enough = history.acknowledged() + receipts;
    weft_tests::eventually("the load goes on", async || (history.acknowledged() >= enough).then_some(())).await;
}
