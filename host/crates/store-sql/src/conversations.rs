//! `ports::store::Conversations`, each method in the module of its subject.

use crate::{SqlStore, audit, backlog, commit, indexing, lanes, log, route_facts, sweeps};
use async_trait::async_trait;
use model::{
    AgentId, Conversation, ConversationId, DecisionId, Entry, NodeId, OfferId, Participant, Reader, TeamId, TenantId,
    Timestamp, conversation::Marks, plugin::DecisionRecord,
};
use ports::{
    PortResult,
    store::{
        Change, CommitError, ConversationFilter, Conversations, IndexLag, Indexed, Located, Page, Place, RouteFacts,
        StoreInfo, ToIndex, Violation, Write, Written,
    },
};
use std::time::Duration;

#[async_trait]
impl Conversations for SqlStore {
    async fn commit(&self, group: Vec<Write>) -> Vec<Result<Written, CommitError>> {
        commit::commit(self, &group).await
    }

    async fn conversation(&self, tenant: TenantId, id: ConversationId) -> PortResult<Option<Conversation>> {
        Ok(log::conversation(&self.db, tenant, id).await?)
    }
    async fn conversations(
        &self,
        tenant: TenantId,
        filter: &ConversationFilter,
        page: Page<(Timestamp, ConversationId)>,
    ) -> PortResult<Vec<Conversation>> {
        Ok(log::conversations(&self.db, tenant, filter, page).await?)
    }
    async fn open_of(&self, tenant: TenantId, who: Participant, limit: u32) -> PortResult<Vec<Conversation>> {
        Ok(log::open_of(&self.db, tenant, who, limit).await?)
    }
    async fn offered_to(&self, tenant: TenantId, agent: AgentId, limit: u32) -> PortResult<Vec<Conversation>> {
        Ok(log::offered_to(&self.db, tenant, agent, limit).await?)
    }
    async fn entries(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        reader: Reader,
        after: u64,
        limit: u32,
    ) -> PortResult<Vec<Entry>> {
        Ok(log::entries(&self.db, tenant, conversation, reader, after, limit).await?)
    }
    async fn offer(&self, tenant: TenantId, offer: OfferId) -> PortResult<Option<ConversationId>> {
        Ok(log::offer(&self.db, tenant, offer).await?)
    }
    async fn unread(
        &self,
        tenant: TenantId,
        who: Participant,
        conversations: &[ConversationId],
    ) -> PortResult<Vec<u32>> {
        Ok(log::unread(&self.db, tenant, who, conversations).await?)
    }
    async fn marks(&self, tenant: TenantId, conversation: ConversationId) -> PortResult<Marks> {
        Ok(log::marks(&self.db, tenant, conversation).await?)
    }

    async fn backlog(&self, tenant: TenantId, team: TeamId, limit: u32) -> PortResult<Vec<Conversation>> {
        Ok(backlog::backlog(&self.db, tenant, team, limit).await?)
    }
    async fn place(&self, tenant: TenantId, conversation: ConversationId) -> PortResult<Option<Place>> {
        Ok(backlog::place(&self.db, tenant, conversation).await?)
    }
    async fn route_facts(
        &self,
        tenant: TenantId,
        team: TeamId,
        conversations: &[ConversationId],
    ) -> PortResult<RouteFacts> {
        Ok(route_facts::route_facts(self, tenant, team, conversations).await?)
    }
    async fn teams_to_route(&self, limit: u32) -> PortResult<Vec<(TenantId, TeamId)>> {
        Ok(backlog::teams_to_route(&self.db, limit).await?)
    }

    async fn changed_since(&self, since: Timestamp, limit: u32) -> PortResult<Vec<Change>> {
        Ok(sweeps::changed_since(&self.db, since, limit).await?)
    }
    async fn claim_due(&self, node: NodeId, limit: u32, lease: Duration) -> PortResult<Vec<Located>> {
        Ok(sweeps::claim_due(self, node, limit, lease).await?)
    }
    async fn claim_lane(&self, node: NodeId, tenant: TenantId, team: TeamId, lease: Duration) -> PortResult<bool> {
        Ok(lanes::claim(self, node, (tenant, team), lease).await?)
    }
    async fn leave_lane(&self, node: NodeId, tenant: TenantId, team: TeamId) -> PortResult<()> {
        Ok(lanes::leave(self, node, (tenant, team)).await?)
    }
    async fn holders(&self, limit: u32) -> PortResult<Vec<(TenantId, AgentId)>> {
        Ok(sweeps::holders(&self.db, limit).await?)
    }
    async fn claim_unindexed(
        &self,
        node: NodeId,
        which: ToIndex<'_>,
        limit: u32,
        lease: Duration,
    ) -> PortResult<Vec<(Located, u64)>> {
        Ok(indexing::claim(self, node, which, limit, lease).await?)
    }
    async fn set_indexed(&self, done: &[Indexed]) -> PortResult<()> {
        Ok(indexing::set_indexed(&self.db, done).await?)
    }
    async fn index_lag(&self) -> PortResult<IndexLag> {
        Ok(indexing::lag(self).await?)
    }
    async fn index_into(&self, lineage: &str) -> PortResult<bool> {
        Ok(indexing::into(self, lineage).await?)
    }

    async fn decision(&self, tenant: TenantId, id: DecisionId) -> PortResult<Option<(ConversationId, DecisionRecord)>> {
        Ok(log::decision(&self.db, tenant, id).await?)
    }
    async fn decisions(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page<DecisionId>,
    ) -> PortResult<Vec<DecisionRecord>> {
        Ok(log::decisions(&self.db, tenant, conversation, page).await?)
    }
    async fn decisions_between(
        &self,
        tenant: TenantId,
        from: Timestamp,
        until: Timestamp,
        page: Page<DecisionId>,
    ) -> PortResult<Vec<DecisionRecord>> {
        Ok(log::decisions_between(&self.db, tenant, from..until, page).await?)
    }
    async fn recent_decisions(
        &self,
        tenant: TenantId,
        page: Page<DecisionId>,
    ) -> PortResult<Vec<(ConversationId, DecisionRecord)>> {
        Ok(log::recent_decisions(&self.db, tenant, &page).await?)
    }

    async fn audit(&self) -> PortResult<Vec<Violation>> {
        Ok(audit::audit(self).await?)
    }
    async fn now(&self) -> PortResult<Timestamp> {
        Ok(self.moment().await?)
    }
    async fn info(&self) -> PortResult<StoreInfo> {
        Ok(audit::info(&self.db).await?)
    }
}
