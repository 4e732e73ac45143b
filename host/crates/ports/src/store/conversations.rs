use super::Page;
use crate::PortResult;
use async_trait::async_trait;
use model::{
    AgentId, Conversation, ConversationId, DecisionId, Entry, NodeId, OfferId, Participant, Reader, Refusal, TeamId,
    TenantId, Timestamp, VisitorId,
    body::Named,
    conversation::{Event, Marks, Request, State},
    people::Status,
    plugin::DecisionRecord,
};
use std::{collections::BTreeMap, time::Duration};

/// One write of a group: a request, and the decision record that goes with a `Command::Route`.
#[derive(Clone, Debug)]
pub struct Write {
    pub request: Request,
    pub decision: Option<DecisionRecord>,
    /// The node that commands this by itself. Refused (`Code::Unavailable`) when its lease has ended by the store's clock: another
    /// node may have taken over. `None` for what people command.
    pub node: Option<NodeId>,
}

/// What a write came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The state after it. For a repeated command: the state now.
    pub conversation: Conversation,
    /// The state before it; `None` for `open`.
    pub before: Option<Conversation>,
    pub events: Vec<Event>,
    /// The entries it added, in `seq` order. For a repeated command: the first entry it added back then.
    pub entries: Vec<Entry>,
    /// The same command id was committed before: this is that receipt again, nothing was added (C2).
    pub repeated: bool,
}

/// Why one write of a group was not done. The others of the group are not affected.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] crate::PortError),
}

/// Filter of a tenant's conversations, newest change first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    pub state: Option<State>,
    pub team: Option<TeamId>,
    pub agent: Option<AgentId>,
    pub visitor: Option<VisitorId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// A conversation that changed: what the sweep compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub tenant: TenantId,
    pub conversation: ConversationId,
    pub last_seq: u64,
    pub version: u64,
    pub changed_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Located {
    pub tenant: TenantId,
    pub conversation: ConversationId,
}

/// Which conversations a node wants to index.
#[derive(Clone, Copy, Debug)]
pub enum ToIndex<'a> {
    These(&'a [Located]),
    /// Whatever has waited for at least so long.
    WaitingFor(Duration),
}

/// What was indexed of a conversation: the entries after `from`, up to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Indexed {
    pub at: Located,
    pub from: u64,
    pub to: u64,
}

/// How far the index is behind the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexLag {
    /// Conversations with entries that are not indexed.
    pub pending: u64,
    /// How long the first of them has waited.
    pub oldest: Duration,
}

/// A place in a team's backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// 1 is next.
    pub position: u32,
    pub ahead: u32,
}

/// An agent of a team as routing sees one; `online` is the agent's own word, connection is the directory's.
#[derive(Clone, Debug, PartialEq)]
pub struct SeatFacts {
    pub agent: Named<AgentId>,
    pub status: Status,
    pub open: u16,
    pub capacity: u16,
    pub skills: Vec<String>,
    pub tier: u8,
    pub weight: u16,
    pub last_assigned: Option<Timestamp>,
    pub last_freed: Option<Timestamp>,
    /// Assignments in the last 60 minutes.
    pub recent: u16,
    /// Median of the last 20 first replies; `None` when there are none.
    pub first_reply: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TeamFacts {
    pub team: Named<TeamId>,
    /// Members, for the directory to say who is connected.
    pub members: Vec<AgentId>,
    pub online: u16,
    pub free: u16,
    pub waiting: u32,
}

/// What routing calls about waiting conversations of one team need, read in a fixed number of statements.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteFacts {
    /// Those asked for that wait in the team now, in the order they were asked for.
    pub waiting: Vec<Waiting>,
    /// The team's members who are not offline and not disabled, by agent id, at most `limits::ROUTING_AGENTS`.
    pub seats: Vec<SeatFacts>,
    /// All teams of the tenant, by id, at most 100.
    pub teams: Vec<TeamFacts>,
    pub epoch: u64,
}

/// A waiting conversation as routing sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub conversation: Conversation,
    pub channel: String,
    /// Who waits before it in the team's backlog.
    pub ahead: u32,
    pub visitor_vip: u8,
    pub visitor_properties: BTreeMap<String, String>,
    /// Conversations of this visitor before this one.
    pub visits: u32,
    /// When agents last served this visitor.
    pub last_served: BTreeMap<AgentId, Timestamp>,
}

/// A broken invariant that the auditor found (C5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub tenant: TenantId,
    /// `over_capacity`, `ledger_drift`, `seq_gap`.
    pub kind: &'static str,
    pub detail: String,
}

/// Of the store as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// Changes when the data were restored from a backup: clients' resume points mean nothing any more.
    pub epoch: u64,
    pub kind: &'static str,
}

/// The log and what is derived from it. The only writer is `commit`.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Commits a group in **one** transaction with a fixed number of statements (C4). For each write, in order: the
    /// conversation's row is locked (all rows of the group in id order), a known command id gives its receipt again,
    /// `model::conversation::decide` runs on the locked state (two writes of one group to one conversation see each other),
    /// and its events become entries, the new state, the ledger's moves (difference of `holders`), the offer rows and the
    /// decision record. `at` of all entries of a group is one moment of the store's clock.
    ///
    /// Durable when it returns. Answers one result per write, in order; a refused write leaves nothing.
    ///
    /// Guards besides `decide`: the ledger never exceeds capacity through an assignment; a command id belongs to its author
    /// for ever, and the same id with another body is `Code::Conflict`.
    async fn commit(&self, group: Vec<Write>) -> Vec<Result<Written, CommitError>>;

    async fn conversation(&self, tenant: TenantId, id: ConversationId) -> PortResult<Option<Conversation>>;
    async fn conversations(
        &self,
        tenant: TenantId,
        filter: &ConversationFilter,
        page: Page<(Timestamp, ConversationId)>,
    ) -> PortResult<Vec<Conversation>>;
    /// Not closed, and `who` takes part; newest change first.
    async fn open_of(&self, tenant: TenantId, who: Participant, limit: u32) -> PortResult<Vec<Conversation>>;
    /// With an open offer to `agent`, who need not take part yet.
    async fn offered_to(&self, tenant: TenantId, agent: AgentId, limit: u32) -> PortResult<Vec<Conversation>>;
    /// Entries with `after < seq`, oldest first, that `reader` may see.
    async fn entries(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        reader: Reader,
        after: u64,
        limit: u32,
    ) -> PortResult<Vec<Entry>>;
    /// The conversation that an offer, open or ended, is about.
    async fn offer(&self, tenant: TenantId, offer: OfferId) -> PortResult<Option<ConversationId>>;
    /// Messages (not system entries) of others that `who` may see beyond their read mark, for each of `conversations`.
    async fn unread(
        &self,
        tenant: TenantId,
        who: Participant,
        conversations: &[ConversationId],
    ) -> PortResult<Vec<u32>>;
    async fn marks(&self, tenant: TenantId, conversation: ConversationId) -> PortResult<Marks>;

    /// The team's backlog: rank, then who waits longest.
    async fn backlog(&self, tenant: TenantId, team: TeamId, limit: u32) -> PortResult<Vec<Conversation>>;
    async fn place(&self, tenant: TenantId, conversation: ConversationId) -> PortResult<Option<Place>>;
    async fn route_facts(
        &self,
        tenant: TenantId,
        team: TeamId,
        conversations: &[ConversationId],
    ) -> PortResult<RouteFacts>;

    /// Of the whole node: conversations changed at or after `since`, oldest change first.
    async fn changed_since(&self, since: Timestamp, limit: u32) -> PortResult<Vec<Change>>;
    /// Of the whole node: conversations whose `due_at` has come by the store's clock and that nobody holds; held for `lease`.
    /// Nothing is claimed for a node whose own lease has ended.
    async fn claim_due(&self, node: NodeId, limit: u32, lease: Duration) -> PortResult<Vec<Located>>;
    /// Of the whole node: teams with somebody waiting and an agent with a free place.
    async fn teams_to_route(&self, limit: u32) -> PortResult<Vec<(TenantId, TeamId)>>;
    /// Takes a team's routing for `node` if no other node has it, or renews it; false when another has it.
    async fn claim_lane(&self, node: NodeId, tenant: TenantId, team: TeamId, lease: Duration) -> PortResult<bool>;
    async fn leave_lane(&self, node: NodeId, tenant: TenantId, team: TeamId) -> PortResult<()>;
    /// Of the whole node: agents who hold places.
    async fn holders(&self, limit: u32) -> PortResult<Vec<(TenantId, AgentId)>>;
    /// Of the whole node: conversations with entries that are not indexed yet and that no other node holds, and up to where they are
    /// indexed; held for `lease`.
    async fn claim_unindexed(
        &self,
        node: NodeId,
        which: ToIndex<'_>,
        limit: u32,
        lease: Duration,
    ) -> PortResult<Vec<(Located, u64)>>;
    /// Of the whole node: notes up to where conversations are indexed now, in one transaction, and gives them back. One that is no longer
    /// indexed up to `from` is left as it is.
    async fn set_indexed(&self, done: &[Indexed]) -> PortResult<()>;
    /// Of the whole node: how far the index is behind.
    async fn index_lag(&self) -> PortResult<IndexLag>;
    /// Of the whole node: names the index that entries go to from now on. Another one than before has nothing yet: the whole log is to be
    /// indexed again, and this answers true.
    async fn index_into(&self, lineage: &str) -> PortResult<bool>;

    async fn decision(&self, tenant: TenantId, id: DecisionId) -> PortResult<Option<(ConversationId, DecisionRecord)>>;
    /// Newest first.
    async fn decisions(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page<DecisionId>,
    ) -> PortResult<Vec<DecisionRecord>>;

    /// What was asked and answered in `[from, until)`, oldest first.
    async fn decisions_between(
        &self,
        tenant: TenantId,
        from: Timestamp,
        until: Timestamp,
        page: Page<DecisionId>,
    ) -> PortResult<Vec<DecisionRecord>>;
    /// Of all conversations, newest first.
    async fn recent_decisions(
        &self,
        tenant: TenantId,
        page: Page<DecisionId>,
    ) -> PortResult<Vec<(ConversationId, DecisionRecord)>>;

    /// Of the whole node: recounts the ledger and the logs (C5). Must be empty.
    async fn audit(&self) -> PortResult<Vec<Violation>>;
    /// The store's clock: what leases and due times are compared with.
    async fn now(&self) -> PortResult<Timestamp>;
    async fn info(&self) -> PortResult<StoreInfo>;
}
