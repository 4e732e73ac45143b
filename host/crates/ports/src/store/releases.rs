use crate::PortResult;
use async_trait::async_trait;
use model::{
    NodeId, TenantId,
    plugin::{Activation, Digest, NodeReport, Release},
};
use std::sync::Arc;

/// Plugin releases and activations (C7). A release belongs to the tenant that uploaded it; shipped ones (`None`) to all.
#[async_trait]
pub trait Releases: Send + Sync {
    /// The same digest again is no second release; false when it was there.
    async fn add_release(&self, tenant: Option<TenantId>, release: &Release, component: &[u8]) -> PortResult<bool>;
    /// The tenant's own and the shipped ones, newest first.
    async fn releases(&self, tenant: TenantId) -> PortResult<Vec<Release>>;
    async fn release(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Release>>;
    async fn component(&self, tenant: TenantId, digest: Digest) -> PortResult<Option<Arc<[u8]>>>;
    /// False when it is not the tenant's own or an activation that is staged or active names it.
    async fn delete_release(&self, tenant: TenantId, digest: Digest) -> PortResult<bool>;

    /// Stages the next set: its `epoch` is one more than the greatest so far; answered.
    async fn stage(&self, tenant: TenantId, activation: &Activation) -> PortResult<u64>;
    /// What a node reports of a staged or active set; the last word of a node counts.
    async fn report(&self, tenant: TenantId, epoch: u64, report: &NodeReport) -> PortResult<()>;
    async fn reports(&self, tenant: TenantId, epoch: u64) -> PortResult<Vec<NodeReport>>;
    /// Makes `epoch` the tenant's set in force if it is still staged (or retired, for a roll-back) and `expected` is in force now. One
    /// compare-and-set: of two at once, one is false. The old set becomes retired.
    async fn activate(&self, tenant: TenantId, epoch: u64, expected: u64) -> PortResult<bool>;
    /// False when it was not staged any more.
    async fn abort(&self, tenant: TenantId, epoch: u64, reason: &str) -> PortResult<bool>;
    async fn activation(&self, tenant: TenantId, epoch: u64) -> PortResult<Option<Activation>>;
    /// Newest first; those before the epoch `before`, when it is given.
    async fn activations(&self, tenant: TenantId, before: Option<u64>, limit: u32) -> PortResult<Vec<Activation>>;
    /// Of the whole node: the sets in force, for a node that starts and for the sweep; tenants at epoch 0 have none.
    async fn active_sets(&self) -> PortResult<Vec<(TenantId, Activation)>>;
    /// Of the whole node: the sets that are staged and wait for every node's report.
    async fn staged_sets(&self) -> PortResult<Vec<(TenantId, Activation)>>;

    /// Of the node: its lease as a member, renewed until it stops; nodes with a live lease are members.
    async fn renew_node(&self, node: NodeId, name: &str, lease: std::time::Duration) -> PortResult<()>;
    async fn nodes(&self) -> PortResult<Vec<(NodeId, String)>>;
    async fn retire_node(&self, node: NodeId) -> PortResult<()>;
}
