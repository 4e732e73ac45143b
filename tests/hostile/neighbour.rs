//! A tenant beside the hostile one: chats are opened one after the other, and each must be assigned.

use parking_lot::Mutex;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use weft_tests::{Admin, Agent, Node, Session, Via, Visitor, eventually};

/// How long each of its visitors took, from `open` to an agent's acceptance.
pub type Waits = Vec<Duration>;

/// Opens chats until it is stopped.
pub struct Neighbour {
    running: JoinHandle<()>,
    waits: Arc<Mutex<Waits>>,
    stop: Arc<AtomicBool>,
}

impl Neighbour {
    pub async fn start(node: &Node, tenant: &str, release: Vec<u8>) -> Self {
        let admin = Admin::sign_in(node, tenant).await;
        let digest = admin.upload(release).await;
        admin.activate(&digest, &json!({})).await;
        let desk = admin.agent("Bea", 5, &[]).await.online(Via::Socket).await;
        let visitor = Visitor::enter(node, &admin.channel_key().await, "Nora").await.session(Via::Socket).await;
        let (waits, stop) = (Arc::<Mutex<Waits>>::default(), Arc::new(AtomicBool::new(false)));
        let (served, stopped) = (Arc::clone(&waits), Arc::clone(&stop));
        let running = tokio::spawn(async move {
            while !stopped.load(Ordering::Acquire) {
                let wait = chat(&admin, &visitor, &desk).await;
                served.lock().push(wait);
            }
        });
        Self { running, waits, stop }
    }

    /// Those of the first `chats`.
    pub async fn first(&self, chats: usize) -> Waits {
        let enough = async || (self.waits.lock().len() >= chats).then_some(());
        eventually("the neighbour's visitors are served", enough).await;
        std::mem::take(&mut self.waits.lock())
    }

    /// Those of all chats since. Every one was assigned by the tenant's own plugin, or this fails the test.
    pub async fn stop(self) -> Waits {
        self.stop.store(true, Ordering::Release);
        self.running.await.unwrap();
        std::mem::take(&mut self.waits.lock())
    }
}

async fn chat(admin: &Admin, visitor: &Session, desk: &Session) -> Duration {
    let started = Instant::now();
    let chat = Visitor::open(visitor, "beside a hostile plugin").await;
    Agent::accept(desk, &chat).await;
    visitor.entry(&chat, "assigned").await;
    let took = started.elapsed();
    desk.command("close", json!({"conversation": chat})).await.unwrap_or_else(|e| panic!("close: {e:?}"));
    let decisions = admin.decisions(&chat).await;
    assert!(decisions.iter().any(|d| d["action"] == "assign"), "{decisions:?}");
    took
}

/// How many, and the 99th percentile.
pub fn figures(mut waits: Waits) -> String {
    waits.sort();
    let p99 = waits.get(waits.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default();
    format!("{} chats, p99 {} ms", waits.len(), p99.as_millis())
}
