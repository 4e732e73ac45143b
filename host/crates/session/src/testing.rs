//! A log in memory, for tests of sessions and of delivery: real state machine, no disk, and it fails when it is told to.

use async_trait::async_trait;
use model::{
    AgentId, Audience, Author, Body, Caller, Clock, Conversation, ConversationId, DecisionId, Entry, NodeId, OfferId,
    Participant, Reader, Role, TeamId, TenantId, Timestamp, VisitorId,
    body::Named,
    conversation::{Command, Event, Mark, Marks, Request, State, apply},
    plugin::DecisionRecord,
};
use parking_lot::Mutex;
use ports::{
    PortError, PortResult,
    hints::Committed,
    store::{
        Change, CommitError, ConversationFilter, Conversations, IndexLag, Indexed, Located, Page, Place, RouteFacts,
        StoreInfo, ToIndex, Violation, Write, Written,
    },
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

pub const TENANT: TenantId = TenantId::from_parts(1, 1);

#[derive(Debug, thiserror::Error)]
#[error("told to fail")]
struct ToldToFail;

#[derive(Clone, Debug)]
struct Kept {
    conversation: Conversation,
    entries: Vec<Entry>,
    marks: Marks,
    indexed: u64,
    indexing: Option<NodeId>,
}

pub struct MemoryLog {
    clock: Arc<dyn Clock>,
    kept: Mutex<BTreeMap<Located, Kept>>,
    /// Reads that fail from now on.
    pub failing: AtomicU32,
    /// How often a read yields before it answers.
    pub yields: AtomicU32,
    pub reads: AtomicU64,
    pub epoch: AtomicU64,
    lineage: Mutex<String>,
}

pub fn visitor(n: u64) -> Named<VisitorId> {
    Named { id: VisitorId::from_parts(n, 1), name: format!("Visitor {n}") }
}
pub fn agent(n: u64) -> Named<AgentId> {
    Named { id: AgentId::from_parts(n, 2), name: format!("Agent {n}") }
}
pub fn conversation(n: u64) -> ConversationId {
    ConversationId::from_parts(n, 3)
}
pub fn visitor_caller(n: u64) -> Caller {
    let Named { id, name } = visitor(n);
    Caller { tenant: TENANT, participant: Participant::Visitor(id), role: Role::Visitor, name }
}
pub fn agent_caller(n: u64) -> Caller {
    let Named { id, name } = agent(n);
    Caller { tenant: TENANT, participant: Participant::Agent(id), role: Role::Agent, name }
}

impl MemoryLog {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            kept: Mutex::default(),
            failing: AtomicU32::new(0),
            yields: AtomicU32::new(0),
            reads: AtomicU64::new(0),
            epoch: AtomicU64::new(1),
            lineage: Mutex::default(),
        })
    }

    /// Commits `event`; answers the hint that a node would be given.
    pub fn commit_event(&self, id: ConversationId, event: &Event) -> Arc<Committed> {
        let request = Request { tenant: TENANT, conversation: id, caller: None, id: None, command: Command::Tick };
        let mut kept = self.kept.lock();
        let at = Located { tenant: TENANT, conversation: id };
        let now = self.clock.now();
        let was = kept.get(&at).map(|k| k.conversation.clone());
        let departing: Vec<_> = was.iter().flat_map(Conversation::participants).collect();
        let offer = was.as_ref().and_then(Conversation::offer).cloned();
        let prev_public = was.as_ref().map_or(0, |c| c.head.last_public);
        let Some(c) = apply(was, &request, event, now) else { unreachable!("the first event opens") };
        let entries: Vec<_> = event
            .entry()
            .map(|(author, audience, body)| Entry {
                seq: c.head.last_seq,
                prev_public,
                at: now,
                author,
                id: None,
                audience,
                body,
            })
            .into_iter()
            .collect();
        let after = kept.entry(at).or_insert_with(|| Kept {
            conversation: c.clone(),
            entries: vec![],
            marks: Marks::new(),
            indexed: 0,
            indexing: None,
        });
        after.entries.extend(entries.clone());
        after.conversation = c.clone();
        let mut marks = Vec::new();
        if let Event::Marked { participant, mark } = event {
            after.marks.insert(*participant, *mark);
            marks.push((*participant, *mark));
        }
        if let Event::Recalled { seq, .. } = event {
            after.entries.iter_mut().filter(|e| e.seq == *seq).for_each(|e| e.body = Body::Erased);
        }
        let departed = departing.into_iter().filter(|who| !c.has(*who)).collect();
        let offered = if let Event::Offered { offer } = event { Some(offer.clone()) } else { None };
        let offer_ended = offer.filter(|o| c.offer().is_none_or(|now| now.id != o.id)).map(|o| (o, "accepted"));
        Arc::new(Committed { conversation: c, entries, marks, offered, offer_ended, departed, trace: None })
    }

    pub fn open(&self, id: ConversationId, by: u64) -> Arc<Committed> {
        let team = Named { id: TeamId::from_parts(1, 4), name: "Support".into() };
        self.commit_event(
            id,
            &Event::Opened {
                channel: model::ChannelId::from_parts(1, 5),
                visitor: visitor(by),
                team,
                subject: None,
                language: None,
                priority: 1,
                needs: vec![],
                properties: BTreeMap::new(),
            },
        )
    }
    pub fn assign(&self, id: ConversationId, to: u64) -> Arc<Committed> {
        self.commit_event(id, &Event::Assigned { author: Author::System, agent: agent(to) })
    }
    pub fn send(&self, id: ConversationId, by: Author, text: &str) -> Arc<Committed> {
        self.commit_event(
            id,
            &Event::Sent { author: by, audience: Audience::All, body: Body::Text { text: text.into() } },
        )
    }
    pub fn note(&self, id: ConversationId, text: &str) -> Arc<Committed> {
        let body = Body::Text { text: text.into() };
        self.commit_event(id, &Event::Sent { author: Author::System, audience: Audience::Agents, body })
    }
    pub fn close(&self, id: ConversationId) -> Arc<Committed> {
        self.commit_event(id, &Event::Closed { author: Author::System, reason: None })
    }
    pub fn mark(&self, id: ConversationId, participant: Participant, upto: u64) -> Arc<Committed> {
        self.commit_event(id, &Event::Marked { participant, mark: Mark { delivered: upto, read: upto } })
    }
    /// The `seq`s that `reader` may see.
    pub fn visible(&self, id: ConversationId, reader: Reader) -> Vec<u64> {
        let kept = self.kept.lock();
        let of = kept.get(&Located { tenant: TENANT, conversation: id });
        of.into_iter().flat_map(|k| &k.entries).filter(|e| reader.sees(e.audience)).map(|e| e.seq).collect()
    }

    async fn read<T>(&self, what: impl FnOnce(&BTreeMap<Located, Kept>) -> T) -> PortResult<T> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        for _ in 0..self.yields.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        if self.failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
            return Err(PortError::unavailable("the log", ToldToFail));
        }
        Ok(what(&self.kept.lock()))
    }

    async fn find(&self, which: impl Fn(&Conversation) -> bool) -> PortResult<Vec<Conversation>> {
        self.read(|kept| kept.values().map(|k| &k.conversation).filter(|c| which(c)).cloned().collect()).await
    }
}

#[async_trait]
impl Conversations for MemoryLog {
    async fn commit(&self, group: Vec<Write>) -> Vec<Result<Written, CommitError>> {
        group.iter().map(|_| Err(PortError::unavailable("commands", ToldToFail).into())).collect()
    }
    async fn conversation(&self, tenant: TenantId, id: ConversationId) -> PortResult<Option<Conversation>> {
        self.read(|kept| kept.get(&Located { tenant, conversation: id }).map(|k| k.conversation.clone())).await
    }
    async fn conversations(
        &self,
        tenant: TenantId,
        _: &ConversationFilter,
        _: Page<(Timestamp, ConversationId)>,
    ) -> PortResult<Vec<Conversation>> {
        self.find(|c| c.tenant == tenant).await
    }
    async fn open_of(&self, tenant: TenantId, who: Participant, _: u32) -> PortResult<Vec<Conversation>> {
        self.find(|c| c.tenant == tenant && !c.is_closed() && c.has(who)).await
    }
    async fn offered_to(&self, tenant: TenantId, agent: AgentId, _: u32) -> PortResult<Vec<Conversation>> {
        self.find(|c| c.tenant == tenant && c.offer().is_some_and(|o| o.agent.id == agent)).await
    }
    async fn entries(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        reader: Reader,
        after: u64,
        limit: u32,
    ) -> PortResult<Vec<Entry>> {
        self.read(|kept| {
            let of = kept.get(&Located { tenant, conversation });
            let seen = of.into_iter().flat_map(|k| &k.entries).filter(|e| e.seq > after && reader.sees(e.audience));
            seen.take(limit as usize).cloned().collect()
        })
        .await
    }
    async fn offer(&self, tenant: TenantId, offer: OfferId) -> PortResult<Option<ConversationId>> {
        let with = self.find(|c| c.tenant == tenant && c.offer().is_some_and(|o| o.id == offer)).await?;
        Ok(with.first().map(|c| c.id))
    }
    async fn unread(&self, _: TenantId, _: Participant, conversations: &[ConversationId]) -> PortResult<Vec<u32>> {
        self.read(|_| vec![0; conversations.len()]).await
    }
    async fn marks(&self, tenant: TenantId, conversation: ConversationId) -> PortResult<Marks> {
        self.read(|kept| kept.get(&Located { tenant, conversation }).map(|k| k.marks.clone()).unwrap_or_default()).await
    }
    async fn backlog(&self, tenant: TenantId, team: TeamId, _: u32) -> PortResult<Vec<Conversation>> {
        self.find(|c| c.tenant == tenant && c.team.id == team && c.state() == State::Waiting).await
    }
    async fn place(&self, _: TenantId, _: ConversationId) -> PortResult<Option<Place>> {
        self.read(|_| Some(Place { position: 1, ahead: 0 })).await
    }
    async fn route_facts(&self, _: TenantId, _: TeamId, _: &[ConversationId]) -> PortResult<RouteFacts> {
        Ok(RouteFacts { waiting: Vec::new(), seats: Vec::new(), teams: Vec::new(), epoch: 0 })
    }
    async fn claim_lane(&self, _: NodeId, _: TenantId, _: TeamId, _: Duration) -> PortResult<bool> {
        Ok(true)
    }
    async fn leave_lane(&self, _: NodeId, _: TenantId, _: TeamId) -> PortResult<()> {
        Ok(())
    }
    async fn holders(&self, _: u32) -> PortResult<Vec<(TenantId, AgentId)>> {
        Ok(Vec::new())
    }
    async fn changed_since(&self, since: Timestamp, limit: u32) -> PortResult<Vec<Change>> {
        self.read(|kept| {
            let mut changes: Vec<_> = kept
                .iter()
                .map(|(at, k)| (at, k.conversation.head))
                .filter(|(_, head)| head.changed_at >= since)
                .map(|(at, head)| Change {
                    tenant: at.tenant,
                    conversation: at.conversation,
                    last_seq: head.last_seq,
                    version: head.version,
                    changed_at: head.changed_at,
                })
                .collect();
            changes.sort_by_key(|c| c.changed_at);
            changes.truncate(limit as usize);
            changes
        })
        .await
    }
    async fn claim_due(&self, _: NodeId, _: u32, _: Duration) -> PortResult<Vec<Located>> {
        Ok(vec![])
    }
    async fn teams_to_route(&self, _: u32) -> PortResult<Vec<(TenantId, TeamId)>> {
        Ok(vec![])
    }
    async fn claim_unindexed(
        &self,
        node: NodeId,
        which: ToIndex<'_>,
        limit: u32,
        _: Duration,
    ) -> PortResult<Vec<(Located, u64)>> {
        self.read(|_| ()).await?;
        let asked = |at: &Located| match which {
            ToIndex::These(these) => these.contains(at),
            ToIndex::WaitingFor(span) => span.is_zero(),
        };
        let mut kept = self.kept.lock();
        let free = kept
            .iter_mut()
            .filter(|(at, k)| k.indexed < k.conversation.head.last_seq && k.indexing.is_none() && asked(at));
        let claimed = free.take(limit as usize).map(|(at, k)| {
            k.indexing = Some(node);
            (*at, k.indexed)
        });
        Ok(claimed.collect())
    }
    async fn set_indexed(&self, done: &[Indexed]) -> PortResult<()> {
        let mut kept = self.kept.lock();
        for done in done {
            if let Some(kept) = kept.get_mut(&done.at) {
                kept.indexed = done.to;
                kept.indexing = None;
            }
        }
        Ok(())
    }
    async fn index_lag(&self) -> PortResult<IndexLag> {
        self.read(|kept| {
            let pending = kept.values().filter(|k| k.indexed < k.conversation.head.last_seq).count() as u64;
            IndexLag { pending, oldest: Duration::ZERO }
        })
        .await
    }
    async fn index_into(&self, lineage: &str) -> PortResult<bool> {
        let mut known = self.lineage.lock();
        let new = *known != lineage;
        if new {
            lineage.clone_into(&mut known);
            self.kept.lock().values_mut().for_each(|kept| kept.indexed = 0);
        }
        Ok(new)
    }
    async fn decision(&self, _: TenantId, _: DecisionId) -> PortResult<Option<(ConversationId, DecisionRecord)>> {
        Ok(None)
    }
    async fn decisions(&self, _: TenantId, _: ConversationId, _: Page<DecisionId>) -> PortResult<Vec<DecisionRecord>> {
        Ok(vec![])
    }
    async fn decisions_between(
        &self,
        _: TenantId,
        _: Timestamp,
        _: Timestamp,
        _: Page<DecisionId>,
    ) -> PortResult<Vec<DecisionRecord>> {
        Ok(vec![])
    }
    async fn recent_decisions(
        &self,
        _: TenantId,
        _: Page<DecisionId>,
    ) -> PortResult<Vec<(ConversationId, DecisionRecord)>> {
        Ok(vec![])
    }
    async fn audit(&self) -> PortResult<Vec<Violation>> {
        Ok(vec![])
    }
    async fn now(&self) -> PortResult<Timestamp> {
        Ok(self.clock.now())
    }
    async fn info(&self) -> PortResult<StoreInfo> {
        self.read(|_| StoreInfo { epoch: self.epoch.load(Ordering::Relaxed), kind: "memory" }).await
    }
}
