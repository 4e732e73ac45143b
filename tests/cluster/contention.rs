//! 200 visitors for 12 agents over three nodes, which are killed one after the other: never over capacity, never two owners, as the
//! agents themselves see it, as REST says it, and as the logs tell it.

use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use weft_tests::{
    Admin, Agent, Cluster, Steady, Visitor,
    seats::{replay, steps},
};

const VISITORS: usize = 200;
const AGENTS: usize = 12;
const CAPACITY: usize = 3;
/// Of one chat; each is asked after the answer to the one before.
const QUESTIONS: usize = 4;
const THINKING: Duration = Duration::from_secs(2);
const SERVED_WITHIN: Duration = Duration::from_mins(4);
/// Chats that end before and after each node is killed.
const BETWEEN: usize = 12;
/// `fail_timeout` of deploy/nginx/weft.conf: it looks for a node that was down no sooner.
const BALANCER_LOOKS_AGAIN: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(200);

/// What went wrong as somebody saw it, and the chats that are over.
#[derive(Default)]
struct Seen {
    breaches: Mutex<Vec<String>>,
    over: Mutex<BTreeSet<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_contend_for_seats_while_nodes_die() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-contention", 3, &["crowd"]).await;
    let admin = Admin::sign_in(&cluster, "crowd").await;
    admin.setting("offer_seconds", 2).await;
    let channel = admin.channel_key().await;
    let seen = Arc::new(Seen::default());
    let mut tasks: Vec<JoinHandle<()>> = Vec::new();
    for n in 0..AGENTS {
        let agent = admin.agent(&format!("Agent{n}"), CAPACITY as u16, &[]).await;
        tasks.push(tokio::spawn(serve(agent, seen.clone())));
    }
    for node in &cluster.nodes {
        let admin = Admin::sign_in(node, "crowd").await;
        tasks.push(tokio::spawn(watch(admin, seen.clone())));
    }
    let mut visitors = Vec::new();
    for n in 0..VISITORS {
        visitors.push(Visitor::enter(&cluster, &channel, &format!("Visitor {n}")).await);
    }
    let visits: Vec<_> = visitors.into_iter().map(|visitor| tokio::spawn(visit(visitor, seen.clone()))).collect();

    for n in 0..cluster.nodes.len() {
        served(&seen, BETWEEN).await;
        cluster.nodes[n].kill().await;
        let took = served(&seen, BETWEEN).await;
        println!("node {n} killed: {BETWEEN} more chats over after {} ms", took.as_millis());
        cluster.nodes[n].start().await;
        // waits: with all three marked as down it would let nobody through
        tokio::time::sleep(BALANCER_LOOKS_AGAIN).await;
    }
    let mut chats = Vec::new();
    for visit in visits {
        chats.push(tokio::time::timeout(SERVED_WITHIN, visit).await.expect("every visitor is served").unwrap());
    }
    for task in &tasks {
        assert!(!task.is_finished(), "a desk or a watch gave up");
        task.abort();
    }
    let breaches = seen.breaches.lock().clone();
    assert!(breaches.is_empty(), "{} breaches were seen, the first: {:?}", breaches.len(), breaches.first());
    settled(&cluster, &admin, &chats).await;
}

/// Waits for so many more chats to be over; how long that took.
async fn served(seen: &Seen, more: usize) -> Duration {
    let (began, chats) = (Instant::now(), seen.over.lock().len() + more);
    while seen.over.lock().len() < chats.min(VISITORS) {
        assert!(began.elapsed() < SERVED_WITHIN, "only {} chats are over", seen.over.lock().len());
        // waits: between two looks at what other tasks count
        tokio::time::sleep(LOOK).await;
    }
    began.elapsed()
}

/// The logs, the ledger and the nodes' own audit.
async fn settled(cluster: &Cluster, admin: &Admin, chats: &[String]) {
    let mut all = Vec::new();
    for chat in chats {
        all.extend(steps(chat, &admin.log(chat).await));
    }
    let found = replay(all, CAPACITY);
    assert!(found.over_capacity.is_empty(), "{:?}", found.over_capacity);
    assert!(found.two_owners.is_empty(), "{:?}", found.two_owners);
    for agent in admin.rest.all("/v1/agents").await {
        assert_eq!(agent["open"], 0, "{agent}");
    }
    let violations = cluster.metric("weft_violations").await;
    assert!(violations.abs() < f64::EPSILON, "the nodes' own audit found {violations}");
    println!("{} visitors served by {AGENTS} agents while each node died once, 0 violations", chats.len());
}

/// Opens, asks when somebody is there, and waits until they have closed.
async fn visit(visitor: Visitor, seen: Arc<Seen>) -> String {
    let mut client = Steady::open(&visitor.rest).await;
    let opened = client.command("open", json!({"subject": "me first"})).await.unwrap();
    let chat = opened["conversation"].as_str().unwrap().to_owned();
    client.follow(&chat);
    for n in 0..QUESTIONS {
        let reply = n.checked_sub(1).map(|before| format!("answer {before}"));
        client
            .shown(|f| {
                is_entry(f, &chat)
                    && reply.as_ref().map_or(f["body"]["kind"] == "assigned", |text| f["body"]["text"] == **text)
            })
            .await;
        // waits: a person reads and types
        tokio::time::sleep(THINKING).await;
        let body = json!({"kind": "text", "text": format!("question {n}")});
        client.command("send", json!({"conversation": chat, "body": body})).await.unwrap();
    }
    client.shown(|f| is_entry(f, &chat) && f["body"]["kind"] == "closed").await;
    seen.over.lock().insert(chat.clone());
    chat
}

fn is_entry(frame: &Value, chat: &str) -> bool {
    frame["type"] == "entry" && frame["conversation"] == *chat
}

/// Serves for ever, over any number of sessions; holds what it believes to own against its capacity.
async fn serve(agent: Agent, seen: Arc<Seen>) {
    let mut desk = Steady::open(&agent.rest).await;
    loop {
        let _ = desk.command("status", json!({"status": "online"})).await;
        let mut own = owned(&desk, &agent);
        for chat in &own {
            desk.follow(chat);
        }
        let mut at = 0;
        while let Some(frame) = {
            let inbox = desk.session().inbox.clone();
            inbox.next(&mut at).await
        } {
            let chat = frame["conversation"].as_str().unwrap_or_default().to_owned();
            match (frame["type"].as_str(), frame["body"]["kind"].as_str()) {
                (Some("offer"), _) => {
                    let offer = json!({"offer": frame["offer"], "token": frame["token"]});
                    let _ = desk.session().command("accept", offer).await;
                }
                (_, Some("assigned")) if frame["body"]["agent"]["id"] == *agent.id => {
                    desk.follow(&chat);
                    own.insert(chat);
                }
                (_, Some("assigned" | "closed" | "moved")) => {
                    desk.leave(&chat);
                    own.remove(&chat);
                }
                (_, Some("text")) if answer(&desk, &frame).await => {
                    desk.leave(&chat);
                    own.remove(&chat);
                }
                _ => {}
            }
            if own.len() > CAPACITY {
                seen.breaches.lock().push(format!("{} sees itself with {own:?}", agent.name));
            }
        }
        desk.reconnect().await;
    }
}

/// What the welcome of a session says that this agent owns.
fn owned(desk: &Steady, agent: &Agent) -> BTreeSet<String> {
    let all = desk.session().welcome["conversations"].as_array().cloned().unwrap_or_default();
    let own = all.iter().filter(|c| c["agent"]["id"] == *agent.id && c["state"] == "assigned");
    own.filter_map(|c| c["id"].as_str().map(str::to_owned)).collect()
}

/// Answers a question, and closes after the last one: true when it asked for that. What was answered before the line was cut is
/// answered again, or refused; both do no harm.
async fn answer(desk: &Steady, entry: &Value) -> bool {
    let Some(number) = entry["body"]["text"].as_str().and_then(|t| t.strip_prefix("question ")) else { return false };
    let chat = &entry["conversation"];
    let body = json!({"kind": "text", "text": format!("answer {number}")});
    let _ = desk.session().command("send", json!({"conversation": chat, "body": body})).await;
    let last = number == (QUESTIONS - 1).to_string();
    if last {
        let _ = desk.session().command("close", json!({"conversation": chat})).await;
    }
    last
}

/// Asks one node again and again: what does it say that everybody has? A node that is down says nothing.
async fn watch(admin: Admin, seen: Arc<Seen>) {
    loop {
        let ask = async |path: &str| {
            let reply = admin.rest.attempt(reqwest::Method::GET, path, None, &[]).await.ok()?;
            reply.body["items"].as_array().cloned()
        };
        for agent in ask("/v1/agents?limit=200").await.into_iter().flatten() {
            if agent["open"].as_u64().is_some_and(|open| open > CAPACITY as u64) {
                seen.breaches.lock().push(format!("REST says {agent}"));
            }
        }
        // One page, one reading of the store.
        let mut held = BTreeMap::<String, usize>::new();
        for chat in ask("/v1/conversations?state=assigned&limit=200").await.into_iter().flatten() {
            *held.entry(chat["agent"]["id"].to_string()).or_default() += 1;
        }
        if let Some((agent, chats)) = held.into_iter().find(|(_, chats)| *chats > CAPACITY) {
            seen.breaches.lock().push(format!("REST says that {agent} owns {chats}"));
        }
        // waits: a person looks again
        tokio::time::sleep(LOOK).await;
    }
}
