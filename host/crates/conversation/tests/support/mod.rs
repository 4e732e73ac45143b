//! A node's conversations on a real store in a directory of its own; time, presence and the router are the test's.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use async_trait::async_trait;
use model::{
    AgentId, Body, Caller, ChannelId, CommandId, Conversation, ConversationId, Entry, IdSource, ManualClock, NodeId,
    Participant, Reader, Refusal, Role, SessionId, TeamId, TenantId, Timestamp,
    conversation::Offer,
    people::{Channel, Status, Team, Visitor},
    plugin::Rung,
    routing::{Decision, RoutingRequest},
    routing_builtin::builtin_least_busy,
    tenant::{Settings, Tenant},
};
use parking_lot::Mutex;
use ports::{
    Directory, Hint, Hints, PortError, PortResult, Router, Routing, SessionAt, Store, SystemClock,
    store::{NewAgent, Page},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use store_sql::{SqlStore, StoreConfig};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_conversation::{Config, Conversations, Intent, Parts, Receipt};

/// Long enough for a slow machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the clock of any test goes on.
const LEASE: Duration = Duration::from_hours(1000);

pub struct Desk {
    pub conversations: Arc<Conversations>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    pub presence: Arc<Presence>,
    pub router: Arc<Answers>,
    pub heard: Arc<Heard>,
    pub tenant: TenantId,
    pub team: TeamId,
    pub channel: ChannelId,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
    pub node: NodeId,
    directory: Arc<tempfile::TempDir>,
}

pub fn ids() -> Arc<dyn IdSource> {
    Arc::new(SystemClock)
}

impl Desk {
    pub async fn new(settings: Settings) -> Self {
        let desk = Self::at_rest(settings).await;
        desk.conversations.run(&desk.tasks, desk.stop.clone());
        desk
    }

    /// Nothing runs yet: commands are not answered.
    pub async fn at_rest(settings: Settings) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_800_000_000_000)));
        let url = format!("sqlite://{}", directory.path().join("weft.db").display());
        let config = StoreConfig { url, connections: 4 };
        let store: Arc<dyn Store> = Arc::new(SqlStore::open(&config, clock.clone()).await.unwrap());
        let ids = ids();
        let (tenant, team, channel) = (ids.tenant(), ids.team(), ids.channel());
        let slug = "shop".to_owned();
        store
            .add_tenant(&Tenant { id: tenant, slug, name: "Shop".into(), settings, activation_epoch: 0, version: 1 })
            .await
            .unwrap();
        store.add_team(tenant, &Team { id: team, name: "Sales".into(), members: vec![], version: 1 }).await.unwrap();
        let channel_row = Channel {
            id: channel,
            key: "key".into(),
            name: "Site".into(),
            team,
            allowed_origins: vec![],
            identity_secret: None,
            version: 1,
        };
        store.add_channel(tenant, &channel_row).await.unwrap();
        let presence = Arc::new(Presence::default());
        let router = Arc::new(Answers::default());
        let heard = Arc::new(Heard::default());
        let node = ids.node();
        store.renew_node(node, "desk", LEASE).await.unwrap();
        let mut desk = Self {
            conversations: Conversations::new(parts(&store, &router, &presence, &heard, &clock, node)),
            store,
            clock,
            presence,
            router,
            heard,
            tenant,
            team,
            channel,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            node,
            directory,
        };
        desk.renew();
        desk
    }

    /// The same node, started again.
    pub fn renew(&mut self) {
        self.conversations = self.service(self.node);
        self.tasks = TaskTracker::new();
        self.stop = CancellationToken::new();
    }

    /// Another node over the same store, running.
    pub async fn another(&self) -> Arc<Conversations> {
        let node = ids().node();
        self.store.renew_node(node, "another", LEASE).await.unwrap();
        let service = self.service(node);
        service.run(&self.tasks, self.stop.clone());
        service
    }

    fn service(&self, node: NodeId) -> Arc<Conversations> {
        Conversations::new(parts(&self.store, &self.router, &self.presence, &self.heard, &self.clock, node))
    }

    pub async fn halt(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub async fn agent(&self, name: &str, capacity: u16, role: Role) -> Caller {
        let agent = self.outsider(name, capacity, role).await;
        let id = agent.participant.agent().unwrap();
        let mut team = self.store.team(self.tenant, self.team).await.unwrap().unwrap();
        team.members.push(id);
        assert!(self.store.update_team(self.tenant, &team).await.unwrap());
        agent
    }

    /// An agent of no team, online and connected.
    pub async fn outsider(&self, name: &str, capacity: u16, role: Role) -> Caller {
        let id = ids().agent();
        let new = NewAgent {
            id,
            email: format!("{name}@shop.example"),
            name: name.into(),
            role,
            capacity,
            skills: vec![],
            tier: 0,
            weight: 100,
            password_hash: "-".into(),
        };
        assert!(self.store.add_agent(self.tenant, &new).await.unwrap());
        assert!(self.store.set_status(self.tenant, id, Status::Online).await.unwrap());
        self.presence.0.lock().insert(id);
        Caller { tenant: self.tenant, participant: Participant::Agent(id), role, name: name.into() }
    }

    pub async fn visitor(&self, name: &str) -> Caller {
        let id = ids().visitor();
        let visitor = Visitor {
            id,
            channel: self.channel,
            name: name.into(),
            external_id: None,
            language: Some("en".into()),
            vip: 0,
            properties: [("plan".to_owned(), "gold".to_owned())].into(),
            created_at: Timestamp::ZERO,
        };
        self.store.put_visitor(self.tenant, &visitor).await.unwrap();
        let participant = Participant::Visitor(id);
        Caller { tenant: self.tenant, participant, role: Role::Visitor, name: name.into() }
    }

    pub async fn run(&self, caller: &Caller, intent: Intent) -> Result<Receipt, Refusal> {
        self.conversations.execute(caller, ids().command(), intent).await
    }

    pub async fn open(&self, visitor: &Caller) -> ConversationId {
        self.run(visitor, open()).await.unwrap().conversation.unwrap()
    }

    pub async fn say(&self, who: &Caller, conversation: ConversationId, text: &str) -> Result<Receipt, Refusal> {
        self.run(who, say(conversation, text)).await
    }

    pub async fn state(&self, conversation: ConversationId) -> Conversation {
        self.store.conversation(self.tenant, conversation).await.unwrap().unwrap()
    }

    pub async fn log(&self, conversation: ConversationId) -> Vec<Entry> {
        self.store.entries(self.tenant, conversation, Reader::Agent, 0, 200).await.unwrap()
    }

    pub async fn until(&self, conversation: ConversationId, what: impl Fn(&Conversation) -> bool) -> Conversation {
        let waiting = async {
            loop {
                let state = self.state(conversation).await;
                if what(&state) {
                    return state;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap()
    }

    pub async fn offer(&self, conversation: ConversationId) -> Offer {
        self.until(conversation, |c| c.offer().is_some()).await.offer().unwrap().clone()
    }

    pub async fn accept(&self, agent: &Caller, offer: &Offer) -> Result<Receipt, Refusal> {
        self.run(agent, Intent::Accept { offer: offer.id, token: offer.token }).await
    }

    pub async fn decisions(&self, conversation: ConversationId) -> usize {
        let page = Page { after: None, limit: 200 };
        self.store.decisions(self.tenant, conversation, page).await.unwrap().len()
    }
}

fn parts(
    store: &Arc<dyn Store>,
    router: &Arc<Answers>,
    presence: &Arc<Presence>,
    heard: &Arc<Heard>,
    clock: &Arc<ManualClock>,
    node: NodeId,
) -> Parts {
    Parts {
        store: store.clone(),
        router: router.clone(),
        directory: presence.clone(),
        hints: heard.clone(),
        ids: ids(),
        clock: clock.clone(),
        node,
        config: Config {
            sweep_every: Duration::from_millis(50),
            due_every: Duration::from_millis(20),
            absent_every: Duration::from_millis(20),
            places_every: Duration::from_millis(30),
            ..Config::default()
        },
    }
}

pub fn open() -> Intent {
    Intent::Open { team: None, subject: None, language: None, needs: vec![], properties: [].into() }
}

pub fn say(conversation: ConversationId, text: &str) -> Intent {
    Intent::Send { conversation, body: Body::Text { text: text.into() }, audience: model::Audience::All }
}

pub fn offered_to(offer: &Offer, agent: &Caller) -> bool {
    Some(offer.agent.id) == agent.participant.agent()
}

/// Who is connected, and whether that can be asked.
#[derive(Default)]
pub struct Presence(pub Mutex<BTreeSet<AgentId>>, pub AtomicBool, AtomicU64);

impl Presence {
    /// Waits until a service has asked who is connected, twice: the second question was asked after this call.
    pub async fn asked(&self) {
        for _ in 0..2 {
            let before = self.2.load(Ordering::SeqCst);
            while self.2.load(Ordering::SeqCst) == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

#[async_trait]
impl Directory for Presence {
    async fn connect(&self, _: TenantId, _: Participant, _: SessionAt) -> PortResult<()> {
        Ok(())
    }
    async fn disconnect(&self, _: TenantId, _: Participant, _: SessionAt) -> PortResult<()> {
        Ok(())
    }
    async fn refresh(&self, _: NodeId, _: &[(TenantId, Participant, SessionId)]) -> PortResult<()> {
        Ok(())
    }
    async fn nodes_of(&self, _: TenantId, _: &[Participant]) -> PortResult<BTreeSet<NodeId>> {
        Ok(BTreeSet::new())
    }
    async fn holds(&self, _: TenantId, _: Participant, _: SessionId) -> PortResult<bool> {
        Ok(false)
    }
    async fn connected_agents(&self, _: TenantId, agents: &[AgentId]) -> PortResult<BTreeSet<AgentId>> {
        if self.1.load(Ordering::SeqCst) {
            return Err(PortError::Unavailable { what: "the session directory", source: None });
        }
        self.2.fetch_add(1, Ordering::SeqCst);
        let here = self.0.lock();
        Ok(agents.iter().copied().filter(|a| here.contains(a)).collect())
    }
}

pub type Rule = Box<dyn Fn(&RoutingRequest) -> Decision + Send>;

/// A router that answers what the test says: the built-in rule until then.
pub struct Answers {
    pub decides: AtomicBool,
    pub epoch: AtomicU64,
    pub calls: AtomicU64,
    pub rule: Mutex<Option<Rule>>,
    pub asked: Mutex<Vec<RoutingRequest>>,
}

impl Default for Answers {
    fn default() -> Self {
        let decides = AtomicBool::new(true);
        Self { decides, epoch: 0.into(), calls: 0.into(), rule: Mutex::default(), asked: Mutex::default() }
    }
}

#[async_trait]
impl Router for Answers {
    fn properties(&self, _: TenantId, _: TeamId) -> Vec<String> {
        vec!["plan".into()]
    }
    fn decides(&self, _: TenantId, _: u64) -> bool {
        self.decides.load(Ordering::SeqCst)
    }
    async fn route(&self, _: TenantId, _: TeamId, request: &RoutingRequest) -> Routing {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.asked.lock().push(request.clone());
        let decision = self.rule.lock().as_ref().map_or_else(|| builtin_least_busy(request), |rule| rule(request));
        Routing {
            output: decision,
            epoch: self.epoch.load(Ordering::SeqCst),
            rung: Rung::BuiltIn,
            release: None,
            snapshot: None,
            plugin: "test".into(),
            version: "1".into(),
            fuel: 0,
            faults: vec![],
            logs: vec![],
        }
    }
}

/// Everything that was hinted.
#[derive(Default)]
pub struct Heard(pub Mutex<Vec<Hint>>);

impl Hints for Heard {
    fn hint(&self, hint: Hint) -> bool {
        self.0.lock().push(hint);
        true
    }
}

impl Heard {
    pub async fn until<T>(&self, what: impl Fn(&[Hint]) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = what(&self.0.lock()) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap()
    }
}

pub fn command() -> CommandId {
    ids().command()
}
