//! What one ephemeral delivery costs from `Delivery::signal` to `Session::next`: no socket, 1 000 chats of two on one node.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

use async_trait::async_trait;
use embedded::{EmbeddedBus, EmbeddedDirectory, EmbeddedWork};
use model::{ConversationId, NodeId, TenantId};
use ports::{Found, Indexable, PortResult, Search, SearchQuery, SystemClock};
use session::{
    Hello, Hub, Session, Sessions,
    testing::{MemoryLog, agent_caller, conversation, visitor_caller},
};
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_delivery::{Config, Delivery, Parts, Signal};

/// Finds nothing.
struct NoSearch;

#[async_trait]
impl Search for NoSearch {
    async fn index(&self, _: &[Indexable]) -> PortResult<()> {
        Ok(())
    }
    async fn search(&self, _: TenantId, _: &SearchQuery) -> PortResult<Vec<Found>> {
        Ok(vec![])
    }
    async fn erase(&self, _: TenantId, _: ConversationId, _: &[u64]) -> PortResult<()> {
        Ok(())
    }
    async fn lineage(&self) -> PortResult<String> {
        Ok(String::new())
    }
}

/// Time that this thread was on a core.
fn cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

const CHATS: u64 = 1_000;
const ROUNDS: u32 = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (clock, hub, node) = (Arc::new(SystemClock), Arc::new(Hub::default()), NodeId::from_parts(1, 1));
    let log = MemoryLog::new(Arc::clone(&clock) as _);
    let directory = Arc::new(EmbeddedDirectory::new(Arc::clone(&clock) as _));
    let sessions = Sessions::new(session::Parts {
        hub: Arc::clone(&hub),
        store: Arc::clone(&log) as _,
        directory: Arc::clone(&directory) as _,
        ids: Arc::clone(&clock) as _,
        node,
        config: session::Config::default(),
    });
    let delivery = Delivery::new(Parts {
        hub,
        store: Arc::clone(&log) as _,
        bus: Arc::new(EmbeddedBus::new()),
        directory,
        search: Arc::new(NoSearch),
        work: Arc::new(EmbeddedWork::new(Arc::clone(&clock) as _)),
        clock,
        plugins_changed: Arc::default(),
        node,
        config: Config::default(),
    });
    delivery.run(&TaskTracker::new(), CancellationToken::new());
    let mut chats: Vec<(ConversationId, Arc<Session>, Arc<Session>)> = Vec::new();
    for n in 0..CHATS {
        let id = conversation(n);
        log.open(id, n);
        log.assign(id, n);
        let (visitor, _) = sessions.open(visitor_caller(n), &Hello::default()).await.unwrap();
        let (agent, _) = sessions.open(agent_caller(n), &Hello::default()).await.unwrap();
        for session in [&visitor, &agent] {
            session.next(&*log).await;
        }
        chats.push((id, visitor, agent));
    }
    for _ in 0..3 {
        let begun = cpu_ns();
        for _ in 0..ROUNDS {
            for (conversation, visitor, agent) in &chats {
                delivery.signal(visitor, &Signal::Typing { conversation: *conversation, on: true }).unwrap();
                assert_eq!(agent.next(&*log).await.len(), 1);
            }
            tokio::task::yield_now().await;
        }
        let deliveries = CHATS as u32 * ROUNDS;
        println!(
            "signal: {} ns of CPU per delivery ({deliveries} deliveries)",
            (cpu_ns() - begun) / u64::from(deliveries)
        );
    }
}
