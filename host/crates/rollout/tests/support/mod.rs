//! Nodes over one real store, with a plugin runtime that does what a component's text says: `name version behaviour`.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use async_trait::async_trait;
use model::{
    AgentId, IdSource, ManualClock, NodeId, TeamId, TenantId, Timestamp,
    people::Team,
    plugin::{Activation, ActivationState, Digest, Hook, Release},
    routing::{
        Action, Choice, Context, Decision, Presence, RoutingAgent, RoutingConversation, RoutingRequest, RoutingTeam,
        RoutingVisitor,
    },
    routing_builtin::builtin_least_busy,
    tenant::{Settings, Tenant},
};
use parking_lot::Mutex;
use ports::{
    Answer, CallFault, Frozen, GoldenReport, Hint, Hints, Inspection, PluginRuntime, Prepared, Router, Routing, Store,
    SystemClock, plugins::UploadRefusal,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use store_sql::{SqlStore, StoreConfig};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_rollout::{Change, Config, NodeState, Parts, Rollout, RolloutError};

const PATIENCE: Duration = Duration::from_secs(20);

pub fn ids() -> Arc<dyn IdSource> {
    Arc::new(SystemClock)
}

/// The store, the time and two tenants that all nodes share.
pub struct Cluster {
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    pub tenant: TenantId,
    pub other: TenantId,
    pub team: TeamId,
    pub admin: AgentId,
    pub bus: Arc<Bus>,
    directory: tempfile::TempDir,
}

/// What carries hints between the nodes.
#[derive(Default)]
pub struct Bus {
    nodes: Mutex<Vec<Arc<Notify>>>,
    /// While set, no hint arrives.
    pub down: AtomicBool,
    /// The process that gives so many hints more dies as it gives the last.
    pub dies_at: Mutex<Option<u32>>,
}

impl Hints for Bus {
    fn hint(&self, hint: Hint) -> bool {
        assert!(matches!(hint, Hint::PluginsChanged { .. }));
        if let Some(left) = self.dies_at.lock().as_mut() {
            *left -= 1;
            assert!(*left > 0, "the node dies here");
        }
        if !self.down.load(Ordering::SeqCst) {
            self.nodes.lock().iter().for_each(|node| node.notify_one());
        }
        true
    }
}

/// One node. Its tasks run only after `run`.
pub struct Node {
    pub rollout: Arc<Rollout>,
    pub runtime: Arc<Runtime>,
    pub id: NodeId,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Cluster {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_800_000_000_000)));
        let url = format!("sqlite://{}", directory.path().join("weft.db").display());
        let store: Arc<dyn Store> =
            Arc::new(SqlStore::open(&StoreConfig { url, connections: 4 }, clock.clone()).await.unwrap());
        let ids = ids();
        let (tenant, other, team) = (ids.tenant(), ids.tenant(), ids.team());
        for (id, slug) in [(tenant, "tea"), (other, "bikes")] {
            let settings = Settings::default();
            let tenant = Tenant { id, slug: slug.into(), name: slug.into(), settings, activation_epoch: 0, version: 1 };
            assert!(store.add_tenant(&tenant).await.unwrap());
        }
        let row = Team { id: team, name: "Sales".into(), members: vec![], version: 1 };
        assert!(store.add_team(tenant, &row).await.unwrap());
        Self { store, clock, tenant, other, team, admin: ids.agent(), bus: Arc::default(), directory }
    }

    /// A node that has started: the default is installed, the sets in force are loaded.
    pub async fn node(&self) -> Node {
        let node = self.starting(Runtime::default()).await;
        node.rollout.load().await.unwrap();
        node
    }

    pub async fn starting(&self, runtime: Runtime) -> Node {
        self.sweeping(runtime, Duration::from_millis(20)).await
    }

    pub async fn sweeping(&self, runtime: Runtime, sweep_every: Duration) -> Node {
        let runtime = Arc::new(runtime);
        let id = ids().node();
        let config = Config {
            node_name: format!("node-{id}"),
            prepare_within: Duration::from_secs(5),
            poll_every: Duration::from_millis(5),
            sweep_every,
            ..Config::default()
        };
        let changed = Arc::new(Notify::new());
        self.bus.nodes.lock().push(changed.clone());
        let rollout = Rollout::new(Parts {
            store: self.store.clone(),
            runtime: runtime.clone(),
            ids: ids(),
            clock: self.clock.clone(),
            hints: self.bus.clone(),
            changed,
            node: id,
            config,
        });
        rollout.install_shipped(vec![component("least-busy 1.0.0 ok")]).await.unwrap();
        Node { rollout, runtime, id, tasks: TaskTracker::new(), stop: CancellationToken::new() }
    }

    pub async fn epoch(&self) -> u64 {
        self.store.tenant(self.tenant).await.unwrap().unwrap().activation_epoch
    }

    pub async fn upload(&self, node: &Node, text: &str) -> Release {
        node.rollout.upload(self.tenant, self.admin, component(text)).await.unwrap()
    }

    /// Uploads and activates for every team; the epoch.
    pub async fn activate(&self, node: &Node, text: &str) -> u64 {
        let release = self.upload(node, text).await;
        self.put(node, &[bind(&release)]).await.unwrap().epoch
    }

    pub async fn put(&self, node: &Node, changes: &[Change]) -> Result<Activation, RolloutError> {
        node.rollout.activate(self.tenant, self.admin, changes, None).await
    }

    /// The newest set, and the stage of each node beside it.
    pub async fn newest(&self, node: &Node) -> (Activation, Vec<NodeState>) {
        let set = node.rollout.activations(self.tenant, None, 1).await.unwrap().remove(0);
        let nodes = node.rollout.nodes(self.tenant, &set).await.unwrap();
        (set, nodes)
    }

    pub async fn until(&self, what: impl AsyncFn() -> bool) {
        let waiting = async {
            while !what().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }

    pub async fn route(&self, node: &Node) -> Routing {
        node.rollout.route(self.tenant, self.team, &request()).await
    }
}

impl Node {
    pub fn run(&self) {
        self.rollout.run(&self.tasks, self.stop.clone());
    }
    pub async fn halt(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

pub fn component(text: &str) -> Arc<[u8]> {
    text.as_bytes().into()
}

pub fn bind(release: &Release) -> Change {
    Change {
        hook: Hook::Routing,
        team: None,
        channel: None,
        release: Some(release.digest),
        settings: serde_json::json!({}),
    }
}

/// A set that binds nothing, as whoever activates it stages it.
pub const fn staged(at: Timestamp) -> Activation {
    Activation {
        epoch: 0,
        bindings: vec![],
        state: ActivationState::Staged,
        reason: None,
        by: None,
        staged_at: at,
        activated_at: None,
    }
}

/// Two agents; the second has a free place. Differs from call to call in what the plugin may not depend on.
pub fn request() -> RoutingRequest {
    let agent = |open| RoutingAgent {
        presence: Presence::Online,
        open,
        capacity: 1,
        skills: 0,
        tier: 0,
        weight: 100,
        last_assigned: 0,
        last_freed: 0,
        last_served: 0,
        recent: 0,
        first_reply: 0,
        declined: false,
    };
    let (now, seed) = ids().parts();
    RoutingRequest {
        context: Context { now, seed: seed as u64 },
        conversation: RoutingConversation {
            waiting_since: now,
            ahead: 0,
            attempt: 0,
            priority: 1,
            needs: 0,
            channel: "site".into(),
            language: format!("x-{}", seed >> 64),
            labels: vec![],
        },
        visitor: RoutingVisitor { vip: 0, visits: 0, properties: vec![] },
        skills: vec![],
        agents: vec![agent(1), agent(0)],
        teams: vec![RoutingTeam { name: "Sales".into(), open: true, online: 2, free: 1, waiting: 1 }],
        team: 0,
    }
}

/// What a node's runtime does besides what the component says.
#[derive(Default)]
pub struct Runtime {
    /// Reports other results on the golden vectors than everybody else.
    pub lies: bool,
    pub refuses: AtomicBool,
    /// Both of two activations are prepared before either goes on.
    pub barrier: Option<tokio::sync::Barrier>,
    pub calls: Arc<AtomicU64>,
    /// While set, components that flip do what they flip to.
    pub flipped: Arc<AtomicBool>,
    pub prepared: Mutex<Vec<Digest>>,
}

fn words(component: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(component).split(' ').map(str::to_owned).collect()
}

fn refusal(code: &str, message: &str) -> UploadRefusal {
    UploadRefusal { code: code.into(), message: message.into(), errors: vec![] }
}

#[async_trait]
impl PluginRuntime for Runtime {
    async fn validate(&self, component: Arc<[u8]>) -> Result<Inspection, UploadRefusal> {
        let words = words(&component);
        let [name, version, _] = words.as_slice() else { return Err(refusal("not_wasm", "not three words")) };
        Ok(Inspection {
            digest: Digest::of(&component),
            size: component.len() as u64,
            hook: Hook::Routing,
            name: name.clone(),
            version: version.clone(),
            wit_version: "1.0.0".into(),
            imports: vec![],
            exports: vec![],
            manifest: serde_json::json!({}),
        })
    }

    async fn prepare(&self, frozen: Frozen) -> Result<Arc<dyn Prepared>, UploadRefusal> {
        if frozen.settings.get("bad").is_some() {
            return Err(refusal("invalid_settings", "`bad` is no setting"));
        }
        if self.refuses.load(Ordering::SeqCst) {
            return Err(refusal("compile", "no memory left here"));
        }
        if let Some(barrier) = &self.barrier
            && words(&frozen.component)[0] != "least-busy"
        {
            barrier.wait().await;
        }
        let snapshot = Digest::of(&[&frozen.component, frozen.settings.to_string().as_bytes()].concat());
        self.prepared.lock().push(snapshot);
        let proof = if self.lies { Digest::of(b"lie") } else { Digest::of(&snapshot.0) };
        Ok(Arc::new(Plugin {
            words: words(&frozen.component),
            release: Digest::of(&frozen.component),
            snapshot,
            golden: GoldenReport { vectors: 1, proof, fuel_max: 1 },
            properties: vec!["plan".into()],
            calls: self.calls.clone(),
            flipped: self.flipped.clone(),
        }))
    }
}

struct Plugin {
    words: Vec<String>,
    release: Digest,
    snapshot: Digest,
    golden: GoldenReport,
    properties: Vec<String>,
    calls: Arc<AtomicU64>,
    flipped: Arc<AtomicBool>,
}

impl Prepared for Plugin {
    fn release(&self) -> Digest {
        self.release
    }
    fn snapshot(&self) -> Digest {
        self.snapshot
    }
    fn hook(&self) -> Hook {
        Hook::Routing
    }
    fn name(&self) -> &str {
        &self.words[0]
    }
    fn version(&self) -> &str {
        &self.words[1]
    }
    fn properties(&self) -> &[String] {
        &self.properties
    }
    fn golden(&self) -> &GoldenReport {
        &self.golden
    }
    fn route(&self, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let flipped = self.flipped.load(Ordering::SeqCst);
        let assign = |agent| Action::Assign(vec![Choice { agent, score: 0 }]);
        let action = match self.words[2].as_str() {
            "ok" => builtin_least_busy(request).action,
            "flips" if flipped => builtin_least_busy(request).action,
            "trap" | "flips" => return Err(CallFault::Trap("unreachable".into())),
            "slow" => return Err(CallFault::TimedOut),
            "stranger" => assign(7),
            "full" => assign(0),
            "drifts" if flipped => Action::TakeMessage,
            _ => Action::Wait { rank: 1, again_in: 0 },
        };
        Ok(Answer { output: Decision { action, reasons: vec![] }, fuel: 42, logs: vec![] })
    }
}
