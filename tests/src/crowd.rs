//! Visitors who contend for the seats of a few agents, whatever fails meanwhile: never over capacity, never two owners, as the agents
//! themselves see it, as REST says it, and as the logs tell it.

use crate::{
    Admin, Agent, Cluster, Steady, Visitor,
    seats::{replay, steps},
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinHandle};

/// The longest that anybody may wait for so much.
const SERVED_WITHIN: Duration = Duration::from_mins(4);
const LOOK: Duration = Duration::from_millis(200);
const OFFER_SECONDS: u64 = 2;

#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub visitors: usize,
    pub agents: usize,
    /// Of each agent.
    pub capacity: u16,
    /// Of one chat; each is asked after the answer to the one before.
    pub questions: usize,
    /// Before each question.
    pub thinking: Duration,
}

pub struct Crowd {
    size: Size,
    admin: Admin,
    seen: Arc<Seen>,
    stop: watch::Sender<bool>,
    /// Desks and watches: they go on for ever.
    tasks: Vec<JoinHandle<()>>,
    visits: Vec<JoinHandle<Vec<String>>>,
}

/// What went wrong as somebody saw it, and the chats that are over.
#[derive(Default)]
struct Seen {
    breaches: Mutex<Vec<String>>,
    over: Mutex<BTreeSet<String>>,
}

impl Crowd {
    /// Everybody of a tenant: each visitor visits once, and then again until told to stop.
    pub async fn start(cluster: &Cluster, tenant: &str, size: Size) -> Self {
        let admin = Admin::sign_in(cluster, tenant).await;
        admin.setting("offer_seconds", OFFER_SECONDS).await;
        let channel = admin.channel_key().await;
        let (seen, stop) = (Arc::new(Seen::default()), watch::Sender::new(false));
        let mut crowd = Self { size, admin, seen, stop, tasks: Vec::new(), visits: Vec::new() };
        for n in 0..size.agents {
            let agent = crowd.admin.agent(&format!("Agent{n}"), size.capacity, &[]).await;
            crowd.tasks.push(tokio::spawn(serve(agent, size, crowd.seen.clone())));
        }
        for node in &cluster.nodes {
            let there = Admin { rest: node.rest().with_token(crowd.admin.rest.token()), ..crowd.admin.clone() };
            crowd.tasks.push(tokio::spawn(watch(there, size, crowd.seen.clone())));
        }
        let mut visitors = Vec::new();
        for n in 0..size.visitors {
            visitors.push(Visitor::enter(cluster, &channel, &format!("Visitor {n}")).await);
        }
        let visits =
            visitors.into_iter().map(|v| tokio::spawn(visit(v, size, crowd.seen.clone(), crowd.stop.subscribe())));
        crowd.visits = visits.collect();
        crowd
    }

    /// Whoever is served leaves and does not come again.
    pub fn last_visit(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for so many more chats to be over, or for all when nobody comes again; how long that took.
    pub async fn served(&self, more: usize) -> Duration {
        let over = || self.seen.over.lock().len();
        let (began, chats) = (Instant::now(), over() + more);
        while over() < chats && !self.visits.iter().all(JoinHandle::is_finished) {
            assert!(began.elapsed() < SERVED_WITHIN, "only {} chats are over", over());
            // waits: between two looks at what other tasks count
            tokio::time::sleep(LOOK).await;
        }
        began.elapsed()
    }

    /// Lets everybody be served, then holds the logs, the ledger and the nodes' own audit against the seats. Fails the test on any
    /// breach. Answers the chats.
    pub async fn settle(mut self, cluster: &Cluster) -> Vec<String> {
        self.last_visit();
        let mut chats = Vec::new();
        for visit in std::mem::take(&mut self.visits) {
            let visit = tokio::time::timeout(SERVED_WITHIN, visit).await;
            chats.extend(visit.expect("every visitor is served").unwrap());
        }
        for task in &self.tasks {
            assert!(!task.is_finished(), "a desk or a watch gave up");
            task.abort();
        }
        let breaches = self.seen.breaches.lock().clone();
        assert!(breaches.is_empty(), "{} breaches were seen, the first: {:?}", breaches.len(), breaches.first());
        let mut all = Vec::new();
        for chat in &chats {
            all.extend(steps(chat, &self.admin.log(chat).await));
        }
        let found = replay(all, self.size.capacity.into());
        assert!(found.over_capacity.is_empty(), "{:?}", found.over_capacity);
        assert!(found.two_owners.is_empty(), "{:?}", found.two_owners);
        for agent in self.admin.rest.all("/v1/agents").await {
            assert_eq!(agent["open"], 0, "{agent}");
        }
        cluster.is_sound().await;
        chats
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        for visit in &self.visits {
            visit.abort();
        }
    }
}

/// Opens, asks when somebody is there, and waits until they have closed; and again, until told to stop.
async fn visit(visitor: Visitor, size: Size, seen: Arc<Seen>, stop: watch::Receiver<bool>) -> Vec<String> {
    let mut client = Steady::open(&visitor.rest).await;
    let mut chats = Vec::new();
    loop {
        let opened = client.command("open", json!({"subject": "me first"})).await.unwrap();
        let chat = opened["conversation"].as_str().unwrap().to_owned();
        client.follow(&chat);
        for n in 0..size.questions {
            let reply = n.checked_sub(1).map(|before| format!("answer {before}"));
            let is_next = |f: &Value| match &reply {
                Some(text) => f["body"]["text"] == **text,
                None => f["body"]["kind"] == "assigned",
            };
            client.shown(|f| is_entry(f, &chat) && is_next(f)).await;
            // waits: a person reads and types
            tokio::time::sleep(size.thinking).await;
            let body = json!({"kind": "text", "text": format!("question {n}")});
            client.command("send", json!({"conversation": chat, "body": body})).await.unwrap();
        }
        client.shown(|f| is_entry(f, &chat) && f["body"]["kind"] == "closed").await;
        client.leave(&chat);
        seen.over.lock().insert(chat.clone());
        chats.push(chat);
        if *stop.borrow() {
            return chats;
        }
    }
}

fn is_entry(frame: &Value, chat: &str) -> bool {
    frame["type"] == "entry" && frame["conversation"] == *chat
}

/// Serves for ever, over any number of sessions; holds what it believes to own against its capacity.
async fn serve(agent: Agent, size: Size, seen: Arc<Seen>) {
    let mut desk = Steady::open(&agent.rest).await;
    loop {
        let _ = desk.command("status", json!({"status": "online"})).await;
        let mut own = owned(&desk, &agent);
        if own.len() > size.capacity.into() {
            seen.breaches.lock().push(format!("{} is welcomed with {own:?}", agent.name));
        }
        for chat in &own {
            desk.follow(chat);
        }
        let mut at = 0;
        while let Some(frame) = desk.next(&mut at).await {
            let chat = frame["conversation"].as_str().unwrap_or_default().to_owned();
            match (frame["type"].as_str(), frame["body"]["kind"].as_str()) {
                (Some("offer"), _) => {
                    let offer = json!({"offer": frame["offer"], "token": frame["token"]});
                    let _ = desk.once("accept", offer).await;
                }
                (_, Some("assigned")) if frame["body"]["agent"]["id"] == *agent.id => {
                    desk.follow(&chat);
                    own.insert(chat);
                }
                (_, Some("assigned" | "closed" | "moved")) => {
                    desk.leave(&chat);
                    own.remove(&chat);
                }
                (_, Some("left")) if frame["body"]["agent"]["id"] == *agent.id => {
                    desk.leave(&chat);
                    own.remove(&chat);
                }
                (_, Some("text")) if answer(&desk, &frame, size.questions).await => {
                    desk.leave(&chat);
                    own.remove(&chat);
                }
                _ => {}
            }
            // Order holds within a conversation, not between two: what was given after a seat was freed may be seen before that. So it
            // asks what it owns, all at once.
            if own.len() > size.capacity.into() {
                break;
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
async fn answer(desk: &Steady, entry: &Value, questions: usize) -> bool {
    let Some(number) = entry["body"]["text"].as_str().and_then(|t| t.strip_prefix("question ")) else { return false };
    let chat = &entry["conversation"];
    let body = json!({"kind": "text", "text": format!("answer {number}")});
    let _ = desk.once("send", json!({"conversation": chat, "body": body})).await;
    let last = number == (questions - 1).to_string();
    if last {
        let _ = desk.once("close", json!({"conversation": chat})).await;
    }
    last
}

/// Asks one node again and again: what does it say that everybody has? A node that is down says nothing.
async fn watch(admin: Admin, size: Size, seen: Arc<Seen>) {
    let capacity = usize::from(size.capacity);
    loop {
        let ask = async |path: &str| {
            let reply = admin.rest.attempt(reqwest::Method::GET, path, None, &[]).await.ok()?;
            reply.body["items"].as_array().cloned()
        };
        for agent in ask("/v1/agents?limit=200").await.into_iter().flatten() {
            if agent["open"].as_u64().is_some_and(|open| open > capacity as u64) {
                seen.breaches.lock().push(format!("REST says {agent}"));
            }
        }
        // One page, one reading of the store.
        let mut held = BTreeMap::<String, usize>::new();
        for chat in ask("/v1/conversations?state=assigned&limit=200").await.into_iter().flatten() {
            *held.entry(chat["agent"]["id"].to_string()).or_default() += 1;
        }
        if let Some((agent, chats)) = held.into_iter().find(|(_, chats)| *chats > capacity) {
            seen.breaches.lock().push(format!("REST says that {agent} owns {chats}"));
        }
        // waits: a person looks again
        tokio::time::sleep(LOOK).await;
    }
}
