use async_trait::async_trait;
use embedded::{EmbeddedBus, EmbeddedDirectory, EmbeddedWork};
use model::{Author, Caller, ConversationId, ManualClock, NodeId, Reader, TenantId, Timestamp};
use parking_lot::Mutex;
use ports::{
    Address, Bus, Directory, Found, Hint, Hints as _, Indexable, Message, PortError, PortResult, Search, SearchQuery,
    Subscription, SystemClock, hints::Committed,
};
use serde_json::Value;
use session::{
    Config as SessionConfig, Hello, Hub, Parts as SessionParts, Session, Sessions,
    testing::{MemoryLog, visitor},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_delivery::{Config, Delivery, Parts};

/// How long anything may take.
pub const SOON: Duration = Duration::from_secs(20);

/// What the bus does to a message, in percent.
#[derive(Clone, Copy, Default)]
pub struct Chaos {
    pub lost: u32,
    pub doubled: u32,
    pub late: u32,
}

/// A bus that loses, doubles and holds back, and counts.
pub struct OddBus {
    inner: Arc<EmbeddedBus>,
    chaos: Chaos,
    chance: Mutex<u64>,
    held: Mutex<Vec<(Address, Message)>>,
    pub sent: Mutex<HashMap<Address, u32>>,
}

impl OddBus {
    pub fn new(chaos: Chaos, seed: u64) -> Arc<Self> {
        let inner = Arc::new(EmbeddedBus::new());
        Arc::new(Self { inner, chaos, chance: Mutex::new(seed), held: Mutex::default(), sent: Mutex::default() })
    }
    fn happens(&self, percent: u32) -> bool {
        let mut chance = self.chance.lock();
        *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*chance >> 33) % 100) < u64::from(percent)
    }
}

#[async_trait]
impl Bus for OddBus {
    async fn publish(&self, to: Address, message: Message) -> PortResult<()> {
        *self.sent.lock().entry(to).or_default() += 1;
        if self.happens(self.chaos.lost) {
            return Ok(());
        }
        if self.happens(self.chaos.late) {
            self.held.lock().push((to, message));
            return Ok(());
        }
        if self.happens(self.chaos.doubled) {
            self.inner.publish(to, message.clone()).await?;
        }
        self.inner.publish(to, message).await?;
        let held = std::mem::take(&mut *self.held.lock());
        for (to, message) in held {
            self.inner.publish(to, message).await?;
        }
        Ok(())
    }
    async fn subscribe(&self, to: Address) -> PortResult<Subscription> {
        self.inner.subscribe(to).await
    }
    fn connected(&self) -> bool {
        true
    }
}

/// A directory that does not answer.
pub struct DownDirectory;

#[derive(Debug, thiserror::Error)]
#[error("down")]
struct Down;

#[async_trait]
impl Directory for DownDirectory {
    async fn connect(&self, _: TenantId, _: model::Participant, _: ports::SessionAt) -> PortResult<()> {
        Err(PortError::unavailable("the directory", Down))
    }
    async fn disconnect(&self, _: TenantId, _: model::Participant, _: ports::SessionAt) -> PortResult<()> {
        Err(PortError::unavailable("the directory", Down))
    }
    async fn refresh(&self, _: NodeId, _: &[(TenantId, model::Participant, model::SessionId)]) -> PortResult<()> {
        Err(PortError::unavailable("the directory", Down))
    }
    async fn nodes_of(&self, _: TenantId, _: &[model::Participant]) -> PortResult<std::collections::BTreeSet<NodeId>> {
        Err(PortError::unavailable("the directory", Down))
    }
    async fn holds(&self, _: TenantId, _: model::Participant, _: model::SessionId) -> PortResult<bool> {
        Err(PortError::unavailable("the directory", Down))
    }
    async fn connected_agents(
        &self,
        _: TenantId,
        _: &[model::AgentId],
    ) -> PortResult<std::collections::BTreeSet<model::AgentId>> {
        Err(PortError::unavailable("the directory", Down))
    }
}

/// An index in memory.
#[derive(Default)]
pub struct MemorySearch {
    pub texts: Mutex<BTreeMap<(ConversationId, u64), String>>,
    pub changed: Notify,
    /// Answers nothing.
    pub away: AtomicBool,
    /// How often it was asked, and how many entries it was given.
    pub asked: AtomicU32,
    pub given: AtomicU32,
    pub lineage: Mutex<String>,
}

impl MemorySearch {
    fn answer(&self) -> PortResult<()> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.away.load(Ordering::Relaxed) {
            return Err(PortError::unavailable("the index", Down));
        }
        Ok(())
    }
}

#[async_trait]
impl Search for MemorySearch {
    async fn index(&self, entries: &[Indexable]) -> PortResult<()> {
        self.answer()?;
        self.given.fetch_add(entries.len() as u32, Ordering::Relaxed);
        self.texts.lock().extend(entries.iter().map(|e| ((e.conversation, e.seq), e.text.clone())));
        self.changed.notify_one();
        Ok(())
    }
    async fn search(&self, _: TenantId, _: &SearchQuery) -> PortResult<Vec<Found>> {
        Ok(vec![])
    }
    async fn erase(&self, _: TenantId, conversation: ConversationId, seqs: &[u64]) -> PortResult<()> {
        self.texts.lock().retain(|(c, seq), _| *c != conversation || !seqs.contains(seq));
        self.changed.notify_one();
        Ok(())
    }
    async fn lineage(&self) -> PortResult<String> {
        self.answer()?;
        Ok(self.lineage.lock().clone())
    }
}

pub struct Cluster {
    pub log: Arc<MemoryLog>,
    pub search: Arc<MemorySearch>,
    pub nodes: Vec<Node>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

pub struct Node {
    pub id: NodeId,
    pub delivery: Arc<Delivery>,
    pub plugins_changed: Arc<Notify>,
    sessions: Arc<Sessions>,
    log: Arc<MemoryLog>,
}

/// A client that remembers what it got.
pub struct Client {
    pub session: Arc<Session>,
    pub got: Vec<Value>,
    log: Arc<MemoryLog>,
}

/// How often the sweep of a test looks.
#[derive(Clone, Copy)]
pub enum Sweep {
    Often,
    Never,
}

impl Cluster {
    pub async fn start(count: u64, bus: Arc<OddBus>, directory: Option<Arc<dyn Directory>>, sweep: Sweep) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_000_000)));
        let log = MemoryLog::new(Arc::clone(&clock) as _);
        let directory = directory.unwrap_or_else(|| Arc::new(EmbeddedDirectory::new(Arc::clone(&clock) as _)));
        let (search, stop, tasks) = (Arc::new(MemorySearch::default()), CancellationToken::new(), TaskTracker::new());
        let often = Duration::from_millis(50);
        let sweep_every = if matches!(sweep, Sweep::Often) { often } else { Duration::from_hours(1) };
        let config = Config {
            sweep_every,
            sweep_every_alone: sweep_every,
            refresh_every: often,
            index_every: often,
            index_overdue: Duration::ZERO,
            index_jobs: 2,
        };
        let work = Arc::new(EmbeddedWork::new(Arc::clone(&clock) as _));
        let mut nodes = Vec::new();
        for n in 1..=count {
            let (id, hub) = (NodeId::from_parts(n, 9), Arc::new(Hub::default()));
            let sessions = Sessions::new(SessionParts {
                hub: Arc::clone(&hub),
                store: Arc::clone(&log) as _,
                directory: Arc::clone(&directory),
                ids: Arc::new(SystemClock),
                node: id,
                config: SessionConfig::default(),
            });
            let plugins_changed = Arc::new(Notify::new());
            let delivery = Delivery::new(Parts {
                hub,
                store: Arc::clone(&log) as _,
                bus: Arc::clone(&bus) as _,
                directory: Arc::clone(&directory),
                search: Arc::clone(&search) as _,
                work: Arc::clone(&work) as _,
                clock: Arc::clone(&clock) as _,
                plugins_changed: Arc::clone(&plugins_changed),
                node: id,
                config,
            });
            delivery.run(&tasks, stop.clone());
            nodes.push(Node { id, delivery, sessions, plugins_changed, log: Arc::clone(&log) });
        }
        // Each node listens on its own address and on the cluster's.
        tokio::time::timeout(SOON, async {
            while bus.inner.subscriptions() < 2 * nodes.len() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        Self { log, search, nodes, stop, tasks }
    }

    /// Ends all tasks, in bounded time.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        tokio::time::timeout(SOON, self.tasks.wait()).await.unwrap();
    }
}

impl Node {
    pub async fn open(&self, caller: Caller) -> Client {
        let (session, _) = self.sessions.open(caller, &Hello::default()).await.unwrap();
        Client { session, got: Vec::new(), log: Arc::clone(&self.log) }
    }
    pub async fn watch(&self, client: &Client, watch: session::Watch) {
        self.sessions.watch(&client.session, watch).await.unwrap();
    }
    pub fn hint(&self, committed: Arc<Committed>) {
        assert!(self.delivery.hint(Hint::Committed(committed)));
    }
}

impl Client {
    /// Waits until what was got is `enough`.
    pub async fn until(&mut self, what: &str, enough: impl Fn(&[Value]) -> bool) {
        let waiting = async {
            while !enough(&self.got) {
                let frames = self.session.next(&*self.log).await;
                self.got.extend(frames.iter().map(|f| serde_json::from_slice::<Value>(f).unwrap()));
            }
        };
        let result = tokio::time::timeout(SOON, waiting).await;
        assert!(result.is_ok(), "{what}: not within {SOON:?}");
    }

    pub async fn until_seq(&mut self, of: ConversationId, seq: u64) {
        let (of, last) = (of.to_string(), seq);
        let is_last = |e: &&Value| e["type"] == "entry" && e["conversation"] == of;
        self.until(&format!("entry {seq}"), |got| got.iter().rev().find(is_last).is_some_and(|e| e["seq"] == last))
            .await;
    }

    pub fn of_type(&self, name: &str) -> Vec<&Value> {
        self.got.iter().filter(|e| e["type"] == name).collect()
    }

    /// Every visible entry once, in order, each naming the one before it.
    pub fn assert_whole(&self, of: ConversationId, reader: Reader) {
        assert_eq!(seqs(&self.got, of), self.log.visible(of, reader));
        let mut have = 0;
        for entry in self.got.iter().filter(|e| e["type"] == "entry") {
            assert_eq!(entry["prev"], have);
            have = entry["seq"].as_u64().unwrap();
        }
    }
}

pub fn seqs(got: &[Value], of: ConversationId) -> Vec<u64> {
    let own = got.iter().filter(|e| e["type"] == "entry" && e["conversation"] == of.to_string());
    own.map(|e| e["seq"].as_u64().unwrap()).collect()
}

pub fn by_visitor(n: u64) -> Author {
    let who = visitor(n);
    Author::Visitor { id: who.id, name: who.name }
}
