use crate::{
    Store, SystemClock,
    store::{CommitError, NewAgent, Write, Written},
};
use model::{
    AgentId, Audience, Body, Caller, ChannelId, CommandId, Conversation, ConversationId, DecisionId, Entry, IdSource,
    ManualClock, NodeId, Participant, Reader, Role, TeamId, TenantId, Timestamp, VisitorId,
    body::Named,
    conversation::{Command, Grant, OfferTerms, Request},
    people::{Channel, Status, Team, Visitor},
    plugin::{DecisionRecord, Rung},
    routing,
    tenant::{Settings, Tenant},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A store with nothing in it.
pub struct StoreUnderTest {
    pub store: Arc<dyn Store>,
    /// The clock it lives by; `None` when that is a server's, which a test has to wait for.
    pub clock: Option<Arc<ManualClock>>,
}

/// One tenant with a team, a channel, agents and a visitor, ready to talk.
pub struct World {
    pub store: Arc<dyn Store>,
    pub clock: Option<Arc<ManualClock>>,
    pub tenant: TenantId,
    pub team: Named<TeamId>,
    pub channel: ChannelId,
    pub visitor: Named<VisitorId>,
    pub agents: Vec<Named<AgentId>>,
}

pub fn ids() -> &'static dyn IdSource {
    &SystemClock
}

pub fn text(words: &str) -> Body {
    Body::Text { text: words.into() }
}

pub fn send(words: &str) -> Command {
    Command::Send { body: text(words), audience: Audience::All }
}

/// `Code` of a refused write; panics when it was done or failed.
pub fn refused(result: Result<Written, CommitError>) -> model::Code {
    match result {
        Err(CommitError::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

impl World {
    /// Agents are online with `capacity` places each.
    pub async fn new(under_test: StoreUnderTest, agents: usize, capacity: u16) -> Self {
        let StoreUnderTest { store, clock } = under_test;
        let mut world = Self {
            store,
            clock,
            tenant: ids().tenant(),
            team: Named { id: ids().team(), name: "Support".into() },
            channel: ids().channel(),
            visitor: Named { id: ids().visitor(), name: "Vera 王".into() },
            agents: Vec::new(),
        };
        world.settle(agents, capacity).await;
        world
    }

    /// Another tenant in the same store.
    pub async fn beside(&self, agents: usize, capacity: u16) -> Self {
        let under_test = StoreUnderTest { store: Arc::clone(&self.store), clock: self.clock.clone() };
        Self::new(under_test, agents, capacity).await
    }

    async fn settle(&mut self, agents: usize, capacity: u16) {
        let settings = Settings { open_per_visitor: 1000, ..Settings::default() };
        let slug = self.tenant.to_string().to_lowercase();
        let tenant = Tenant { id: self.tenant, slug, name: "Acme".into(), settings, activation_epoch: 0, version: 1 };
        assert!(self.store.add_tenant(&tenant).await.unwrap());
        for n in 0..agents {
            let name = format!("Agent {n}");
            let id = ids().agent();
            assert!(self.store.add_agent(self.tenant, &new_agent(id, &name, capacity)).await.unwrap());
            assert!(self.store.set_status(self.tenant, id, Status::Online).await.unwrap());
            self.agents.push(Named { id, name });
        }
        self.agents.sort_by_key(|a| a.id);
        let members = self.agents.iter().map(|a| a.id).collect();
        let team = Team { id: self.team.id, name: self.team.name.clone(), members, version: 1 };
        assert!(self.store.add_team(self.tenant, &team).await.unwrap());
        let channel = Channel {
            id: self.channel,
            key: format!("key-{}", self.channel),
            name: "Shop".into(),
            team: self.team.id,
            allowed_origins: vec!["https://shop.example".into()],
            identity_secret: None,
            version: 1,
        };
        assert!(self.store.add_channel(self.tenant, &channel).await.unwrap());
        self.visitor = self.new_visitor("Vera 王").await;
    }

    pub async fn new_visitor(&self, name: &str) -> Named<VisitorId> {
        let visitor = Visitor {
            id: ids().visitor(),
            channel: self.channel,
            name: name.into(),
            external_id: None,
            language: Some("zh-CN".into()),
            vip: 2,
            properties: BTreeMap::from([("plan".into(), "gold".into())]),
            created_at: self.store.now().await.unwrap(),
        };
        let id = self.store.put_visitor(self.tenant, &visitor).await.unwrap();
        Named { id, name: name.into() }
    }

    /// A node with a lease.
    pub async fn node(&self) -> NodeId {
        let node = ids().node();
        self.store.renew_node(node, "node", Duration::from_hours(1)).await.unwrap();
        node
    }

    /// Lets the store's clock go on.
    pub async fn pass(&self, span: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(span),
            // waits: a server's clock cannot be moved.
            None => tokio::time::sleep(span + Duration::from_millis(5)).await,
        }
    }

    pub fn as_visitor(&self) -> Caller {
        self.as_this_visitor(&self.visitor)
    }
    pub fn as_this_visitor(&self, visitor: &Named<VisitorId>) -> Caller {
        Caller {
            tenant: self.tenant,
            participant: Participant::Visitor(visitor.id),
            role: Role::Visitor,
            name: visitor.name.clone(),
        }
    }
    pub fn as_agent(&self, n: usize) -> Caller {
        let agent = &self.agents[n];
        Caller {
            tenant: self.tenant,
            participant: Participant::Agent(agent.id),
            role: Role::Agent,
            name: agent.name.clone(),
        }
    }

    pub fn write(&self, conversation: ConversationId, caller: &Caller, id: CommandId, command: Command) -> Write {
        let request =
            Request { tenant: self.tenant, conversation, caller: Some(caller.clone()), id: Some(id), command };
        Write { request, decision: None, node: None }
    }

    /// A command of the host itself.
    pub fn host(&self, conversation: ConversationId, command: Command) -> Write {
        let request = Request { tenant: self.tenant, conversation, caller: None, id: None, command };
        Write { request, decision: None, node: None }
    }

    pub async fn commit(&self, write: Write) -> Result<Written, CommitError> {
        self.store.commit(vec![write]).await.remove(0)
    }

    pub async fn act(&self, conversation: ConversationId, caller: &Caller, command: Command) -> Written {
        self.commit(self.write(conversation, caller, ids().command(), command)).await.unwrap()
    }

    pub fn opening(&self, visitor: &Named<VisitorId>) -> Command {
        Command::Open {
            channel: self.channel,
            visitor: visitor.clone(),
            team: self.team.clone(),
            subject: Some("A question".into()),
            language: Some("en".into()),
            priority: 1,
            needs: vec!["returns".into()],
            properties: BTreeMap::new(),
        }
    }

    pub async fn open(&self) -> Conversation {
        let caller = self.as_visitor();
        self.act(ids().conversation(), &caller, self.opening(&self.visitor)).await.conversation
    }

    /// Opened, and agent `n` owns it.
    pub async fn open_with(&self, n: usize) -> Conversation {
        let c = self.open().await;
        self.commit(self.route(&c, self.assign(&[n], Duration::ZERO))).await.unwrap().conversation
    }

    /// Agents by position, in order of preference; an offer when `lifetime` is not zero.
    pub fn assign(&self, agents: &[usize], lifetime: Duration) -> Grant {
        let terms = OfferTerms { offer: ids().offer(), token: u64::MAX - 5, lifetime };
        Grant::Assign { agents: agents.iter().map(|n| self.agents[*n].clone()).collect(), terms }
    }

    pub fn route(&self, c: &Conversation, grant: Grant) -> Write {
        self.route_under(c, 0, grant)
    }

    pub fn route_under(&self, c: &Conversation, epoch: u64, grant: Grant) -> Write {
        let decision = ids().decision();
        let mut write = self.host(c.id, Command::Route { epoch, attempt: c.backlog.attempt, decision, grant });
        write.decision = Some(self.record(decision, epoch));
        write
    }

    pub fn record(&self, id: DecisionId, epoch: u64) -> DecisionRecord {
        DecisionRecord {
            id,
            at: Timestamp::from_ms(1),
            epoch,
            rung: Rung::BuiltIn,
            release: None,
            snapshot: None,
            plugin: "built-in".into(),
            version: "1.0.0".into(),
            request: routing::RoutingRequest {
                context: routing::Context { now: 1, seed: u64::MAX },
                conversation: routing::RoutingConversation {
                    waiting_since: 1,
                    ahead: 0,
                    attempt: 0,
                    priority: 1,
                    needs: 0,
                    channel: "Shop".into(),
                    language: "en".into(),
                    labels: Vec::new(),
                },
                visitor: routing::RoutingVisitor { vip: 0, visits: 0, properties: Vec::new() },
                skills: Vec::new(),
                agents: Vec::new(),
                teams: Vec::new(),
                team: 0,
            },
            agents: self.agents.iter().map(|a| a.id).collect(),
            teams: vec![self.team.id],
            decision: routing::Decision { action: routing::Action::Assign(Vec::new()), reasons: Vec::new() },
            fuel: 7,
            faults: Vec::new(),
            logs: Vec::new(),
            assigned: None,
        }
    }

    pub async fn log(&self, conversation: ConversationId) -> Vec<Entry> {
        self.store.entries(self.tenant, conversation, Reader::Agent, 0, 10_000).await.unwrap()
    }

    pub async fn open_places(&self, n: usize) -> u16 {
        self.store.agent(self.tenant, self.agents[n].id).await.unwrap().unwrap().open
    }

    /// Every invariant that the store can recount itself.
    pub async fn assert_whole(&self) {
        assert_eq!(self.store.audit().await.unwrap(), []);
    }

    /// `seq` 1, 2, 3 … and the head agrees.
    pub async fn assert_gapless(&self, conversation: ConversationId) -> usize {
        let log = self.log(conversation).await;
        let seqs: Vec<u64> = log.iter().map(|e| e.seq).collect();
        assert_eq!(seqs, (1..=log.len() as u64).collect::<Vec<_>>());
        let head = self.store.conversation(self.tenant, conversation).await.unwrap().unwrap().head;
        assert_eq!(head.last_seq, log.len() as u64);
        log.len()
    }
}

pub fn new_agent(id: AgentId, name: &str, capacity: u16) -> NewAgent {
    NewAgent {
        id,
        email: format!("{}@acme.example", id.to_string().to_lowercase()),
        name: name.into(),
        role: Role::Agent,
        capacity,
        skills: vec!["returns".into()],
        tier: 1,
        weight: 100,
        password_hash: "$argon2id$test".into(),
    }
}
