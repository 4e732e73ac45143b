use crate::PortResult;
use async_trait::async_trait;
use bytes::Bytes;
use model::{NodeId, TraceParent};
use tokio::sync::mpsc;

/// Where a message goes (DESIGN.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// One node: entries and signals for its sessions. At most once, bounded in time.
    Node(NodeId),
    /// Every node, this one too: presence, notices, cache and plugin hints. At most once.
    Cluster,
}

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub body: Bytes,
    /// Where the step that sent it stands, if it is traced. Beside the body, so that tools at the broker see it too.
    pub trace: Option<TraceParent>,
}

impl From<Bytes> for Message {
    /// One that is not traced.
    fn from(body: Bytes) -> Self {
        Self { body, trace: None }
    }
}

impl From<&'static str> for Message {
    fn from(body: &'static str) -> Self {
        Bytes::from_static(body.as_bytes()).into()
    }
}

/// Messages of one address, in the order of each sender. Ends when the bus is closed.
pub type Subscription = mpsc::Receiver<Message>;

/// Carries hints between nodes. The contract is weak on purpose (C1): a message may be lost, late or doubled; nothing that
/// matters is only here.
///
/// - `publish` returns when the message is taken over, or fails; it never waits longer than the adapter's bound.
/// - Messages of one publisher to one address keep their order.
/// - A subscriber that does not read loses messages, not the publisher its time.
/// - A message to a node that is not there is no error.
#[async_trait]
pub trait Bus: Send + Sync {
    async fn publish(&self, to: Address, message: Message) -> PortResult<()>;
    async fn subscribe(&self, to: Address) -> PortResult<Subscription>;
    /// Whether messages are believed to arrive. While false, sweeps run faster.
    fn connected(&self) -> bool;
}
